//! From the body of a request to a template that may run: read, evaluate, preflight. Nothing is recorded here.

use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::error::ArmError;
use super::providers;
use super::template::{self, Expanded, Planned, Scope};
use super::world::World;

/// Source: Azure Resource Manager, template limits: 4 MB.
const LARGEST: usize = 4 << 20;

/// A deployment that was asked for and could be read.
pub struct Prepared {
    pub expanded: Arc<Expanded>,
    pub template: Value,
    pub given: Map<String, Value>,
    pub mode: String,
    pub validation_level: Option<String>,
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

/// The body of a request, its shape checked.
struct Content<'a> {
    template: &'a Value,
    parameters: Map<String, Value>,
    mode: &'static str,
    validation_level: Option<String>,
    tags: Map<String, Value>,
}

impl<'a> Content<'a> {
    fn read(body: &'a Value) -> Result<Self, ArmError> {
        let invalid = |message: String| ArmError::bad_request("InvalidRequestContent", message);
        let properties = body.get("properties").filter(|properties| properties.is_object());
        let properties =
            properties.ok_or_else(|| invalid("The request content has no 'properties'.".to_owned()))?;
        if body.get("location").is_some() {
            let message =
                "The 'location' property is not allowed for a deployment at the scope of a resource group.";
            return Err(ArmError::bad_request("LocationNotSupported", message));
        }
        let mode = properties.get("mode").and_then(Value::as_str).unwrap_or_default();
        let known = ["Incremental", "Complete"]
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(mode));
        let mode = known.ok_or_else(|| {
            invalid(format!(
                "The deployment mode '{mode}' is not Incremental or Complete."
            ))
        })?;
        let fields = |of: &Value, key: &str| {
            of.get(key)
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default()
        };
        let level = properties.get("validationLevel").and_then(Value::as_str);
        Ok(Self {
            template: Self::template(properties)?,
            parameters: fields(properties, "parameters"),
            mode,
            validation_level: level.map(ToOwned::to_owned),
            tags: fields(body, "tags"),
        })
    }

    fn template(properties: &'a Value) -> Result<&'a Value, ArmError> {
        let template = properties.get("template").filter(|template| template.is_object());
        let template = template.ok_or_else(|| {
            let message = "The request needs its template inline in 'properties.template'; links are not followed by the emulator.";
            ArmError::bad_request("InvalidTemplateLink", message)
        })?;
        let size = template.to_string().len();
        if size > LARGEST {
            return Err(ArmError::bad_request(
                "RequestContentTooLarge",
                format!("The template of {size} bytes exceeds the limit of {LARGEST}."),
            ));
        }
        Ok(template)
    }
}

impl World {
    /// Reads and evaluates the body of `PUT`, `validate` or `whatIf`.
    pub fn prepare(&self, group: &str, name: &str, body: &Value, seed: u64) -> Result<Prepared, ArmError> {
        check_name(name)?;
        let content = Content::read(body)?;
        let given = self.with_vault(content.parameters)?;
        let scope = self.scope(group, name, seed)?;
        let expanded = template::evaluate(content.template, &given, &scope)
            .map_err(|error| ArmError::invalid_template(&error))?;
        Ok(Prepared {
            expanded: Arc::new(expanded),
            template: content.template.clone(),
            given,
            mode: content.mode.to_owned(),
            validation_level: content.validation_level,
            tags: content.tags,
            seed,
        })
    }

    /// The surroundings of a deployment in `group`.
    pub fn scope(&self, group: &str, deployment: &str, seed: u64) -> Result<Scope, ArmError> {
        let found = self.state.groups.get(&group.to_lowercase());
        let found = found.ok_or_else(|| super::writes::no_group(group))?;
        Ok(Scope {
            subscription: self.settings.subscription.clone(),
            tenant: self.settings.tenant.clone(),
            group: found.name.clone(),
            group_location: found.location.clone(),
            group_tags: found.tags.clone(),
            deployment: deployment.to_owned(),
            now: self.now(),
            seed,
        })
    }

    /// Puts the configured secrets where parameters refer to a Key Vault.
    fn with_vault(&self, mut given: Map<String, Value>) -> Result<Map<String, Value>, ArmError> {
        for (name, parameter) in &mut given {
            let Some(reference) = parameter.get("reference") else {
                continue;
            };
            let text = |pointer: &str| {
                reference
                    .pointer(pointer)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let vault = text("/keyVault/id")
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned();
            let secret = text("/secretName").to_owned();
            let found = self.settings.vault.get(&format!("{vault}/{secret}")).ok_or_else(|| {
                let message = format!("The secret '{secret}' of the key vault '{vault}', which the parameter '{name}' refers to, was not found.");
                ArmError::bad_request("KeyVaultParameterReferenceNotFound", message)
            })?;
            *parameter = json!({"value": found.expose_secret()});
        }
        Ok(given)
    }

    /// Asks every provider about the resources that are fully known; all problems are told together.
    pub fn preflight(&self, prepared: &Prepared, name: &str) -> Result<(), ArmError> {
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
