//! One resource that a template speaks of.

use serde_json::Value;

use super::evaluator::{Loop, Notes};

pub const DEPLOYMENT: &str = "Microsoft.Resources/deployments";
pub const RESOURCE_GROUP: &str = "Microsoft.Resources/resourceGroups";

/// A resource, as far as it is known before the run.
#[derive(Clone, Debug)]
pub struct Planned {
    pub id: String,
    /// `Microsoft.EventHub/namespaces/eventhubs`
    pub resource_type: String,
    /// `namespace/hub`
    pub name: String,
    pub api_version: String,
    pub symbolic: Option<String>,
    /// The body as far as it is known before the run, without type, name, version and what steers the deployment.
    pub body: Value,
    /// What in `body` has to wait, and what holds a secret.
    pub notes: Notes,
    /// Indexes of the resources that must be done before.
    pub depends_on: Vec<usize>,
    /// `false` when its condition says so: it is known but not deployed.
    pub wanted: bool,
    /// A resource that is only looked at.
    pub existing: bool,
    pub(super) looped: Option<String>,
    pub(super) source: Value,
    pub(super) loops: Vec<Loop>,
    pub(super) path: String,
}

impl Planned {
    pub fn is_deployment(&self) -> bool {
        self.resource_type.eq_ignore_ascii_case(DEPLOYMENT)
    }

    /// The resource as the template writes it.
    pub fn source(&self) -> &Value {
        &self.source
    }

    /// Whether it is left alone when it is there already.
    pub fn only_if_absent(&self) -> bool {
        let option = self.source.pointer("/@options/onlyIfNotExists");
        option == Some(&Value::Bool(true))
    }

    /// All the ways in which a template may speak of it, in lower case.
    pub(super) fn spoken_names(&self) -> Vec<String> {
        let tail = self
            .id
            .rsplit_once("/providers/")
            .map(|(_, tail)| tail)
            .unwrap_or_default();
        let mut names = vec![self.id.to_lowercase(), self.name.to_lowercase()];
        names.extend(Some(tail.to_lowercase()).filter(|tail| !tail.is_empty()));
        if let Some(symbolic) = &self.symbolic {
            names.push(symbolic.to_lowercase());
        }
        names
    }

    /// The members of the source that make the body.
    pub(super) fn body_source(&self) -> Value {
        const STEERING: &[&str] = &[
            "type",
            "name",
            "apiversion",
            "dependson",
            "condition",
            "copy",
            "comments",
            "resources",
            "scope",
            "existing",
            "metadata",
            "@options",
            "subscriptionid",
            "resourcegroup",
        ];
        let fields = self.source.as_object().into_iter().flatten();
        let kept = fields.filter(|(key, _)| !STEERING.contains(&key.to_lowercase().as_str()));
        let mut body: serde_json::Map<String, Value> =
            kept.map(|(key, value)| (key.clone(), value.clone())).collect();
        if self.is_deployment()
            && let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut)
        {
            properties.retain(|key, _| !matches!(key.to_lowercase().as_str(), "template"));
            if !inner_scope(&self.source) {
                properties.shift_remove("parameters");
            }
        }
        Value::Object(body)
    }
}

/// Whether a nested deployment has a scope of its own; without a word it shares its parent's, unless it is linked.
pub fn inner_scope(source: &Value) -> bool {
    if source.pointer("/properties/templateLink").is_some() {
        return true;
    }
    let options = source.pointer("/properties/expressionEvaluationOptions/scope");
    options
        .and_then(Value::as_str)
        .is_some_and(|scope| scope.eq_ignore_ascii_case("inner"))
}
