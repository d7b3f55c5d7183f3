//! The pure functions of the template language: values in, one value out, no scope and no clock.
//!
//! Each family answers `None` for a name that is not its own. Names are compared in lower case, as Azure does.
//! Source of the list: Azure Resource Manager, template functions.

mod arrays;
mod dates;
mod logic;
mod networks;
mod numbers;
mod objects;
mod strings;
mod text;
mod uris;

use serde_json::{Map, Value};

pub use crate::model::joined_id::join_id;
pub use text::display;
pub use uris::{decoded, resolve_uri};

/// `utcNow` in a .NET format, or in ARM's own.
pub fn dates_written(time: jiff::Timestamp, format: Option<&str>) -> String {
    dates::written(time, format.unwrap_or(dates::COMPACT))
}

/// What a function gives: a value, or a sentence that tells what was wrong with its arguments.
pub type Outcome = Result<Value, String>;

/// One call: the name in lower case and the evaluated arguments.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub name: &'a str,
    pub arguments: &'a [Value],
}

/// Answers a pure function; `None` when there is none of that name.
pub fn call(name: &str, arguments: &[Value]) -> Option<Outcome> {
    let call = Call { name, arguments };
    strings::call(call)
        .or_else(|| arrays::call(call))
        .or_else(|| objects::call(call))
        .or_else(|| numbers::call(call))
        .or_else(|| logic::call(call))
        .or_else(|| dates::call(call))
        .or_else(|| uris::call(call))
        .or_else(|| networks::call(call))
}

impl<'a> Call<'a> {
    /// Refuses a call whose number of arguments is outside `least..=most`.
    pub fn count(self, least: usize, most: usize) -> Result<(), String> {
        let given = self.arguments.len();
        if (least..=most).contains(&given) {
            return Ok(());
        }
        Err(format!(
            "the template function '{}' expects {least} to {most} arguments, {given} were given",
            self.name
        ))
    }

    /// The argument at `index`; null when it is absent.
    pub fn value(self, index: usize) -> &'a Value {
        self.arguments.get(index).unwrap_or(&Value::Null)
    }

    pub fn text(self, index: usize) -> Result<&'a str, String> {
        self.value(index)
            .as_str()
            .ok_or_else(|| self.mismatch(index, "a string"))
    }

    pub fn int(self, index: usize) -> Result<i64, String> {
        self.value(index)
            .as_i64()
            .ok_or_else(|| self.mismatch(index, "an integer"))
    }

    /// The argument at `index` as a count: an integer that is not negative.
    pub fn size(self, index: usize) -> Result<usize, String> {
        let whole = self.int(index)?;
        usize::try_from(whole).map_err(|_| self.mismatch(index, "an integer of at least 0"))
    }

    pub fn bool(self, index: usize) -> Result<bool, String> {
        self.value(index)
            .as_bool()
            .ok_or_else(|| self.mismatch(index, "a boolean"))
    }

    pub fn array(self, index: usize) -> Result<&'a Vec<Value>, String> {
        self.value(index)
            .as_array()
            .ok_or_else(|| self.mismatch(index, "an array"))
    }

    pub fn object(self, index: usize) -> Result<&'a Map<String, Value>, String> {
        self.value(index)
            .as_object()
            .ok_or_else(|| self.mismatch(index, "an object"))
    }

    /// The sentence for an argument of the wrong type.
    pub fn mismatch(self, index: usize, wanted: &str) -> String {
        format!(
            "the template function '{}' expects {wanted} as argument {}, it is of type '{}'",
            self.name,
            index + 1,
            kind(self.value(index))
        )
    }
}

/// The template language's name for the type of a value.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(number) if number.is_f64() => "Float",
        Value::Number(_) => "Integer",
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "Object",
    }
}

/// Looks a key up without regard to case; the exact spelling wins.
pub fn lookup<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    fields.get(key).or_else(|| {
        fields
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value)
    })
}

#[cfg(test)]
mod tests;
