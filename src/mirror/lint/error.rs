//! Why a file cannot be linted at all.

/// A file that is not what a MirrorMaker 2 reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LintError {
    #[error("`{file}` has {bytes} bytes, above the limit of {limit} for a configuration")]
    TooLarge {
        file: String,
        bytes: usize,
        limit: usize,
    },
    #[error("`{file}` is no text")]
    NotText { file: String },
    #[error("`{file}` says nothing: it is empty")]
    Empty { file: String },
    #[error("`{file}` cannot be read at line {line}: {reason}")]
    Malformed {
        file: String,
        line: usize,
        reason: String,
    },
    #[error(
        "`{file}` is no configuration of MirrorMaker 2: it has neither `clusters`, nor a flow `a->b`, nor a `connector.class` of a mirror, nor the settings of a Connect worker"
    )]
    NotMirrorMaker { file: String },
    #[error("`{text}` is no version of Kafka, such as `3.9.1`")]
    NoVersion { text: String },
}
