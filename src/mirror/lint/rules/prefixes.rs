//! Settings that reach nobody, or somebody else: the silent-drop trap.

use super::rules;
use super::writing::place;
use crate::mirror::lint::finding::Finding;
use crate::mirror::lint::keys;
use crate::mirror::lint::model::Settings;
use crate::mirror::lint::read::{Block, Form, Setting};
use crate::mirror::lint::spread;

rules! {
    DROPPED_PREFIX = Error "dropped-prefix" {
        trap: "`source.cluster.max.poll.records` and the like",
        reason: "Under `source.cluster.` and `target.cluster.` only the address, `security.protocol`, `ssl.*` and `sasl.*` are kept; the rest is thrown away without a word, and the clients run with their defaults.",
        fix: "write it under the prefix of the client that is meant: `consumer.`, `producer.override.`, `source.admin.` or `target.admin.`",
        source: "MirrorConnectorConfig.sourceConsumerConfig; settled against Kafka in docs/mirrormaker2.md"
    }
    OVERRIDE_OF_NOBODY = Error "override-of-nobody" {
        trap: "`consumer.override.…` in a mirror connector",
        reason: "Connect gives overrides of consumers to sinks. A mirror is a source: it makes its consumer itself, and reads `consumer.` and `source.consumer.`.",
        fix: "write it under `consumer.`",
        source: "Worker.baseConsumerConfigs; settled against Kafka in docs/mirrormaker2.md"
    }
    NOT_THE_RECORDS = Warning "producer-of-offset-syncs" {
        trap: "`producer.batch.size` in a connector, `A->B.producer.…` in a dedicated file",
        reason: "These reach the small producer of the offset-syncs topic. The records are written by Connect's own producer, which goes on with its defaults.",
        fix: "write it under `producer.override.`",
        source: "MirrorSourceConfig.offsetSyncsTopicProducerConfig; settled against Kafka in docs/mirrormaker2.md"
    }
    UNPREFIXED = Error "unprefixed-key-dropped" {
        trap: "`producer.…`, `consumer.…` or a worker's key at the top of a dedicated file",
        reason: "Without an alias a dedicated file passes on only the settings of the mirror connectors and a few families of the worker; everything else is thrown away without a word.",
        fix: "put the alias of the cluster before it",
        source: "MirrorMakerConfig.workerConfig and connectorBaseConfig; settled against Kafka in docs/mirrormaker2.md"
    }
    CLUSTER_LEVEL = Error "flow-key-on-a-cluster" {
        trap: "`B.tasks.max` in a dedicated file",
        reason: "A setting of a connector belongs to a flow. Under the alias of a cluster it becomes `target.cluster.tasks.max`, which nobody reads.",
        fix: "write it as `A->B.…`, or without a prefix for every flow",
        source: "MirrorMakerConfig.connectorBaseConfig; settled against Kafka in docs/mirrormaker2.md"
    }
    WORKER_KEY = Warning "worker-key-in-connector" {
        trap: "`offset.flush.interval.ms` in a connector, or under `A->B.`",
        reason: "A worker's setting in a connector is taken and passed over: the worker keeps its default.",
        fix: "write it into the properties of the worker",
        source: "WorkerConfig; MirrorMakerConfig.workerConfig; settled against Kafka in docs/mirrormaker2.md"
    }
    UNKNOWN_ALIAS = Error "unknown-alias" {
        trap: "`A->B.…` where `clusters` lists other aliases",
        reason: "Nothing reads a setting of a cluster that `clusters` does not list; a flow between such clusters is never started.",
        fix: "add the alias to `clusters`, or correct it",
        source: "MirrorMakerConfig.clusterPairs"
    }
}

pub fn check(block: &Block, blocks: &[Block], out: &mut Vec<Finding>) {
    let all = spread::settings(block);
    let aliases: Vec<String> = spread::aliases(&all).into_iter().collect();
    let names = Names::of(&all);
    for setting in &block.settings {
        match &block.form {
            Form::Connector(_) => out.extend(connector_key(block, setting, "", blocks)),
            Form::Dedicated => dedicated_key(block, setting, &aliases, &names, out),
            Form::Worker => {}
        }
    }
}

/// A key as a connector gets it. `flow` is what stands before it in the file.
fn connector_key(block: &Block, setting: &Setting, flow: &str, blocks: &[Block]) -> Option<Finding> {
    let at = place(&spread::head(block), setting);
    let written = &setting.key;
    let key = written.strip_prefix(flow).unwrap_or(written);
    if let Some(name) = key.strip_prefix("consumer.override.") {
        let finding = OVERRIDE_OF_NOBODY.at(&at, format!("`{written}` reaches no client"));
        return Some(finding.fix(format!("write `{flow}consumer.{name}`")));
    }
    if let Some((side, name)) = of_cluster(key) {
        if name == "alias" || keys::of_every_client(name) {
            return None;
        }
        let fix = right_key(side, name).map_or_else(
            || "remove it: no client of the mirror would read it".to_owned(),
            |right| format!("write `{flow}{right}`"),
        );
        return Some(
            DROPPED_PREFIX
                .at(&at, format!("`{written}` is thrown away"))
                .fix(fix),
        );
    }
    // In a dedicated file the alias of the target leads to the producer of records, and to the worker.
    let target = flow
        .trim_end_matches('.')
        .split_once("->")
        .map(|(_, target)| target);
    if let Some(name) = offset_syncs_only(key).filter(|name| !overridden(name, blocks)) {
        let right = target.map_or_else(
            || format!("producer.override.{name}"),
            |alias| format!("{alias}.producer.{name}"),
        );
        let found = format!("`{written}` reaches the producer of offset syncs, not that of the records");
        return Some(NOT_THE_RECORDS.at(&at, found).fix(format!("write `{right}`")));
    }
    let of_worker = keys::of_worker(key) && !keys::of_connectors(key);
    of_worker.then(|| {
        let fix = target.map_or_else(
            || format!("write `{key}` into the properties of the worker"),
            |alias| format!("write `{alias}.{key}`"),
        );
        WORKER_KEY
            .at(&at, format!("`{written}` is a setting of the worker"))
            .fix(fix)
    })
}

