//! From blocks to flows: connectors that belong together are brought together, a dedicated file is spread out.

use std::collections::BTreeSet;

use super::finding::Place;
use super::keys;
use super::model::{Class, Connector, Flow, Settings, Value};
use super::read::{Block, Form};

const BYTES: &str = "org.apache.kafka.connect.converters.ByteArrayConverter";

/// The flows of a set of files.
pub fn flows(blocks: &[Block]) -> Vec<Flow> {
    let worker = blocks
        .iter()
        .find(|block| block.form == Form::Worker)
        .map(settings);
    let mut flows: Vec<Flow> = Vec::new();
    for block in blocks {
        match &block.form {
            Form::Dedicated => flows.extend(dedicated(block)),
            Form::Connector(_) => gather(&mut flows, block, worker.as_ref()),
            Form::Worker => {}
        }
    }
    flows
}

/// Where a block begins.
pub fn head(block: &Block) -> Place {
    Place {
        file: block.file.clone(),
        line: block.line,
        connector: match &block.form {
            Form::Connector(name) => Some(name.clone()),
            _ => None,
        },
        key: None,
    }
}

/// The settings of a block by their own names; the last of equal keys counts.
pub fn settings(block: &Block) -> Settings {
    let head = head(block);
    let mut settings = Settings {
        head: head.clone(),
        ..Settings::default()
    };
    for setting in &block.settings {
        let at = Place {
            line: setting.line,
            ..head.about(&setting.key)
        };
        settings.set(
            &setting.key,
            Value {
                text: setting.value.clone(),
                at,
            },
        );
    }
    settings
}

/// Puts a connector to the others of its flow: the same two clusters, by alias or by address, and none of its class yet.
fn gather(flows: &mut Vec<Flow>, block: &Block, worker: Option<&Settings>) {
    let settings = settings(block);
    let Some(class) = settings.text("connector.class").and_then(Class::parse) else {
        return;
    };
    let alias = |side: &str| {
        settings
            .text(&format!("{side}.cluster.alias"))
            .unwrap_or_default()
            .to_owned()
    };
    let flow = Flow {
        source: alias("source"),
        target: alias("target"),
        dedicated: false,
        worker: worker.cloned(),
        head: settings.head.clone(),
        connectors: vec![Connector { class, settings }],
    };
    let fits =
        |other: &&mut Flow| !other.dedicated && other.connector(class).is_none() && together(other, &flow);
    match flows.iter_mut().find(fits) {
        Some(other) => other.connectors.extend(flow.connectors),
        None => flows.push(flow),
    }
}

/// Aliases may differ by mistake, addresses may be left out: one of the two must speak for it, neither against it.
fn together(one: &Flow, other: &Flow) -> bool {
    let aliases = (&one.source, &one.target) == (&other.source, &other.target);
    let same = |side: &str| {
        let (one, other) = (one.hosts(side), other.hosts(side));
        one.is_empty() || other.is_empty() || one.iter().any(|host| other.contains(host))
    };
    let named = |flow: &Flow| !flow.hosts("source").is_empty() && !flow.hosts("target").is_empty();
    let addresses = same("source") && same("target");
    addresses && (aliases || (named(one) && named(other)))
}

/// The enabled flows of a dedicated file, as `MirrorMakerConfig.connectorBaseConfig` makes their connectors.
fn dedicated(block: &Block) -> Vec<Flow> {
    let all = settings(block);
    let mut flows = Vec::new();
    for (source, target) in pairs(&all) {
        let base = connector_settings(&all, &source, &target);
        if !base.flag("enabled", false) {
            continue;
        }
        let classes = [Class::Source, Class::Checkpoint, Class::Heartbeat];
        let connector = |class| Connector {
            class,
            settings: base.clone(),
        };
        flows.push(Flow {
            worker: Some(worker_settings(&all, &target)),
            head: all.at("clusters"),
            dedicated: true,
            connectors: classes.map(connector).into(),
            source,
            target,
        });
    }
    flows
}

/// Every ordered pair of the clusters, in order.
pub fn pairs(all: &Settings) -> Vec<(String, String)> {
    let aliases = aliases(all);
    let pair = |source: &String| {
        let targets = aliases.iter().filter(move |target| *target != source).cloned();
        let source = source.clone();
        targets
            .map(move |target| (source.clone(), target))
            .collect::<Vec<_>>()
    };
    aliases.iter().flat_map(pair).collect()
}

/// The aliases that a dedicated file lists.
pub fn aliases(all: &Settings) -> BTreeSet<String> {
    let listed = all.text("clusters").unwrap_or_default();
    let names = listed.split(',').map(str::trim).filter(|alias| !alias.is_empty());
    names.map(str::to_owned).collect()
}

