//! Deployments inside a template: which of them become modules, and what they are given.
//!
//! A template with its own scope takes its declared parameters. One that shares its parent's scope (ARM's default) is
//! first rewritten to stand on its own; see [`super::hoist`].

use serde_json::{Map, Value};

use crate::model::expression::Expression;

use super::declared::{Declared, Reader};
use super::error::BicepError;
use super::hoist;
use super::json::{as_object, expression, join, member, object};

/// A deployment whose template is at hand.
#[derive(Clone, Debug)]
pub struct Nested {
    pub template: Value,
    pub path: String,
    pub arguments: Vec<(String, Argument)>,
}

/// What a module's parameter is given.
#[derive(Clone, Debug)]
pub enum Argument {
    /// A value of the parent template.
    Value(Value),
    /// An object of the parent template whose loop makes the value.
    Looped(Map<String, Value>),
    /// A Key Vault secret: the vault's id, the secret's name and version.
    Secret {
        vault: Value,
        name: Value,
        version: Option<Value>,
    },
}

pub fn is_deployment(resource_type: &str) -> bool {
    resource_type.eq_ignore_ascii_case("Microsoft.Resources/deployments")
}

/// Reads a deployment; `None` for one that links to its template or computes it, which stays a plain resource.
pub fn read(reader: &Reader<'_>, declared: &Declared) -> Result<Option<Nested>, BicepError> {
    if declared.existing {
        return Ok(None);
    }
    let path = join(&declared.path, "properties");
    let Some(properties) = object(&declared.body, "properties", &declared.path)? else {
        return Ok(None);
    };
    let template = member(properties, "template").and_then(Value::as_object);
    let Some(template) = template else { return Ok(None) };
    let template_path = join(&path, "template");
    if has_own_scope(&declared.body) || reader.is_of_version_two() {
        let arguments = arguments(properties, &path)?;
        return Ok(Some(Nested {
            template: Value::Object(template.clone()),
            path: template_path,
            arguments,
        }));
    }
    let redirected = ["subscriptionId", "resourceGroup", "scope"]
        .iter()
        .any(|key| member(&declared.body, key).is_some());
    let (template, hoisted) = hoist::stand_alone(reader.template, template, redirected);
    let arguments = hoisted
        .into_iter()
        .map(|(name, value)| (name, Argument::Value(value)))
        .collect();
    Ok(Some(Nested {
        template,
        path: template_path,
        arguments,
    }))
}

/// A deployment that says its template evaluates in a scope of its own.
pub fn has_own_scope(resource: &Map<String, Value>) -> bool {
    let scope = member(resource, "properties")
        .and_then(Value::as_object)
        .and_then(|properties| {
            member(
                member(properties, "expressionEvaluationOptions")?.as_object()?,
                "scope",
            )?
            .as_str()
        });
    scope.is_some_and(|scope| scope.eq_ignore_ascii_case("inner"))
}

fn arguments(properties: &Map<String, Value>, path: &str) -> Result<Vec<(String, Argument)>, BicepError> {
    let path = join(path, "parameters");
    let Some(given) = member(properties, "parameters").filter(|given| !given.is_null()) else {
        return Ok(Vec::new());
    };
    let mut arguments = Vec::new();
    for (name, value) in as_object(given, &path)? {
        let path = join(&path, name);
        arguments.push((name.clone(), argument(value, &path)?));
    }
    Ok(arguments)
}

fn argument(value: &Value, path: &str) -> Result<Argument, BicepError> {
    if let Some(text) = value.as_str() {
        let whole = expression(text, path)?;
        return Ok(Argument::Value(Value::String(held(&whole).to_string())));
    }
    let holder = as_object(value, path)?;
    match (member(holder, "value"), object(holder, "reference", path)?) {
        (Some(value), _) => Ok(Argument::Value(value.clone())),
        (None, Some(reference)) => secret(reference, &join(path, "reference")),
        (None, None) if member(holder, "copy").is_some() => Ok(Argument::Looped(holder.clone())),
        (None, None) => Err(BicepError::Missing {
            path: join(path, "value"),
        }),
    }
}

/// The value inside an expression that makes the whole `{ "value": … }`.
fn held(holder: &Expression) -> Expression {
    if let Some([condition, yes, no]) = holder.arguments_of("if") {
        return Expression::call("if", vec![condition.clone(), held(yes), held(no)]);
    }
    match holder.arguments_of("createObject") {
        Some([Expression::Text(key), value]) if key.eq_ignore_ascii_case("value") => value.clone(),
        _ => Expression::Property {
            of: Box::new(holder.clone()),
            name: "value".to_owned(),
        },
    }
}

fn secret(reference: &Map<String, Value>, path: &str) -> Result<Argument, BicepError> {
    let vault_path = join(path, "keyVault");
    let vault = object(reference, "keyVault", path)?.ok_or(BicepError::Missing {
        path: vault_path.clone(),
    })?;
    let required = |holder: &Map<String, Value>, name: &str, path: &str| {
        member(holder, name).cloned().ok_or_else(|| BicepError::Missing {
            path: join(path, name),
        })
    };
    Ok(Argument::Secret {
        vault: required(vault, "id", &vault_path)?,
        name: required(reference, "secretName", path)?,
        version: member(reference, "secretVersion").cloned(),
    })
}

impl Reader<'_> {
    /// Tells whether resources go by symbolic names; such a template has no shared scope.
    fn is_of_version_two(&self) -> bool {
        member(self.template, "resources").is_some_and(Value::is_object)
    }
}
