//! What waits for what across the deployments of a bundle: who uses a parameter waits for what the output tells of.

use std::collections::HashSet;

use serde_json::Value;

use super::links::{Key, Link, Turn, meant, referred};
use crate::azure::groups::GroupScope;
use crate::deploy::known::Known;
use crate::deploy::unit::{BOOTSTRAP, Unit};
use crate::model::expression::{self, Expression};
use crate::template::Bundle;

/// What waits for what between resources of different `units`, which are those of `bundle` in its order.
pub fn across(scope: &GroupScope, location: &str, units: &[Unit<'_>], bundle: &Bundle) -> Vec<Link> {
    let known: Vec<Known<'_>> = units
        .iter()
        .map(|unit| Known::of(unit, scope, location))
        .collect();
    let turns: Vec<Vec<Turn<'_>>> = known.iter().map(Turn::all).collect();
    let mut links = Vec::new();
    for (taker, takes) in bundle.takes_of_each().enumerate() {
        for (parameter, output) in takes {
            let givers = (0..units.len()).filter(|giver| *giver != taker);
            let from: Vec<Key> = givers
                .flat_map(|giver| told(&known[giver], output, &bundle.connect.bootstrap, &turns[giver]))
                .collect();
            for turn in &turns[taker] {
                let mut reader = Reader {
                    template: units[taker].template,
                    parameter,
                    seen: HashSet::new(),
                };
                if reader.finds(turn.resource) {
                    let from = from.iter().cloned();
                    links.extend(from.map(|from| Link { from, to: turn.key() }));
                }
            }
        }
    }
    links
}

/// The resources that an output tells of: by `reference()`, by an id, or by a name. Bootstrap servers are no output:
/// they are made of those that the text `bootstrap` names.
fn told(known: &Known<'_>, output: &str, bootstrap: &str, turns: &[Turn<'_>]) -> Vec<Key> {
    let declared = known.unit.template.get("outputs").and_then(Value::as_object);
    let is_meant = |name: &str| {
        name == output
            || (output == BOOTSTRAP && known.unit.is_target && bootstrap.contains(&format!("outputs.{name}")))
    };
    let mut found = Vec::new();
    for (_, declared) in declared.into_iter().flatten().filter(|(name, _)| is_meant(name)) {
        let Some(value) = declared.get("value") else {
            continue;
        };
        let before = found.len();
        referred(known, value, turns, &mut found);
        if let (true, Some(Value::String(text))) = (found.len() == before, known.value(value)) {
            found.extend(meant(&text, turns));
        }
    }
    found
}

/// Looks for `parameters('…')`, also by way of variables.
struct Reader<'a> {
    template: &'a Value,
    parameter: &'a str,
    /// Variables that were looked into.
    seen: HashSet<&'a str>,
}

impl<'a> Reader<'a> {
    fn finds(&mut self, value: &'a Value) -> bool {
        match value {
            Value::String(text) => self.finds_in_text(text),
            Value::Array(list) => list.iter().any(|value| self.finds(value)),
            // An identity is a key: `"[parameters('identityId')]": {}`.
            Value::Object(fields) => fields
                .iter()
                .any(|(key, value)| self.finds_in_text(key) || self.finds(value)),
            _ => false,
        }
    }

    fn finds_in_text(&mut self, text: &str) -> bool {
        expression::is_expression(text)
            && expression::parse(text).is_ok_and(|expression| self.finds_in(&expression))
    }

    fn finds_in(&mut self, expression: &Expression) -> bool {
        if let Some([Expression::Text(name)]) = expression.arguments_of("parameters") {
            return name.eq_ignore_ascii_case(self.parameter);
        }
        if let Some([Expression::Text(name)]) = expression.arguments_of("variables") {
            let variables = self.template.get("variables").and_then(Value::as_object);
            let variable = variables.and_then(|all| all.get_key_value(name.as_str()));
            return variable.is_some_and(|(name, value)| self.seen.insert(name) && self.finds(value));
        }
        match expression {
            Expression::Call { arguments, .. } => arguments.iter().any(|argument| self.finds_in(argument)),
            Expression::Property { of, .. } => self.finds_in(of),
            Expression::Index { of, index } => self.finds_in(of) || self.finds_in(index),
            Expression::Text(_) | Expression::Integer(_) => false,
        }
    }
}
