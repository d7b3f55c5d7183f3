//! User-defined types of `languageVersion` 2.0: what the members of an object or the elements of an array must be.
//!
//! Source: Azure Resource Manager, data types and definitions.

use serde_json::Value;

use super::frame::member;
use super::functions::{kind, lookup};
use super::parameters::{limits, resolved};

/// Checks what is inside `value` against `declaration`, whose own type has been checked.
///
/// # Errors
///
/// A sentence that names the member at fault.
pub fn check_inside(template: &Value, declaration: &Value, value: &Value, path: &str) -> Result<(), String> {
    match value {
        Value::Object(_) => check_object(template, declaration, value, path),
        Value::Array(items) => check_items(template, declaration, items, path),
        _ => Ok(()),
    }
}

/// Whether a member that its type calls secure is given somewhere in `value`.
pub fn holds_secret(template: &Value, declaration: &Value, value: &Value) -> bool {
    let Ok(declaration) = resolved(template, declaration, "") else {
        return false;
    };
    let secure = type_of(&declaration).starts_with("secure");
    match value {
        Value::Null => false,
        _ if secure => true,
        Value::Object(fields) => {
            let variant = variant(&declaration, value);
            fields.iter().any(|(name, value)| {
                let declared = property(&declaration, name).or_else(|| property(variant?, name));
                declared.is_some_and(|declared| holds_secret(template, declared, value))
            })
        }
        Value::Array(items) => items.iter().enumerate().any(|(index, item)| {
            element(&declaration, index).is_some_and(|declared| holds_secret(template, declared, item))
        }),
        _ => false,
    }
}

fn type_of(declaration: &Value) -> String {
    let kind = member(declaration, "type").and_then(Value::as_str);
    kind.unwrap_or_default().to_lowercase()
}

fn property<'d>(declaration: &'d Value, name: &str) -> Option<&'d Value> {
    lookup(member(declaration, "properties")?.as_object()?, name)
}

/// The declaration that the discriminator of a tagged union chooses.
fn variant<'d>(declaration: &'d Value, value: &Value) -> Option<&'d Value> {
    let discriminator = member(declaration, "discriminator")?;
    let tag = member(value, member(discriminator, "propertyName")?.as_str()?)?;
    member(member(discriminator, "mapping")?, tag.as_str()?)
}

fn element(declaration: &Value, index: usize) -> Option<&Value> {
    let fixed = member(declaration, "prefixItems").and_then(Value::as_array);
    fixed
        .and_then(|fixed| fixed.get(index))
        .or_else(|| member(declaration, "items"))
}

fn check_object(template: &Value, declaration: &Value, value: &Value, path: &str) -> Result<(), String> {
    if let Some(discriminator) = member(declaration, "discriminator") {
        let chosen = variant(declaration, value).ok_or_else(|| {
            let name = member(discriminator, "propertyName").and_then(Value::as_str);
            format!(
                "the property '{path}.{}' names none of the types it can be",
                name.unwrap_or_default()
            )
        })?;
        let chosen = known(template, chosen, path)?;
        return check_object(template, &chosen, value, path);
    }
    let Some(fields) = value.as_object() else {
        return Ok(());
    };
    let declared = member(declaration, "properties").and_then(Value::as_object);
    for (name, property) in declared.into_iter().flatten() {
        let below = format!("{path}.{name}");
        let property = known(template, property, &below)?;
        match lookup(fields, name) {
            Some(value) => check_one(template, &property, value, &below)?,
            None if is_nullable(&property) => {}
            None => return Err(format!("the property '{below}' is missing")),
        }
    }
    let open = match member(declaration, "additionalProperties") {
        Some(Value::Bool(false)) => false,
        _ => member(declaration, "sealed") != Some(&Value::Bool(true)),
    };
    let others = fields
        .iter()
        .filter(|(name, _)| declared.is_none_or(|declared| lookup(declared, name).is_none()));
    for (name, value) in others {
        let below = format!("{path}.{name}");
        match member(declaration, "additionalProperties") {
            Some(declared @ Value::Object(_)) => {
                check_one(template, &known(template, declared, &below)?, value, &below)?;
            }
            _ if open => {}
            _ => return Err(format!("the property '{below}' is not part of the type")),
        }
    }
    Ok(())
}

fn check_items(template: &Value, declaration: &Value, items: &[Value], path: &str) -> Result<(), String> {
    for (index, item) in items.iter().enumerate() {
        let below = format!("{path}[{index}]");
        match element(declaration, index) {
            Some(Value::Bool(false)) => return Err(format!("the element '{below}' is one too many")),
            Some(declared @ Value::Object(_)) => {
                check_one(template, &known(template, declared, &below)?, item, &below)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn known(template: &Value, declaration: &Value, path: &str) -> Result<Value, String> {
    resolved(template, declaration, path).map_err(|error| error.message().to_owned())
}

fn is_nullable(declaration: &Value) -> bool {
    member(declaration, "nullable") == Some(&Value::Bool(true))
}

fn check_one(template: &Value, declaration: &Value, value: &Value, path: &str) -> Result<(), String> {
    if value.is_null() && is_nullable(declaration) {
        return Ok(());
    }
    let wanted = type_of(declaration);
    let fits = match wanted.as_str() {
        "string" | "securestring" => value.is_string(),
        "int" => value.is_i64(),
        "bool" => value.is_boolean(),
        "array" => value.is_array(),
        "object" | "secureobject" => value.is_object(),
        _ => true,
    };
    if !fits {
        return Err(format!(
            "the value of '{path}' is of type '{}', '{wanted}' is expected",
            kind(value)
        ));
    }
    limits(declaration, path, value, wanted.starts_with("secure"))?;
    check_inside(template, declaration, value, path)
}
