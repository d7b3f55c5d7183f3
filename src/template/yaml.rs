//! Typed YAML of the templates folder: `target.yaml`, `example.yaml`, `hints.yaml`.

use serde::de::DeserializeOwned;

use super::error::{Place, TemplateError};
use super::files::File;

/// Decodes a file; unknown and duplicate keys are refused by the types and the parser.
///
/// # Errors
///
/// [`TemplateError::Yaml`] with the place in the file.
pub(super) fn decode<T: DeserializeOwned>(file: &File) -> Result<T, TemplateError> {
    serde_saphyr::from_str(&file.text).map_err(|error| {
        let position = error.location();
        let number = |value: u64| usize::try_from(value).ok();
        TemplateError::Yaml {
            place: Place {
                file: file.path.clone(),
                line: position.and_then(|at| number(at.line())),
                column: position.and_then(|at| number(at.column())),
            },
            reason: first_line(&error.without_snippet().to_string()),
        }
    })
}

/// The parser repeats the position, which the place already tells.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    line.split(" at line ").next().unwrap_or(line).to_owned()
}
