//! A Kafka Connect worker, asked over REST. Any worker of a group answers for all of them.

mod answers;
mod ready;
mod send;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use camino::Utf8Path;
use reqwest::{Certificate, Method, Url};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::answers::{Expanded, Info, WrittenState, refused_keys, source_offsets};
use self::send::Call;
use super::wiring::{Connector, Keys};
use super::{ConnectError, KeyProblem};

pub use self::answers::{ConnectorState, Plugin, SourceOffset, State, TaskState, WorkerInfo};

/// How patient the client is.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the connection, and for one answer. A worker itself gives up after 90 s.
    pub connect: Duration,
    pub answer: Duration,
    /// How long a call is made again while the workers rebalance.
    pub rebalance: Duration,
    /// How long a connector may take to become what it was told to be.
    pub settle: Duration,
    /// Between two looks.
    pub poll: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(100),
            rebalance: Duration::from_mins(2),
            settle: Duration::from_mins(3),
            poll: Duration::from_millis(500),
        }
    }
}

/// The user of the REST interface.
#[derive(Clone, Debug)]
pub struct SignIn {
    pub username: String,
    pub password: SecretString,
}

/// The REST interface of a worker.
#[derive(Clone, Debug)]
pub struct Worker {
    http: reqwest::Client,
    url: Url,
    sign_in: Option<SignIn>,
    patience: Patience,
}

/// A connector that the worker has: its configuration and what it is at.
#[derive(Clone, Debug)]
pub struct Existing {
    pub config: Keys,
    pub state: ConnectorState,
}

impl Worker {
    /// Prepares a client; nothing is sent yet. `authorities` is a PEM file, the system's own are trusted without it.
    ///
    /// # Errors
    ///
    /// [`ConnectError::NotAnAddress`], [`ConnectError::Authorities`], [`ConnectError::Setup`].
    pub fn new(
        url: &str,
        authorities: Option<&Utf8Path>,
        sign_in: Option<SignIn>,
    ) -> Result<Self, ConnectError> {
        Self::with_patience(url, authorities, sign_in, Patience::default())
    }

    /// Like [`Worker::new`] with other patience.
    ///
    /// # Errors
    ///
    /// As [`Worker::new`].
    pub fn with_patience(
        url: &str,
        authorities: Option<&Utf8Path>,
        sign_in: Option<SignIn>,
        patience: Patience,
    ) -> Result<Self, ConnectError> {
        let parsed = Url::parse(url)
            .ok()
            .filter(|url| url.has_host() && url.scheme().starts_with("http"));
        let parsed = parsed.ok_or_else(|| ConnectError::NotAnAddress { url: url.to_owned() })?;
        // Another room of this program may have chosen a provider already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("landfall/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(patience.connect)
            .read_timeout(patience.answer)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        if is_loopback(&parsed) {
            builder = builder.no_proxy();
        }
        builder = match authorities {
            Some(path) => builder.tls_certs_only(certificates(path)?),
            None if parsed.scheme() == "http" => builder.tls_certs_only([]),
            None => builder,
        };
        Ok(Self {
            http: builder.build().map_err(|source| ConnectError::Setup { source })?,
            url: parsed,
            sign_in,
            patience,
        })
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        self.url.as_str().trim_end_matches('/').to_owned()
    }

    /// How patient this client is.
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// Asks who answers.
    pub async fn info(&self) -> Result<WorkerInfo, ConnectError> {
        self.ask(&Call::get(&[])).await
    }

    /// Asks which connectors the worker can run.
    pub async fn plugins(&self) -> Result<Vec<Plugin>, ConnectError> {
        self.ask(&Call::get(&["connector-plugins"])).await
    }

    /// Asks what is wrong with a connector's configuration. A wrong prefix is not: Connect does not see it.
    pub async fn validate(&self, connector: &Connector) -> Result<Vec<KeyProblem>, ConnectError> {
        let class = connector.config.get("connector.class").map_or("", String::as_str);
        let path = ["connector-plugins", class, "config", "validate"];
        let call = Call {
            body: Some(json!(connector.config)),
            ..Call::new(Method::PUT, &path)
        };
        let answer = self.send(&call).await?.body;
        let refused = refused_keys(&answer).ok_or_else(|| malformed(&call, "it has no `configs`"))?;
        let problem = |(key, problem): (String, String)| {
            // The worker resolves references before it looks, and may repeat what it found.
            let secret = connector
                .config
                .get(&key)
                .is_some_and(|value| value.contains("${"));
            KeyProblem {
                connector: connector.name.clone(),
                problem: if secret {
                    "the value is refused".to_owned()
                } else {
                    problem
                },
                key,
            }
        };
        Ok(refused.into_iter().map(problem).collect())
    }

