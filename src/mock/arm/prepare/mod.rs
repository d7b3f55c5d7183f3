//! From the body of a request to a template that may run: read, evaluate, preflight. Nothing is recorded here.

mod content;

use std::sync::Arc;

use serde_json::{Map, Value};

use super::denials;
use super::error::ArmError;
use super::links::Around;
use super::providers;
use super::template::{
    self, Beyond, EvaluationError, Expanded, Facts, Level, Planned, RESOURCE_GROUP, Scope,
};
use super::world::World;
use content::Content;

/// A deployment that was asked for and could be read.
pub struct Prepared {
    pub expanded: Arc<Expanded>,
    pub template: Value,
    pub given: Map<String, Value>,
    pub mode: String,
    /// Above resource groups, where the deployment itself is kept.
    pub location: Option<String>,
    /// What readers get back as it was asked for.
    pub echo: Map<String, Value>,
    pub tags: Map<String, Value>,
    pub seed: u64,
}

/// The rule of a deployment's name.
pub fn check_name(name: &str) -> Result<(), ArmError> {
    let fits = (1..=64).contains(&name.chars().count())
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '(' | ')'));
    if fits {
        return Ok(());
    }
    Err(ArmError::bad_request(
        "InvalidDeploymentName",
        format!(
            "The provided deployment name '{name}' is not valid: 1 to 64 letters, digits, '-', '_', '.', '(' and ')'."
        ),
    ))
}

impl World {
    /// Reads and evaluates the body of `PUT`, `validate` or `whatIf` of the deployment `name` at the scope with the id `scope`.
    pub fn prepare(&self, scope: &str, name: &str, body: &Value, seed: u64) -> Result<Prepared, ArmError> {
        self.prepare_with(scope, name, body, seed, &self.around())
    }

    /// The same with another answer to what lies beyond the template.
    pub fn prepare_with(
        &self,
        scope: &str,
        name: &str,
        body: &Value,
        seed: u64,
        around: &Around<'_>,
    ) -> Result<Prepared, ArmError> {
        check_name(name)?;
        let content = Content::read(body, name, Level::of(scope), around)?;
        let scope = Scope {
            link: content.link,
            ..self.scope(scope, name, content.location.as_deref(), seed)?
        };
        let refused = |error| ArmError::invalid_template(&error);
        let given = template::given(content.parameters, &content.inputs, &scope).map_err(refused)?;
        let given = with_vault(given, around)?;
        let expanded = template::evaluate(&content.template, &given, &scope).map_err(refused)?;
        Ok(Prepared {
            expanded: Arc::new(expanded),
            template: Value::clone(&content.template),
            given,
            mode: content.mode.to_owned(),
            location: content.location,
            echo: content.echo,
            tags: content.tags,
            seed,
        })
    }

    /// The surroundings of a deployment at the scope with the id `scope`.
    pub fn scope(
        &self,
        scope: &str,
        deployment: &str,
        location: Option<&str>,
        seed: u64,
    ) -> Result<Scope, ArmError> {
        let group = super::writes::group_of(scope);
        let found = match group {
            Some(group) => self
                .around()
                .group(scope)
                .ok_or_else(|| super::writes::no_group(group))?,
            None => Facts {
                location: location.unwrap_or_default().to_owned(),
                ..Facts::default()
            },
        };
        Ok(Scope {
            id: self.spelled(scope),
            tenant: self.settings.tenant.clone(),
            location: found.location,
            group_tags: found.tags,
            group_manager: found.manager,
            deployment: deployment.to_owned(),
            link: None,
            depth: 0,
            now: self.now(),
            seed,
        })
    }

    /// The id of a scope in Azure's spelling, with the group's own.
    pub fn spelled(&self, scope: &str) -> String {
        let subscription = &self.settings.subscription;
        match (Level::of(scope), super::writes::group_of(scope)) {
            (Level::Group, Some(group)) => {
                let known = self.state.groups.get(&group.to_lowercase());
                let name = known.map_or(group, |known| &known.name);
                format!("/subscriptions/{subscription}/resourceGroups/{name}")
            }
            (Level::Subscription, _) => format!("/subscriptions/{subscription}"),
            _ => scope.to_owned(),
        }
    }

