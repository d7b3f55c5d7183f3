//! What a client hears from librdkafka: its logs, its troubles, and its wish for a token.
//!
//! librdkafka reports a refused sign-in only as an event beside the call that then times out; the listener keeps the
//! last such event so that the call can name the true reason.

use std::error::Error;
use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError as NativeError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::ProducerContext;
use rdkafka::types::RDKafkaErrorCode as Code;
use secrecy::ExposeSecret;

use super::credentials::TokenSource;

/// The last trouble that explains why nobody answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    SignIn,
    /// Waiting does not help when `certain`; a connection cut during the handshake may also be a broker that restarts.
    Tls {
        reason: String,
        certain: bool,
    },
}

impl Trouble {
    /// Whether waiting longer is in vain.
    pub(super) fn is_certain(&self) -> bool {
        !matches!(self, Self::Tls { certain: false, .. })
    }
}

/// The context of every client: nothing that librdkafka says reaches stderr.
#[derive(Default)]
pub struct Listener {
    trouble: Mutex<Option<Trouble>>,
    /// How the last connection failed; explains nothing by itself, since others may have been tried since.
    failure: Mutex<Option<String>>,
    tokens: Option<TokenSource>,
}

impl Listener {
    pub(super) fn new(tokens: Option<TokenSource>) -> Self {
        Self {
            tokens,
            ..Self::default()
        }
    }

    /// What was heard, if it explains silence.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How the last connection failed that did.
    pub(super) fn failure(&self) -> Option<String> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Forgets trouble that is over.
    pub(super) fn forget(&self) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn keep(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(trouble);
    }
}

impl ClientContext for Listener {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error
            | RDKafkaLogLevel::Warning => tracing::warn!(target: "librdkafka", facility, "{message}"),
            _ => tracing::debug!(target: "librdkafka", facility, "{message}"),
        }
    }

    fn error(&self, error: NativeError, reason: &str) {
        tracing::debug!(target: "librdkafka", %error, "{reason}");
        match error.rdkafka_error_code() {
            Some(Code::Authentication | Code::SaslAuthenticationFailed) => self.keep(Trouble::SignIn),
            code if code == Some(Code::SSL) || reason.contains("SSL handshake failed") => {
                self.keep(Trouble::Tls {
                    reason: short_reason(reason),
                    certain: code == Some(Code::SSL),
                });
            }
            Some(Code::BrokerTransportFailure | Code::Resolve) => {
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(short_reason(reason));
            }
            _ => {}
        }
    }

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        let Some(tokens) = &self.tokens else {
            self.keep(Trouble::SignIn);
            return Err("no source of tokens was given".into());
        };
        let token = tokens().inspect_err(|_| self.keep(Trouble::SignIn))?;
        let lifetime = token.expires.duration_since(UNIX_EPOCH)?.as_millis();
        Ok(OAuthToken {
            token: token.token.expose_secret().to_owned(),
            principal_name: token.principal,
            lifetime_ms: i64::try_from(lifetime)?,
        })
    }
}

impl ConsumerContext for Listener {}

impl ProducerContext for Listener {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

/// librdkafka writes `ssl://host:port/bootstrap: SSL handshake failed: …: reason (after 2ms in state …)`.
fn short_reason(reason: &str) -> String {
    let reason = reason.split(" (after ").next().unwrap_or(reason);
    let after_address = reason.split_once(": ").map_or(reason, |(_, rest)| rest);
    after_address.trim().trim_end_matches('.').to_owned()
}
