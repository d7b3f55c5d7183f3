//! Waiting until a cluster or a worker answers, and the reason when it does not.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{DockerError, Engine};
use crate::kafka::{AddressBook, Cluster, ClusterSettings, Credentials, KafkaError};

/// How long a cluster or a worker may take; a JVM on a busy machine of two cores needs half a minute.
const WITHIN: Duration = Duration::from_mins(3);
/// How long one question waits for its answer.
const QUESTION: Duration = Duration::from_secs(2);
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(200);

/// Waits until all `containers` of a cluster are brokers that answer clients.
pub(super) async fn cluster(
    engine: Engine,
    containers: &[String],
    bootstrap: &str,
    credentials: &Credentials,
) -> Result<(), DockerError> {
    let began = Instant::now();
    loop {
        alive(engine, containers).await?;
        let patience = ClusterSettings { patience: QUESTION };
        let cluster =
            Cluster::with_settings(bootstrap, credentials.clone(), &AddressBook::default(), patience);
        let trouble = match cluster.brokers().await {
            Ok(brokers) if brokers >= containers.len() => return Ok(()),
            Ok(_) => None,
            Err(error) => Some(error),
        };
        if began.elapsed() > WITHIN {
            return Err(not_ready(engine, containers.first(), trouble).await);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits until the worker on `port` has joined its group: before that it lists no connectors.
pub(super) async fn worker(engine: Engine, container: &str, port: u16) -> Result<(), DockerError> {
    let began = Instant::now();
    let containers = [container.to_owned()];
    loop {
        alive(engine, &containers).await?;
        if let Ok(Ok(true)) = tokio::time::timeout(QUESTION, lists_connectors(port)).await {
            return Ok(());
        }
        if began.elapsed() > WITHIN {
            return Err(not_ready(engine, containers.first(), None).await);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// One plain question over loopback, for whose answer the first line is enough.
async fn lists_connectors(port: u16) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream
        .write_all(b"GET /connectors HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}

/// Fails with the last words of the first container that has ended.
async fn alive(engine: Engine, containers: &[String]) -> Result<(), DockerError> {
    let format = "{{.Name}} {{.State.Status}} {{.State.ExitCode}}";
    let mut arguments = vec!["container", "inspect", "--format", format];
    arguments.extend(containers.iter().map(String::as_str));
    for line in engine.run(&arguments).await?.lines() {
        let mut words = line.split(' ');
        let (name, state, code) = (words.next(), words.next(), words.next());
        if let (Some(name), Some("exited" | "dead")) = (name, state) {
            let container = name.trim_start_matches('/').to_owned();
            return Err(DockerError::Ended {
                last_words: engine.last_words(&container).await,
                code: code.and_then(|code| code.parse().ok()).unwrap_or_default(),
                container,
            });
        }
    }
    Ok(())
}

async fn not_ready(engine: Engine, container: Option<&String>, source: Option<KafkaError>) -> DockerError {
    let container = container.cloned().unwrap_or_default();
    DockerError::NotReady {
        last_words: engine.last_words(&container).await,
        container,
        seconds: WITHIN.as_secs(),
        source,
    }
}
