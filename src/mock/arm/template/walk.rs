//! Walks documents: expressions in values and in keys, loops over properties, and where everything was found.

use serde_json::{Map, Value};

use crate::model::expression;

use super::error::{EvaluationError, Halt};
use super::evaluator::{Evaluator, Loop, Notes};
use super::functions::kind;

impl Evaluator<'_> {
    /// Resolves `value`; what is not known yet stops it.
    pub fn strict(&self, value: &Value, path: &str) -> Result<Value, Halt> {
        self.walk(value, "", None).map_err(|halt| located(halt, path))
    }

    /// Resolves `value` and leaves the text of what is not known yet, noting where.
    pub fn lenient(&self, value: &Value, path: &str, notes: &mut Notes) -> Result<Value, EvaluationError> {
        self.walk(value, "", Some(notes))
            .map_err(|halt| located(halt, path).or_known(path))
    }

    fn walk(&self, value: &Value, pointer: &str, mut notes: Option<&mut Notes>) -> Result<Value, Halt> {
        self.meter.deeper(
            |message| self.failed(message),
            || match value {
                Value::String(text) => self.leaf(text, pointer, notes.as_deref_mut()),
                Value::Array(items) => {
                    let mut resolved = Vec::with_capacity(items.len());
                    for (index, item) in items.iter().enumerate() {
                        resolved.push(self.walk(
                            item,
                            &format!("{pointer}/{index}"),
                            notes.as_deref_mut(),
                        )?);
                    }
                    Ok(Value::Array(resolved))
                }
                Value::Object(fields) => self.object(fields, pointer, notes),
                other => Ok(other.clone()),
            },
        )
    }

    fn leaf(&self, text: &str, pointer: &str, notes: Option<&mut Notes>) -> Result<Value, Halt> {
        let (outcome, secret) = self.meter.watch(|| self.text(text));
        let outcome = match outcome {
            Err(Halt::Failed(_)) if secret => {
                Err(self.failed("an expression that uses a secret has no value"))
            }
            other => other,
        };
        match (outcome, notes) {
            (Err(Halt::Later), Some(notes)) => {
                notes.later.push(pointer.to_owned());
                Ok(Value::from(text))
            }
            (Ok(value), Some(notes)) => {
                if secret {
                    notes.secret.push(pointer.to_owned());
                }
                Ok(value)
            }
            (outcome, _) => outcome.map_err(|halt| located(halt, pointer)),
        }
    }

    fn object(
        &self,
        fields: &Map<String, Value>,
        pointer: &str,
        mut notes: Option<&mut Notes>,
    ) -> Result<Value, Halt> {
        let mut resolved = Map::with_capacity(fields.len());
        for (key, value) in fields {
            if let Some(copies) = copies_of(key, value) {
                for copy in copies {
                    let name = copy.get("name").and_then(Value::as_str).unwrap_or_default();
                    let below = format!("{pointer}/{}", escaped(name));
                    let items = self.iterations(copy, &below, notes.as_deref_mut())?;
                    resolved.insert(name.to_owned(), items);
                }
                continue;
            }
            let name = self.key(key)?;
            let below = format!("{pointer}/{}", escaped(&name));
            let value = self.walk(value, &below, notes.as_deref_mut())?;
            resolved.insert(name, value);
        }
        Ok(Value::Object(resolved))
    }

    /// The name of a property: as written, or what its expression gives.
    fn key(&self, key: &str) -> Result<String, Halt> {
        if !expression::is_expression(key) {
            return Ok(key.to_owned());
        }
        match self.text(key)? {
            Value::String(name) => Ok(name),
            other => Err(self.failed(format!("a property name is of type '{}'", kind(&other)))),
        }
    }

    /// The elements of `{name, count, input}`.
    pub fn repeated(&self, copy: &Value, path: &str) -> Result<Value, Halt> {
        self.iterations(copy, "", None)
            .map_err(|halt| located(halt, path))
    }

    fn iterations(&self, copy: &Value, pointer: &str, mut notes: Option<&mut Notes>) -> Result<Value, Halt> {
        let name = copy
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let count = self.walk(copy.get("count").unwrap_or(&Value::Null), "/count", None)?;
        let count = super::copy::checked_count(&name, &count).map_err(|message| self.failed(message))?;
        let mut loops = self.loops.to_vec();
        loops.push(Loop {
            name,
            index: 0,
            unnamed: false,
        });
        let mut items = Vec::new();
        for index in 0..count {
            if let Some(last) = loops.last_mut() {
                last.index = index;
            }
            let inside = Evaluator {
                loops: &loops,
                ..*self
            };
            let input = copy.get("input").unwrap_or(&Value::Null);
            items.push(inside.walk(input, &format!("{pointer}/{index}"), notes.as_deref_mut())?);
        }
        Ok(Value::Array(items))
    }
}

/// The loops of a `copy` member, when it is one: an array of `{name, count, input}`.
fn copies_of<'v>(key: &str, value: &'v Value) -> Option<&'v Vec<Value>> {
    let copies = value.as_array().filter(|_| key.eq_ignore_ascii_case("copy"))?;
    let shaped = |copy: &Value| {
        ["name", "count", "input"]
            .iter()
            .all(|key| copy.get(key).is_some())
    };
    (!copies.is_empty() && copies.iter().all(shaped)).then_some(copies)
}

/// One segment of a JSON pointer.
fn escaped(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

/// Puts the place into an error that does not know it yet.
fn located(halt: Halt, place: &str) -> Halt {
    match halt {
        Halt::Failed(EvaluationError::Expression { message, path }) => {
            let below = path.replace('/', ".");
            let joined = if path.starts_with(place) && !place.is_empty() {
                path
            } else {
                format!("{place}{below}")
            };
            Halt::Failed(EvaluationError::Expression {
                message,
                path: joined,
            })
        }
        other => other,
    }
}
