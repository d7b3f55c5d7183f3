//! Arithmetic on 64-bit integers; an overflow is an error, never a wrong number.

use serde_json::Value;

use super::{Call, Outcome};

pub fn call(call: Call<'_>) -> Option<Outcome> {
    Some(match call.name {
        "add" => two(call, i64::checked_add),
        "sub" => two(call, i64::checked_sub),
        "mul" => two(call, i64::checked_mul),
        "div" => two(call, i64::checked_div),
        "mod" => two(call, i64::checked_rem),
        "int" => int(call),
        "float" => float(call),
        "min" => extreme(call, i64::min),
        "max" => extreme(call, i64::max),
        _ => return None,
    })
}

fn two(call: Call<'_>, operation: fn(i64, i64) -> Option<i64>) -> Outcome {
    call.count(2, 2)?;
    let (one, other) = (call.int(0)?, call.int(1)?);
    operation(one, other).map(Value::from).ok_or_else(|| {
        format!(
            "the template function '{}' has no result for {one} and {other}",
            call.name
        )
    })
}

fn int(call: Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let wrong = || call.mismatch(0, "an integer or the text of one");
    match call.value(0) {
        Value::Number(number) if number.is_i64() => Ok(Value::Number(number.clone())),
        Value::Number(number) => {
            let whole = number
                .as_f64()
                .map(f64::trunc)
                .filter(|n| n.abs() < 9e15)
                .ok_or_else(wrong)?;
            #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
            let whole = whole as i64;
            Ok(Value::from(whole))
        }
        Value::String(text) => text.trim().parse::<i64>().map(Value::from).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

fn float(call: Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let number = match call.value(0) {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let number = number.filter(|number: &f64| number.is_finite());
    number
        .map(Value::from)
        .ok_or_else(|| call.mismatch(0, "a number or the text of one"))
}

fn extreme(call: Call<'_>, pick: fn(i64, i64) -> i64) -> Outcome {
    call.count(1, usize::MAX)?;
    let numbers: Vec<i64> = match call.value(0) {
        Value::Array(items) => {
            let all: Option<Vec<i64>> = items.iter().map(Value::as_i64).collect();
            all.ok_or_else(|| call.mismatch(0, "an array of integers"))?
        }
        _ => (0..call.arguments.len())
            .map(|index| call.int(index))
            .collect::<Result<_, _>>()?,
    };
    let found = numbers.into_iter().reduce(pick);
    found
        .map(Value::from)
        .ok_or_else(|| format!("the template function '{}' has nothing to choose from", call.name))
}
