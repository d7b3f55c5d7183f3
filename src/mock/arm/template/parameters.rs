//! Parameters: what was given, or the default, checked against type, allowed values and ranges.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::EvaluationError;
use super::evaluator::Evaluator;
use super::frame::{Frame, member, section};
use super::functions::lookup;
use super::graph;
use super::meter::Meter;
use super::types;
use crate::model::expression::Expression;

/// Source: Azure Resource Manager, template limits.
const MOST_PARAMETERS: usize = 256;

/// The type of a parameter that has none.
const ANY: &str = "any";

/// A parameter with its value.
#[derive(Clone)]
pub struct Bound {
    /// As the template spells it.
    pub name: String,
    /// In lower case: string, securestring, int, bool, object, secureobject, array; any where none is declared.
    pub kind: String,
    pub value: Held,
    pub secret: bool,
}

/// A value, or none before the run.
#[derive(Clone)]
pub enum Held {
    Known(Arc<Value>),
    Later,
}

/// Marks a value that a parent passed down: secret, or not known before the run.
pub const SECRET_MARK: &str = "\u{0}secret";
pub const LATER_MARK: &str = "\u{0}later";

/// Binds every declared parameter. A default may use parameters wherever they stand, so those it asks for come first.
pub fn bind(frame: &mut Frame, template: &Value, given: &Map<String, Value>) -> Result<(), EvaluationError> {
    let declared = section(template, "parameters");
    if declared.len() > MOST_PARAMETERS {
        let message = format!(
            "the number of parameters {} is above the limit of {MOST_PARAMETERS}",
            declared.len()
        );
        return Err(EvaluationError::template(message, "parameters"));
    }
    unknown(&declared, given)?;
    let mut open: Vec<(&String, Value)> = Vec::with_capacity(declared.len());
    for (name, declaration) in &declared {
        open.push((
            name,
            resolved(template, declaration, &format!("parameters.{name}"))?,
        ));
    }
    while !open.is_empty() {
        let names: Vec<String> = open.iter().map(|(name, _)| name.to_lowercase()).collect();
        let waits = |(name, declaration): &(&String, Value)| {
            // A null that was given asks for the default, too.
            let is_given =
                lookup(given, name).is_some_and(|given| member(given, "value") != Some(&Value::Null));
            let default = member(declaration, "defaultValue").filter(|_| !is_given);
            default.is_some_and(|default| asks_for_one_of(default, &names))
        };
        let (mut waiting, mut ready): (Vec<_>, Vec<_>) = open.into_iter().partition(waits);
        if ready.is_empty() {
            // A circle: the first of it fails, and says which parameter it did not find.
            std::mem::swap(&mut waiting, &mut ready);
        }
        for (name, declaration) in ready {
            let path = format!("parameters.{name}");
            let bound = one(frame, name, &declaration, lookup(given, name), &path)?;
            frame.parameters.insert(name.to_lowercase(), bound);
        }
        open = waiting;
    }
    Ok(())
}

/// Whether an expression in `value` names one of these parameters, in lower case.
fn asks_for_one_of(value: &Value, names: &[String]) -> bool {
    let mut asks = false;
    graph::calls(value, &mut |function, arguments| {
        let name = arguments
            .first()
            .and_then(Expression::as_text)
            .unwrap_or_default();
        asks |= function.eq_ignore_ascii_case("parameters") && names.contains(&name.to_lowercase());
    });
    asks
}

fn unknown(declared: &Map<String, Value>, given: &Map<String, Value>) -> Result<(), EvaluationError> {
    let stray: Vec<&str> = given
        .keys()
        .filter(|name| lookup(declared, name).is_none())
        .map(String::as_str)
        .collect();
    if stray.is_empty() {
        return Ok(());
    }
    let names = |keys: Vec<&str>| keys.join(", ");
    let message = format!(
        "The template parameters '{}' in the parameters file are not valid; they are not present in the original \
         template and can therefore not be provided at deployment time. The only supported parameters for this template are '{}'",
        names(stray),
        names(declared.keys().map(String::as_str).collect())
    );
    Err(EvaluationError::template(message, "parameters"))
}

/// A declaration with its `$ref` to a definition followed.
pub(super) fn resolved(template: &Value, declaration: &Value, path: &str) -> Result<Value, EvaluationError> {
    let mut current = declaration.clone();
    for _ in 0..32 {
        let Some(reference) = current.get("$ref").and_then(Value::as_str) else {
            return Ok(current);
        };
        let name = reference.strip_prefix("#/definitions/").unwrap_or_default();
        let definition = member(template, "definitions").and_then(|all| member(all, name));
        let mut merged = definition.and_then(Value::as_object).cloned().ok_or_else(|| {
            EvaluationError::template(format!("the definition '{reference}' is not found"), path)
        })?;
        let own = current.as_object().cloned().unwrap_or_default();
        merged.extend(own.into_iter().filter(|(key, _)| key != "$ref"));
        current = Value::Object(merged);
    }
    Err(EvaluationError::template(
        "the definitions refer to each other in a circle",
        path,
    ))
}

