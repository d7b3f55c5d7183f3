//! What can go wrong between us and the containers.

use camino::Utf8PathBuf;

use crate::kafka::KafkaError;
use crate::model::secret::SecretError;

/// A site of containers that cannot be started, found or removed.
#[derive(Debug, thiserror::Error)]
pub enum DockerError {
    #[error("cannot run the program `docker`")]
    NoProgram { source: std::io::Error },
    #[error("no Docker engine answers: {reason}")]
    NoEngine { reason: String },
    #[error("`docker {command}` did not end within {seconds} s")]
    Silent { command: String, seconds: u64 },
    #[error("`docker {command}` failed: {reason}")]
    Refused { command: String, reason: String },
    #[error("the image `{image}` is not on this machine and cannot be pulled: {reason}")]
    NoImage { image: String, reason: String },
    #[error("the container `{container}` was not ready within {seconds} s; its last words:\n{last_words}")]
    NotReady {
        container: String,
        seconds: u64,
        last_words: String,
        source: Option<KafkaError>,
    },
    #[error("the container `{container}` ended with code {code}; its last words:\n{last_words}")]
    Ended {
        container: String,
        code: i64,
        last_words: String,
    },
    #[error("the mock site runs with {running}, and {wanted} is asked for")]
    OtherSettings { running: String, wanted: String },
    #[error("another command starts or ends the containers of `{path}`")]
    InUse { path: Utf8PathBuf },
    #[error("cannot use `{path}`")]
    Folder {
        path: Utf8PathBuf,
        source: std::io::Error,
    },
    #[error("cannot read a password of the mock site")]
    Secret { source: SecretError },
    #[error("the record of the containers `{path}` cannot be understood")]
    Damaged {
        path: Utf8PathBuf,
        source: serde_json::Error,
    },
    #[error("cannot give the target the limits of the service")]
    Limits { source: KafkaError },
    #[error("cannot make a certificate for the local brokers")]
    Certificate { source: rcgen::Error },
    #[error("no free port on the loopback address")]
    NoPort { source: std::io::Error },
    #[error("the site is made for 1 or 3 brokers on each side, and {brokers} are asked for")]
    Brokers { brokers: u16 },
}

impl DockerError {
    /// Whether somebody else took a port between choosing and using it.
    pub(super) fn is_port_taken(&self) -> bool {
        let taken = ["port is already allocated", "address already in use"];
        matches!(self, Self::Refused { reason, .. } if taken.iter().any(|text| reason.contains(text)))
    }
}
