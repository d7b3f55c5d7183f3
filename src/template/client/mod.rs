//! What applications need to reach a deployed target, in the words of the clients that people use.
//!
//! A target writes one file, for Java's clients; the others are made from it, so that they cannot disagree. Secrets stay
//! references to the environment of the application.

mod difference;
mod librdkafka;
mod properties;

use std::fmt::Write as _;

use serde_json::{Map, Value};

pub use difference::{Difference, differences};
pub use properties::Properties;

use super::abilities::Abilities;
use super::files::RenderedFile;

/// The files of a client kit, from the settings of Java's clients as the target wrote them.
pub fn kit(java: &str, can: &Abilities, replicas: u16) -> Vec<RenderedFile> {
    let settings = Properties::read(java);
    let file = |name: &str, text: String| RenderedFile {
        name: name.to_owned(),
        text,
    };
    let mut files = vec![
        file("client.properties", java.to_owned()),
        file("librdkafka.properties", librdkafka::text(&settings)),
        file("application.yaml", spring(&settings)),
    ];
    if can.streams {
        files.push(file("streams.properties", streams(java, can, replicas)));
    }
    files
}

/// Spring for Apache Kafka: everything but the address goes through `properties`, in Kafka's own words.
///
/// Source: docs.spring.io/spring-boot, messaging with Apache Kafka, additional properties.
fn spring(settings: &Properties) -> String {
    let mut text = "# Spring Boot. Values of the form ${NAME} come from the application's environment.\nspring:\n  kafka:\n".to_owned();
    if let Some(servers) = settings.get("bootstrap.servers") {
        let _ = writeln!(text, "    bootstrap-servers: {}", quoted(servers));
    }
    text.push_str("    properties:\n");
    for (key, value) in settings.iter() {
        if key == "bootstrap.servers" || key.starts_with("config.providers") {
            continue;
        }
        // A dot in a key is part of it only between brackets.
        let _ = writeln!(text, "      \"[{key}]\": {}", quoted(&plain_variables(value)));
    }
    text
}

/// Kafka Streams: the client's settings, and what an application of Streams needs besides.
///
/// Source: kafka.apache.org/documentation, Kafka Streams configurations.
fn streams(java: &str, can: &Abilities, replicas: u16) -> String {
    let guarantee = if can.transactions {
        "exactly_once_v2"
    } else {
        "at_least_once"
    };
    format!(
        "{}\n# An application of Kafka Streams: its id names its consumer group and its internal topics.\n\
         application.id=my-application\nreplication.factor={replicas}\nprocessing.guarantee={guarantee}\n",
        java.trim_end()
    )
}

/// `${env:NAME}` of Kafka's own provider as `${NAME}`.
fn plain_variables(value: &str) -> String {
    value.replace("${env:", "${")
}

fn quoted(value: &str) -> String {
    Value::from(value).to_string()
}

/// What stands for the outputs of a deployment that is only rendered: what is `told` of them, what the template says where
/// it is plain text, and the name of the output otherwise.
pub(super) fn stand_ins<'a>(
    template: &Value,
    given: impl Iterator<Item = &'a String>,
    told: &Map<String, Value>,
) -> Map<String, Value> {
    let declared = template.get("outputs").and_then(Value::as_object);
    let stand_in = |(name, output): (&String, &Value)| {
        let value = output.get("value");
        let literal = value.filter(|value| !value.as_str().is_some_and(|text| text.starts_with('[')));
        let value = told.get(name).or(literal).cloned();
        (name.clone(), value.unwrap_or_else(|| format!("<{name}>").into()))
    };
    let mut outputs: Map<String, Value> = declared.into_iter().flatten().map(stand_in).collect();
    for name in given {
        outputs
            .entry(name.clone())
            .or_insert_with(|| format!("<{name}>").into());
    }
    outputs
}

#[cfg(test)]
mod tests {
    use super::*;

