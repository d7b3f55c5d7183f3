//! The door to one cluster.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError as NativeError;
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::types::RDKafkaErrorCode as Code;

use super::error::{is_not_allowed, is_silence, is_unsupported};
use super::listener::Trouble;
use super::{AddressBook, Credentials, KafkaError, Listener, Writing, settings};

/// What a caller may change about asking.
#[derive(Clone, Copy, Debug)]
pub struct ClusterSettings {
    /// How long to wait for one answer.
    pub patience: Duration,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(10),
        }
    }
}

/// One Kafka cluster and how to sign in to it. Cheap to clone; clones share one connection for questions.
#[derive(Clone)]
pub struct Cluster(Arc<Inner>);

struct Inner {
    /// The name by which errors call the cluster: what the environment says, not where the address book leads.
    name: String,
    address: String,
    credentials: Credentials,
    settings: ClusterSettings,
    client: Mutex<Option<Arc<BaseProducer<Listener>>>>,
    /// For questions about groups.
    group_client: Mutex<Option<Arc<BaseConsumer<Listener>>>>,
}

impl Cluster {
    /// Looks `bootstrap` up in the book and connects only when something is asked.
    pub fn new(bootstrap: &str, credentials: Credentials, book: &AddressBook) -> Self {
        Self::with_settings(bootstrap, credentials, book, ClusterSettings::default())
    }

    /// Like [`Cluster::new`] with other patience.
    pub fn with_settings(
        bootstrap: &str,
        mut credentials: Credentials,
        book: &AddressBook,
        settings: ClusterSettings,
    ) -> Self {
        let mut address = bootstrap.to_owned();
        if let Some(listening) = book.find(bootstrap) {
            address.clone_from(&listening.bootstrap);
            credentials = listening.credentials.clone();
        }
        Self(Arc::new(Inner {
            name: bootstrap.to_owned(),
            address,
            credentials,
            settings,
            client: Mutex::default(),
            group_client: Mutex::default(),
        }))
    }

    /// What the environment calls the cluster: `host:port[,…]`.
    pub fn bootstrap(&self) -> &str {
        &self.0.name
    }

    /// Where the clients really connect.
    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// What tells this cluster from another one at the same address: its id, and the address itself.
    pub async fn identity(&self) -> Result<String, KafkaError> {
        self.ask(|cluster, client| {
            let id = client.client().fetch_cluster_id(cluster.patience());
            Ok(format!("{}@{}", id.unwrap_or_default(), cluster.address()))
        })
        .await
    }

    /// How long one answer may take.
    pub fn patience(&self) -> Duration {
        self.0.settings.patience
    }

    /// The settings of a consumer that reads whole partitions and commits as `group` only when told to.
    pub fn consumer_settings(&self, group: &str, buffer_bytes: u64) -> ClientConfig {
        settings::consumer(self.common(), group, buffer_bytes)
    }

    /// The settings of an idempotent producer.
    pub fn producer_settings(&self, writing: Writing) -> ClientConfig {
        settings::producer(self.common(), writing)
    }

    /// Makes a client whose context is `context`.
    ///
    /// # Errors
    ///
    /// [`KafkaError::Setting`] when a file of the security block cannot be used or a setting is refused.
    pub fn open<C, T>(&self, config: &ClientConfig, context: C) -> Result<T, KafkaError>
    where
        C: rdkafka::ClientContext,
        T: FromClientConfigAndContext<C>,
    {
        T::from_config_and_context(config, context).map_err(|error| self.setting_error(&error))
    }

    /// A context for a client of this cluster.
    pub fn listener(&self) -> Listener {
        Listener::new(self.0.credentials.tokens.clone())
    }

    pub(super) fn common(&self) -> ClientConfig {
        settings::common(&self.0.address, &self.0.credentials)
    }

