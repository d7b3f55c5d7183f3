//! What can be told of a template before anything is deployed: the functions that names and ids are built of.

mod functions;

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::made::LONGEST_LOOP;
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

impl<'a> Known<'a> {
    /// What anybody may be told of `unit`, outside of a loop.
    pub fn of(unit: &'a Unit<'a>, scope: &'a GroupScope, location: &'a str) -> Self {
        Self {
            unit,
            scope,
            location,
            secrets: false,
            index: 0,
        }
    }
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
        match name {
            "copyindex" => {
                let offset = arguments
                    .iter()
                    .find_map(|argument| self.evaluate(argument)?.as_u64());
                return Some(Value::from(self.index + offset.unwrap_or(0)));
            }
            // The branch that is not taken may be anything.
            "if" => {
                let [condition, yes, no] = arguments else {
                    return None;
                };
                let taken = if self.evaluate(condition)?.as_bool()? {
                    yes
                } else {
                    no
                };
                return self.evaluate(taken);
            }
            _ => {}
        }
        let values: Vec<Value> = arguments
            .iter()
            .map(|argument| self.evaluate(argument))
            .collect::<Option<_>>()?;
        match (name, values.as_slice()) {
            ("parameters", [name]) => self.parameter(name.as_str()?),
            ("variables", [name]) => self.variable(name.as_str()?),
            ("resourcegroup", []) => Some(json!({
                "name": self.scope.group,
                "id": format!("{}/resourceGroups/{}", self.subscription(), self.scope.group),
                "location": self.location,
            })),
            ("subscription", []) => {
                Some(json!({ "subscriptionId": self.scope.subscription, "id": self.subscription() }))
            }
            ("resourceid", parts) => functions::resource_id(self.scope, parts),
            ("subscriptionresourceid", parts) => functions::id_below(&self.subscription(), parts),
            ("extensionresourceid", [scope, parts @ ..]) => functions::id_below(scope.as_str()?, parts),
            (name, values) => functions::call(name, values),
        }
    }

    fn subscription(&self) -> String {
        format!("/subscriptions/{}", self.scope.subscription)
    }

    /// A variable, of its own or made by a loop.
    fn variable(&self, name: &str) -> Option<Value> {
        let variables = self.unit.template.get("variables")?;
        if let Some(value) = variables.get(name) {
            return self.whole(value);
        }
        let loops = variables.get("copy")?.as_array()?;
        let one = loops
            .iter()
            .find(|one| one.get("name").is_some_and(|of| of == name))?;
        let count = self.value(one.get("count")?)?.as_u64()?;
        let turn = |index| Known { index, ..*self }.whole(one.get("input")?);
        (0..count.min(LONGEST_LOOP)).map(turn).collect()
    }

    /// As [`deep`](Self::deep), where all of it can be told.
    pub fn whole(&self, value: &Value) -> Option<Value> {
        let mut whole = true;
        let told = self.deep(value, &mut whole);
        told.filter(|_| whole)
    }

    /// As [`value`](Self::value), through and through: parts that cannot be told are left out, and `whole` says so.
    pub fn deep(&self, value: &Value, whole: &mut bool) -> Option<Value> {
        let told = match value {
            // A loop inside a resource.
            Value::Object(object) if object.contains_key("copy") => None,
            Value::Object(object) => {
                let mut told = Map::new();
                for (key, value) in object {
                    // An identity is a key: `"[resourceId(…)]": {}`.
                    let key = self.value(&Value::from(key.as_str()));
                    let key = key.and_then(|key| key.as_str().map(str::to_owned));
                    *whole &= key.is_some();
                    let value = self.deep(value, whole);
                    told.extend(key.zip(value));
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
        if self.is_secure(name) {
            if !self.secrets {
                return None;
            }
            let mut secrets = self.unit.secrets.iter();
            if let Some((_, secret)) = secrets.find(|(parameter, _)| *parameter == name) {
                return Some(Value::from(secret.expose_secret()));
            }
        }
        if let Some(value) = given.get(name).and_then(|parameter| parameter.get("value")) {
            return Some(value.clone());
        }
        if let Some(value) = self.unit.foretold.get(name) {
            return Some(value.clone());
        }
        self.whole(
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
