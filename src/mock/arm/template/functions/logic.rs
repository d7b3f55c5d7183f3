//! Logical functions and comparisons. `if`, `and` and `or` that may leave arguments unevaluated live in the evaluator.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Call, Outcome};

pub fn call(call: Call<'_>) -> Option<Outcome> {
    Some(match call.name {
        "true" => Ok(Value::from(true)),
        "false" => Ok(Value::from(false)),
        "null" => Ok(Value::Null),
        "not" => call
            .count(1, 1)
            .and_then(|()| call.bool(0))
            .map(|value| Value::from(!value)),
        "bool" => bool(call),
        "equals" => call
            .count(2, 2)
            .map(|()| Value::from(equal(call.value(0), call.value(1)))),
        "less" => compare(call, Ordering::is_lt),
        "lessorequals" => compare(call, Ordering::is_le),
        "greater" => compare(call, Ordering::is_gt),
        "greaterorequals" => compare(call, Ordering::is_ge),
        "coalesce" => {
            let found = call.arguments.iter().find(|value| !value.is_null());
            Ok(found.cloned().unwrap_or_default())
        }
        _ => return None,
    })
}

/// Equality in depth; `1` equals `1.0`.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => one == other,
    }
}

fn bool(call: Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let value = match call.value(0) {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => number.as_i64().map(|number| number != 0),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    };
    value
        .map(Value::from)
        .ok_or_else(|| call.mismatch(0, "a boolean, an integer, 'true' or 'false'"))
}

fn compare(call: Call<'_>, test: fn(Ordering) -> bool) -> Outcome {
    call.count(2, 2)?;
    let order = match (call.value(0), call.value(1)) {
        (Value::Number(one), Value::Number(other)) => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => Some(one.cmp(&other)),
            _ => one.as_f64().partial_cmp(&other.as_f64()),
        },
        (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
        _ => None,
    };
    order.map(|order| Value::from(test(order))).ok_or_else(|| {
        format!(
            "the template function '{}' expects two integers or two strings",
            call.name
        )
    })
}
