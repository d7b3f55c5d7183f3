//! Why a step after a deployment could not be done.

use crate::azure::AzureError;
use crate::template::TemplateError;

#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error("azure did not do it")]
    Azure {
        #[from]
        source: AzureError,
    },
    #[error("its texts cannot be filled in")]
    Text {
        #[from]
        source: TemplateError,
    },
    #[error("the answer does not hold `{output}`")]
    NotGiven { output: String },
    #[error(
        "it was done, but `{pointer}` of `{path}` did not become what it should within {minutes} minutes"
    )]
    NotSeen {
        path: String,
        pointer: String,
        minutes: u64,
    },
    #[error("cannot start `{program}`")]
    NoProgram { program: String, source: std::io::Error },
    #[error("`{program}` ended with {status}{}", said(words))]
    Command {
        program: String,
        status: String,
        /// Its last lines.
        words: String,
    },
    #[error("it was asked to stop")]
    Stopped,
}

fn said(words: &str) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!(": {words}")
    }
}
