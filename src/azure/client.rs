//! The client: cheap to clone, one connection pool, one correlation id for everything that one run does.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::{AzureError, Budget, Endpoint, Tokens, token};

/// How patient the client is.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// The wait before the second try of a call.
    pub first_wait: Duration,
    /// The longest wait between two tries that we choose ourselves.
    pub longest_wait: Duration,
    /// How long one call may be tried in all.
    pub patience: Duration,
    /// The shortest wait between two looks at a running operation, and the longest.
    pub poll: (Duration, Duration),
}

impl Rhythm {
    /// For Azure: 0.5 s doubling to 60 s, for 5 minutes; operations are looked at every second at first, every 15 s later.
    pub const AZURE: Self = Self {
        first_wait: Duration::from_millis(500),
        longest_wait: Duration::from_mins(1),
        patience: Duration::from_mins(5),
        poll: (Duration::from_secs(1), Duration::from_secs(15)),
    };

    /// For an emulator on this machine, where nothing is far, nobody is throttled for minutes, and looking costs little.
    pub const LOOPBACK: Self = Self {
        first_wait: Duration::from_millis(50),
        longest_wait: Duration::from_secs(2),
        patience: Duration::from_secs(8),
        poll: (Duration::from_millis(50), Duration::from_millis(500)),
    };
}

/// Speaks to one Azure as one principal.
#[derive(Clone)]
pub struct Client {
    pub(super) http: reqwest::Client,
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) tokens: Tokens,
    pub(super) rhythm: Rhythm,
    pub(super) budget: Budget,
    correlation_id: Uuid,
}

impl Client {
    /// Prepares a client; nothing is sent and nobody signs in yet.
    ///
    /// # Errors
    ///
    /// [`AzureError::Setup`] when TLS cannot be set up.
    pub fn new(endpoint: Endpoint, tokens: Tokens) -> Result<Self, AzureError> {
        token::install_tls();
        let builder = reqwest::Client::builder()
            .user_agent(concat!("landfall/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(20))
            .read_timeout(Duration::from_mins(1))
            .redirect(reqwest::redirect::Policy::none())
            // Azure must see a fresh request id on every try, so nothing below `send` may try again.
            .retry(reqwest::retry::never());
        // A proxy must not see the token of an emulator, and loopback over http needs no certificate store.
        let builder = match (
            endpoint.is_loopback(),
            endpoint.resource_manager().starts_with("http:"),
        ) {
            (true, true) => builder.no_proxy().tls_certs_only([]),
            (true, false) => builder.no_proxy(),
            _ => builder,
        };
        let rhythm = if endpoint.is_loopback() {
            Rhythm::LOOPBACK
        } else {
            Rhythm::AZURE
        };
        Ok(Self {
            http: builder.build().map_err(|source| AzureError::Setup { source })?,
            endpoint: Arc::new(endpoint),
            tokens,
            rhythm,
            budget: Budget::default(),
            correlation_id: Uuid::new_v4(),
        })
    }

    /// The same client with another patience.
    pub fn with_rhythm(mut self, rhythm: Rhythm) -> Self {
        self.rhythm = rhythm;
        self
    }

    /// The same client within a budget that others use as well.
    pub fn within(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// The id under which Azure keeps everything that this run does; Azure's activity log is searched by it.
    pub fn correlation_id(&self) -> Uuid {
        self.correlation_id
    }

    /// Whose token the Resource Manager gets; `None` when the token does not tell.
    ///
    /// # Errors
    ///
    /// [`AzureError::SignIn`].
    pub async fn identity(&self) -> Result<Option<token::Identity>, AzureError> {
        let token = self.tokens.token(&self.endpoint.scope).await;
        let token = token.map_err(|source| AzureError::SignIn { source })?;
        Ok(token::Identity::of(&token))
    }

    /// Where this client's Azure is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What it shares with others of this process.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// How patient this client is.
    pub fn rhythm(&self) -> Rhythm {
        self.rhythm
    }
}
