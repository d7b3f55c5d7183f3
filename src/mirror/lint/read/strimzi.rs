//! `KafkaMirrorMaker2` of Strimzi: the operator turns each mirror into three connectors, and so does this file.
//!
//! Aliases, addresses and the worker's ByteArray converters are what the operator adds. Source: Strimzi,
//! `KafkaMirrorMaker2Configuration.java` and `KafkaMirrorMaker2Connectors.java`. Both shapes are read: `spec.clusters` with
//! `connectCluster`, and `spec.target` with `mirrors[].source` of the `v1` API.

use super::tree::Node;
use super::{Block, Form, Reading, Setting, yaml};
use crate::mirror::lint::error::LintError;

const BYTES: &str = "org.apache.kafka.connect.converters.ByteArrayConverter";

/// The connectors of a mirror: their key in the resource and their class.
const CONNECTORS: [(&str, &str); 3] = [
    ("sourceConnector", "MirrorSourceConnector"),
    ("checkpointConnector", "MirrorCheckpointConnector"),
    ("heartbeatConnector", "MirrorHeartbeatConnector"),
];

/// What the resource says of topics and groups outside `config`, and the connectors that get it.
const PATTERNS: [(&str, &str, &[&str]); 6] = [
    ("topicsPattern", "topics", TOPICS),
    ("topicsExcludePattern", "topics.exclude", TOPICS),
    ("topicsBlacklistPattern", "topics.exclude", TOPICS),
    ("groupsPattern", "groups", GROUPS),
    ("groupsExcludePattern", "groups.exclude", GROUPS),
    ("groupsBlacklistPattern", "groups.exclude", GROUPS),
];
const TOPICS: &[&str] = &["MirrorSourceConnector", "MirrorCheckpointConnector"];
const GROUPS: &[&str] = &["MirrorCheckpointConnector"];

pub fn looks_like(text: &str) -> bool {
    text.lines()
        .any(|line| line.trim_start().starts_with("kind:") && line.contains("KafkaMirrorMaker2"))
}

pub fn read(file: &str, text: &str) -> Result<Reading, LintError> {
    let documents = yaml::parse(text).map_err(|malformed| LintError::Malformed {
        file: file.to_owned(),
        line: malformed.line,
        reason: malformed.reason,
    })?;
    let mut reading = Reading::default();
    for document in &documents {
        if document.text_of("kind") == Some("KafkaMirrorMaker2")
            && let Some(spec) = document.get("spec")
        {
            resource(file, spec, &mut reading);
        }
    }
    if reading.blocks.is_empty() {
        return Err(LintError::NotMirrorMaker {
            file: file.to_owned(),
        });
    }
    Ok(reading)
}

fn resource(file: &str, spec: &Node, reading: &mut Reading) {
    reading.version = spec.text_of("version").map(str::to_owned);
    let target = spec
        .get("target")
        .or_else(|| cluster(spec, spec.text_of("connectCluster")));
    if let Some(target) = target {
        reading.blocks.push(worker(file, target));
    }
    for mirror in spec.get("mirrors").map(Node::items).unwrap_or_default() {
        let from = mirror
            .get("source")
            .or_else(|| cluster(spec, mirror.text_of("sourceCluster")));
        let to = cluster(spec, mirror.text_of("targetCluster")).or(target);
        for (key, class) in CONNECTORS {
            if let Some(connector) = mirror.get(key) {
                reading
                    .blocks
                    .push(block(file, mirror, connector, class, from, to));
            }
        }
    }
}

fn cluster<'a>(spec: &'a Node, alias: Option<&str>) -> Option<&'a Node> {
    let clusters = spec.get("clusters")?.items();
    clusters.iter().find(|cluster| cluster.text_of("alias") == alias)
}

fn worker(file: &str, cluster: &Node) -> Block {
    let mut settings = config(cluster);
    let mut add = |key: &str, value: &str| {
        if !settings.iter().any(|setting| setting.key == key) {
            settings.push(made(key, value, cluster.line));
        }
    };
    for key in ["key.converter", "value.converter", "header.converter"] {
        add(key, BYTES);
    }
    add(
        "config.providers",
        "file,secrets,configmaps,env,dir,strimzienv,strimzidir,strimzifile",
    );
    // The operator closes the REST port to all but itself with a network policy.
    add("listeners", "http://127.0.0.1:8083");
    if let Some(servers) = cluster.text_of("bootstrapServers") {
        add("bootstrap.servers", servers);
    }
    Block {
        file: file.to_owned(),
        line: Some(cluster.line),
        form: Form::Worker,
        settings,
    }
}

fn block(
    file: &str,
    mirror: &Node,
    connector: &Node,
    class: &str,
    from: Option<&Node>,
    to: Option<&Node>,
) -> Block {
    let line = connector.line;
    let mut settings = config(connector);
    settings.push(made(
        "connector.class",
        &format!("org.apache.kafka.connect.mirror.{class}"),
        line,
    ));
    if let Some(tasks) = connector.get("tasksMax") {
        settings.push(made("tasks.max", tasks.text().unwrap_or_default(), tasks.line));
    }
    for (side, cluster) in [("source", from), ("target", to)] {
        let Some(cluster) = cluster else { continue };
        let mut add = |key: &str, value: Option<&str>| {
            if let Some(value) = value {
                settings.push(made(&format!("{side}.cluster.{key}"), value, cluster.line));
            }
        };
        add("alias", cluster.text_of("alias"));
        add("bootstrap.servers", cluster.text_of("bootstrapServers"));
        add("security.protocol", Some(protocol(cluster)));
    }
    for (key, setting, readers) in PATTERNS {
        if let Some(pattern) = mirror.get(key).filter(|_| readers.contains(&class)) {
            settings.push(made(setting, pattern.text().unwrap_or_default(), pattern.line));
        }
    }
    let alias = |cluster: Option<&Node>| {
        cluster
            .and_then(|one| one.text_of("alias"))
            .unwrap_or("?")
            .to_owned()
    };
    Block {
        file: file.to_owned(),
        line: Some(line),
        form: Form::Connector(format!("{}->{}.{class}", alias(from), alias(to))),
        settings,
    }
}

/// The operator derives it from the blocks `tls` and `authentication`.
fn protocol(cluster: &Node) -> &'static str {
    let kind = cluster
        .get("authentication")
        .and_then(|block| block.text_of("type"));
    match (cluster.get("tls").is_some(), kind) {
        (true, None | Some("tls")) => "SSL",
        (true, Some(_)) => "SASL_SSL",
        (false, None | Some("tls")) => "PLAINTEXT",
        (false, Some(_)) => "SASL_PLAINTEXT",
    }
}

fn config(node: &Node) -> Vec<Setting> {
    let entries = node.get("config").map(Node::entries).unwrap_or_default();
    let setting = |entry: &super::tree::Entry| {
        Some(Setting {
            key: entry.key.clone(),
            value: entry.value.text()?.to_owned(),
            line: Some(entry.line),
        })
    };
    entries.iter().filter_map(setting).collect()
}

fn made(key: &str, value: &str, line: usize) -> Setting {
    Setting {
        key: key.to_owned(),
        value: value.to_owned(),
        line: Some(line),
    }
}
