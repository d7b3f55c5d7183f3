//! What was measured, kept for whoever asks later.

use camino::Utf8Path;
use serde::Serialize;
use serde_json::json;

use super::Done;
use super::copy::Copied;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::config::Environment;
use crate::deploy::{Outputs, Plan};
use crate::run::journal;
use crate::template::Bundle;
use crate::verify::Verdict;

/// Everything that the journey found, as it was found.
#[derive(Serialize)]
pub struct Evidence<'a> {
    pub began: jiff::Timestamp,
    pub environment: &'a Environment,
    pub bundle: &'a Bundle,
    pub plan: &'a Plan,
    pub outputs: &'a Outputs,
    #[serde(rename = "mirror")]
    pub copied: &'a Copied,
    pub verdict: &'a Verdict,
    pub steps: &'a [Done],
}

impl Evidence<'_> {
    /// Writes the evidence with the version of its shape and of this program.
    pub fn write(&self, path: &Utf8Path) -> Result<(), Failure> {
        let mut document = json!({
            "schema": 1,
            "kind": "evidence",
            "landfall": env!("CARGO_PKG_VERSION"),
            "ended": jiff::Timestamp::now(),
        });
        if let (Some(document), Ok(serde_json::Value::Object(found))) =
            (document.as_object_mut(), serde_json::to_value(self))
        {
            document.extend(found);
        }
        let text = serde_json::to_vec_pretty(&document).map_err(|error| Failure::of(Exit::Bug, &error))?;
        journal::replace(path, &text).map_err(|error| Failure::of(Exit::Usage, &error))
    }
}
