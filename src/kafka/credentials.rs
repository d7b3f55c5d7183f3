//! Credentials: the security block of a cluster with its secrets read, or a token that somebody else provides.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use secrecy::SecretString;

use crate::model::secret::SecretReference;
use crate::model::security::{Mechanism, Security};

/// An OAuth token and when it ends.
#[derive(Clone, Debug)]
pub struct OauthToken {
    pub token: SecretString,
    /// Whom the token names; shown in logs.
    pub principal: String,
    pub expires: SystemTime,
}

/// Gives a fresh token whenever a client asks; called on a client's own thread, so it may wait.
/// The text of a failure must hold no secret.
pub type TokenSource = Arc<dyn Fn() -> Result<OauthToken, String> + Send + Sync>;

/// How to sign in, ready to use.
#[derive(Clone, Default)]
pub struct Credentials {
    pub(super) security: Security,
    pub(super) password: Option<SecretString>,
    pub(super) key_password: Option<SecretString>,
    pub(super) tokens: Option<TokenSource>,
}

impl Credentials {
    /// Reads the secrets of `security` with `resolve`.
    ///
    /// # Errors
    ///
    /// Whatever `resolve` says of the first secret that cannot be read.
    pub fn resolve<E>(
        security: &Security,
        resolve: impl Fn(&SecretReference) -> Result<SecretString, E>,
    ) -> Result<Self, E> {
        let read = |reference: &Option<SecretReference>| reference.as_ref().map(&resolve).transpose();
        Ok(Self {
            password: read(&security.password)?,
            key_password: read(&security.key_password)?,
            security: security.clone(),
            tokens: None,
        })
    }

    /// Takes the tokens of OAUTHBEARER from `tokens`.
    ///
    /// librdkafka's own OIDC client needs libcurl, which is not built in: a token always comes from here.
    pub fn with_tokens(mut self, tokens: TokenSource) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// How a person names this way to sign in.
    pub(super) fn mechanism(&self) -> String {
        let protocol = self.security.protocol;
        match self.security.mechanism {
            Some(mechanism) if protocol.is_sasl() => {
                format!("{} over {}", mechanism.as_str(), protocol.as_str())
            }
            _ => protocol.as_str().to_owned(),
        }
    }

    /// Whether tokens are asked for.
    pub(super) fn uses_tokens(&self) -> bool {
        self.security.protocol.is_sasl() && self.security.mechanism == Some(Mechanism::OauthBearer)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_once_and_never_shown() {
        let security = Security {
            password: Some(SecretReference::Env("PASSWORD".into())),
            ..Security::default()
        };
        let read = |_: &SecretReference| Ok::<_, ()>(SecretString::from("canary"));
        let credentials = Credentials::resolve(&security, read).unwrap();
        assert!(credentials.password.is_some());
        assert!(!format!("{credentials:?}").contains("canary"));
    }
}
