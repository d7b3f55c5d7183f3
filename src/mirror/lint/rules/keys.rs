//! Keys that do not exist, no longer exist, or say something to another connector.

use super::rules;
use super::writing::place;
use crate::mirror::lint::facts::{Facts, Version};
use crate::mirror::lint::finding::{Finding, Place};
use crate::mirror::lint::keys;
use crate::mirror::lint::model::Class;
use crate::mirror::lint::read::{Block, Form, Setting};
use crate::mirror::lint::spread;

rules! {
    UNKNOWN_KEY = Warning "unknown-key" {
        trap: "a key that nothing reads",
        reason: "Connect takes any key and passes over those that it does not know; what was meant is not set.",
        fix: "remove it, or write the name that exists",
        source: "the ConfigDef of the three mirror connectors and of Connect"
    }
    RENAMED_KEY = Warning "renamed-key" {
        trap: "`topics.blacklist` and the other names of before 2.7",
        reason: "Kafka 4.0 no longer reads the old name: after an upgrade nothing is excluded any more, in silence.",
        fix: "write the new name",
        source: "KIP-629; Apache Kafka 4.0, docs/upgrade.html"
    }
    REMOVED_KEY = Error "removed-key" {
        trap: "an old name, or a setting that is gone, with Connect 4.0 or later",
        reason: "This version does not read the key, and does not say so.",
        fix: "remove it",
        source: "Apache Kafka 4.0, docs/upgrade.html"
    }
    GOING_KEY = Advice "key-removed-in-4" {
        trap: "`use.incremental.alter.configs`, `add.source.alias.to.metrics`",
        reason: "Kafka 4.0 took the setting out; what it decided is decided.",
        fix: "plan for the upgrade without it",
        source: "Apache Kafka 4.0, docs/upgrade.html; KIP-894"
    }
    ANOTHER_CONNECTOR = Advice "key-of-another-connector" {
        trap: "`sync.group.offsets.enabled` in the source connector",
        reason: "Each connector reads its own settings. This one takes the key and passes over it.",
        fix: "write it into the connector that reads it",
        source: "MirrorSourceConfig, MirrorCheckpointConfig, MirrorHeartbeatConfig"
    }
    WRONG_VALUE = Error "value-refused" {
        trap: "`sync.topic.configs.enabled = yes`, `tasks.max = many`",
        reason: "The connector refuses its configuration and does not start.",
        fix: "write a value of the right kind",
        source: "ConfigDef of the mirror connectors"
    }
    DECIDED_BY_MIRROR = Advice "decided-by-the-mirror" {
        trap: "`consumer.group.id`, `consumer.enable.auto.commit`",
        reason: "The mirror's consumer is given its partitions and keeps its position in Connect's offsets topic: it joins no group and commits nothing, so that there is no group whose lag could be watched.",
        fix: "remove it; watch `GET /connectors/…/offsets` instead of a group",
        source: "MirrorSourceTask; MirrorConnectorConfig.sourceConsumerConfig"
    }
}

pub fn check(block: &Block, facts: &Facts, out: &mut Vec<Finding>) {
    if block.form == Form::Worker {
        return;
    }
    let all = spread::settings(block);
    let aliases = spread::aliases(&all);
    let class = all.text("connector.class").and_then(Class::parse);
    for setting in &block.settings {
        let at = place(&spread::head(block), setting);
        let name = plain(setting, block, &aliases);
        if let Some(kind) = keys::kind_of(name).filter(|kind| !is(kind, &setting.value)) {
            let found = format!("`{name}` is `{}`, not {kind}", setting.value.trim());
            out.push(WRONG_VALUE.at(&at, found).fix(format!("write {kind}")));
        }
        if let Some((_, new)) = keys::RENAMED.iter().find(|(old, _)| *old == name) {
            out.push(renamed(&at, setting, name, new, facts));
        } else if let Some((_, now)) = keys::REMOVED.iter().find(|(old, _)| *old == name) {
            let rule = if gone(facts) { &REMOVED_KEY } else { &GOING_KEY };
            out.push(rule.at(&at, format!("Kafka 4.0 has no `{name}`: it {now}")));
        } else if keys::mistaken(name) {
            out.push(unknown(&at, setting, name, block));
        } else if let Some(client) = client(name) {
            if matches!(client, "group.id" | "enable.auto.commit") && name.contains("consumer.") {
                out.push(DECIDED_BY_MIRROR.at(&at, format!("`{}` changes nothing", setting.key)));
            }
        } else if !known(name, block) {
            out.push(unknown(&at, setting, name, block));
        } else if let Some((class, reader)) = class
            .zip(keys::class_of(name))
            .filter(|(own, _)| !keys::of_class(*own, name))
        {
            let found = format!(
                "`{name}` is read by the {}, not by the {}",
                reader.name(),
                class.name()
            );
            out.push(ANOTHER_CONNECTOR.at(&at, found));
        }
    }
}

