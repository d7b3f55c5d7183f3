//! What can be told of a template before anything is deployed: the functions that names are built of, and no more.

use serde_json::{Map, Value, json};

use super::unit::Unit;
use crate::azure::groups::GroupScope;
use crate::model::expression::{self, Expression};

/// What is known before anything is deployed, in one turn of a loop.
pub(super) struct Known<'a> {
    pub unit: &'a Unit<'a>,
    pub scope: &'a GroupScope,
    /// Where the group is, or will be.
    pub location: &'a str,
    /// Whether the values of secure parameters may be told.
    pub secrets: bool,
    pub index: u64,
}

impl Known<'_> {
    /// The value of a property of the template; `None` where it cannot be told.
    pub fn value(&self, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) if expression::is_expression(text) => {
                self.evaluate(&expression::parse(text).ok()?)
            }
            Value::String(text) => Some(Value::from(expression::unescape(text))),
            other => Some(other.clone()),
        }
    }

    pub fn evaluate(&self, expression: &Expression) -> Option<Value> {
        match expression {
            Expression::Text(text) => Some(Value::from(text.as_str())),
            Expression::Integer(number) => Some(Value::from(*number)),
            Expression::Property { of, name } => self.evaluate(of)?.get(name).cloned(),
            Expression::Index { of, index } => match self.evaluate(index)? {
                Value::String(name) => self.evaluate(of)?.get(name).cloned(),
                index => self
                    .evaluate(of)?
                    .get(usize::try_from(index.as_u64()?).ok()?)
                    .cloned(),
            },
            Expression::Call { name, arguments } => self.call(&name.to_ascii_lowercase(), arguments),
        }
    }

    fn call(&self, name: &str, arguments: &[Expression]) -> Option<Value> {
        if name == "copyindex" {
            let offset = arguments
                .iter()
                .find_map(|argument| self.evaluate(argument)?.as_u64());
            return Some(Value::from(self.index + offset.unwrap_or(0)));
        }
        let values: Vec<Value> = arguments
            .iter()
            .map(|argument| self.evaluate(argument))
            .collect::<Option<_>>()?;
        match (name, values.as_slice()) {
            ("parameters", [name]) => self.parameter(name.as_str()?),
            ("variables", [name]) => self.value(self.unit.template.get("variables")?.get(name.as_str()?)?),
            ("resourcegroup", []) => Some(json!({ "name": self.scope.group, "location": self.location })),
            ("subscription", []) => Some(json!({ "subscriptionId": self.scope.subscription })),
            ("length", [Value::Array(list)]) => Some(Value::from(list.len())),
            ("tolower", [text]) => Some(Value::from(text.as_str()?.to_lowercase())),
            ("concat", parts) => Some(Value::from(parts.iter().map(plain).collect::<Option<String>>()?)),
            ("format", [Value::String(pattern), parts @ ..]) => fill(pattern, parts),
            _ => None,
        }
    }

    /// As [`value`](Self::value), through and through: parts that cannot be told are left out, and `whole` says so.
    pub fn deep(&self, value: &Value, whole: &mut bool) -> Option<Value> {
        let told = match value {
            // A loop inside a resource.
            Value::Object(object) if object.contains_key("copy") => None,
            Value::Object(object) => {
                let mut told = Map::new();
                for (key, value) in object {
                    told.extend(self.deep(value, whole).map(|value| (key.clone(), value)));
                }
                return Some(Value::Object(told));
            }
            Value::Array(list) => {
                let told = list.iter().filter_map(|value| self.deep(value, whole));
                return Some(Value::Array(told.collect()));
            }
            value => self.value(value),
        };
        *whole &= told.is_some();
        told
    }

    fn parameter(&self, name: &str) -> Option<Value> {
        let given = self
            .unit
            .parameters
            .get("parameters")
            .unwrap_or(&self.unit.parameters);
        if !self.secrets && self.is_secure(name) {
            return None;
        }
        if let Some(value) = given.get(name).and_then(|parameter| parameter.get("value")) {
            return Some(value.clone());
        }
        self.value(
            self.unit
                .template
                .get("parameters")?
                .get(name)?
                .get("defaultValue")?,
        )
    }

    fn is_secure(&self, name: &str) -> bool {
        let declared = self.unit.template.get("parameters").and_then(|all| all.get(name));
        let kind = declared.and_then(|one| one.get("type")?.as_str());
        kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("secure"))
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `format` with plain places alone: `{0}/{1}`.
fn fill(pattern: &str, parts: &[Value]) -> Option<Value> {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, behind) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(&plain(parts.get(place.parse::<usize>().ok()?)?)?);
        rest = behind;
    }
    text.push_str(rest);
    Some(Value::from(text))
}
