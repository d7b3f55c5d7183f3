//! Functions over objects, and the set functions that take objects and arrays alike.

use serde_json::{Map, Value};

use super::{Call, Outcome, lookup};

pub fn call(call: Call<'_>) -> Option<Outcome> {
    Some(match call.name {
        "createobject" => create(call),
        "intersection" => intersection(call),
        "items" => items(call),
        "objectkeys" => keys(call),
        "shallowmerge" => shallow_merge(call),
        "tryget" => Ok(try_get(call)),
        "union" => union(call),
        _ => return None,
    })
}

fn create(call: Call<'_>) -> Outcome {
    if !call.arguments.len().is_multiple_of(2) {
        return Err("the template function 'createObject' expects pairs of a key and a value".to_owned());
    }
    let mut fields = Map::new();
    for index in (0..call.arguments.len()).step_by(2) {
        fields.insert(call.text(index)?.to_owned(), call.value(index + 1).clone());
    }
    Ok(Value::Object(fields))
}

fn sorted(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = fields.iter().collect();
    entries.sort_by_key(|(key, _)| key.to_lowercase());
    entries
}

fn items(call: Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let pair = |(key, value): (&String, &Value)| serde_json::json!({"key": key, "value": value});
    Ok(sorted(call.object(0)?).into_iter().map(pair).collect())
}

fn keys(call: Call<'_>) -> Outcome {
    call.count(1, 1)?;
    Ok(sorted(call.object(0)?)
        .into_iter()
        .map(|(key, _)| Value::from(key.as_str()))
        .collect())
}

fn shallow_merge(call: Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let mut all = Map::new();
    for item in call.array(0)? {
        let fields = item
            .as_object()
            .ok_or("the template function 'shallowMerge' expects an array of objects")?;
        all.extend(fields.clone());
    }
    Ok(Value::Object(all))
}

/// The value at the end of a path of keys and indexes; null as soon as one is absent.
fn try_get(call: Call<'_>) -> Value {
    let mut current = call.value(0);
    for step in call.arguments.iter().skip(1) {
        let next = match (current, step) {
            (Value::Object(fields), Value::String(key)) => lookup(fields, key),
            (Value::Array(list), Value::Number(index)) => index
                .as_u64()
                .and_then(|index| usize::try_from(index).ok())
                .and_then(|index| list.get(index)),
            _ => None,
        };
        match next {
            Some(next) => current = next,
            None => return Value::Null,
        }
    }
    current.clone()
}

/// Arrays keep first occurrences; objects are merged in depth and the last value wins.
fn union(call: Call<'_>) -> Outcome {
    call.count(1, usize::MAX)?;
    if call.value(0).is_array() {
        let mut all: Vec<Value> = Vec::new();
        for index in 0..call.arguments.len() {
            for item in call.array(index)? {
                if !all.contains(item) {
                    all.push(item.clone());
                }
            }
        }
        return Ok(Value::from(all));
    }
    let mut all = Map::new();
    for index in 0..call.arguments.len() {
        merge(&mut all, call.object(index)?);
    }
    Ok(Value::Object(all))
}

fn merge(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (Some(old), new) => *old = new.clone(),
            (None, new) => {
                into.insert(key.clone(), new.clone());
            }
        }
    }
}

fn intersection(call: Call<'_>) -> Outcome {
    call.count(1, usize::MAX)?;
    if call.value(0).is_array() {
        let mut common = call.array(0)?.clone();
        for index in 1..call.arguments.len() {
            let other = call.array(index)?;
            common.retain(|item| other.contains(item));
        }
        return Ok(Value::from(common));
    }
    let mut common = call.object(0)?.clone();
    for index in 1..call.arguments.len() {
        let other = call.object(index)?;
        common.retain(|key, value| other.get(key) == Some(value));
    }
    Ok(Value::Object(common))
}