    /// Asks every provider about the resources that are fully known; all problems are told together.
    pub fn preflight(&self, prepared: &Prepared, name: &str) -> Result<(), ArmError> {
        if prepared.echo.get("validationLevel").and_then(Value::as_str) == Some("Template") {
            return Ok(());
        }
        let mut details = Vec::new();
        for resource in deployed(&prepared.expanded.resources) {
            let namespace = resource.resource_type.split('/').next().unwrap_or_default();
            self.check_registration(namespace)?;
            if !resource.is_deployment() {
                let location = resource.body.get("location").and_then(Value::as_str);
                self.check_known(
                    &resource.resource_type,
                    &resource.api_version,
                    location.unwrap_or_default(),
                )?;
            }
            if resource.is_deployment() || !resource.notes.later.is_empty() {
                continue;
            }
            if let Err(error) = self.preflight_one(prepared, resource) {
                details.push(error.about(resource.id.as_str()).object());
            }
        }
        details.extend(broken_links(&prepared.expanded, &self.around()));
        if details.is_empty() {
            return Ok(());
        }
        let tracking = prepared.expanded.template_hash.clone();
        let message = format!(
            "The template deployment '{name}' is not valid according to the validation procedure. The tracking id is '{tracking}'. See inner errors for details."
        );
        Err(ArmError::bad_request("InvalidTemplateDeployment", message).because(details))
    }

    /// A child is judged by the parent that the same template will make, not by the one that is there.
    fn preflight_one(&self, prepared: &Prepared, resource: &Planned) -> Result<(), ArmError> {
        if resource.resource_type.eq_ignore_ascii_case(RESOURCE_GROUP) {
            self.check_policy(&resource.id, denials::GROUP, &resource.body)?;
            return super::writes::check_group(&resource.name, &resource.body).map(|_| ());
        }
        self.check_policy(&resource.id, &resource.resource_type, &resource.body)?;
        providers::check_location(&resource.resource_type, &resource.body)?;
        let parent = super::writes::parent_of(&resource.id);
        let planned = parent.and_then(|parent| {
            prepared
                .expanded
                .resources
                .iter()
                .find(|other| other.wanted && other.id.eq_ignore_ascii_case(&parent))
        });
        let names: Vec<String> = resource.name.split('/').map(ToOwned::to_owned).collect();
        let Some(parent) = planned else {
            return self.check_body(&resource.id, &resource.resource_type, &resource.body);
        };
        let request = providers::Request {
            id: &resource.id,
            names: &names,
            body: &resource.body,
            before: None,
            parent: Some(&parent.body),
            siblings: 0,
        };
        providers::find(&resource.resource_type).map_or(Ok(()), |row| (row.check)(&request))
    }
}

/// Puts the secrets where parameters refer to a key vault.
fn with_vault(mut given: Map<String, Value>, around: &Around<'_>) -> Result<Map<String, Value>, ArmError> {
    for (name, parameter) in &mut given {
        if let Some(reference) = parameter.get("reference") {
            *parameter = template::vaulted(reference, name, around).map_err(|error| {
                ArmError::bad_request(
                    "KeyVaultParameterReferenceNotFound",
                    format!("{}.", error.message()),
                )
            })?;
        }
    }
    Ok(given)
}

/// The nested deployments whose template or parameters cannot be had.
fn broken_links(expanded: &Expanded, around: &Around<'_>) -> Vec<Value> {
    let mut broken = Vec::new();
    for (index, resource) in expanded.resources.iter().enumerate() {
        if !resource.wanted || !resource.is_deployment() {
            continue;
        }
        match expanded.nested(index, &resource.body, &resource.notes, around) {
            Ok(nested) => broken.extend(broken_links(&nested, around)),
            Err(error @ EvaluationError::Link { .. }) => {
                let error = ArmError::invalid_template(&error);
                broken.push(error.about(resource.id.as_str()).object());
            }
            Err(_) => {}
        }
    }
    broken
}

/// The resources that a run will write.
pub fn deployed(resources: &[Planned]) -> impl Iterator<Item = &Planned> {
    resources
        .iter()
        .filter(|resource| resource.wanted && !resource.existing)
}

/// A template without the defaults of secure parameters, fit to be stored.
pub fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kind = fields
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_lowercase();
            let secret = kind == "securestring" || kind == "secureobject";
            let kept = fields
                .iter()
                .filter(|(key, _)| !(secret && key.eq_ignore_ascii_case("defaultValue")));
            Value::Object(
                kept.map(|(key, value)| (key.clone(), without_secrets(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(without_secrets).collect(),
        other => other.clone(),
    }
}
