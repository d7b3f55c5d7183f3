//! What Kafka Connect refuses, fails at or does not answer. No text here holds a secret.

use std::time::Duration;

use serde::Serialize;

/// A connector's key that the worker refuses, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyProblem {
    pub connector: String,
    pub key: String,
    pub problem: String,
}

/// Trouble with Kafka Connect.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("`{url}` is not the http address of a kafka connect worker")]
    NotAnAddress { url: String },
    #[error("cannot use the certificate authorities in `{path}`: {reason}")]
    Authorities { path: String, reason: String },
    #[error("cannot set up the HTTP client")]
    Setup { source: reqwest::Error },
    #[error("cannot reach kafka connect at `{url}`")]
    Unreachable { url: String, source: reqwest::Error },
    /// The call may have arrived.
    #[error("kafka connect at `{url}` did not answer `{call}`")]
    Cut {
        url: String,
        call: String,
        source: reqwest::Error,
    },
    #[error("kafka connect at `{url}` refused the sign-in (status {status})")]
    SignIn { url: String, status: u16 },
    #[error(
        "kafka connect at `{url}` answered `{call}` with a redirect (status {status}), which is not followed"
    )]
    Redirected { url: String, call: String, status: u16 },
    #[error("kafka connect does not know `{call}`: {message}")]
    NotFound { call: String, message: String },
    #[error("kafka connect had no time for `{call}` within {} s: {message}", .waited.as_secs())]
    Busy {
        call: String,
        waited: Duration,
        message: String,
    },
    #[error("kafka connect refused `{call}` with status {status}: {message}")]
    Refused {
        call: String,
        status: u16,
        message: String,
    },
    #[error("the answer to `{call}` cannot be understood: {reason}")]
    Malformed { call: String, reason: String },
    #[error("the worker at `{url}` has no plugin `{class}`")]
    NoPlugin { url: String, class: String },
    #[error("the worker runs MirrorMaker 2 {found}, below the least of {floor}: {reason}")]
    OldVersion {
        found: String,
        floor: &'static str,
        reason: &'static str,
    },
    #[error("the worker refuses the configuration:{}", lines(.problems))]
    Invalid { problems: Vec<KeyProblem> },
    #[error(
        "the connector `{connector}` runs with `{key}` `{was}` and would run with `{now}`: its position is kept under the old one, so everything would be copied again"
    )]
    Renamed {
        connector: String,
        key: &'static str,
        was: String,
        now: String,
    },
    #[error(
        "the worker runs `{other}`, which copies the same topics between the same clusters: the position is kept under that name, so `{connector}` would copy everything again"
    )]
    SecondMirror { connector: String, other: String },
    #[error("the connector `{connector}` runs `{was}`, not MirrorMaker 2's `{now}`: it is somebody else's")]
    OtherClass {
        connector: String,
        was: String,
        now: String,
    },
    #[error(
        "the position of `{connector}` is kept for the source alias `{found}`, not `{alias}`: everything would be copied again"
    )]
    OtherPosition {
        connector: String,
        alias: String,
        found: String,
    },
    #[error("the worker has no connector {}: the mirror was not started", quoted(.missing))]
    NotStarted { missing: Vec<String> },
    #[error("{} of `{connector}` failed: {cause}", who(.task.as_ref()))]
    Failed {
        connector: String,
        task: Option<i64>,
        cause: String,
    },
    #[error("`{connector}` did not become {wanted} within {} s: it is {found}", .waited.as_secs())]
    NotReached {
        connector: String,
        wanted: String,
        found: String,
        waited: Duration,
    },
    #[error("stopped as asked")]
    Stopped,
}

impl ConnectError {
    /// Whether the next look may go better although nobody does anything.
    pub(super) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::Cut { .. } | Self::Busy { .. } | Self::NotFound { .. }
        )
    }
}

fn who(task: Option<&i64>) -> String {
    task.map_or_else(|| "the connector".to_owned(), |task| format!("task {task}"))
}

fn lines(problems: &[KeyProblem]) -> String {
    let line = |problem: &KeyProblem| {
        format!(
            "\n  {}: `{}`: {}",
            problem.connector, problem.key, problem.problem
        )
    };
    problems.iter().map(line).collect()
}

fn quoted(names: &[String]) -> String {
    crate::model::nearest::quoted(names.iter().map(String::as_str))
}