    const JAVA: &str = "# Why.\nbootstrap.servers=a:9092,b:9092\nsecurity.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=\"shop\" password=\"${env:SHOP_PASSWORD}\";\nconfig.providers=env\nconfig.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider\nmax.request.size=1000000\nssl.truststore.type=PEM\nssl.truststore.location=ca.pem\ncompression.type=zstd\n";

    fn can() -> Abilities {
        serde_json::from_value(serde_json::json!({
            "transactions": true, "idempotent-producer": true, "compaction": true, "streams": true, "create-topics": true,
            "describe-configs": true, "acls": true, "grow-partitions": true, "compression": ["zstd"], "topic-configs": ["*"],
            "quotas": true, "share-groups": true, "consumer-protocol": true, "sign-in": ["PLAIN"], "oldest-client": "2.1",
            "private-network": true, "own-key": true, "second-region": false, "previews": [], "sources": [],
        }))
        .unwrap()
    }

    fn text(name: &str) -> String {
        let files = kit(JAVA, &can(), 3);
        files.into_iter().find(|file| file.name == name).unwrap().text
    }

    #[test]
    fn librdkafka_takes_every_setting_that_is_made_for_it() {
        let text = text("librdkafka.properties");
        insta::assert_snapshot!(text, @r#"
        # librdkafka and the clients built on it. Replace values of the form ${NAME} when the application starts: it has no
        # providers of its own.
        bootstrap.servers=a:9092,b:9092
        security.protocol=SASL_SSL
        sasl.mechanism=SCRAM-SHA-512
        sasl.username=shop
        sasl.password=${SHOP_PASSWORD}
        message.max.bytes=1000000
        ssl.ca.location=ca.pem
        compression.type=zstd
        "#);
        let mut config = rdkafka::ClientConfig::new();
        for (key, value) in Properties::read(&text).iter() {
            config.set(
                key,
                if key == "ssl.ca.location" {
                    "/dev/null"
                } else {
                    value
                },
            );
        }
        config.create_native_config().unwrap();
    }

    #[test]
    fn spring_and_streams_get_the_same_settings() {
        let yaml = text("application.yaml");
        assert!(yaml.contains("bootstrap-servers: \"a:9092,b:9092\""), "{yaml}");
        assert!(yaml.contains(r#""[sasl.mechanism]": "SCRAM-SHA-512""#), "{yaml}");
        assert!(
            yaml.contains("${SHOP_PASSWORD}") && !yaml.contains("env:"),
            "{yaml}"
        );
        let streams = text("streams.properties");
        assert!(
            streams.contains("processing.guarantee=exactly_once_v2")
                && streams.contains("replication.factor=3")
        );
        let without = Abilities {
            streams: false,
            ..can()
        };
        assert_eq!(kit(JAVA, &without, 3).len(), 3);
    }

    #[test]
    fn what_changes_for_an_application_is_told_key_by_key() {
        let before = Properties::read(
            "bootstrap.servers=old:9092\nsasl.mechanism=PLAIN\nssl.truststore.location=old.pem\nacks=all\n",
        );
        let told: Vec<String> = differences(
            &before,
            &Properties::read("bootstrap.servers=new:9092\nsasl.mechanism=PLAIN\nmax.request.size=1\n"),
        )
        .iter()
        .map(ToString::to_string)
        .collect();
        assert_eq!(
            told,
            [
                "bootstrap.servers: old:9092 -> new:9092",
                "max.request.size: new: 1",
                "ssl.truststore.location: no longer old.pem",
                "acks: no longer all",
            ]
        );
    }

    #[test]
    fn outputs_that_are_not_known_yet_stand_by_their_names() {
        let template = serde_json::json!({ "outputs": { "a": { "type": "string", "value": "[x]" }, "b": { "value": "PLAIN" } } });
        let given = ["c".to_owned()];
        assert_eq!(
            Value::Object(stand_ins(&template, given.iter(), &Map::new())),
            serde_json::json!({ "a": "<a>", "b": "PLAIN", "c": "<c>" })
        );
        let told = Map::from_iter([("a".to_owned(), "host:9092".into())]);
        assert_eq!(stand_ins(&template, given.iter(), &told)["a"], "host:9092");
    }
}
