//! Tokens, and the only file that knows the Azure SDK.
//!
//! [`Tokens`] keeps each token until 5 minutes before it expires and lets one caller at a time fetch a new one, so that
//! environments in parallel do not start a dozen `az`. The SDK has no default chain; [`SignIn::Auto`] is ours.

use std::collections::HashMap;
use std::sync::{Arc, Once};
use std::time::Duration;

use azure_core::cloud::CloudConfiguration;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::ClientOptions;
use azure_identity::{
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    DeveloperToolsCredential, ManagedIdentityCredential, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::Endpoint;
use super::endpoint::Login;

/// A token this near to its end is fetched anew.
const SAFETY: Duration = Duration::from_mins(5);

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("the variable `{variable}` is not set")]
    NoVariable { variable: &'static str },
    #[error("signing in with {credential} failed")]
    Refused {
        credential: &'static str,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// How to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// A service principal from `AZURE_*` variables, else a workload identity, else the developer's own tools.
    Auto,
    /// Azure CLI, then Azure Developer CLI.
    DeveloperTools,
    ManagedIdentity,
    WorkloadIdentity,
    ClientSecret,
}

/// Where tokens come from; clones share the cache.
#[derive(Clone)]
pub struct Tokens(Arc<Inner>);

struct Inner {
    source: Source,
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
        Self::from(Source::Fixed(token))
    }

    /// The credential that `sign_in` names, at the login service of `endpoint`.
    ///
    /// # Errors
    ///
    /// [`TokenError`] when a variable is missing or the SDK refuses the settings.
    pub fn credential(sign_in: SignIn, endpoint: &Endpoint) -> Result<Self, TokenError> {
        install_tls();
        let sign_in = if sign_in == SignIn::Auto { found() } else { sign_in };
        let options = client_options(endpoint.login);
        let (name, credential): (_, azure_core::Result<Arc<dyn TokenCredential>>) = match sign_in {
            SignIn::ClientSecret => ("the client secret of `AZURE_CLIENT_ID`", client_secret(options)?),
            SignIn::WorkloadIdentity => ("a workload identity", workload(options)),
            SignIn::ManagedIdentity => (
                "a managed identity",
                ManagedIdentityCredential::new(None).map(|c| c as _),
            ),
            SignIn::DeveloperTools | SignIn::Auto => (
                "the Azure CLI or the Azure Developer CLI",
                DeveloperToolsCredential::new(None).map(|c| c as _),
            ),
        };
        let credential = credential.map_err(|source| TokenError::Refused {
            credential: name,
            source: source.into(),
        })?;
        Ok(Self::fetched(Box::new(move |scope| {
            Box::pin(fetch(name, credential.clone(), scope))
        })))
    }

    /// Tokens that `fetch` brings whenever the one at hand is used up.
    pub fn fetched(fetch: Fetch) -> Self {
        Self::from(Source::Fetched(fetch))
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

impl From<Source> for Tokens {
    fn from(source: Source) -> Self {
        Self(Arc::new(Inner {
            source,
            cache: Mutex::default(),
        }))
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

/// What the variables of this process suggest.
fn found() -> SignIn {
    let set = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    if set("AZURE_CLIENT_ID") && set("AZURE_CLIENT_SECRET") && set("AZURE_TENANT_ID") {
        SignIn::ClientSecret
    } else if set("AZURE_FEDERATED_TOKEN_FILE") {
        SignIn::WorkloadIdentity
    } else {
        SignIn::DeveloperTools
    }
}

/// The public cloud is left unsaid, so that `AZURE_AUTHORITY_HOST` still counts.
fn client_options(login: Login) -> ClientOptions {
    let cloud = match login {
        Login::Public => None,
        Login::UsGovernment => Some(CloudConfiguration::AzureGovernment),
        Login::China => Some(CloudConfiguration::AzureChina),
    };
    ClientOptions {
        cloud: cloud.map(Arc::new),
        ..ClientOptions::default()
    }
}

fn client_secret(
    client_options: ClientOptions,
) -> Result<azure_core::Result<Arc<dyn TokenCredential>>, TokenError> {
    let variable = |variable| std::env::var(variable).map_err(|_| TokenError::NoVariable { variable });
    let credential = ClientSecretCredential::new(
        &variable("AZURE_TENANT_ID")?,
        variable("AZURE_CLIENT_ID")?,
        Secret::new(variable("AZURE_CLIENT_SECRET")?),
        Some(ClientSecretCredentialOptions { client_options }),
    );
    Ok(credential.map(|credential| credential as _))
}

fn workload(client_options: ClientOptions) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let options = WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options },
        ..WorkloadIdentityCredentialOptions::default()
    };
    WorkloadIdentityCredential::new(Some(options)).map(|credential| credential as _)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::io::AsyncReadExt;

    /// Numbers its tokens and counts how often it was asked.
    fn counted(lifetime: Duration, asked: Arc<AtomicU32>) -> Tokens {
        Tokens::fetched(Box::new(move |_| {
            let number = asked.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                tokio::task::yield_now().await;
                Ok(Token {
                    token: SecretString::from(format!("token-{number}")),
                    expires: Timestamp::now() + lifetime,
                })
            })
        }))
    }

    #[tokio::test]
    async fn many_callers_at_once_fetch_one_token() {
        let asked = Arc::new(AtomicU32::new(0));
        let tokens = counted(Duration::from_hours(1), asked.clone());
        futures_util::future::join_all((0..20).map(|_| tokens.token("scope"))).await;
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        tokens.token("another scope").await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_token_about_to_expire_is_fetched_anew() {
        let asked = Arc::new(AtomicU32::new(0));
        let tokens = counted(Duration::from_secs(299), asked.clone());
        for _ in 0..2 {
            tokens.token("scope").await.unwrap();
        }
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn only_the_token_that_was_refused_is_forgotten() {
        let asked = Arc::new(AtomicU32::new(0));
        let tokens = counted(Duration::from_hours(1), asked.clone());
        tokens.token("scope").await.unwrap();
        assert!(tokens.forget("scope", &SecretString::from("older")).await);
        tokens.token("scope").await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        let fixed = Tokens::fixed(SecretString::from("fixed"));
        assert!(!fixed.forget("scope", &SecretString::from("fixed")).await);
    }

    /// The SDK's HTTP has no TLS of its own in our set of features: it must find ours.
    #[tokio::test]
    async fn the_sdk_signs_in_over_tls() {
        install_tls();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut authority = azure_core::cloud::CustomConfiguration::default();
        authority.authority_host = format!("https://{}", listener.local_addr().unwrap());
        let mut client_options = ClientOptions {
            cloud: Some(Arc::new(CloudConfiguration::Custom(authority))),
            ..ClientOptions::default()
        };
        client_options.retry = azure_core::http::RetryOptions::none();
        let credential = ClientSecretCredential::new(
            "00000000-0000-0000-0000-000000000000",
            "client".into(),
            Secret::new("canary"),
            Some(ClientSecretCredentialOptions { client_options }),
        )
        .unwrap();
        let hello = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut first = [0_u8; 2];
            stream.read_exact(&mut first).await.unwrap();
            first
        };
        let signing_in = fetch("a client secret", credential, "scope".into());
        let (hello, result) = tokio::join!(hello, signing_in);
        // A TLS record of type handshake, version 3.x. Source: RFC 8446, section 5.1.
        assert_eq!(hello, [0x16, 0x03]);
        let error = format!("{:?}", result.unwrap_err());
        assert!(!error.contains("canary"), "{error}");
    }
}
