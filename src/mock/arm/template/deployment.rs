//! What a template may know of its own deployment: `deployment()`.

use serde_json::{Map, Value, json};

use super::evaluator::Evaluator;
use super::level::Level;
use super::parameters::Held;
use crate::model::expression::Expression;

impl Evaluator<'_> {
    /// `deployment()`, without the template and the parameters: see [`Evaluator::deployment_part`].
    pub(super) fn deployment(&self) -> Value {
        let scope = &self.frame.scope;
        let mut properties = json!({
            "templateHash": self.frame.template_hash,
            "mode": "Incremental",
            "provisioningState": "Accepted",
        });
        if let Some(link) = &scope.link {
            properties["templateLink"] = if link.uri.starts_with('/') {
                json!({"id": link.uri})
            } else {
                json!({"uri": link.uri})
            };
        }
        let mut deployment = json!({"name": scope.deployment, "properties": properties});
        if scope.level() != Level::Group {
            deployment["location"] = scope.location.as_str().into();
        }
        deployment
    }

    /// `deployment().properties.template` and `.parameters`, which are too large to be made at every `deployment()`.
    pub(super) fn deployment_part(&self, of: &Expression, name: &str) -> Option<Value> {
        let Expression::Property { of, name: properties } = of else {
            return None;
        };
        let arguments = of.arguments_of("deployment")?;
        if !arguments.is_empty() || !properties.eq_ignore_ascii_case("properties") {
            return None;
        }
        match name.to_lowercase().as_str() {
            "template" => Some(Value::clone(&self.frame.template)),
            "parameters" => Some(Value::Object(self.bound_parameters())),
            _ => None,
        }
    }

    fn bound_parameters(&self) -> Map<String, Value> {
        let bound = self.frame.parameters.values();
        if bound.clone().any(|one| one.secret) {
            self.meter.taint();
        }
        bound
            .map(|one| match &one.value {
                Held::Known(value) => (one.name.clone(), json!({"value": **value})),
                Held::Later => (one.name.clone(), json!({})),
            })
            .collect()
    }
}
