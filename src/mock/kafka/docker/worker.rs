//! The Kafka Connect worker: what it is told, and how the clusters look from where it stands.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::broker::{FOLDER, NETWORK, guard};
use super::names::{Names, Side};
use super::secrets::{Secrets, security};
use super::settings::DockerSettings;
use crate::model::connect_topics::{ConnectTopics, OffsetSyncs};
use crate::model::security::{Guard, Security};

/// The file inside the worker that a connector's `${file:…:source.password}` and `target.password` refer to.
pub const SECRETS_FILE: &str = "/etc/landfall/secrets.properties";
/// The port of the REST interface inside the container.
pub(super) const REST: u16 = 8083;
/// Becomes the worker.
pub(super) const COMMAND: &str = "exec /opt/kafka/bin/connect-distributed.sh /etc/landfall/worker.properties";

/// The clusters as the worker sees them: other addresses and other files than on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inside {
    /// `host:port[,host:port…]`
    pub source: String,
    pub source_security: Security,
    /// `host:port[,host:port…]`
    pub target: String,
    pub target_security: Security,
    /// Where `source.password` and `target.password` are kept, for a `FileConfigProvider`.
    pub secrets_file: String,
}

impl Inside {
    pub(super) fn of(names: &Names, settings: &DockerSettings) -> Self {
        let bootstrap = |side| {
            let brokers: Vec<String> = (1..=settings.brokers)
                .map(|number| format!("{}:{NETWORK}", names.broker(side, number)))
                .collect();
            brokers.join(",")
        };
        let ca = format!("{FOLDER}/ca.pem");
        Self {
            source: bootstrap(Side::Source),
            source_security: security(guard(settings, Side::Source), ca.as_str().into()),
            target: bootstrap(Side::Target),
            target_security: security(guard(settings, Side::Target), ca.as_str().into()),
            secrets_file: SECRETS_FILE.to_owned(),
        }
    }
}

/// The file that the worker's `${file:…}` references are read from.
pub(super) fn secrets(secrets: &Secrets) -> String {
    format!(
        "source.password={}\ntarget.password={}\n",
        secrets.source.expose_secret(),
        secrets.target.expose_secret()
    )
}

/// `worker.properties`: ours, with `more` over them.
pub(super) fn properties(
    names: &Names,
    settings: &DockerSettings,
    more: &BTreeMap<String, String>,
) -> String {
    let inside = Inside::of(names, settings);
    let mut all = own(names, settings, &inside.target);
    let signing_in = sign_in(&inside.target_security, guard(settings, Side::Target));
    for prefix in ["", "producer.", "consumer.", "admin."] {
        for (key, value) in &signing_in {
            all.insert(format!("{prefix}{key}"), value.clone());
        }
    }
    all.extend(more.clone());
    let line = |(key, value): (String, String)| format!("{key}={value}\n");
    all.into_iter().map(line).collect()
}

fn own(names: &Names, settings: &DockerSettings, target: &str) -> BTreeMap<String, String> {
    let copies = settings.brokers.to_string();
    let host = names.worker();
    let rest = format!("http://0.0.0.0:{REST}");
    let port = REST.to_string();
    let bytes = "org.apache.kafka.connect.converters.ByteArrayConverter";
    // As many partitions as a deployment declares: a topic that grows under a running worker is no longer read whole.
    let topics = ConnectTopics::of("source", "target", OffsetSyncs::default());
    let partitions = [&topics.offsets, &topics.status].map(|topic| topic.partitions.to_string());
    [
        ("bootstrap.servers", target),
        ("group.id", "landfall-mirror"),
        ("key.converter", bytes),
        ("value.converter", bytes),
        ("header.converter", bytes),
        ("config.storage.topic", topics.configs.name.as_str()),
        ("offset.storage.topic", topics.offsets.name.as_str()),
        ("status.storage.topic", topics.status.name.as_str()),
        ("config.storage.replication.factor", copies.as_str()),
        ("offset.storage.replication.factor", copies.as_str()),
        ("status.storage.replication.factor", copies.as_str()),
        ("offset.storage.partitions", partitions[0].as_str()),
        ("status.storage.partitions", partitions[1].as_str()),
        // A rehearsal is told soon how far it is.
        ("offset.flush.interval.ms", "2000"),
        ("config.providers", "file"),
        (
            "config.providers.file.class",
            "org.apache.kafka.common.config.provider.FileConfigProvider",
        ),
        ("config.providers.file.param.allowed.paths", FOLDER),
        ("connector.client.config.override.policy", "All"),
        ("plugin.discovery", "service_load"),
        ("listeners", rest.as_str()),
        ("rest.advertised.host.name", host.as_str()),
        ("rest.advertised.port", port.as_str()),
        // A rehearsal restarts workers: one that is gone is missed after seconds, not minutes.
        ("session.timeout.ms", "10000"),
        ("scheduled.rebalance.max.delay.ms", "10000"),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect()
}

fn sign_in(security: &Security, guard: Guard) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::from([(
        "security.protocol".to_owned(),
        security.protocol.as_str().to_owned(),
    )]);
    if guard == Guard::Plaintext {
        return keys;
    }
    let user = security.username.as_deref().unwrap_or_default();
    keys.insert("sasl.mechanism".to_owned(), "SCRAM-SHA-512".to_owned());
    keys.insert(
        "sasl.jaas.config".to_owned(),
        format!(
            "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"{user}\" \
             password=\"${{file:{SECRETS_FILE}:target.password}}\";"
        ),
    );
    if let Some(ca) = &security.ca_file {
        keys.insert("ssl.truststore.type".to_owned(), "PEM".to_owned());
        keys.insert("ssl.truststore.location".to_owned(), ca.to_string());
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::place::Place;

    #[test]
    fn the_worker_refers_to_its_secrets_and_never_holds_one() {
        let names = Names::of(&Place::of("/state".into())).unwrap();
        let settings = DockerSettings {
            target: Guard::Tls,
            ..DockerSettings::default()
        };
        let more = BTreeMap::from([("offset.flush.interval.ms".to_owned(), "1000".to_owned())]);
        let text = properties(&names, &settings, &more);
        assert!(text.contains("offset.flush.interval.ms=1000\n"), "{text}");
        assert!(text.contains("producer.security.protocol=SASL_SSL\n"));
        assert!(text.contains("password=\"${file:/etc/landfall/secrets.properties:target.password}\""));
        assert!(text.contains("ssl.truststore.location=/etc/landfall/ca.pem\n"));
    }
}