fn one(
    frame: &Frame,
    name: &str,
    declaration: &Value,
    given: Option<&Value>,
    path: &str,
) -> Result<Bound, EvaluationError> {
    let refuse = |message: String| EvaluationError::template(message, path);
    let kind = member(declaration, "type")
        .and_then(Value::as_str)
        .map(str::to_lowercase);
    let kind = match kind {
        Some(kind) => kind,
        // Bicep leaves the type out where it is any, or one of a resource's.
        None if frame.is_symbolic => ANY.to_owned(),
        None => return Err(refuse(format!("the template parameter '{name}' has no type"))),
    };
    let nullable = member(declaration, "nullable") == Some(&Value::Bool(true));
    let mut bound = Bound {
        name: name.to_owned(),
        secret: kind.starts_with("secure"),
        kind,
        value: Held::Later,
    };
    if given.is_some_and(|given| given.get(LATER_MARK).is_some()) {
        return Ok(bound);
    }
    bound.secret |= given.is_some_and(|given| given.get(SECRET_MARK).is_some());
    let absent = || refuse(format!("the parameter '{name}' was given without a value"));
    let value = given
        .map(|given| member(given, "value").ok_or_else(absent))
        .transpose()?;
    let (value, secret) = match (value, member(declaration, "defaultValue")) {
        (Some(value), default) if !value.is_null() || nullable || default.is_none() => (value.clone(), false),
        (_, Some(default)) => default_value(frame, default, path)?,
        (_, None) if nullable => (Value::Null, false),
        (_, None) => {
            return Err(refuse(format!(
                "The value for the template parameter '{name}' is not provided. Please see \
                 https://aka.ms/arm-create-parameter-file for usage details"
            )));
        }
    };
    bound.secret |= secret;
    check(&frame.template, &bound, declaration, &value, nullable).map_err(refuse)?;
    bound.secret |= types::holds_secret(&frame.template, declaration, &value);
    bound.value = Held::Known(Arc::new(value));
    Ok(bound)
}

/// The default, and whether a secret went into it.
fn default_value(frame: &Frame, default: &Value, path: &str) -> Result<(Value, bool), EvaluationError> {
    let meter = Meter::default();
    let evaluator = Evaluator::of_defaults(frame, &meter);
    let path = format!("{path}.defaultValue");
    let (value, secret) = meter.watch(|| evaluator.strict(default, &path));
    value
        .map(|value| (value, secret))
        .map_err(|halt| halt.or_known(&path))
}

fn check(
    template: &Value,
    bound: &Bound,
    declaration: &Value,
    value: &Value,
    nullable: bool,
) -> Result<(), String> {
    if value.is_null() && nullable {
        return Ok(());
    }
    let name = &bound.name;
    let fits = match bound.kind.as_str() {
        "string" | "securestring" => value.is_string(),
        "int" => value.is_i64(),
        "bool" => value.is_boolean(),
        "array" => value.is_array(),
        "object" | "secureobject" => value.is_object(),
        ANY => true,
        other => {
            return Err(format!(
                "the type '{other}' of the template parameter '{name}' is not known"
            ));
        }
    };
    if !fits {
        let found = super::functions::kind(value);
        return Err(format!(
            "Template parameter JToken type is not valid. Expected '{}'. Actual '{found}' for the parameter '{name}'",
            bound.kind
        ));
    }
    limits(declaration, name, value, bound.secret)?;
    types::check_inside(template, declaration, value, name).map_err(|message| {
        format!("The provided value for the template parameter '{name}' is not valid: {message}")
    })
}

/// Allowed values and ranges.
pub(super) fn limits(declaration: &Value, name: &str, value: &Value, secret: bool) -> Result<(), String> {
    let allowed = member(declaration, "allowedValues").and_then(Value::as_array);
    if allowed.is_some_and(|allowed| !permitted(allowed, value)) {
        let shown = if secret {
            "(secret)".to_owned()
        } else {
            value.to_string()
        };
        return Err(format!(
            "The provided value {shown} for the template parameter '{name}' is not valid. The value is not part of the allowed values"
        ));
    }
    range(declaration, name, value)
}

/// A value is allowed itself; an array also when all its elements are.
fn permitted(allowed: &[Value], value: &Value) -> bool {
    let items = value.as_array();
    allowed.contains(value) || items.is_some_and(|items| items.iter().all(|item| allowed.contains(item)))
}

fn range(declaration: &Value, name: &str, value: &Value) -> Result<(), String> {
    let bound = |key: &str| member(declaration, key).and_then(Value::as_i64);
    let length = match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        _ => None,
    };
    let length = length.and_then(|length| i64::try_from(length).ok());
    for (measure, least, most) in [
        (value.as_i64(), "minValue", "maxValue"),
        (length, "minLength", "maxLength"),
    ] {
        let Some(measure) = measure else { continue };
        for (key, limit, broken) in [
            (
                least,
                bound(least),
                bound(least).is_some_and(|least| measure < least),
            ),
            (most, bound(most), bound(most).is_some_and(|most| measure > most)),
        ] {
            if broken {
                return Err(format!(
                    "The provided value for the template parameter '{name}' is not valid: {measure} breaks its {key} of {}",
                    limit.unwrap_or_default()
                ));
            }
        }
    }
    Ok(())
}
