//! Two readings of one resource, property by property.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::volatile::is_volatile;
use crate::deploy::baseline::{is_hidden, is_secret};
use crate::deploy::changes::{PropertyChange, PropertyChangeKind};

/// Members that say which resource it is, not how it is.
const IDENTITY: &[&str] = &["id", "name", "type"];

/// What differs between `before` and `after`, by path. Secrets and what changes by itself are passed over.
pub fn differences(resource_type: &str, before: &Value, after: &Value) -> Vec<PropertyChange> {
    let mut comparison = Comparison {
        resource_type,
        found: Vec::new(),
    };
    if let (Value::Object(before), Value::Object(after)) = (before, after) {
        let own = |fields: &Map<String, Value>| -> Map<String, Value> {
            let kept = fields
                .iter()
                .filter(|(name, _)| !IDENTITY.contains(&name.as_str()));
            kept.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        comparison.fields("", &own(before), &own(after));
    }
    comparison.found
}

struct Comparison<'a> {
    resource_type: &'a str,
    found: Vec<PropertyChange>,
}

impl Comparison<'_> {
    fn fields(&mut self, path: &str, before: &Map<String, Value>, after: &Map<String, Value>) {
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let inside = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            let (old, new) = (before.get(name), after.get(name));
            let flag = [old, new]
                .iter()
                .flatten()
                .all(|value| value.is_boolean() || value.is_null());
            if is_volatile(self.resource_type, name) || (is_secret(name) && !flag) {
                continue;
            }
            self.value(&inside, old.unwrap_or(&Value::Null), new.unwrap_or(&Value::Null));
        }
    }

    fn value(&mut self, path: &str, before: &Value, after: &Value) {
        if is_hidden(before) || (is_hollow(before) && is_hollow(after)) {
            return;
        }
        match (before, after) {
            (Value::Object(old), Value::Object(new)) => self.fields(path, old, new),
            (Value::Array(old), Value::Array(new)) => self.items(path, old, new),
            (Value::String(old), Value::String(new))
                if old.starts_with("/subscriptions/") && old.eq_ignore_ascii_case(new) => {}
            (old, new) if old == new => {}
            (old, new) => self.tell(path.to_owned(), old, new),
        }
    }

    /// Elements with names are the same by name; others by their place, and plain values in any order.
    fn items(&mut self, path: &str, before: &[Value], after: &[Value]) {
        if let (Some(old), Some(new)) = (by_name(before), by_name(after)) {
            let names: BTreeSet<&str> = old.iter().chain(&new).map(|(name, _)| *name).collect();
            let of = |all: &[(&str, &Value)], name: &str| {
                let found = all.iter().find(|(known, _)| *known == name);
                found.map_or(Value::Null, |(_, value)| (*value).clone())
            };
            for name in names {
                self.value(&format!("{path}[{name}]"), &of(&old, name), &of(&new, name));
            }
            return;
        }
        let is_plain = |list: &[Value]| list.iter().all(|value| !value.is_object() && !value.is_array());
        if is_plain(before) && is_plain(after) {
            let sorted = |list: &[Value]| -> Vec<String> {
                let mut texts: Vec<String> = list.iter().map(ToString::to_string).collect();
                texts.sort();
                texts
            };
            if sorted(before) != sorted(after) {
                self.tell(path.to_owned(), &before.into(), &after.into());
            }
            return;
        }
        for index in 0..before.len().max(after.len()) {
            let at = |list: &[Value]| list.get(index).cloned().unwrap_or_default();
            self.value(&format!("{path}[{index}]"), &at(before), &at(after));
        }
    }

    fn tell(&mut self, path: String, before: &Value, after: &Value) {
        let kind = match (before, after) {
            (Value::Null, _) => PropertyChangeKind::Create,
            (_, Value::Null) => PropertyChangeKind::Delete,
            _ => PropertyChangeKind::Modify,
        };
        self.found.push(PropertyChange {
            path,
            kind,
            before: before.clone(),
            after: after.clone(),
        });
    }
}

/// The elements with their names, where every one has a name of its own.
fn by_name(list: &[Value]) -> Option<Vec<(&str, &Value)>> {
    let named: Vec<(&str, &Value)> = list
        .iter()
        .map(|value| Some((value.get("name")?.as_str()?, value)))
        .collect::<Option<_>>()?;
    let names: BTreeSet<&str> = named.iter().map(|(name, _)| *name).collect();
    (names.len() == named.len()).then_some(named)
}

/// Nothing, and what holds nothing, are the same.
fn is_hollow(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(before: &Value, after: &Value) -> Vec<String> {
        let found = differences("A.B/cs", before, after);
        let line = |one: PropertyChange| format!("{} {} -> {}", one.path, one.before, one.after);
        found.into_iter().map(line).collect()
    }

    #[test]
    fn what_changes_by_itself_and_secrets_are_no_drift() {
        let before = json!({ "id": "/A", "etag": "1", "tags": {}, "properties": {
            "updatedAt": "1", "provisioningState": "Succeeded", "password": "(not kept: it holds a secret)",
            "zones": ["1", "2"], "subnet": { "id": "/subscriptions/S/x" },
        }});
        let after = json!({ "id": "/a", "etag": "2", "properties": {
            "updatedAt": "2", "provisioningState": "Updating", "password": "new",
            "zones": ["2", "1"], "subnet": { "id": "/subscriptions/s/X" }, "rules": [],
        }});
        assert_eq!(told(&before, &after), Vec::<String>::new());
    }

    #[test]
    fn every_changed_property_is_named_with_both_values() {
        let before = json!({ "sku": { "capacity": 1 }, "properties": {
            "gone": 1, "disablePasswordAuthentication": true,
            "rules": [{ "name": "a", "p": 1 }, { "name": "b", "p": 2 }], "ports": [1, 2], "pairs": [{ "x": 1 }],
        }});
        let after = json!({ "sku": { "capacity": 2 }, "properties": {
            "come": 1, "disablePasswordAuthentication": false,
            "rules": [{ "name": "b", "p": 3 }], "ports": [1, 3], "pairs": [{ "x": 1 }, { "x": 2 }],
        }});
        assert_eq!(
            told(&before, &after),
            [
                "properties.come null -> 1",
                "properties.disablePasswordAuthentication true -> false",
                "properties.gone 1 -> null",
                "properties.pairs[1] null -> {\"x\":2}",
                "properties.ports [1,2] -> [1,3]",
                "properties.rules[a] {\"name\":\"a\",\"p\":1} -> null",
                "properties.rules[b].p 2 -> 3",
                "sku.capacity 1 -> 2",
            ]
        );
    }

    #[test]
    fn a_list_that_others_fill_is_compared_where_it_is_written() {
        let (before, after) = (
            json!({ "properties": { "ipConfigurations": [{ "name": "a" }] } }),
            json!({ "properties": { "ipConfigurations": [{ "name": "b" }] } }),
        );
        assert!(differences("Microsoft.Network/virtualNetworks", &before, &after).is_empty());
        assert_eq!(
            differences("Microsoft.Network/networkInterfaces", &before, &after).len(),
            2
        );
    }
}
