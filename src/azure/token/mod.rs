//! Tokens, and the only folder that knows the Azure SDK.
//!
//! [`Tokens`] keeps each token until 5 minutes before it expires and lets one caller at a time fetch a new one, so that
//! environments in parallel do not start a dozen `az`. The SDK has no default chain; [`SignIn::Auto`] is ours.
//! [`Identity`] tells whose token it is.

mod credential;
mod github;
mod identity;
mod sign_in;

use std::collections::HashMap;
use std::sync::{Arc, Once};
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

pub use self::identity::Identity;
pub use self::sign_in::{ManagedIdentity, SignIn};
use super::Endpoint;

/// A token this near to its end is fetched anew.
const SAFETY: Duration = Duration::from_mins(5);

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("the variable `{variable}` is not set")]
    NoVariable { variable: &'static str },
    #[error("cannot read the certificate `{path}`")]
    Certificate { path: String, source: std::io::Error },
    #[error("signing in with {credential} failed")]
    Refused {
        credential: &'static str,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Where tokens come from; clones share the cache.
#[derive(Clone)]
pub struct Tokens(Arc<Inner>);

struct Inner {
    source: Source,
    /// What signs in, in words.
    name: &'static str,
    /// By scope. The lock is held while a token is fetched: whoever comes second finds it there.
    cache: Mutex<HashMap<String, Token>>,
}

enum Source {
    Fixed(SecretString),
    Fetched(Fetch),
}

/// Fetches a token for a scope.
pub type Fetch = Box<dyn Fn(String) -> BoxFuture<'static, Result<Token, TokenError>> + Send + Sync>;

/// A token and its end.
#[derive(Clone, Debug)]
pub struct Token {
    pub token: SecretString,
    pub expires: Timestamp,
}

impl Tokens {
    /// One token for ever: an emulator's.
    pub fn fixed(token: SecretString) -> Self {
        Self::new(Source::Fixed(token), "a token of its own")
    }

    /// The credential that `sign_in` names, at the login service of `endpoint`; nobody signs in yet.
    ///
    /// # Errors
    ///
    /// [`TokenError`] when a variable is missing or the SDK refuses the settings.
    pub fn credential(sign_in: &SignIn, endpoint: &Endpoint) -> Result<Self, TokenError> {
        install_tls();
        let found = SignIn::found();
        let sign_in = if *sign_in == SignIn::Auto { &found } else { sign_in };
        let credential = credential::of(sign_in, endpoint.login)?;
        let name = sign_in.name();
        let fetch: Fetch = Box::new(move |scope| Box::pin(fetch(name, credential.clone(), scope)));
        Ok(Self::new(Source::Fetched(fetch), name))
    }

    /// Tokens that `fetch` brings whenever the one at hand is used up.
    pub fn fetched(fetch: Fetch) -> Self {
        Self::new(Source::Fetched(fetch), "a credential of its own")
    }

    fn new(source: Source, name: &'static str) -> Self {
        Self(Arc::new(Inner {
            source,
            name,
            cache: Mutex::default(),
        }))
    }

    /// What signs in, in words: `the Azure CLI`.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// Returns a token for `scope`, from the cache while it is good.
    ///
    /// # Errors
    ///
    /// [`TokenError::Refused`] when signing in fails.
    pub async fn token(&self, scope: &str) -> Result<SecretString, TokenError> {
        let fetch = match &self.0.source {
            Source::Fixed(token) => return Ok(token.clone()),
            Source::Fetched(fetch) => fetch,
        };
        let mut cache = self.0.cache.lock().await;
        if let Some(kept) = cache.get(scope)
            && kept.is_good(Timestamp::now())
        {
            return Ok(kept.token.clone());
        }
        let fetched = fetch(scope.to_owned()).await?;
        let token = fetched.token.clone();
        cache.insert(scope.to_owned(), fetched);
        Ok(token)
    }

    /// Drops `stale` from the cache after a 401; says whether another token can be had.
    pub(super) async fn forget(&self, scope: &str, stale: &SecretString) -> bool {
        if matches!(self.0.source, Source::Fixed(_)) {
            return false;
        }
        let mut cache = self.0.cache.lock().await;
        let is_stale = |kept: &Token| kept.token.expose_secret() == stale.expose_secret();
        if cache.get(scope).is_some_and(is_stale) {
            cache.remove(scope);
        }
        true
    }
}

impl Token {
    fn is_good(&self, now: Timestamp) -> bool {
        self.expires.duration_since(now) > jiff::SignedDuration::try_from(SAFETY).unwrap_or_default()
    }
}

async fn fetch(
    name: &'static str,
    credential: Arc<dyn TokenCredential>,
    scope: String,
) -> Result<Token, TokenError> {
    let fetched = credential
        .get_token(&[&scope], None)
        .await
        .map_err(|source| TokenError::Refused {
            credential: name,
            source: source.into(),
        })?;
    Ok(Token {
        token: SecretString::from(fetched.token.secret().to_owned()),
        expires: Timestamp::from_second(fetched.expires_on.unix_timestamp()).unwrap_or_default(),
    })
}

/// Chooses rustls with ring for this process, once; reqwest and the SDK are built without a provider of their own.
pub(super) fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Somebody else may have chosen already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

#[cfg(test)]
mod tests;
