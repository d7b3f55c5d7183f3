//! Names of properties that no definition knows: the schemas let them pass, Azure mostly does too, and nothing happens.

use serde_json::Value;

/// Every property below `value` that `schema` does not name.
pub fn unknown(schema: &Value, value: &Value, always: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let known = alternatives(schema, schema);
    for (key, inner) in value.as_object().into_iter().flatten() {
        let below: Vec<&Value> = known
            .iter()
            .filter_map(|one| one.get("properties")?.get(key))
            .collect();
        if below.is_empty() {
            if !always.contains(&key.as_str()) {
                found.push(format!("`{key}` is no property of the resource"));
            }
        } else {
            walk(schema, &below, inner, key, &mut found);
        }
    }
    found
}

fn walk(root: &Value, schemas: &[&Value], value: &Value, path: &str, found: &mut Vec<String>) {
    let known: Vec<&Value> = schemas
        .iter()
        .flat_map(|schema| alternatives(root, schema))
        .collect();
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let place = format!("{path}.{key}");
                let named: Vec<&Value> = known
                    .iter()
                    .filter_map(|one| one.get("properties")?.get(key))
                    .collect();
                let open: Vec<&Value> = known
                    .iter()
                    .filter_map(|one| one.get("additionalProperties"))
                    .collect();
                if !named.is_empty() {
                    walk(root, &named, inner, &place, found);
                } else if !open.is_empty() {
                    walk(root, &open, inner, &place, found);
                } else if !known.iter().any(|one| is_open(one)) && known.iter().any(|one| is_closed(one)) {
                    found.push(format!("`{place}` is no property that the definition knows"));
                }
            }
        }
        Value::Array(items) => {
            let inner: Vec<&Value> = known.iter().filter_map(|one| one.get("items")).collect();
            for (index, item) in items.iter().enumerate() {
                walk(root, &inner, item, &format!("{path}[{index}]"), found);
            }
        }
        _ => {}
    }
}

/// Whether a definition names what there may be; an empty list of names is Azure's way of saying anything.
fn is_closed(schema: &Value) -> bool {
    let names = schema.get("properties").and_then(Value::as_object);
    names.is_some_and(|names| !names.is_empty())
}

/// Whether a definition takes any object, as that of an extension nobody described.
fn is_open(schema: &Value) -> bool {
    let says = |key: &str| schema.get(key).is_some();
    let is_described = [
        "properties",
        "additionalProperties",
        "oneOf",
        "anyOf",
        "allOf",
        "$ref",
    ];
    schema["type"] == "object" && !is_described.into_iter().any(says)
}

/// A schema and everything that it is made of or may be, references followed.
fn alternatives<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let mut all = vec![schema];
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(name.trim_start_matches('#')).unwrap();
        all.extend(alternatives(root, target));
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        let choices = schema.get(key).and_then(Value::as_array);
        all.extend(
            choices
                .into_iter()
                .flatten()
                .flat_map(|choice| alternatives(root, choice)),
        );
    }
    all
}
