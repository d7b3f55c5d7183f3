//! Writes an ARM template as Bicep, the way a person would have written it.
//!
//! [`emit`] reads the template twice: once to name everything (`table`) and see what waits for what (`graph`), once
//! to write. A reference becomes symbolic wherever that changes nothing but its spelling; `dependsOn` keeps what is left.
//! Deployments inside the template become modules in files of their own.

mod calls;
mod declarations;
mod declared;
mod dependencies;
mod error;
mod file;
mod functions;
mod graph;
mod hoist;
mod hoisted_names;
mod json;
mod kinds;
mod lookup;
mod loops;
mod modules;
mod names;
mod nested;
mod operators;
mod pieces;
mod placement;
mod print;
mod quote;
mod references;
mod resources;
mod symbols;
mod table;
mod taken;
mod target;
mod translator;
mod tree;
mod types;
mod unify;
mod versions;

use serde::Serialize;
use serde_json::Value;

pub use error::BicepError;

/// One file of Bicep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BicepFile {
    /// Relative to the folder of the files: `main.bicep`, `modules/network.bicep`.
    pub name: String,
    pub text: String,
}

/// Turns a template into Bicep: `main.bicep` first, then its modules.
///
/// # Errors
///
/// [`BicepError`] with the JSON path of what is no template, or has no form in Bicep.
pub fn emit(template: &Value) -> Result<Vec<BicepFile>, BicepError> {
    json::check_depth(template)?;
    let mut files = file::Files::default();
    files.write(template, "main.bicep", "", None)?;
    Ok(files.done)
}