    /// Makes the connector or changes its configuration; says whether it was made.
    pub async fn put_config(&self, connector: &Connector) -> Result<bool, ConnectError> {
        let path = ["connectors", connector.name.as_str(), "config"];
        let call = Call {
            body: Some(json!(connector.config)),
            ..Call::new(Method::PUT, &path)
        };
        Ok(self.send(&call).await?.status == 201)
    }

    /// What a connector and its tasks are at.
    pub async fn status(&self, name: &str) -> Result<ConnectorState, ConnectError> {
        let written: WrittenState = self.ask(&Call::get(&["connectors", name, "status"])).await?;
        Ok(written.into())
    }

    /// Every connector with its configuration and state, by name.
    pub async fn connectors(&self) -> Result<BTreeMap<String, Existing>, ConnectError> {
        let call = Call {
            query: &[("expand", "info"), ("expand", "status")],
            ..Call::get(&["connectors"])
        };
        let all: BTreeMap<String, Expanded> = self.ask(&call).await?;
        let existing = |(name, found): (String, Expanded)| {
            let existing = Existing {
                config: found.info.config,
                state: found.status.into(),
            };
            (name, existing)
        };
        Ok(all.into_iter().map(existing).collect())
    }

    /// What each task of a connector was told.
    pub async fn task_configs(&self, name: &str) -> Result<Vec<Keys>, ConnectError> {
        let tasks: Vec<Info> = self.ask(&Call::get(&["connectors", name, "tasks"])).await?;
        Ok(tasks.into_iter().map(|task| task.config).collect())
    }

    /// How far a source connector is. Needs Kafka 3.5.
    pub async fn offsets(&self, name: &str) -> Result<Vec<SourceOffset>, ConnectError> {
        let path = ["connectors", name, "offsets"];
        let call = Call::get(&path);
        let answer = self.send(&call).await?.body;
        source_offsets(&answer).ok_or_else(|| malformed(&call, "it has no `offsets`"))
    }

    /// Pauses a connector; its tasks stay where they are.
    pub async fn pause(&self, name: &str) -> Result<(), ConnectError> {
        self.tell(Method::PUT, &["connectors", name, "pause"]).await
    }

    /// Stops a connector; its tasks are given up. Needs Kafka 3.5.
    pub async fn stop(&self, name: &str) -> Result<(), ConnectError> {
        self.tell(Method::PUT, &["connectors", name, "stop"]).await
    }

    /// Lets a paused or stopped connector go on.
    pub async fn resume(&self, name: &str) -> Result<(), ConnectError> {
        self.tell(Method::PUT, &["connectors", name, "resume"]).await
    }

    /// Restarts what failed: the connector, its tasks, or both.
    pub async fn restart(&self, name: &str) -> Result<(), ConnectError> {
        let path = ["connectors", name, "restart"];
        let call = Call {
            query: &[("includeTasks", "true"), ("onlyFailed", "true")],
            ..Call::new(Method::POST, &path)
        };
        self.send(&call).await.map(|_| ())
    }

    /// Removes a connector; its position is kept, and found again by one of the same name.
    pub async fn delete(&self, name: &str) -> Result<(), ConnectError> {
        self.tell(Method::DELETE, &["connectors", name]).await
    }

    async fn tell(&self, method: Method, path: &[&str]) -> Result<(), ConnectError> {
        self.send(&Call::new(method, path)).await.map(|_| ())
    }

    async fn ask<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, ConnectError> {
        let answer: Value = self.send(call).await?.body;
        serde_json::from_value(answer).map_err(|error| malformed(call, &error.to_string()))
    }
}

fn malformed(call: &Call<'_>, reason: &str) -> ConnectError {
    ConnectError::Malformed {
        call: call.name(),
        reason: reason.to_owned(),
    }
}

fn certificates(path: &Utf8Path) -> Result<Vec<Certificate>, ConnectError> {
    let wrong = |reason: String| ConnectError::Authorities {
        path: path.to_string(),
        reason,
    };
    let pem = fs_err::read(path).map_err(|error| wrong(error.to_string()))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() {
        return Err(wrong("it holds no certificate in PEM".to_owned()));
    }
    Ok(found)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
