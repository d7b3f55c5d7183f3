//! As much of a template's evaluation as a check of values needs: loops over a parameter are unrolled, and an expression
//! that is nothing but a parameter, or a path into one, becomes its value. Every other expression stays.

use serde_json::{Value, json};

/// The resources of `template` with the values of `parameters` (name to `{"value": …}`).
pub fn resources(template: &Value, parameters: &Value) -> Vec<Value> {
    let listed = template["resources"].as_array().unwrap();
    let mut found = Vec::new();
    for resource in listed {
        for one in unrolled(resource, parameters) {
            // What a deployment inside the deployment makes is held to the same contract.
            let inner = one["properties"]
                .get("template")
                .filter(|_| one["type"] == "Microsoft.Resources/deployments");
            found.extend(
                inner
                    .into_iter()
                    .flat_map(|inner| resources(inner, &one["properties"]["parameters"])),
            );
            found.push(one);
        }
    }
    found
}

fn unrolled(resource: &Value, parameters: &Value) -> Vec<Value> {
    let Some(count) = resource.pointer("/copy/count").and_then(Value::as_str) else {
        return vec![substituted(resource, parameters, 0)];
    };
    let name = count
        .strip_prefix("[length(parameters('")
        .and_then(|rest| rest.strip_suffix("'))]"));
    let name = name.unwrap_or_else(|| panic!("this test cannot unroll a loop over {count}"));
    let length = parameters[name]["value"].as_array().map_or(0, Vec::len);
    (0..length)
        .map(|index| substituted(resource, parameters, index))
        .collect()
}

fn substituted(value: &Value, parameters: &Value, index: usize) -> Value {
    match value {
        Value::String(text) => looked_up(text, parameters, index).unwrap_or_else(|| value.clone()),
        Value::Array(items) => items
            .iter()
            .map(|item| substituted(item, parameters, index))
            .collect(),
        Value::Object(map) => json!(
            map.iter()
                .map(|(key, inner)| (key.clone(), substituted(inner, parameters, index)))
                .collect::<serde_json::Map<_, _>>()
        ),
        other => other.clone(),
    }
}

/// The value of `[parameters('a')]` or `[parameters('a')[copyIndex()].b.c]`.
fn looked_up(text: &str, parameters: &Value, index: usize) -> Option<Value> {
    let rest = text.strip_prefix("[parameters('")?.strip_suffix(']')?;
    let (name, path) = rest.split_once("')")?;
    let value = parameters.get(name)?.get("value")?;
    let (value, path) = match path.strip_prefix("[copyIndex()]") {
        Some(path) => (value.get(index)?, path),
        None => (value, path),
    };
    let pointer = path.replace('.', "/");
    (pointer.is_empty() || pointer.starts_with('/')).then(|| value.pointer(&pointer).cloned())?
}

#[test]
fn only_a_bare_path_into_a_parameter_is_looked_up() {
    let parameters = json!({ "a": { "value": [{ "b": 7 }] } });
    assert_eq!(
        looked_up("[parameters('a')[copyIndex()].b]", &parameters, 0),
        Some(json!(7))
    );
    assert_eq!(
        looked_up("[parameters('a')]", &parameters, 0),
        Some(json!([{ "b": 7 }]))
    );
    assert_eq!(looked_up("[concat(parameters('a'), 'x')]", &parameters, 0), None);
}
