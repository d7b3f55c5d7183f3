//! The order in which a person expects the keys of an ARM template.
//!
//! Keys of the language come in a fixed order; whatever the language leaves open (tags, variables, properties of a
//! resource) keeps the order of the source. So the same template always gives the same bytes.

use serde_json::{Map, Value};

const ROOT: &[&str] = &[
    "$schema",
    "languageVersion",
    "contentVersion",
    "apiProfile",
    "metadata",
    "definitions",
    "functions",
    "parameters",
    "variables",
    "resources",
    "outputs",
];
const PARAMETER: &[&str] = &[
    "type",
    "nullable",
    "defaultValue",
    "allowedValues",
    "minValue",
    "maxValue",
    "minLength",
    "maxLength",
    "metadata",
];
const OUTPUT: &[&str] = &["type", "condition", "copy", "value", "metadata"];
const RESOURCE: &[&str] = &[
    "type",
    "apiVersion",
    "name",
    "scope",
    "subscriptionId",
    "resourceGroup",
    "comments",
    "condition",
    "copy",
    "location",
    "zones",
    "tags",
    "sku",
    "kind",
    "plan",
    "identity",
    "dependsOn",
    "resources",
    "properties",
];

/// Puts the keys of a whole deployment template in order, nested deployments included.
pub(in crate::template) fn deployment(template: Value) -> Value {
    let mut template = ordered(template, ROOT);
    each(&mut template, "parameters", |value| ordered(value, PARAMETER));
    each(&mut template, "outputs", |value| ordered(value, OUTPUT));
    each(&mut template, "resources", resource);
    template
}

fn resource(value: Value) -> Value {
    let mut value = ordered(value, RESOURCE);
    each(&mut value, "resources", resource);
    if value["type"] == "Microsoft.Resources/deployments"
        && let Some(nested) = value.pointer_mut("/properties/template")
    {
        *nested = deployment(nested.take());
    }
    value
}

/// Changes every element of the list or map under `key`.
fn each(value: &mut Value, key: &str, change: fn(Value) -> Value) {
    match value.get_mut(key) {
        Some(Value::Array(items)) => items.iter_mut().for_each(|item| *item = change(item.take())),
        Some(Value::Object(map)) => map.values_mut().for_each(|item| *item = change(item.take())),
        _ => {}
    }
}

/// The same map with the keys of `order` first, in that order, and the others after them as they were.
fn ordered(value: Value, order: &[&str]) -> Value {
    let Value::Object(mut map) = value else {
        return value;
    };
    let mut sorted = Map::new();
    let last = order.last().copied().unwrap_or_default();
    let (first, end) = order.split_at(order.len().saturating_sub(1));
    for key in first {
        if let Some(value) = map.shift_remove(*key) {
            sorted.insert((*key).to_owned(), value);
        }
    }
    let tail = end.iter().find_map(|key| map.shift_remove(*key));
    sorted.extend(map);
    if let Some(value) = tail {
        sorted.insert(last.to_owned(), value);
    }
    Value::Object(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_language_are_ordered_and_others_kept() {
        let template = serde_json::json!({
            "outputs": { "z": { "value": 1, "type": "int" } },
            "resources": [{ "properties": { "z": 1, "a": 2 }, "extendedLocation": {}, "name": "n", "dependsOn": [], "type": "T", "apiVersion": "v" }],
            "parameters": { "b": { "metadata": {}, "type": "int" }, "a": { "defaultValue": 1, "type": "int" } },
            "contentVersion": "1.0.0.0",
            "$schema": "s",
        });
        let expected = r#"{"$schema":"s","contentVersion":"1.0.0.0","parameters":{"b":{"type":"int","metadata":{}},"a":{"type":"int","defaultValue":1}},"resources":[{"type":"T","apiVersion":"v","name":"n","dependsOn":[],"extendedLocation":{},"properties":{"z":1,"a":2}}],"outputs":{"z":{"type":"int","value":1}}}"#;
        assert_eq!(deployment(template.clone()).to_string(), expected);
        assert_eq!(deployment(deployment(template)).to_string(), expected);
    }

    #[test]
    fn a_nested_deployment_is_ordered_too() {
        let nested = serde_json::json!({ "resources": [], "$schema": "s" });
        let template = serde_json::json!({
            "resources": [{ "type": "Microsoft.Resources/deployments", "properties": { "template": nested } }],
        });
        let text = deployment(template).to_string();
        assert!(
            text.contains(r#""template":{"$schema":"s","resources":[]}"#),
            "{text}"
        );
    }
}
