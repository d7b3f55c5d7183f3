//! Roles and rules as parameters of a deployment: as values to merge, and as lines for a person to add.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::plan::AccessPlan;
use crate::template::AccessBlock;

/// The parameters that the deployment must be given.
pub(super) fn of(plan: &AccessPlan, block: &AccessBlock) -> Map<String, Value> {
    let mut parameters = Map::new();
    let assignments: Vec<Value> = plan
        .roles
        .iter()
        .map(|grant| {
            json!({ "principal-id": grant.object_id, "principal-type": grant.object_type, "role": grant.role })
        })
        .collect();
    if !assignments.is_empty() {
        parameters.insert(block.roles.clone(), Value::Array(assignments));
    }
    let rules: Vec<Value> = plan
        .rules
        .iter()
        .map(|grant| json!({ "name": grant.name, "rights": grant.rights }))
        .collect();
    if let Some(name) = block.rules.as_ref().filter(|_| !rules.is_empty()) {
        parameters.insert(name.clone(), Value::Array(rules));
    }
    parameters
}

/// Adds to the lists of `given` what they lack; an element with the same `name` gets the rights of both.
pub fn merge(given: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (parameter, values) in more {
        let list = given
            .entry(parameter.clone())
            .or_insert_with(|| Value::Array(Vec::new()));
        let (Value::Array(list), Value::Array(values)) = (list, values) else {
            continue;
        };
        for value in values {
            match list.iter_mut().find(|known| is_same(known, value)) {
                Some(known) => unite(known, value),
                None => list.push(value.clone()),
            }
        }
    }
}

fn is_same(left: &Value, right: &Value) -> bool {
    let equal = |key: &str| {
        let text = |value: &Value| value.get(key).and_then(Value::as_str).map(str::to_lowercase);
        text(left) == text(right)
    };
    equal("name") && equal("principal-id") && equal("role")
}

fn unite(known: &mut Value, more: &Value) {
    let (Some(Value::Array(rights)), Some(Value::Array(more))) =
        (known.get_mut("rights"), more.get("rights"))
    else {
        return;
    };
    for right in more {
        if !rights.contains(right) {
            rights.push(right.clone());
        }
    }
}

/// The lines to add to an environment; `None` when there is nothing to add.
pub fn snippet(parameters: &Map<String, Value>) -> Option<String> {
    if parameters.is_empty() {
        return None;
    }
    let mut text = "target:\n  parameters:".to_owned();
    for (parameter, values) in parameters {
        let _ = write!(text, "\n    {parameter}:");
        for value in values.as_array().into_iter().flatten() {
            let _ = write!(text, "\n      - {}", inline(value));
        }
    }
    Some(text)
}

/// A value on one line; texts are quoted, which every YAML reader takes as they are.
fn inline(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| format!("{key}: {}", inline(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_twice_adds_nothing_and_unites_rights() {
        let more = json!({
            "role-assignments": [{ "principal-id": "AA", "principal-type": "User", "role": "sender" }],
            "sas-rules": [{ "name": "orders", "rights": ["Send"] }],
        });
        let mut given = json!({ "sas-rules": [{ "name": "orders", "rights": ["Listen"] }] });
        let given = given.as_object_mut().unwrap();
        merge(given, more.as_object().unwrap());
        let once = given.clone();
        merge(given, more.as_object().unwrap());
        assert_eq!(*given, once);
        assert_eq!(once["sas-rules"][0]["rights"], json!(["Listen", "Send"]));
        assert_eq!(once["role-assignments"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn the_lines_to_add_are_yaml() {
        let parameters = json!({ "sas-rules": [{ "name": "orders", "rights": ["Send"] }] });
        let text = snippet(parameters.as_object().unwrap()).unwrap();
        assert_eq!(
            text,
            "target:\n  parameters:\n    sas-rules:\n      - { name: \"orders\", rights: [\"Send\"] }"
        );
    }
}
