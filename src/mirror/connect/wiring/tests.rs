//! What the workers are told, for a target with few abilities and for one with all.

use super::*;
use crate::model::name::TargetName;
use crate::model::security::{Mechanism, OauthClient, Protocol};
use crate::template::{Catalog, Example};

/// The shipped target with the fewest abilities, as one of its examples chooses it.
fn least(tier: &str) -> template::Connect {
    let catalog = Catalog::open(None, None).unwrap();
    let target = catalog.target(&TargetName::parse("event-hubs").unwrap()).unwrap();
    let examples = target.examples().unwrap();
    let chosen = |example: &&Example| example.context.parameters["sku"] == tier;
    let example = examples.iter().find(chosen).unwrap();
    target.render(&example.context).unwrap().connect
}

/// A cluster that can do everything.
fn most() -> template::Connect {
    let mut connect = least("Standard");
    connect.settings.clear();
    connect.replicas = None;
    connect.can.create_topics = true;
    connect.can.compression = ["none", "gzip", "snappy", "lz4", "zstd"]
        .map(str::to_owned)
        .to_vec();
    connect.can.topic_configs = vec!["*".to_owned()];
    connect
}

fn scram(ca: bool) -> Security {
    Security {
        protocol: if ca {
            Protocol::SaslSsl
        } else {
            Protocol::SaslPlaintext
        },
        mechanism: Some(Mechanism::ScramSha512),
        username: Some("land\"fall".to_owned()),
        password: Some(SecretReference::Env("SOURCE_PASSWORD".to_owned())),
        ca_file: ca.then(|| "certificates/ca.pem".into()),
        ..Security::default()
    }
}

fn shop() -> crate::config::Environment {
    let overrides = crate::config::Overrides::default();
    let loaded = crate::config::load("environments".into(), "example-event-hubs", &overrides);
    loaded.unwrap().environment
}

fn wired(
    abilities: &template::Connect,
    source: &Security,
    target: &Security,
    brokers: Option<usize>,
) -> Wiring {
    let environment = shop();
    let side = |bootstrap, security| Side {
        bootstrap,
        security,
        on_workers: false,
    };
    let facts = Facts::of(
        &environment,
        abilities,
        side("s:9093", source),
        side("t:9093", target),
    );
    wiring(&facts.with_brokers(Brokers {
        source: brokers,
        target: brokers,
    }))
}

#[test]
fn the_whole_wiring_for_a_target_of_few_abilities() {
    let target = least("Premium");
    let wiring = wired(&target, &scram(true), &target.security, Some(1));
    insta::assert_json_snapshot!(wiring);
}

#[test]
fn a_target_that_can_more_gets_more() {
    let wiring = wired(&most(), &scram(false), &Security::default(), None);
    let source = &wiring.source.config;
    let value = |key: &str| source.get(key).map(String::as_str);
    assert_eq!(value("replication.factor"), Some("3"));
    assert_eq!(value("sync.topic.configs.enabled"), Some("true"));
    assert_eq!(value("sync.topic.acls.enabled"), Some("false"));
    assert_eq!(value("producer.override.compression.type"), Some("lz4"));
    assert_eq!(value("producer.override.max.request.size"), Some("26214400"));
    assert_eq!(value("producer.override.enable.idempotence"), Some("true"));
    assert_eq!(value("heartbeats.replication.enabled"), Some("true"));
    let few = wired(&most(), &scram(false), &Security::default(), Some(1));
    assert_eq!(few.source.config["replication.factor"], "1");
    assert_eq!(few.source.config["offset-syncs.topic.replication.factor"], "1");
    assert_eq!(few.worker["config.storage.replication.factor"], "1");
}

#[test]
fn all_three_agree_on_names_aliases_and_bytes() {
    let wiring = wired(&most(), &scram(true), &scram(false), None);
    let alike = [
        "replication.policy.class",
        "source.cluster.alias",
        "target.cluster.alias",
        "key.converter",
        "value.converter",
        "header.converter",
        "source.cluster.bootstrap.servers",
        "producer.override.bootstrap.servers",
    ];
    for key in alike {
        let values = wiring
            .connectors()
            .map(|connector| connector.config.get(key).cloned());
        assert!(
            values[0].is_some() && values.iter().all(|value| *value == values[0]),
            "{key}"
        );
    }
    for key in ["offset-syncs.topic.location", "topics", "topics.exclude"] {
        assert_eq!(wiring.source.config[key], wiring.checkpoint.config[key], "{key}");
    }
}

#[test]
fn no_configuration_holds_a_secret_and_every_reference_is_listed() {
    let oauth = Security {
        protocol: Protocol::SaslSsl,
        mechanism: Some(Mechanism::OauthBearer),
        oauth: Some(OauthClient {
            token_endpoint: "https://login.example/token".to_owned(),
            client_id: "me".to_owned(),
            client_secret: SecretReference::Env("CLIENT_SECRET".to_owned()),
            scope: Some("kafka".to_owned()),
        }),
        key_file: Some("client.key".into()),
        certificate_file: Some("client.pem".into()),
        key_password: Some(SecretReference::Env("KEY_PASSWORD".to_owned())),
        ..Security::default()
    };
    let wiring = wired(&most(), &scram(true), &oauth, None);
    let keys: Vec<&str> = wiring.secrets.iter().map(|secret| secret.key.as_str()).collect();
    assert_eq!(
        keys,
        ["source.password", "target.key-password", "target.client-secret"]
    );
    let text = serde_json::to_string(&(&wiring.worker, wiring.connectors())).unwrap();
    let referred: std::collections::BTreeSet<&str> = text
        .split("${file:/etc/landfall/secrets.properties:")
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap())
        .collect();
    assert_eq!(referred, keys.into_iter().collect());
    assert_eq!(
        wiring.source.config["source.cluster.sasl.jaas.config"],
        "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"land\\\"fall\" \
         password=\"${file:/etc/landfall/secrets.properties:source.password}\";"
    );
    assert_eq!(
        wiring.system_properties["org.apache.kafka.sasl.oauthbearer.allowed.urls"],
        "https://login.example/token"
    );
    let files: Vec<&str> = wiring.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        files,
        ["/etc/landfall/source-ca.pem", "/etc/landfall/target-client.pem"]
    );
}

#[test]
fn files_that_are_the_workers_own_keep_their_paths() {
    let (environment, target, security) = (shop(), most(), scram(true));
    let side = Side {
        bootstrap: "s:9092",
        security: &security,
        on_workers: true,
    };
    let mut facts = Facts::of(&environment, &target, side, side);
    facts.secrets_file = "/run/secrets";
    let wiring = wiring(&facts);
    assert!(wiring.files.is_empty());
    assert_eq!(wiring.worker["ssl.truststore.location"], "certificates/ca.pem");
    assert!(wiring.worker["sasl.jaas.config"].contains("${file:/run/secrets:target.password}"));
}

/// Source: `MirrorConnectorConfig` and `MirrorClientConfig`: what else stands behind these prefixes is thrown away.
#[test]
fn behind_the_prefixes_of_clusters_stands_only_what_passes() {
    let wiring = wired(&most(), &scram(true), &scram(true), None);
    for connector in wiring.connectors() {
        for key in connector.config.keys() {
            let Some(rest) = key
                .strip_prefix("source.cluster.")
                .or_else(|| key.strip_prefix("target.cluster."))
            else {
                continue;
            };
            let passes = ["alias", "bootstrap.servers", "security.protocol"].contains(&rest)
                || rest.starts_with("ssl.")
                || rest.starts_with("sasl.");
            assert!(passes, "{key}");
        }
    }
}
