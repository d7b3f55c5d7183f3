//! An environment's parameters against the target's schema: defaults filled in, every problem told at once.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::{Map, Value};

use super::error::{ParameterProblem, Place, TemplateError};
use super::files::File;
use crate::model::nearest::nearest;

/// The JSON Schema of a target's parameters.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    pub document: Value,
    file: String,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    ///
    /// [`TemplateError::Schema`] when the file is not JSON or not a schema.
    pub(super) fn read(file: &File) -> Result<Self, TemplateError> {
        let wrong = |line: usize, column: usize, reason: String| TemplateError::Schema {
            place: Place {
                file: file.path.clone(),
                line: Some(line).filter(|line| *line > 0),
                column: Some(column).filter(|_| line > 0),
            },
            reason,
        };
        let document: Value = serde_json::from_str(&file.text).map_err(|error| {
            wrong(
                error.line(),
                error.column(),
                format!("the schema is not JSON: {error}"),
            )
        })?;
        jsonschema::validator_for(&document)
            .map_err(|error| wrong(0, 0, format!("the schema cannot be used: {error}")))?;
        Ok(Self {
            document,
            file: file.path.clone(),
        })
    }

    /// The default of a top-level parameter.
    pub(super) fn default_of(&self, name: &str) -> Option<&Value> {
        self.document.get("properties")?.get(name)?.get("default")
    }

    /// Whether there is such a top-level parameter.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.document
            .get("properties")
            .is_some_and(|known| known.get(name).is_some())
    }

    /// That each of `names`, which `manifest` speaks of, is a parameter.
    ///
    /// # Errors
    ///
    /// [`TemplateError::Yaml`] with the first that is none.
    pub(super) fn names_all<'a>(
        &self,
        mut names: impl Iterator<Item = &'a str>,
        manifest: &str,
    ) -> Result<(), TemplateError> {
        names.find(|name| !self.knows(name)).map_or(Ok(()), |name| {
            Err(TemplateError::Yaml {
                place: Place::file(manifest),
                reason: format!("`{name}` is not a parameter of parameters.schema.json"),
            })
        })
    }

    /// `given` with the defaults of what it leaves out.
    ///
    /// # Errors
    ///
    /// [`TemplateError::Parameters`] with all problems.
    pub(super) fn complete(
        &self,
        target: &str,
        given: &Map<String, Value>,
    ) -> Result<Map<String, Value>, TemplateError> {
        let mut value = Value::Object(given.clone());
        fill(&self.document, &mut value);
        let validator = jsonschema::validator_for(&self.document).map_err(|error| TemplateError::Schema {
            place: Place::file(self.file.clone()),
            reason: format!("the schema cannot be used: {error}"),
        })?;
        let problems: Vec<ParameterProblem> = validator
            .iter_errors(&value)
            .flat_map(|error| self.problems(&error))
            .collect();
        match value {
            Value::Object(map) if problems.is_empty() => Ok(map),
            _ => Err(TemplateError::Parameters {
                target: target.to_owned(),
                problems,
            }),
        }
    }

    fn problems(&self, error: &ValidationError<'_>) -> Vec<ParameterProblem> {
        let path = dotted(error.instance_path().as_str());
        if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() {
            let known = self.keys_beside(error);
            return unexpected
                .iter()
                .map(|name| ParameterProblem {
                    path: below(&path, name),
                    reason: "there is no such parameter".to_owned(),
                    nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
                })
                .collect();
        }
        if let ValidationErrorKind::Required { property } = error.kind() {
            return vec![ParameterProblem {
                path: below(&path, property.as_str().unwrap_or_default()),
                reason: "is required".to_owned(),
                nearest: None,
            }];
        }
        let reason = match self.condition(error) {
            Some(_) => "does not fit together".to_owned(),
            None => reason(error),
        };
        let reason = match self.condition(error).or_else(|| self.description(error)) {
            Some(text) => format!("{reason}: {}", text.trim_end_matches('.')),
            None => reason,
        };
        vec![ParameterProblem {
            path,
            reason,
            nearest: None,
        }]
    }

    /// The names that the schema knows where `error` found one that it does not.
    fn keys_beside(&self, error: &ValidationError<'_>) -> Vec<String> {
        let path = error
            .schema_path()
            .as_str()
            .replace("/additionalProperties", "/properties");
        let known = self.document.pointer(&path).and_then(Value::as_object);
        known.into_iter().flat_map(|map| map.keys().cloned()).collect()
    }

    /// What the schema says of the values of several parameters that `error` found not to fit.
    fn condition(&self, error: &ValidationError<'_>) -> Option<&str> {
        let (holder, _) = error.schema_path().as_str().split_once("/then/")?;
        self.document.pointer(holder)?.get("description")?.as_str()
    }

    /// What the schema says of the parameter, where the error alone does not tell what would be right.
    fn description(&self, error: &ValidationError<'_>) -> Option<&str> {
        if !matches!(
            error.kind(),
            ValidationErrorKind::Pattern { .. } | ValidationErrorKind::AnyOf { .. }
        ) {
            return None;
        }
        let (parent, _) = error.schema_path().as_str().rsplit_once('/')?;
        self.document.pointer(parent)?.get("description")?.as_str()
    }
}

