//! Outputs: evaluated at the end of the run, checked against their types, renamed as ARM renames them.

use serde_json::{Map, Value, json};

use super::casing::output_name;
use super::copy;
use super::error::{EvaluationError, Halt};
use super::evaluator::{Evaluator, Place, Runtime};
use super::frame::{Frame, member};
use super::functions::kind;
use super::meter::Meter;
use super::names::Names;

/// Source: Azure Resource Manager, template limits.
const MOST_OUTPUTS: usize = 64;

/// The outputs as ARM gives them back: `{name: {type, value}}`, secrets by type alone.
///
/// With `revealed`, secrets have their values, too. An output that was made from a secret is treated as one even when its type does not say so; ARM would show it.
pub fn outputs(
    frame: &Frame,
    names: &Names,
    written: &Map<String, Value>,
    runtime: Option<&dyn Runtime>,
    revealed: bool,
) -> Result<Map<String, Value>, EvaluationError> {
    if written.len() > MOST_OUTPUTS {
        let message = format!(
            "the number of outputs {} is above the limit of {MOST_OUTPUTS}",
            written.len()
        );
        return Err(EvaluationError::template(message, "outputs"));
    }
    let mut given = Map::new();
    for (name, output) in written {
        if let Some(output) = one(
            frame,
            names,
            output,
            (runtime, revealed),
            &format!("outputs.{name}"),
        )? {
            given.insert(output_name(name), output);
        }
    }
    Ok(given)
}

fn one(
    frame: &Frame,
    names: &Names,
    output: &Value,
    (runtime, revealed): (Option<&dyn Runtime>, bool),
    path: &str,
) -> Result<Option<Value>, EvaluationError> {
    let meter = Meter::default();
    let plain = Evaluator {
        place: Place::Body,
        names: Some(names),
        runtime,
        ..Evaluator::of_skeleton(frame, &meter, &[])
    };
    let wanted = match member(output, "condition") {
        Some(condition) => plain.strict(condition, path),
        None => Ok(Value::Bool(true)),
    };
    if wanted.map_err(|halt| halt.or_known(path))? == Value::Bool(false) {
        return Ok(None);
    }
    let declared = member(output, "type")
        .and_then(Value::as_str)
        .unwrap_or("object")
        .to_lowercase();
    let (value, secret) = meter.watch(|| value_of(frame, &plain, output, path));
    let value = match value {
        Ok(value) => value,
        Err(Halt::Later) => return Ok(Some(json!({"type": pascal(&declared)}))),
        Err(halt) => return Err(halt.or_known(path)),
    };
    if !revealed && (secret || declared.starts_with("secure")) {
        return Ok(Some(json!({"type": pascal(&declared)})));
    }
    let fits = match declared.as_str() {
        "string" | "securestring" => value.is_string(),
        "int" => value.is_i64(),
        "bool" => value.is_boolean(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    let nullable = member(output, "nullable") == Some(&Value::Bool(true));
    let fits = fits || (nullable && value.is_null());
    if !fits {
        let message = format!(
            "Template output JToken type is not valid. Expected '{declared}'. Actual '{}'",
            kind(&value)
        );
        return Err(EvaluationError::template(message, path));
    }
    Ok(Some(json!({"type": pascal(&declared), "value": value})))
}

fn value_of(frame: &Frame, plain: &Evaluator<'_>, output: &Value, path: &str) -> Result<Value, Halt> {
    let Some(looped) = member(output, "copy") else {
        return plain.strict(member(output, "value").unwrap_or(&Value::Null), path);
    };
    let input = member(looped, "input").unwrap_or(&Value::Null);
    let iterations = copy::iterations(frame, output, &[], path)?;
    let item = |loops: &Vec<_>| Evaluator { loops, ..*plain }.strict(input, path);
    iterations.iter().map(item).collect()
}

/// `securestring` as ARM echoes it: `SecureString`.
pub fn pascal(kind: &str) -> &'static str {
    match kind {
        "string" => "String",
        "securestring" => "SecureString",
        "int" => "Int",
        "bool" => "Bool",
        "array" => "Array",
        "secureobject" => "SecureObject",
        _ => "Object",
    }
}