    /// Runs `question` where waiting is allowed, once the cluster has answered at all.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Self, &BaseProducer<Listener>) -> Result<T, KafkaError> + Send + 'static,
    ) -> Result<T, KafkaError> {
        let cluster = self.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let client = cluster.client()?;
            question(&cluster, &client)
        });
        answer
            .await
            .unwrap_or_else(|_| Err(self.refused("task", "the task was ended".into())))
    }

    pub(super) fn held_group_client(&self) -> &Mutex<Option<Arc<BaseConsumer<Listener>>>> {
        &self.0.group_client
    }

    /// The shared client; the first use waits until a broker answers and names the reason when none does.
    fn client(&self) -> Result<Arc<BaseProducer<Listener>>, KafkaError> {
        let mut held = self.0.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = held.as_ref() {
            client.poll(Duration::ZERO);
            return Ok(Arc::clone(client));
        }
        let client: BaseProducer<Listener> = self.open(&self.common(), self.listener())?;
        self.reach(&client)?;
        let client = Arc::new(client);
        *held = Some(Arc::clone(&client));
        Ok(client)
    }

    fn reach(&self, client: &BaseProducer<Listener>) -> Result<(), KafkaError> {
        let began = Instant::now();
        loop {
            client.poll(Duration::ZERO);
            let left = self.patience().saturating_sub(began.elapsed());
            // Asking for one topic could create it on a broker that makes topics by itself; so all are asked for.
            let slice = left.min(began.elapsed().max(Duration::from_millis(500)));
            let answer = client.client().fetch_metadata(None, slice);
            if answer.is_ok() {
                client.context().forget();
                return Ok(());
            }
            client.poll(Duration::from_millis(20));
            let hopeless = client
                .context()
                .trouble()
                .is_some_and(|trouble| trouble.is_certain());
            if hopeless || left.is_zero() {
                return Err(self.silence(client.context(), "Metadata"));
            }
        }
    }

    /// Names the reason of silence.
    pub(super) fn silence(&self, listener: &Listener, api: &'static str) -> KafkaError {
        let bootstrap = self.0.name.clone();
        match listener.trouble() {
            Some(Trouble::SignIn) => KafkaError::AuthenticationFailed {
                bootstrap,
                mechanism: self.0.credentials.mechanism(),
            },
            Some(Trouble::Tls { reason, .. }) => KafkaError::Tls { bootstrap, reason },
            None => KafkaError::Unreachable {
                bootstrap,
                waited: self.patience(),
                reason: listener
                    .failure()
                    .unwrap_or_else(|| format!("connected, but the Kafka call `{api}` brought nothing")),
            },
        }
    }

    /// Turns a code of librdkafka into an error by name.
    pub(super) fn explain(
        &self,
        client: &BaseProducer<Listener>,
        api: &'static str,
        code: Code,
    ) -> KafkaError {
        client.poll(Duration::ZERO);
        let bootstrap = self.0.name.clone();
        if is_unsupported(code) {
            KafkaError::Unsupported { bootstrap, api }
        } else if is_not_allowed(code) {
            KafkaError::NotAllowed { bootstrap, api }
        } else if is_silence(code) {
            self.silence(client.context(), api)
        } else {
            self.refused(api, code.to_string())
        }
    }

    pub(super) fn refused(&self, api: &'static str, reason: String) -> KafkaError {
        KafkaError::Refused {
            bootstrap: self.0.name.clone(),
            api,
            reason,
        }
    }

    /// librdkafka repeats a refused value in its text; a secret must not come back that way.
    fn setting_error(&self, error: &NativeError) -> KafkaError {
        let (setting, reason) = match error {
            NativeError::ClientConfig(_, reason, setting, _) => (setting.clone(), reason.clone()),
            NativeError::ClientCreation(reason) => ("client".to_owned(), reason.clone()),
            other => ("client".to_owned(), other.to_string()),
        };
        let secret = setting.contains("password") || reason.contains("password");
        KafkaError::Setting {
            bootstrap: self.0.name.clone(),
            reason: if secret {
                "the value is refused".to_owned()
            } else {
                reason
            },
            setting,
        }
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("bootstrap", &self.0.name)
            .field("address", &self.0.address)
            .field("credentials", &self.0.credentials)
            .finish_non_exhaustive()
    }
}
