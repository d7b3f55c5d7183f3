//! Events, results and failures as JSON objects, one a line, each with the schema's version.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Failed;
use crate::run::Event;

/// The version of every line's shape.
const SCHEMA: u32 = 1;

/// An event, with the environment that it is of where several run at once.
pub fn event(environment: Option<&str>, event: &Event) -> String {
    let head = match environment {
        Some(name) => json!({ "schema": SCHEMA, "environment": name }),
        None => json!({ "schema": SCHEMA }),
    };
    line(head, event)
}

/// A part of a result, with the name of its kind.
pub fn part(kind: &str, value: &impl Serialize) -> String {
    line(json!({ "schema": SCHEMA, "kind": kind }), value)
}

pub fn result(command: &str, ok: bool, value: &impl Serialize) -> String {
    line(
        json!({ "schema": SCHEMA, "kind": "result", "command": command, "ok": ok }),
        value,
    )
}

pub fn failure(command: &str, failed: &Failed<'_>) -> String {
    let head = json!({ "schema": SCHEMA, "kind": "result", "command": command, "ok": false });
    line(head, &json!({ "error": failed }))
}

/// The fields of `head`, then those of `value`; a value that is no object becomes the field `value`.
fn line(head: Value, value: &impl Serialize) -> String {
    let mut fields = match head {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    match serde_json::to_value(value) {
        Ok(Value::Object(more)) => {
            for (name, value) in more {
                fields.entry(name).or_insert(value);
            }
        }
        Ok(Value::Null) | Err(_) => {}
        Ok(other) => {
            fields.insert("value".into(), other);
        }
    }
    Value::Object(fields).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_carries_the_schema_first() {
        let text = event(None, &Event::Note { text: "hello".into() });
        assert_eq!(text, r#"{"schema":1,"kind":"note","text":"hello"}"#);
    }

    #[test]
    fn a_result_keeps_its_own_fields_behind_the_head() {
        assert_eq!(
            result("demo", true, &json!({ "records": 3 })),
            r#"{"schema":1,"kind":"result","command":"demo","ok":true,"records":3}"#
        );
    }
}
