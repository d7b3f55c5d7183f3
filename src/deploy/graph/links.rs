//! What waits for what in a template: `dependsOn`, and every `reference()` of another resource.

use serde_json::Value;

use crate::azure::groups::GroupScope;
use crate::deploy::known::Known;
use crate::deploy::made::{self, Made};
use crate::deploy::unit::Unit;
use crate::model::expression::{self, Expression};
use crate::model::resource_id::ResourceId;

/// A resource that waits for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub from: Key,
    /// Waits for `from`.
    pub to: Key,
}

/// Which resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// [`ResourceId::key`].
    Id(String),
    /// Type and name, where the id cannot be told.
    Name(String, String),
}

/// One turn of a resource of the template.
pub(super) struct Turn<'a> {
    /// The symbolic name.
    symbol: Option<&'a str>,
    pub resource: &'a Value,
    index: u64,
    made: Made,
}

impl<'a> Turn<'a> {
    /// Every turn of every resource of the template.
    pub fn all(known: &Known<'a>) -> Vec<Self> {
        let turns = |(symbol, resource)| {
            let turns = made::turns(known, resource).into_iter().zip(0..);
            turns.map(move |(made, index)| Turn {
                symbol,
                resource,
                index,
                made,
            })
        };
        made::named(known.unit.template).flat_map(turns).collect()
    }

    pub fn key(&self) -> Key {
        match &self.made.id {
            Some(id) => Key::Id(ResourceId::new(id.as_str()).key()),
            None => Key::Name(self.made.resource_type.clone(), self.made.name.clone()),
        }
    }

    fn copy_name(&self) -> Option<&str> {
        self.resource.get("copy")?.get("name")?.as_str()
    }
}

/// What waits for what among the resources of `unit`.
pub fn links(scope: &GroupScope, location: &str, unit: &Unit<'_>) -> Vec<Link> {
    let known = Known::of(unit, scope, location);
    let turns = Turn::all(&known);
    let mut links = Vec::new();
    for turn in &turns {
        let known = Known {
            index: turn.index,
            ..known
        };
        let mut needed = Vec::new();
        let listed = turn.resource.get("dependsOn").and_then(Value::as_array);
        for name in listed.into_iter().flatten().filter_map(Value::as_str) {
            needed.extend(named(&known, name, &turns));
        }
        referred(&known, turn.resource, &turns, &mut needed);
        links.extend(needed.into_iter().map(|from| Link { from, to: turn.key() }));
    }
    links
}

/// The resources that one entry of `dependsOn` means: an id, a symbolic name, a loop, or a plain name.
fn named(known: &Known<'_>, text: &str, turns: &[Turn<'_>]) -> Vec<Key> {
    if !expression::is_expression(text) {
        return meant(text, turns);
    }
    expression::parse(text)
        .map(|expression| resolved(known, &expression, turns))
        .unwrap_or_default()
}

fn resolved(known: &Known<'_>, expression: &Expression, turns: &[Turn<'_>]) -> Vec<Key> {
    if let Some(arguments) = expression.arguments_of("resourceId") {
        return by_id(known, arguments, turns);
    }
    let value = known.evaluate(expression);
    value
        .and_then(|value| Some(meant(value.as_str()?, turns)))
        .unwrap_or_default()
}

/// `resourceId([subscription,] [group,] type, names…)`; of names that cannot be told, the only resource of that type.
fn by_id(known: &Known<'_>, arguments: &[Expression], turns: &[Turn<'_>]) -> Vec<Key> {
    let values: Vec<Option<String>> = arguments
        .iter()
        .map(|argument| known.evaluate(argument)?.as_str().map(str::to_owned))
        .collect();
    let is_type = |value: &Option<String>| value.as_ref().is_some_and(|text| text.contains('/'));
    let Some(place) = values.iter().position(is_type) else {
        return Vec::new();
    };
    let resource_type = values[place].clone().unwrap_or_default();
    let names: Option<Vec<String>> = values[place + 1..].iter().cloned().collect();
    let alike: Vec<&Turn<'_>> = turns
        .iter()
        .filter(|turn| turn.made.resource_type.eq_ignore_ascii_case(&resource_type))
        .collect();
    match (names, alike.as_slice()) {
        (Some(names), _) => {
            let name = names.join("/");
            let is_it = |turn: &&&Turn<'_>| turn.made.name.eq_ignore_ascii_case(&name);
            alike.iter().filter(is_it).map(|turn| turn.key()).collect()
        }
        (None, [only]) => vec![only.key()],
        (None, _) => Vec::new(),
    }
}

