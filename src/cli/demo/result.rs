//! What the demo says at its end, to a program and to a stranger.

use serde::Serialize;

use super::Done;
use crate::model::units::{binary_size, grouped};
use crate::verify::Verdict;

/// What the demo prints as its last line.
#[derive(Debug, Serialize)]
pub struct DemoResult<'a> {
    pub records: u64,
    pub lost: u64,
    pub duplicated: u64,
    pub altered: u64,
    pub steps: &'a [Done],
    pub evidence: &'a str,
}

/// The summary that a stranger understands, in lines of at most 80 characters.
pub fn farewell(
    result: &DemoResult<'_>,
    verdict: &Verdict,
    bytes: Option<u64>,
    target: &str,
    in_containers: bool,
) -> String {
    let seconds: f64 = result.steps.iter().map(|step| step.seconds).sum();
    let judged = if verdict.ok {
        "equal: key, value, headers, timestamp, order"
    } else {
        "read, and THE SIDES DIFFER"
    };
    let kind = if in_containers { "docker" } else { "embedded" };
    format!(
        "\n{} real records{} moved to `{target}` in {seconds:.1} s, start to end\n\
         \n  verified   {} {judged}\
         \n  lost       {}\
         \n  duplicated {}\
         \n  altered    {}\
         \n  evidence   {}\n\
         \nAll of it ran on this machine. To go on by hand:\n\
         \n  landfall mock up --{kind}\
         \n  landfall mock load\
         \n  landfall plan local --mock",
        grouped(result.records),
        bytes.map_or_else(String::new, |bytes| format!(" ({})", binary_size(bytes))),
        grouped(result.records),
        result.lost,
        result.duplicated,
        result.altered,
        result.evidence,
    )
}