/// Writes the schema's defaults where `value` leaves something out, in nested objects and lists too.
fn fill(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(map) => {
            let properties = schema.get("properties").and_then(Value::as_object);
            for (name, property) in properties.into_iter().flatten() {
                if let (false, Some(default)) = (map.contains_key(name), property.get("default")) {
                    map.insert(name.clone(), default.clone());
                }
                if let Some(inner) = map.get_mut(name) {
                    fill(property, inner);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for item in items {
                    fill(schema, item);
                }
            }
        }
        _ => {}
    }
}

fn reason(error: &ValidationError<'_>) -> String {
    let found = error.instance();
    match error.kind() {
        ValidationErrorKind::Enum { options } => {
            let options: Vec<String> = options
                .as_array()
                .into_iter()
                .flatten()
                .map(|option| format!("`{}`", plain(option)))
                .collect();
            format!("`{}` is none of {}", plain(found), options.join(", "))
        }
        ValidationErrorKind::Minimum { limit } => format!("{found} is below the least of {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("{found} is above the most of {limit}"),
        ValidationErrorKind::Pattern { .. } => format!("`{}` has the wrong form", plain(found)),
        ValidationErrorKind::UniqueItems => "an entry is written twice".to_owned(),
        ValidationErrorKind::MinItems { limit } => format!("needs at least {limit} entries"),
        ValidationErrorKind::Type { .. } => format!("{} has the wrong type: {}", shown(found), wanted(error)),
        ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            "does not fit together".to_owned()
        }
        _ => error.to_string(),
    }
}

/// The types that the schema names, from the text of the error, which lists them last.
fn wanted(error: &ValidationError<'_>) -> String {
    let text = error.to_string();
    let types = text.split_once(" is not of ").map_or("", |(_, types)| types);
    let types = types
        .trim_start_matches("types ")
        .trim_start_matches("type ")
        .replace('"', "`");
    format!("expected {types}")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A value as an error shows it: long ones are cut.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        format!("`{short}…`")
    } else {
        format!("`{text}`")
    }
}

fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        let document = serde_json::json!({
            "type": "object", "additionalProperties": false, "required": ["name"],
            "properties": {
                "name": { "type": "string", "pattern": "^[a-z]+$", "description": "Lower-case letters." },
                "size": { "enum": ["small", "large"], "default": "small" },
                "units": { "type": "integer", "minimum": 1, "default": 1 },
                "door": { "type": ["object", "null"], "default": null, "additionalProperties": false,
                    "properties": { "key": { "type": "string", "default": "k" } } },
                "rules": { "type": "array", "default": [], "items": { "type": "object", "properties": { "kind": { "default": "x" } } } },
            },
        });
        Schema::read(&File {
            path: "s.json".into(),
            text: document.to_string(),
        })
        .unwrap()
    }

    fn complete(given: Value) -> Result<Value, String> {
        let Value::Object(given) = given else {
            panic!("a map")
        };
        schema()
            .complete("t", &given)
            .map(Value::Object)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_filled_in_nested_places_too() {
        let completed = complete(serde_json::json!({ "name": "a", "door": {}, "rules": [{}] })).unwrap();
        assert_eq!(
            completed,
            serde_json::json!({ "name": "a", "size": "small", "units": 1, "door": { "key": "k" }, "rules": [{ "kind": "x" }] })
        );
    }

    #[test]
    fn all_problems_are_told_together_with_their_path() {
        let given = serde_json::json!({ "szie": 1, "size": "huge", "units": 0, "door": { "kye": "v" } });
        insta::assert_snapshot!(complete(given).unwrap_err());
        assert!(
            complete(serde_json::json!({ "name": "A1" }))
                .unwrap_err()
                .ends_with("`name`: `A1` has the wrong form: Lower-case letters")
        );
        assert!(
            complete(serde_json::json!({ "name": 3 }))
                .unwrap_err()
                .contains("`name`: `3` has the wrong type: expected `string`")
        );
    }

    #[test]
    fn a_schema_that_is_none_is_refused_with_its_file() {
        let error = Schema::read(&File {
            path: "s.json".into(),
            text: "{\n]".into(),
        })
        .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("s.json:2:1: the schema is not JSON"),
            "{error}"
        );
        let error = Schema::read(&File {
            path: "s.json".into(),
            text: r#"{"type": 7}"#.into(),
        })
        .unwrap_err();
        assert!(
            error.to_string().starts_with("s.json: the schema cannot be used"),
            "{error}"
        );
    }
}