pub(super) fn meant(text: &str, turns: &[Turn<'_>]) -> Vec<Key> {
    let is_it = |turn: &&Turn<'_>| {
        let by_id = turn
            .made
            .id
            .as_deref()
            .is_some_and(|id| id.eq_ignore_ascii_case(text));
        by_id || turn.symbol == Some(text) || turn.copy_name() == Some(text) || turn.made.name == text
    };
    turns.iter().filter(is_it).map(Turn::key).collect()
}

/// Whatever `reference()` is called with anywhere in the resource.
pub(super) fn referred(known: &Known<'_>, value: &Value, turns: &[Turn<'_>], needed: &mut Vec<Key>) {
    match value {
        Value::String(text) if expression::is_expression(text) => {
            if let Ok(expression) = expression::parse(text) {
                called(known, &expression, turns, needed);
            }
        }
        Value::Array(list) => list
            .iter()
            .for_each(|value| referred(known, value, turns, needed)),
        Value::Object(fields) => fields
            .values()
            .for_each(|value| referred(known, value, turns, needed)),
        _ => {}
    }
}

fn called(known: &Known<'_>, expression: &Expression, turns: &[Turn<'_>], needed: &mut Vec<Key>) {
    if let Some([about, ..]) = expression.arguments_of("reference") {
        needed.extend(resolved(known, about, turns));
    }
    match expression {
        Expression::Call { arguments, .. } => {
            for argument in arguments {
                called(known, argument, turns, needed);
            }
        }
        Expression::Property { of, .. } => called(known, of, turns, needed),
        Expression::Index { of, index } => {
            called(known, of, turns, needed);
            called(known, index, turns, needed);
        }
        Expression::Text(_) | Expression::Integer(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(template: &Value) -> Vec<String> {
        let unit = Unit {
            environment: "dev",
            name: "t",
            is_target: true,
            template,
            parameters: json!({}),
            fixed: &[],
            secrets: Vec::new(),
            lacks: None,
            foretold: serde_json::Map::new(),
        };
        let scope = GroupScope {
            subscription: "s".into(),
            group: "g".into(),
        };
        let name = |key: &Key| match key {
            Key::Id(id) => id.rsplit('/').next().unwrap_or_default().to_owned(),
            Key::Name(kind, name) => format!("{kind}:{name}"),
        };
        let found = links(&scope, "here", &unit);
        found
            .iter()
            .map(|link| format!("{} <- {}", name(&link.to), name(&link.from)))
            .collect()
    }

    #[test]
    fn every_way_to_name_what_is_waited_for_is_understood() {
        let template = json!({ "resources": [
            { "type": "A.B/ns", "apiVersion": "1", "name": "one" },
            { "type": "A.B/ns/hubs", "apiVersion": "1", "name": "[format('one/h{0}', copyIndex())]",
              "copy": { "name": "hubs", "count": 2 }, "dependsOn": ["[resourceId('A.B/ns', 'one')]"] },
            { "type": "A.B/rules", "apiVersion": "1", "name": "late", "dependsOn": ["hubs"],
              "properties": { "at": "[concat(reference(resourceId('A.B/ns', 'one')).end, 'x')]" } },
            { "type": "A.C/roles", "apiVersion": "1", "name": "[newGuid()]", "scope": "y",
              "dependsOn": ["late", "[resourceId('A.B/ns', newGuid())]"] },
        ]});
        assert_eq!(
            told(&template),
            [
                "h0 <- one",
                "h1 <- one",
                "late <- h0",
                "late <- h1",
                "late <- one",
                "A.C/roles:[newGuid()] <- late",
                "A.C/roles:[newGuid()] <- one",
            ]
        );
    }

    #[test]
    fn symbolic_names_are_understood() {
        let template = json!({ "languageVersion": "2.0", "resources": {
            "first": { "type": "A.B/ns", "apiVersion": "1", "name": "one" },
            "there": { "type": "A.B/ns", "apiVersion": "1", "name": "old", "existing": true },
            "second": { "type": "A.B/cs", "apiVersion": "1", "name": "two", "dependsOn": ["first", "there"],
                        "properties": { "id": "[reference('first').id]" } },
        }});
        assert_eq!(told(&template), ["two <- one", "two <- one"]);
    }
}
