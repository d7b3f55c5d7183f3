//! Loops: `copy` on resources and outputs, and the check that every loop shares.

use serde_json::Value;

use super::error::EvaluationError;
use super::evaluator::{Evaluator, Loop};
use super::frame::Frame;
use super::meter::Meter;

/// Source: Azure Resource Manager, template limits.
pub const MOST_ITERATIONS: i64 = 800;

/// The number of iterations, when it is one.
pub fn checked_count(name: &str, count: &Value) -> Result<i64, String> {
    let whole = count.as_i64();
    let fits = whole.filter(|whole| (0..=MOST_ITERATIONS).contains(whole));
    fits.ok_or_else(|| {
        format!("The copy count {count} of the loop '{name}' is not an integer from 0 to {MOST_ITERATIONS}")
    })
}

/// The iterations of an element with an optional `copy`: one list of loops for each.
pub fn iterations(
    frame: &Frame,
    element: &Value,
    outer: &[Loop],
    path: &str,
) -> Result<Vec<Vec<Loop>>, EvaluationError> {
    let Some(copy) = element.get("copy").filter(|copy| copy.is_object()) else {
        return Ok(vec![outer.to_vec()]);
    };
    let name = copy.get("name").and_then(Value::as_str).unwrap_or_default();
    let meter = Meter::default();
    let evaluator = Evaluator::of_skeleton(frame, &meter, outer);
    let path = format!("{path}.copy.count");
    let count = evaluator.strict(copy.get("count").unwrap_or(&Value::Null), &path);
    let count = count.map_err(|halt| halt.or_known(&path))?;
    let count = checked_count(name, &count).map_err(|message| EvaluationError::template(message, &path))?;
    let iteration = |index| {
        let mut loops = outer.to_vec();
        loops.push(Loop {
            name: name.to_owned(),
            index,
            unnamed: true,
        });
        loops
    };
    Ok((0..count).map(iteration).collect())
}
