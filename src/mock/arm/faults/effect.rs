//! What happens instead of what should.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One way in which Azure, or the road to it, goes wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Effect {
    /// An error instead of the answer. Without a status it is the one that the catalogue gives for the code.
    Respond {
        #[serde(default)]
        status: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// In seconds; no header without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
    },
    /// A deployment, or its validation, that preflight refuses: `InvalidTemplateDeployment` around this error.
    Preflight {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// The connection is cut, before the request is looked at or after it was carried out.
    Cut {
        #[serde(default)]
        accepted: bool,
    },
    /// No answer ever comes, though the connection stays; the request was carried out if `accepted`.
    Hang {
        #[serde(default)]
        accepted: bool,
    },
    /// The answer waits, in milliseconds.
    Delay { milliseconds: u64 },
    /// The connection is cut in the middle of the answer's body.
    Truncated {},
    /// The request is carried out, and the answer's body is not what was promised.
    Malformed { shape: Shape },
    /// A read of something that is over shows it as still under way.
    Stale {},
    /// What a PUT made cannot be found by the next reads.
    NotYet {
        #[serde(default = "once")]
        polls: u32,
    },
    /// Another caller sends a PUT to the same address, just before this one or just after it was carried out.
    AnotherPut {
        #[serde(default)]
        accepted: bool,
        /// What the other sends; the same as this caller without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Value>,
    },
    /// A resource whose id matches fails while it is being made; it is accepted all the same.
    FailOperation {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// When, in percent of the time that it would have taken; at its end without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<f64>,
    },
    /// A resource whose id matches is refused by its provider when its turn comes, after preflight let it pass.
    RefuseOperation {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// A resource whose id matches is never finished.
    Stuck {},
    /// Somebody locks the group in the moment in which a resource whose id matches begins to be made.
    Lock {
        #[serde(default)]
        level: LockLevel,
    },
}

/// What comes instead of the promised JSON; the status stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// A page of a gateway.
    Html,
    /// Text that calls itself JSON.
    Text,
    /// JSON of another shape.
    Json,
    /// Nothing.
    Empty,
}

/// What a lock forbids, in Azure's spelling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LockLevel {
    #[default]
    CanNotDelete,
    ReadOnly,
}

/// When an effect may strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Before anything else: it adds to what strikes later.
    Arrival,
    /// Before the request is carried out.
    Request,
    /// On the answer.
    Answer,
    /// On a resource that begins to be made.
    Resource,
    /// Beside a resource that begins to be made.
    Beside,
}

fn once() -> u32 {
    1
}

impl Effect {
    /// Its name in a script, a log and a counter.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Respond { .. } => "respond",
            Self::Preflight { .. } => "preflight",
            Self::Cut { .. } => "cut",
            Self::Hang { .. } => "hang",
            Self::Delay { .. } => "delay",
            Self::Truncated {} => "truncated",
            Self::Malformed { .. } => "malformed",
            Self::Stale {} => "stale",
            Self::NotYet { .. } => "not-yet",
            Self::AnotherPut { .. } => "another-put",
            Self::FailOperation { .. } => "fail-operation",
            Self::RefuseOperation { .. } => "refuse-operation",
            Self::Stuck {} => "stuck",
            Self::Lock { .. } => "lock",
        }
    }

    pub(super) fn stage(&self) -> Stage {
        match self {
            Self::Delay { .. } => Stage::Arrival,
            Self::Respond { .. }
            | Self::Preflight { .. }
            | Self::Cut { .. }
            | Self::Hang { .. }
            | Self::AnotherPut { .. } => Stage::Request,
            Self::Truncated {} | Self::Malformed { .. } | Self::Stale {} | Self::NotYet { .. } => {
                Stage::Answer
            }
            Self::FailOperation { .. } | Self::RefuseOperation { .. } | Self::Stuck {} => Stage::Resource,
            Self::Lock { .. } => Stage::Beside,
        }
    }

    /// Whether this kind of effect has anything to do with such a request.
    pub(super) fn concerns(&self, method: &str, path: &str) -> bool {
        match self {
            Self::Preflight { .. } => match method {
                "PUT" => is_deployment(path),
                "POST" => path.strip_suffix("/validate").is_some_and(is_deployment),
                _ => false,
            },
            Self::Stale {} => method == "GET",
            Self::NotYet { .. } | Self::AnotherPut { .. } => method == "PUT",
            _ => true,
        }
    }
}

/// Whether a lower-cased path is that of one deployment.
pub fn is_deployment(path: &str) -> bool {
    let (_, behind) = path
        .split_once("/providers/microsoft.resources/deployments/")
        .unwrap_or_default();
    !behind.is_empty() && !behind.contains('/')
}
