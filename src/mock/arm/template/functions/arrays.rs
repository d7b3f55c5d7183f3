//! Functions over arrays, and those that take arrays and strings alike.

use serde_json::Value;

use super::{Call, Outcome, kind};

/// Source: Azure Resource Manager, `range`: at most 10,000 elements.
const LONGEST_RANGE: i64 = 10_000;

pub fn call(call: Call<'_>) -> Option<Outcome> {
    Some(match call.name {
        "array" => call.count(1, 1).map(|()| match call.value(0) {
            Value::Array(items) => Value::from(items.clone()),
            one => Value::from(vec![one.clone()]),
        }),
        "concat" => concat(call),
        "createarray" => Ok(Value::from(call.arguments.to_vec())),
        "empty" => call.count(1, 1).and_then(|()| empty(call)),
        "first" => end(call, true),
        "last" => end(call, false),
        "flatten" => flatten(call),
        "indexfromend" => from_end(call).and_then(|found| {
            found.ok_or_else(|| format!("the index '{}' from the end is out of bounds", call.value(1)))
        }),
        "tryindexfromend" => from_end(call).map(Option::unwrap_or_default),
        "indexof" => index_of(call, true),
        "lastindexof" => index_of(call, false),
        "length" => length(call),
        "range" => range(call),
        "skip" => part(call, |size, count| count.min(size)..size),
        "take" => part(call, |size, count| 0..count.min(size)),
        "contains" => contains(call),
        _ => return None,
    })
}

/// The element that is the so-manieth from the end, the last being the first.
fn from_end(call: Call<'_>) -> Result<Option<Value>, String> {
    call.count(2, 2)?;
    let (items, index) = (call.array(0)?, call.size(1)?);
    let at = items.len().checked_sub(index).filter(|_| index > 0);
    Ok(at.and_then(|at| items.get(at)).cloned())
}

fn concat(call: Call<'_>) -> Outcome {
    let mut all = Vec::new();
    for index in 0..call.arguments.len() {
        all.extend(call.array(index)?.iter().cloned());
    }
    Ok(Value::from(all))
}

fn empty(call: Call<'_>) -> Outcome {
    Ok(Value::from(match call.value(0) {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => return Err(call.mismatch(0, "a string, an array, an object or null")),
    }))
}

/// The first or last element or character: null of an empty array, an empty text of an empty text.
fn end(call: Call<'_>, front: bool) -> Outcome {
    call.count(1, 1)?;
    match call.value(0) {
        Value::Array(items) => {
            let item = if front { items.first() } else { items.last() };
            Ok(item.cloned().unwrap_or_default())
        }
        Value::String(text) => {
            let letter = if front {
                text.chars().next()
            } else {
                text.chars().last()
            };
            Ok(Value::from(letter.map(String::from).unwrap_or_default()))
        }
        _ => Err(call.mismatch(0, "an array or a string")),
    }
}

fn flatten(call: Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let mut flat = Vec::new();
    for item in call.array(0)? {
        match item {
            Value::Array(inner) => flat.extend(inner.iter().cloned()),
            other => {
                return Err(format!(
                    "'flatten' expects arrays in its array, one element is {}",
                    kind(other)
                ));
            }
        }
    }
    Ok(Value::from(flat))
}

/// On a string without regard to case, on an array with it: so Azure does.
fn index_of(call: Call<'_>, front: bool) -> Outcome {
    call.count(2, 2)?;
    let found = match call.value(0) {
        Value::String(text) => {
            let (text, part) = (text.to_lowercase(), call.text(1)?.to_lowercase());
            let at = if front {
                text.find(&part)
            } else {
                text.rfind(&part)
            };
            at.map(|at| text[..at].chars().count())
        }
        Value::Array(items) if front => items.iter().position(|item| item == call.value(1)),
        Value::Array(items) => items.iter().rposition(|item| item == call.value(1)),
        _ => return Err(call.mismatch(0, "an array or a string")),
    };
    Ok(found.map_or(Value::from(-1), Value::from))
}

fn length(call: Call<'_>) -> Outcome {
    call.count(1, 1)?;
    Ok(Value::from(match call.value(0) {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(fields) => fields.len(),
        _ => return Err(call.mismatch(0, "an array, a string or an object")),
    }))
}

fn range(call: Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let (start, count) = (call.int(0)?, call.int(1)?);
    let end = start.checked_add(count);
    match end {
        Some(end) if (0..=LONGEST_RANGE).contains(&count) => Ok((start..end).map(Value::from).collect()),
        _ => Err(format!(
            "a range of {count} elements is outside the limit of {LONGEST_RANGE}"
        )),
    }
}

/// `skip` and `take`: a negative count is none.
fn part(call: Call<'_>, window: fn(usize, usize) -> std::ops::Range<usize>) -> Outcome {
    call.count(2, 2)?;
    let count = usize::try_from(call.int(1)?.max(0)).unwrap_or(usize::MAX);
    match call.value(0) {
        Value::Array(items) => Ok(Value::from(items[window(items.len(), count)].to_vec())),
        Value::String(text) => {
            let letters: Vec<char> = text.chars().collect();
            Ok(Value::from(
                letters[window(letters.len(), count)].iter().collect::<String>(),
            ))
        }
        _ => Err(call.mismatch(0, "an array or a string")),
    }
}

/// On a string with regard to case; on an object the keys are compared without it.
fn contains(call: Call<'_>) -> Outcome {
    call.count(2, 2)?;
    Ok(Value::from(match call.value(0) {
        Value::String(text) => text.contains(&super::display(call.value(1))),
        Value::Array(items) => items.contains(call.value(1)),
        Value::Object(fields) => super::lookup(fields, call.text(1)?).is_some(),
        _ => return Err(call.mismatch(0, "an array, a string or an object")),
    }))
}
