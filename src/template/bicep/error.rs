//! Why a template has no Bicep, each with the path of the value in the template's JSON.

use crate::model::expression::ExpressionError;

/// A template that cannot be written as Bicep.
#[derive(Debug, thiserror::Error)]
pub enum BicepError {
    #[error("`{path}` is not {expected}")]
    NotATemplate { path: String, expected: &'static str },
    #[error("`{path}` is missing")]
    Missing { path: String },
    #[error("cannot read the expression at `{path}`")]
    Expression { path: String, source: ExpressionError },
    #[error("`{path}` refers to the {what} `{name}`, which the template does not declare")]
    Unknown {
        path: String,
        what: &'static str,
        name: String,
    },
    #[error("`{path}` calls `{function}` with {found} arguments; it takes {expected}")]
    Arguments {
        path: String,
        function: String,
        expected: &'static str,
        found: usize,
    },
    #[error("`{path}` cannot be written in Bicep: {reason}")]
    Untranslatable { path: String, reason: String },
    #[error("`{path}` is nested deeper than {limit} levels")]
    TooDeep { path: String, limit: usize },
}

impl BicepError {
    pub(super) fn untranslatable(path: &str, reason: impl Into<String>) -> Self {
        Self::Untranslatable {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }
}
