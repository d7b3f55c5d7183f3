//! What can go wrong between us and Azure. Texts name method, path and request id; never a token or a signed query.

use std::time::Duration;

use super::Refusal;
use super::token::TokenError;

/// Codes of a 404 that is about the subscription or the route, not about what was asked for.
const NO_WAY: [&str; 5] = [
    "SubscriptionNotFound",
    "MissingSubscription",
    "InvalidResourceType",
    "InvalidResourceNamespace",
    "NoRegisteredProviderFound",
];

/// A call that did not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum AzureError {
    #[error("`{url}` is not an http address")]
    NotAnAddress { url: String },
    #[error("a bearer token may not travel over plain http to `{host}`: use https, or a loopback address")]
    Insecure { host: String },
    #[error("an answer points to `{host}`, which is not part of `{home}`")]
    Foreign { host: String, home: String },
    #[error("cannot set up the HTTP client")]
    Setup { source: reqwest::Error },
    #[error("cannot sign in to azure")]
    SignIn { source: TokenError },
    /// Azure understood and said no.
    #[error("azure refused `{method} {path}` with status {status}{}", request(.request_id.as_ref()))]
    Refused {
        method: String,
        path: String,
        status: u16,
        request_id: Option<String>,
        /// How long Azure asks to wait before the next try.
        retry_after: Option<Duration>,
        source: Box<Refusal>,
    },
    /// The call did not reach Azure.
    #[error("cannot reach azure at `{host}` for `{method} {path}`")]
    Unreachable {
        /// With the port, where the address has one.
        host: String,
        method: String,
        path: String,
        source: reqwest::Error,
    },
    /// The call may have reached Azure; its answer did not reach us.
    #[error("the connection was cut before `{method} {path}` was answered")]
    Cut {
        method: String,
        path: String,
        source: reqwest::Error,
    },
    #[error("the answer to `{method} {path}` (status {status}{}) cannot be understood", request(.request_id.as_ref()))]
    Malformed {
        method: String,
        path: String,
        status: u16,
        request_id: Option<String>,
        source: serde_json::Error,
    },
    #[error("the answer to `{method} {path}` lacks `{field}`")]
    Incomplete {
        method: String,
        path: String,
        field: &'static str,
    },
    /// Trying again did not help, or Azure asks for a longer wait than we may take.
    #[error("gave up after {attempts} {} within {} s", if *.attempts == 1 { "attempt" } else { "attempts" }, .patience.as_secs())]
    GaveUp {
        attempts: u32,
        patience: Duration,
        source: Box<AzureError>,
    },
    /// A long-running operation ended without success.
    #[error("the operation behind `{path}` ended as `{status}`")]
    OperationFailed {
        path: String,
        status: String,
        source: Box<Refusal>,
    },
    #[error("the operation behind `{path}` still runs after {} s", .waited.as_secs())]
    StillRunning { path: String, waited: Duration },
    #[error("this azure has no key vault: the secret `{secret}` cannot be read")]
    NoKeyVault { secret: String },
    #[error("`{secret}` is not a key vault secret: write `vault-name/secret-name`")]
    NotAVaultSecret { secret: String },
}

impl AzureError {
    /// The status of a refusal, also of one that was given up on.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::GaveUp { source, .. } => source.status(),
            _ => None,
        }
    }

    /// What Azure said, where Azure said something.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { source, .. } | Self::OperationFailed { source, .. } => Some(source),
            Self::GaveUp { source, .. } => source.refusal(),
            _ => None,
        }
    }

    /// Whether Azure's error, or one inside it, has this code.
    pub fn has_code(&self, code: &str) -> bool {
        self.refusal().is_some_and(|refusal| refusal.has_code(code))
    }

    /// Whether Azure answered 404, whatever it was that it did not find.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether Azure says that there is no such thing, and not that the way there is wrong.
    pub fn is_absent(&self) -> bool {
        self.is_not_found() && !NO_WAY.iter().any(|code| self.has_code(code))
    }

    /// Whether the address of an operation was refused in a way that says nothing of the operation itself: it has expired,
    /// or cannot be found yet or any more.
    pub fn tells_nothing_of_the_operation(&self) -> bool {
        matches!(self.status(), Some(401 | 403 | 404))
    }

    /// Whether an earlier change of the same deployment or stack is not over yet.
    pub fn is_still_active(&self) -> bool {
        self.has_code("DeploymentActive") || self.has_code("DeploymentStackInNonTerminalState")
    }

    /// Whether Azure may have done what was asked although we were not told.
    pub fn outcome_is_unknown(&self) -> bool {
        match self {
            Self::Cut { .. } => true,
            Self::Malformed { status, .. } => *status < 300,
            Self::Refused { status, .. } => matches!(status, 408 | 500 | 502 | 503 | 504),
            Self::GaveUp { source, .. } => source.outcome_is_unknown(),
            _ => false,
        }
    }
}

fn request(id: Option<&String>) -> String {
    id.map(|id| format!(", request `{id}`")).unwrap_or_default()
}