/// The side and the name of a key under `source.cluster.` or `target.cluster.`.
fn of_cluster(key: &str) -> Option<(&'static str, &str)> {
    let under = |side: &'static str| Some((side, key.strip_prefix(side)?.strip_prefix(".cluster.")?));
    under("source").or_else(|| under("target"))
}

/// A producer's setting that reaches the offset syncs alone.
fn offset_syncs_only(key: &str) -> Option<&str> {
    let prefixes = ["producer.", "source.producer.", "target.producer."];
    let name = prefixes.iter().find_map(|prefix| key.strip_prefix(prefix))?;
    (keys::of_producers_only(name) && name != "transactional.id").then_some(name)
}

/// Somebody who sets both producers knows that there are two.
fn overridden(name: &str, blocks: &[Block]) -> bool {
    let wanted = format!("producer.override.{name}");
    blocks
        .iter()
        .flat_map(|block| &block.settings)
        .any(|setting| setting.key == wanted)
}

fn dedicated_key(
    block: &Block,
    setting: &Setting,
    aliases: &[String],
    names: &Names,
    out: &mut Vec<Finding>,
) {
    let at = place(&spread::head(block), setting);
    let key = setting.key.as_str();
    if let Some((flow, _)) = key.split_once('.').filter(|(flow, _)| flow.contains("->")) {
        let (flow, complete) = flow_of(key, aliases).map_or((flow.to_owned(), false), |flow| (flow, true));
        if complete {
            out.extend(connector_key(block, setting, &format!("{flow}."), &[]));
        } else if !aliases.is_empty() {
            let found = format!(
                "`{flow}` is no flow between the clusters `{}`",
                aliases.join("`, `")
            );
            out.push(UNKNOWN_ALIAS.at(&at, found));
        }
        return;
    }
    let alias = aliases.iter().find(|alias| key.starts_with(&format!("{alias}.")));
    if let Some(alias) = alias {
        let name = &key[alias.len() + 1..];
        if keys::class_of(name).is_some() || name == "tasks.max" {
            let found = format!("`{key}` reaches no connector");
            out.push(CLUSTER_LEVEL.at(&at, found).fix(format!(
                "write `{}.{name}`, or `{name}` for every flow",
                names.flow()
            )));
        }
        return;
    }
    let client = ["producer.", "consumer.", "admin."]
        .iter()
        .any(|prefix| key.starts_with(prefix));
    let of_nobody = !keys::at_top(key)
        && !keys::mistaken(key)
        && (client && key != "consumer.poll.timeout.ms" || keys::of_worker(key) || keys::of_connectors(key));
    if of_nobody {
        let fix = if keys::of_connectors(key) {
            format!("write `{}.{key}`", names.flow())
        } else if key.starts_with("consumer.") {
            format!("write `{}.{key}`", names.source)
        } else {
            format!("write `{}.{key}`", names.target)
        };
        out.push(UNPREFIXED.at(&at, format!("`{key}` is thrown away")).fix(fix));
    }
}

/// The aliases of the one enabled flow, for a fix that can be copied; letters where there are several.
struct Names {
    source: String,
    target: String,
}

impl Names {
    fn of(all: &Settings) -> Self {
        let enabled =
            |(source, target): &(String, String)| all.flag(&format!("{source}->{target}.enabled"), false);
        let flows: Vec<_> = spread::pairs(all).into_iter().filter(enabled).collect();
        match flows.as_slice() {
            [(source, target)] => Self {
                source: source.clone(),
                target: target.clone(),
            },
            _ => Self {
                source: "SOURCE".to_owned(),
                target: "TARGET".to_owned(),
            },
        }
    }

    fn flow(&self) -> String {
        format!("{}->{}", self.source, self.target)
    }
}

/// The flow that a key begins with; aliases may hold dots.
fn flow_of(key: &str, aliases: &[String]) -> Option<String> {
    let flows = aliases.iter().flat_map(|source| {
        aliases
            .iter()
            .filter(move |target| *target != source)
            .map(move |target| format!("{source}->{target}"))
    });
    flows
        .into_iter()
        .find(|flow| key.starts_with(&format!("{flow}.")))
}

/// Where a setting under `source.cluster.` or `target.cluster.` was meant to go.
fn right_key(side: &str, name: &str) -> Option<String> {
    if let Some(rest) = name.strip_prefix("consumer.") {
        return (side == "source").then(|| format!("consumer.{rest}"));
    }
    if let Some(rest) = name.strip_prefix("producer.") {
        return Some(format!("producer.override.{rest}"));
    }
    if let Some(rest) = name.strip_prefix("admin.") {
        return Some(format!("{side}.admin.{rest}"));
    }
    if name == "message.max.bytes" {
        return Some("producer.override.max.request.size".to_owned());
    }
    if keys::of_producers_only(name) {
        return Some(format!("producer.override.{name}"));
    }
    if keys::of_consumers_only(name) {
        return (side == "source").then(|| format!("consumer.{name}"));
    }
    if keys::of_connectors(name) {
        return Some(name.to_owned());
    }
    Some(if side == "source" {
        format!("consumer.{name}` and `source.admin.{name}")
    } else {
        format!("producer.override.{name}` and `target.admin.{name}")
    })
}
