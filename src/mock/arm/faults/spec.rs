//! One fault on one line: `[METHOD] PATTERN: EFFECT [KEY=VALUE]…`
//!
//! EFFECT is a status (`429`), a code of the catalogue (`SkuNotAvailable`), or the name of an effect, with its chief value
//! behind `=` where it has one: `cut`, `hang`, `delay=500ms`, `truncated`, `malformed=html`, `stale`, `not-yet=2`,
//! `another-put`, `preflight=QuotaExceeded`, `fail-operation=CODE`, `refuse-operation=CODE`, `stuck`, `lock=ReadOnly`.
//! The word `accepted` behind `cut`, `hang` and `another-put` means: after the request was carried out.

use serde_json::{Map, Value, json};

use super::matching::ALWAYS;
use super::{Effect, Fault, Match};
use crate::model::nearest::{did_you_mean, nearest};
use crate::model::units::time;

/// The effects that have a name, and the field that the value behind `=` goes to.
const EFFECTS: &[(&str, Option<&str>)] = &[
    ("cut", None),
    ("hang", None),
    ("delay", Some("milliseconds")),
    ("truncated", None),
    ("malformed", Some("shape")),
    ("stale", None),
    ("not-yet", Some("polls")),
    ("another-put", None),
    ("preflight", Some("code")),
    ("fail-operation", Some("code")),
    ("refuse-operation", Some("code")),
    ("stuck", None),
    ("lock", Some("level")),
];
/// The keys that choose, and those that say what happens.
const CHOOSING: [&str; 3] = ["nth", "times", "chance"];
const SAYING: [&str; 4] = ["code", "message", "retry-after", "at"];

pub fn read(line: &str) -> Result<Fault, String> {
    let shape = "it is written as `[METHOD] PATTERN: EFFECT [KEY=VALUE]…`";
    let (whom, what) = line.split_once(": ").ok_or(shape)?;
    let mut matches = match whom.split_whitespace().collect::<Vec<_>>().as_slice() {
        [pattern] => json!({ "path": pattern }),
        [method, pattern] => json!({ "method": method, "path": pattern }),
        _ => return Err(shape.to_owned()),
    };
    let words = words(what)?;
    let (first, options) = words.split_first().ok_or(shape)?;
    let mut effect = effect(first)?;
    for option in options {
        match option.split_once('=') {
            None if option == "accepted" => {
                effect.insert("accepted".into(), true.into());
            }
            Some((key, value)) if CHOOSING.contains(&key) => matches[key] = choosing(key, value)?,
            Some((key, value)) if SAYING.contains(&key) => {
                effect.insert(key.replace('-', "_"), saying(key, value)?);
            }
            _ => {
                let key = option.split('=').next().unwrap_or_default();
                let known = CHOOSING.into_iter().chain(SAYING).chain(["accepted"]);
                return Err(format!(
                    "unknown word `{option}`{}",
                    did_you_mean(nearest(key, known))
                ));
            }
        }
    }
    settled(matches, effect)
}

fn settled(matches: Value, effect: Map<String, Value>) -> Result<Fault, String> {
    let matches: Match = serde_json::from_value(matches).map_err(|error| error.to_string())?;
    let effect: Effect = serde_json::from_value(Value::Object(effect)).map_err(|error| error.to_string())?;
    let fault = Fault {
        matches,
        effect,
        seen: 0,
        struck: 0,
    };
    fault.settled()
}

/// The effect that a word names.
fn effect(word: &str) -> Result<Map<String, Value>, String> {
    let object = |value: Value| value.as_object().cloned().unwrap_or_default();
    if word.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(object(
            json!({"kind": "respond", "status": number("the status", word)?}),
        ));
    }
    if word.starts_with(|first: char| first.is_ascii_uppercase()) {
        return Ok(object(json!({"kind": "respond", "code": word})));
    }
    let (name, value) = word
        .split_once('=')
        .map_or((word, None), |(name, value)| (name, Some(value)));
    let Some((kind, field)) = EFFECTS.iter().find(|(known, _)| *known == name) else {
        let alike = nearest(name, EFFECTS.iter().map(|(known, _)| *known));
        return Err(format!("there is no effect `{name}`{}", did_you_mean(alike)));
    };
    let mut effect = object(json!({ "kind": kind }));
    match (field, value) {
        (_, None) => {}
        (None, Some(_)) => return Err(format!("`{kind}` takes no value")),
        (Some(field), Some(value)) => {
            let value = match *field {
                "milliseconds" => milliseconds(value)?,
                "polls" => number("`not-yet`", value)?,
                _ => value.into(),
            };
            effect.insert((*field).to_owned(), value);
        }
    }
    Ok(effect)
}

fn choosing(key: &str, value: &str) -> Result<Value, String> {
    match key {
        "times" if value == ALWAYS => Ok(ALWAYS.into()),
        "chance" => fraction(key, value),
        _ => number(&format!("`{key}`"), value),
    }
}

fn saying(key: &str, value: &str) -> Result<Value, String> {
    match key {
        "retry-after" => number(
            "`retry-after` (in seconds)",
            value.strip_suffix('s').unwrap_or(value),
        ),
        "at" => percent(key, value).map(Value::from),
        _ => Ok(value.into()),
    }
}

fn number(what: &str, text: &str) -> Result<Value, String> {
    let number: Result<u64, _> = text.parse();
    number
        .map(Value::from)
        .map_err(|_| format!("{what} is `{text}`, and not a whole number"))
}

fn milliseconds(text: &str) -> Result<Value, String> {
    let found = time(text).and_then(|time| u64::try_from(time.as_millis()).ok());
    found
        .map(Value::from)
        .ok_or_else(|| format!("`{text}` is not a time such as `500ms` or `2s`"))
}

/// `0.3` or `30%`
fn fraction(key: &str, text: &str) -> Result<Value, String> {
    match text.strip_suffix('%') {
        Some(_) => percent(key, text).map(|percent| (percent / 100.0).into()),
        None => decimal(key, text).map(Value::from),
    }
}

/// `50` or `50%`
fn percent(key: &str, text: &str) -> Result<f64, String> {
    decimal(key, text.strip_suffix('%').unwrap_or(text))
}

fn decimal(key: &str, text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("`{key}` is `{text}`, and not a number"))
}

/// Splits at spaces; a value in double quotes may hold some.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words: Vec<String> = Vec::new();
    let (mut word, mut quoted) = (String::new(), false);
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            letter if letter.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            letter => word.push(letter),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    if quoted {
        return Err("a quotation mark is not closed".to_owned());
    }
    Ok(words)
}
