//! What a rendered deployment and what is said around it have to do with each other: values, what is taken from others,
//! secrets, steps.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::context::Context;
use super::error::{ParameterProblem, Place, TemplateError};
use super::secrets::{NeededSecret, SecretEntry};
use super::steps::{Before, Condition, Step};
use crate::model::nearest::{did_you_mean, nearest};

/// What this rendering does not declare is not asked for.
pub(super) fn declared(template: &Value, takes: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut takes = takes.clone();
    takes.retain(|parameter, _| template["parameters"].get(parameter).is_some());
    takes
}

/// The secrets that this rendering declares and the environment refers to.
pub(super) fn needed(
    template: &Value,
    secrets: &BTreeMap<String, SecretEntry>,
    context: &Context,
) -> Result<Vec<NeededSecret>, TemplateError> {
    let mut needed = Vec::new();
    for (name, entry) in secrets {
        let reference = context.parameters.get(name).filter(|value| !value.is_null());
        let parameter = entry.parameter.as_ref();
        let is_declared = parameter.is_none_or(|name| template["parameters"].get(name).is_some());
        let (Some(reference), true) = (reference, is_declared) else {
            continue;
        };
        let reference =
            serde_json::from_value(reference.clone()).map_err(|error| TemplateError::Parameters {
                target: context.environment.clone(),
                problems: vec![ParameterProblem {
                    path: name.clone(),
                    reason: format!("is no reference to a secret: {error}"),
                    nearest: None,
                }],
            })?;
        needed.push(NeededSecret {
            name: name.clone(),
            reference,
            entry: entry.clone(),
            value: None,
        });
    }
    Ok(needed)
}

/// The steps whose parameter is given.
pub(super) fn wanted(steps: &[Step], context: &Context) -> Vec<Step> {
    let holds = |step: &&Step| applies(step.when.as_ref(), context);
    steps.iter().filter(holds).cloned().collect()
}

/// What is to be looked at before anything is sent.
pub(super) fn asked(before: &[Before], context: &Context) -> Vec<Before> {
    let holds = |one: &&Before| applies(one.when.as_ref(), context);
    before.iter().filter(holds).cloned().collect()
}

fn applies(when: Option<&Condition>, context: &Context) -> bool {
    when.is_none_or(|when| {
        let value = context.parameters.get(&when.parameter).unwrap_or(&Value::Null);
        match &when.is {
            Some(wanted) => value == wanted,
            None => is_given(value),
        }
    })
}

/// Neither false, nor nothing, nor empty.
fn is_given(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => true,
    }
}

/// Refuses what ARM would refuse only after it was sent: a value without a parameter, a parameter without a value, and
/// a secret that is written out.
pub(super) fn agree(
    file: &str,
    template: &Value,
    values: &Value,
    takes: &BTreeMap<String, String>,
) -> Result<(), TemplateError> {
    let wrong = |reason: String| TemplateError::Deployment {
        place: Place::file(file),
        reason,
    };
    let empty = Map::new();
    let declared = template
        .get("parameters")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let Some(values) = values.as_object() else {
        return Err(wrong("the values are not a map of parameters".to_owned()));
    };
    for (name, entry) in values {
        let Some(parameter) = declared.get(name) else {
            let near = nearest(name, declared.keys().map(String::as_str));
            return Err(wrong(format!(
                "the template has no parameter `{name}`{}",
                did_you_mean(near)
            )));
        };
        let keys: Vec<&str> = entry
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
            .map(String::as_str)
            .collect();
        match (keys.as_slice(), is_secure(parameter)) {
            (["value"], true) => {
                return Err(wrong(format!(
                    "the secret parameter `{name}` has a value written out; refer to a Key Vault instead"
                )));
            }
            (["value"], false) | (["reference"], _) => {}
            _ => {
                return Err(wrong(format!(
                    "the parameter `{name}` needs one of `value` and `reference`"
                )));
            }
        }
    }
    // A secret may be absent here: it is handed over when the deployment is sent.
    let missing = declared.iter().find(|(name, parameter)| {
        let comes_later = takes.contains_key(*name) || is_secure(parameter);
        !values.contains_key(*name) && parameter.get("defaultValue").is_none() && !comes_later
    });
    missing.map_or(Ok(()), |(name, _)| {
        Err(wrong(format!(
            "the parameter `{name}` of the template has no value and no default"
        )))
    })
}

fn is_secure(parameter: &Value) -> bool {
    let kind = parameter.get("type").and_then(Value::as_str).unwrap_or_default();
    kind.eq_ignore_ascii_case("secureString") || kind.eq_ignore_ascii_case("secureObject")
}