/// Whether `ConfigDef` takes the value. A reference is resolved later, a comment in the value is told by its own rule.
fn is(kind: &str, value: &str) -> bool {
    let value = value.trim();
    if value.starts_with("${") || value.contains('#') {
        return true;
    }
    match kind {
        "a whole number" => value.parse::<i64>().is_ok(),
        "`true` or `false`" => ["true", "false"]
            .iter()
            .any(|flag| value.eq_ignore_ascii_case(flag)),
        _ => matches!(value, "source" | "target"),
    }
}

/// The key without its flow or alias.
fn plain<'a>(setting: &'a Setting, block: &Block, aliases: &std::collections::BTreeSet<String>) -> &'a str {
    let key = setting.key.as_str();
    if block.form != Form::Dedicated {
        return key;
    }
    if let Some((flow, rest)) = key.split_once('.').filter(|(flow, _)| flow.contains("->")) {
        return aliases
            .iter()
            .find_map(|alias| {
                key.strip_prefix(&format!(
                    "{}->{alias}.",
                    flow.split("->").next().unwrap_or_default()
                ))
            })
            .unwrap_or(rest);
    }
    let alias = aliases
        .iter()
        .find_map(|alias| key.strip_prefix(&format!("{alias}.")));
    alias.unwrap_or(key)
}

fn client(name: &str) -> Option<&str> {
    if name == "consumer.poll.timeout.ms" {
        return None;
    }
    keys::CLIENT_PREFIXES
        .split_whitespace()
        .find_map(|prefix| name.strip_prefix(prefix))
}

/// Read by somebody, or told by another rule.
fn known(name: &str, block: &Block) -> bool {
    let everywhere = keys::of_connectors(name) || keys::of_worker(name) || keys::of_every_client(name);
    let elsewhere = name.starts_with("source.cluster.") || name.starts_with("target.cluster.");
    // `clusters` stands in every sample of a connector; it does nothing there.
    let dedicated = block.form == Form::Dedicated && keys::at_top(name);
    everywhere || elsewhere || dedicated || name == "clusters"
}

fn gone(facts: &Facts) -> bool {
    facts.version.is_some_and(|version| version >= Version(4, 0, 0))
}

fn renamed(at: &Place, setting: &Setting, name: &str, new: &str, facts: &Facts) -> Finding {
    let right = setting.key.replace(name, new);
    let rule = if gone(facts) { &REMOVED_KEY } else { &RENAMED_KEY };
    rule.at(at, format!("`{name}` is called `{new}` since Kafka 2.7"))
        .fix(format!("write `{right}`"))
}

fn unknown(at: &Place, setting: &Setting, name: &str, block: &Block) -> Finding {
    let finding = UNKNOWN_KEY.at(at, format!("nothing reads `{}`", setting.key));
    if block.form != Form::Dedicated && (keys::of_producers_only(name) || keys::of_consumers_only(name)) {
        let prefix = if keys::of_producers_only(name) {
            "producer.override"
        } else {
            "consumer"
        };
        return finding.fix(format!("write `{prefix}.{name}`"));
    }
    match keys::meant(name) {
        Some(right) => finding.fix(format!("remove it, or write `{right}` if that was meant")),
        None => finding,
    }
}
