//! What a template makes, as far as it can be told without Azure: what-if needs the resource group to exist.
//!
//! Only the functions that names are built of are understood; a name that needs more is shown as its expression.

use serde_json::Value;

use super::changes::{Change, ChangeKind};
use super::unit::Unit;
use crate::azure::groups::GroupScope;
use crate::model::expression::{self, Expression};

/// More elements of one loop than Azure would make. Source: Azure Resource Manager, template limits.
const LONGEST_LOOP: u64 = 800;

/// The `create` of the group itself.
pub(super) fn group(scope: &GroupScope) -> Change {
    Change {
        kind: ChangeKind::Create,
        resource_type: "Microsoft.Resources/resourceGroups".to_owned(),
        name: scope.group.clone(),
        id: Some(format!(
            "/subscriptions/{}/resourceGroups/{}",
            scope.subscription, scope.group
        )),
        delta: Vec::new(),
        reason: None,
    }
}

/// One `create` for each resource of the template.
pub(super) fn creations(scope: &GroupScope, unit: &Unit<'_>) -> Vec<Change> {
    let resources = resources(unit.template);
    resources
        .flat_map(|resource| create(scope, unit, resource))
        .collect()
}

/// The resources of a template, as a list or by symbolic name.
fn resources(template: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match template.get("resources") {
        Some(Value::Array(list)) => Box::new(list.iter()),
        Some(Value::Object(named)) => Box::new(named.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// The top-level namespaces of the types in the templates: `Microsoft.EventHub`.
pub(super) fn namespaces(units: &[Unit<'_>]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for resource in units.iter().flat_map(|unit| resources(unit.template)) {
        let resource_type = resource.get("type").and_then(Value::as_str).unwrap_or_default();
        let namespace = resource_type.split('/').next().unwrap_or_default();
        if !namespace.is_empty() && !found.iter().any(|known| known.eq_ignore_ascii_case(namespace)) {
            found.push(namespace.to_owned());
        }
    }
    found
}

fn create(scope: &GroupScope, unit: &Unit<'_>, resource: &Value) -> Vec<Change> {
    let known = Known { unit, index: 0 };
    let text = |name: &str| resource.get(name).and_then(Value::as_str).unwrap_or_default();
    if resource.get("existing") == Some(&Value::Bool(true)) || is_off(&known, resource) {
        return Vec::new();
    }
    let count = match resource.get("copy").and_then(|copy| copy.get("count")) {
        None => 1,
        Some(count) => known
            .value(count)
            .and_then(|count| count.as_u64())
            .unwrap_or(1)
            .min(LONGEST_LOOP),
    };
    let one = |index| {
        let name = Known { unit, index }.value(&Value::from(text("name")));
        let name = name.and_then(|name| name.as_str().map(str::to_owned));
        Change {
            kind: ChangeKind::Create,
            resource_type: text("type").to_owned(),
            id: name
                .as_ref()
                .filter(|_| resource.get("scope").is_none())
                .map(|name| id(scope, text("type"), name)),
            name: name.unwrap_or_else(|| text("name").to_owned()),
            delta: Vec::new(),
            reason: None,
        }
    };
    (0..count).map(one).collect()
}

fn is_off(known: &Known, resource: &Value) -> bool {
    let condition = resource.get("condition");
    condition.and_then(|condition| known.value(condition)) == Some(Value::Bool(false))
}

/// `A.B/cs/es` and `d/f` make `…/providers/A.B/cs/d/es/f`.
fn id(scope: &GroupScope, resource_type: &str, name: &str) -> String {
    let (namespace, types) = resource_type.split_once('/').unwrap_or((resource_type, ""));
    let pairs = types.split('/').zip(name.split('/'));
    let path: Vec<&str> = pairs.flat_map(|(kind, name)| [kind, name]).collect();
    format!(
        "/subscriptions/{}/resourceGroups/{}/providers/{namespace}/{}",
        scope.subscription,
        scope.group,
        path.join("/")
    )
}

/// What is known before anything is deployed, in one turn of a loop.
struct Known<'a> {
    unit: &'a Unit<'a>,
    index: u64,
}

impl Known<'_> {
    /// The value of a property of the template; `None` where it cannot be told.
    fn value(&self, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) if expression::is_expression(text) => {
                self.evaluate(&expression::parse(text).ok()?)
            }
            Value::String(text) => Some(Value::from(expression::unescape(text))),
            other => Some(other.clone()),
        }
    }

    fn evaluate(&self, expression: &Expression) -> Option<Value> {
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
            ("length", [Value::Array(list)]) => Some(Value::from(list.len())),
            ("tolower", [text]) => Some(Value::from(text.as_str()?.to_lowercase())),
            ("concat", parts) => Some(Value::from(parts.iter().map(plain).collect::<Option<String>>()?)),
            ("format", [Value::String(pattern), parts @ ..]) => fill(pattern, parts),
            _ => None,
        }
    }

    fn parameter(&self, name: &str) -> Option<Value> {
        let given = self
            .unit
            .parameters
            .get("parameters")
            .unwrap_or(&self.unit.parameters);
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
