//! What can be wrong with a template, and the sentences in which ARM says so.

use super::beyond::Link;

/// A template that cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// Its shape, its parameters or its dependencies are wrong.
    #[error("the template is not valid at `{path}`: {message}")]
    Template { message: String, path: String },
    /// An expression cannot be read or has no value.
    #[error("an expression at `{path}` has no value: {message}")]
    Expression { message: String, path: String },
    /// What is behind a link cannot be had.
    #[error("the link at `{path}` leads nowhere: {message}")]
    Link { message: String, path: String },
    /// What is behind a link has not been read yet.
    #[error("nobody has read `{}` yet", .link.shown())]
    Unread { link: Link },
}

/// Why an evaluation stopped short of a value.
#[derive(Debug)]
pub enum Halt {
    /// The value is known only while the deployment runs.
    Later,
    Failed(EvaluationError),
}

impl EvaluationError {
    pub fn template(message: impl Into<String>, path: impl Into<String>) -> Self {
        Self::Template {
            message: message.into(),
            path: path.into(),
        }
    }

    pub fn expression(message: impl Into<String>, path: impl Into<String>) -> Self {
        Self::Expression {
            message: message.into(),
            path: path.into(),
        }
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        match self {
            Self::Template { message, .. }
            | Self::Expression { message, .. }
            | Self::Link { message, .. } => message,
            Self::Unread { .. } => "",
        }
    }

    /// The place in the template, as a path of keys and indexes.
    pub fn path(&self) -> &str {
        match self {
            Self::Template { path, .. } | Self::Expression { path, .. } | Self::Link { path, .. } => path,
            Self::Unread { .. } => "",
        }
    }

    /// The sentence that ARM sends with the code `InvalidTemplate`.
    pub fn arm_message(&self) -> String {
        match self {
            Self::Link { message, .. } => message.clone(),
            Self::Unread { link } => {
                format!("Unable to download deployment content from '{}'.", link.shown())
            }
            Self::Template { message, .. } => format!("Deployment template validation failed: '{message}'."),
            Self::Expression { message, .. } => format!(
                "Deployment template language expression evaluation failed: '{message}'. \
                 Please see https://aka.ms/arm-template-expressions for usage details."
            ),
        }
    }
}

impl From<EvaluationError> for Halt {
    fn from(error: EvaluationError) -> Self {
        Self::Failed(error)
    }
}

impl Halt {
    /// The error; for a value that must be known before the run but is not, the sentence given.
    pub fn or_known(self, path: &str) -> EvaluationError {
        match self {
            Self::Failed(error) => error,
            Self::Later => EvaluationError::template(
                "the template function 'reference' is not expected at this location".to_owned(),
                path,
            ),
        }
    }
}
