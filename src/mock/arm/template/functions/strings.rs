//! String functions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::text::{display, format};
use super::{Call, Outcome};
use crate::model::hashes;

/// No text that a function makes grows past this; Azure's own limit on a whole template is 4 MB.
const LONGEST: usize = 4 << 20;

pub fn call(call: Call<'_>) -> Option<Outcome> {
    Some(match call.name {
        "base64" => call.text(0).map(|text| Value::from(BASE64.encode(text))),
        "base64tostring" => decoded(call).map(Value::from),
        "base64tojson" => decoded(call).and_then(|text| json(&text)),
        "concat" if !call.arguments.iter().any(Value::is_array) => joined(call),
        "endswith" => ends(call, |text, end| text.ends_with(end)),
        "startswith" => ends(call, |text, start| text.starts_with(start)),
        "fail" => Err(call.text(0).map_or_else(|error| error, ToOwned::to_owned)),
        "format" => call
            .text(0)
            .and_then(|pattern| format(pattern, &call.arguments[1..]))
            .map(Value::from),
        "guid" => texts(call).map(|parts| Value::from(hashes::guid(&parts))),
        "uniquestring" => texts(call).map(|parts| Value::from(hashes::unique_string(&parts))),
        "join" => join(call),
        "json" => call.text(0).and_then(json),
        "padleft" => pad_left(call),
        "replace" => replace(call),
        "split" => split(call),
        "string" => call.count(1, 1).map(|()| Value::from(display(call.value(0)))),
        "substring" => substring(call),
        "tolower" => call.text(0).map(|text| Value::from(text.to_lowercase())),
        "toupper" => call.text(0).map(|text| Value::from(text.to_uppercase())),
        "trim" => call.text(0).map(|text| Value::from(text.trim())),
        "like" => like(call),
        _ => return None,
    })
}

fn decoded(call: Call<'_>) -> Result<String, String> {
    let text = call.text(0)?;
    let wrong = || format!("the value '{text}' is not base64 of a text");
    let bytes = BASE64.decode(text).map_err(|_| wrong())?;
    String::from_utf8(bytes).map_err(|_| wrong())
}

/// JSON, also with texts in single quotes: ARM's reader takes them, and its documentation uses them.
fn json(text: &str) -> Outcome {
    serde_json::from_str(text)
        .or_else(|error| serde_json::from_str(&in_double_quotes(text)).map_err(|_| error))
        .map_err(|error| format!("the value is not JSON: {error}"))
}

fn in_double_quotes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None, '"' | '\'') => {
                quote = Some(letter);
                out.push('"');
            }
            (Some(open), _) if letter == open => {
                quote = None;
                out.push('"');
            }
            (Some('\''), '"') => out.push_str("\\\""),
            (Some(_), '\\') => match letters.next() {
                Some('\'') => out.push('\''),
                Some(next) => out.extend(['\\', next]),
                None => out.push('\\'),
            },
            _ => out.push(letter),
        }
    }
    out
}

fn joined(call: Call<'_>) -> Outcome {
    call.count(1, usize::MAX)?;
    if let Some(index) = call.arguments.iter().position(Value::is_object) {
        return Err(call.mismatch(index, "a string"));
    }
    bounded(call.arguments.iter().map(display).collect())
}

fn bounded(text: String) -> Outcome {
    if text.len() > LONGEST {
        return Err(format!(
            "a text of {} bytes is above the limit of {LONGEST}",
            text.len()
        ));
    }
    Ok(Value::from(text))
}

fn ends(call: Call<'_>, test: fn(&str, &str) -> bool) -> Outcome {
    call.count(2, 2)?;
    let (whole, part) = (call.text(0)?.to_lowercase(), call.text(1)?.to_lowercase());
    Ok(Value::from(test(&whole, &part)))
}

fn texts(call: Call<'_>) -> Result<Vec<String>, String> {
    call.count(1, usize::MAX)?;
    (0..call.arguments.len())
        .map(|index| call.text(index).map(ToOwned::to_owned))
        .collect()
}

fn join(call: Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let parts: Vec<String> = call.array(0)?.iter().map(display).collect();
    bounded(parts.join(call.text(1)?))
}

fn pad_left(call: Call<'_>) -> Outcome {
    call.count(2, 3)?;
    let (text, width) = (display(call.value(0)), call.size(1)?);
    let fill = match call.arguments.get(2) {
        Some(_) => call.text(2)?,
        None => " ",
    };
    let mut letters = fill.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        return Err(call.mismatch(2, "one character"));
    };
    let missing = width.saturating_sub(text.chars().count());
    if missing > LONGEST {
        return Err(format!("a width of {width} is above the limit of {LONGEST}"));
    }
    Ok(Value::from(
        std::iter::repeat_n(letter, missing).collect::<String>() + &text,
    ))
}

fn replace(call: Call<'_>) -> Outcome {
    call.count(3, 3)?;
    let (text, old, new) = (call.text(0)?, call.text(1)?, call.text(2)?);
    if old.is_empty() {
        return Err("the template function 'replace' expects a text to look for".to_owned());
    }
    bounded(text.replace(old, new))
}

fn split(call: Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let text = call.text(0)?;
    let delimiters: Vec<&str> = match call.value(1) {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return Err(call.mismatch(1, "a string or an array of strings")),
    };
    let mut parts = vec![text];
    for delimiter in delimiters.into_iter().filter(|delimiter| !delimiter.is_empty()) {
        parts = parts.iter().flat_map(|part| part.split(delimiter)).collect();
    }
    Ok(parts.into_iter().map(Value::from).collect())
}

fn substring(call: Call<'_>) -> Outcome {
    call.count(2, 3)?;
    let letters: Vec<char> = call.text(0)?.chars().collect();
    let start = call.size(1)?;
    let length = match call.arguments.get(2) {
        Some(_) => call.size(2)?,
        None => letters.len().saturating_sub(start),
    };
    let part = start
        .checked_add(length)
        .and_then(|end| letters.get(start..end))
        .ok_or_else(|| {
            format!(
                "the template function 'substring' was asked for {length} characters from {start}, the text has {}",
                letters.len()
            )
        })?;
    Ok(Value::from(part.iter().collect::<String>()))
}

fn like(call: Call<'_>) -> Outcome {
    call.count(2, 2)?;
    Ok(Value::from(
        wildmatch::WildMatch::new_case_insensitive(call.text(1)?).matches(call.text(0)?),
    ))
}