fn connector_settings(all: &Settings, source: &str, target: &str) -> Settings {
    let mut base = Settings {
        head: all.at("clusters"),
        ..Settings::default()
    };
    for (key, value) in &all.values {
        let own = keys::of_connectors(key) && keys::at_top(key);
        if own && !keys::of_every_client(key) {
            base.set(key, value.clone());
        }
    }
    for (side, alias) in [("source", source), ("target", target)] {
        for (key, value) in cluster_settings(all, alias) {
            let of_client = ["producer", "consumer", "admin"]
                .iter()
                .any(|client| key.starts_with(client));
            let place = if of_client {
                side.to_owned()
            } else {
                format!("{side}.cluster")
            };
            base.set(&format!("{place}.{key}"), value);
        }
        let at = all.at("clusters");
        base.set(
            &format!("{side}.cluster.alias"),
            Value {
                text: alias.to_owned(),
                at,
            },
        );
    }
    for (key, value) in under(all, &format!("{source}->{target}.")) {
        base.set(&key, value);
    }
    base
}

/// What `alias.` says, and what stands at the top for every cluster.
fn cluster_settings(all: &Settings, alias: &str) -> Vec<(String, Value)> {
    let mut found = under(all, &format!("{alias}."));
    for (key, value) in &all.values {
        if keys::of_every_client(key) && !found.iter().any(|(name, _)| name == key) {
            found.push((key.clone(), value.clone()));
        }
    }
    found
}

/// As `MirrorMakerConfig.workerConfig`, with its ByteArray converters.
fn worker_settings(all: &Settings, target: &str) -> Settings {
    let mut worker = Settings {
        head: all.at("clusters"),
        ..Settings::default()
    };
    for key in ["key.converter", "value.converter", "header.converter"] {
        let at = all.at("clusters");
        let text = BYTES.to_owned();
        worker.set(key, Value { text, at });
    }
    for (key, value) in cluster_settings(all, target) {
        worker.set(&key, value);
    }
    for (key, value) in &all.values {
        if keys::at_top(key) && (!keys::of_connectors(key) || key.ends_with(".converter")) {
            worker.set(key, value.clone());
        }
    }
    worker
}

fn under(all: &Settings, prefix: &str) -> Vec<(String, Value)> {
    let stripped =
        |(key, value): (&String, &Value)| Some((key.strip_prefix(prefix)?.to_owned(), value.clone()));
    all.values.iter().filter_map(stripped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mirror::lint::read::read;

    fn flows_of(text: &str) -> Vec<Flow> {
        flows(&read("mm2.properties", text.as_bytes(), None).unwrap().blocks)
    }

    #[test]
    fn a_dedicated_file_is_spread_out_as_mirrormaker_does_it() {
        let flows = flows_of(
            "clusters = a, b\na.bootstrap.servers = A:1\nb.bootstrap.servers = B:2\nb.security.protocol = SSL\n\
             a.consumer.max.poll.records = 7\nb.producer.linger.ms = 9\nb.offset.flush.interval.ms = 5\n\
             tasks.max = 3\na->b.tasks.max = 4\na->b.enabled = true\nproducer.linger.ms = 1\n",
        );
        assert_eq!(flows.len(), 1);
        let flow = &flows[0];
        let source = flow.settings(Class::Source).unwrap();
        assert_eq!(source.text("source.cluster.bootstrap.servers"), Some("A:1"));
        assert_eq!(source.text("target.cluster.security.protocol"), Some("SSL"));
        assert_eq!(source.number("tasks.max"), Some(4));
        assert_eq!(flow.consumer("max.poll.records").unwrap().text, "7");
        assert_eq!(flow.producer("linger.ms").unwrap().text, "9");
        let worker = flow.worker.as_ref().unwrap();
        assert_eq!(worker.number("offset.flush.interval.ms"), Some(5));
        assert_eq!(worker.text("header.converter"), Some(BYTES));
        // What stands at the top for clients reaches nobody.
        assert_eq!(source.get("producer.linger.ms"), None);
        assert_eq!(source.get("linger.ms"), None);
        assert_eq!(source.at("topics").line, Some(1));
        assert_eq!(source.at("tasks.max").line, Some(9));
    }

    #[test]
    fn connectors_of_the_same_two_clusters_are_one_flow() {
        let connector = |class: &str, source: &str, bootstrap: &str| {
            format!(
                "{{\"connector.class\": \"Mirror{class}Connector\", \"source.cluster.alias\": \"{source}\",\
                 \"source.cluster.bootstrap.servers\": \"{bootstrap}\", \"target.cluster.bootstrap.servers\": \"t:1\"}}"
            )
        };
        let text = format!(
            "[{}, {}, {}, {}]",
            connector("Source", "a", "one:1"),
            connector("Checkpoint", "other", "one:1"),
            connector("Source", "b", "two:1"),
            connector("Checkpoint", "b", "two:1"),
        );
        let flows = flows_of(&text);
        let sizes: Vec<_> = flows.iter().map(|flow| flow.connectors.len()).collect();
        assert_eq!(sizes, [2, 2]);
    }
}
