//! Reading a template's JSON: keys regardless of case, and every complaint with its path.

use serde_json::{Map, Value};

use crate::model::expression::{self, Expression};

use super::error::BicepError;

/// How deep a template may nest, modules included; the same bound as an expression has.
pub const DEEPEST: usize = 128;

/// The member `name` of an object; ARM compares the names of its own keys without regard to case.
pub fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| {
        object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

/// A member that is an object; absent or null reads as `None`.
pub fn object<'a>(
    object: &'a Map<String, Value>,
    name: &str,
    path: &str,
) -> Result<Option<&'a Map<String, Value>>, BicepError> {
    match member(object, name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => as_object(value, &join(path, name)).map(Some),
    }
}

pub fn as_object<'a>(value: &'a Value, path: &str) -> Result<&'a Map<String, Value>, BicepError> {
    value.as_object().ok_or_else(|| BicepError::NotATemplate {
        path: path.to_owned(),
        expected: "an object",
    })
}

/// A member that must be text.
pub fn text<'a>(object: &'a Map<String, Value>, name: &str, path: &str) -> Result<&'a str, BicepError> {
    let path = join(path, name);
    match member(object, name) {
        None => Err(BicepError::Missing { path }),
        Some(value) => value.as_str().ok_or(BicepError::NotATemplate {
            path,
            expected: "a string",
        }),
    }
}

/// A template's string as an expression; plain text is a literal.
pub fn expression(text: &str, path: &str) -> Result<Expression, BicepError> {
    if !expression::is_expression(text) {
        return Ok(Expression::Text(expression::unescape(text).into_owned()));
    }
    expression::parse(text).map_err(|source| BicepError::Expression {
        path: path.to_owned(),
        source,
    })
}

pub fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Refuses a value that nests deeper than the emitter will follow.
pub fn check_depth(value: &Value) -> Result<(), BicepError> {
    let mut level: Vec<&Value> = vec![value];
    for _ in 0..DEEPEST {
        level = level
            .iter()
            .flat_map(|value| -> Vec<&Value> {
                match value {
                    Value::Array(items) => items.iter().collect(),
                    Value::Object(entries) => entries.values().collect(),
                    _ => Vec::new(),
                }
            })
            .collect();
        if level.is_empty() {
            return Ok(());
        }
    }
    Err(BicepError::TooDeep {
        path: "$".to_owned(),
        limit: DEEPEST,
    })
}

/// Calls `visit` with every expression in `value`, keys included; what does not parse is met again by the emitter.
pub fn visit_expressions(value: &Value, visit: &mut impl FnMut(&Expression)) {
    let mut one = |text: &str| {
        if expression::is_expression(text)
            && let Ok(parsed) = expression::parse(text)
        {
            visit(&parsed);
        }
    };
    match value {
        Value::String(text) => one(text),
        Value::Array(items) => items.iter().for_each(|item| visit_expressions(item, visit)),
        Value::Object(entries) => {
            for (key, value) in entries {
                if expression::is_expression(key) {
                    visit_expressions(&Value::String(key.clone()), visit);
                }
                visit_expressions(value, visit);
            }
        }
        _ => {}
    }
}

/// The parts directly inside an expression.
pub fn inside(expression: &Expression) -> Vec<&Expression> {
    match expression {
        Expression::Call { arguments, .. } => arguments.iter().collect(),
        Expression::Property { of, .. } => vec![of],
        Expression::Index { of, index } => vec![of, index],
        Expression::Text(_) | Expression::Integer(_) => Vec::new(),
    }
}
