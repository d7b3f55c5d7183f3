//! Which settings of a topic mean the same on another cluster.
//!
//! Source: Apache Kafka, `TopicConfig`; MirrorMaker 2, `DefaultConfigPropertyFilter`, whose exclusions are kept.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rules::TopicRules;

/// Settings that every Apache Kafka since 2.1 knows and that say something about the topic alone.
const PORTABLE: [&str; 20] = [
    "cleanup.policy",
    "compression.type",
    "delete.retention.ms",
    "file.delete.delay.ms",
    "flush.messages",
    "flush.ms",
    "index.interval.bytes",
    "max.compaction.lag.ms",
    "max.message.bytes",
    "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms",
    "min.cleanable.dirty.ratio",
    "min.compaction.lag.ms",
    "preallocate",
    "retention.bytes",
    "retention.ms",
    "segment.bytes",
    "segment.index.bytes",
    "segment.jitter.ms",
    "segment.ms",
];

/// Settings of Apache Kafka that are kept back, and why.
const KEPT_BACK: [(&str, &str); 11] = [
    (
        "follower.replication.throttled.replicas",
        "it names replicas of the source's brokers",
    ),
    (
        "leader.replication.throttled.replicas",
        "it names replicas of the source's brokers",
    ),
    (
        "message.timestamp.difference.max.ms",
        "the target would refuse old records",
    ),
    (
        "message.timestamp.type",
        "the target must keep the times of the source's records",
    ),
    (
        "unclean.leader.election.enable",
        "it belongs to how the target's brokers are run",
    ),
    (
        "min.insync.replicas",
        "it belongs to the number of copies on the target",
    ),
    (
        "message.format.version",
        "Kafka 4 does not know it; the target's own format is used",
    ),
    (
        "message.downconversion.enable",
        "Kafka 4 does not know it; it is about clients older than 0.11",
    ),
    (
        "remote.storage.enable",
        "tiered storage must be set up on the target first",
    ),
    (
        "local.retention.ms",
        "tiered storage must be set up on the target first",
    ),
    (
        "local.retention.bytes",
        "tiered storage must be set up on the target first",
    ),
];

/// A setting of the source that the target does not get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    pub setting: String,
    pub value: String,
    pub reason: String,
}

/// Divides what the source says of a topic into what the target gets and what it does not.
pub fn divide(
    source: &BTreeMap<String, String>,
    rules: &TopicRules,
    forbidden: &[String],
) -> (BTreeMap<String, String>, Vec<LeftOut>) {
    let mut portable = BTreeMap::new();
    let mut left_out = Vec::new();
    for (setting, value) in source {
        match why_not(setting, rules, forbidden) {
            None => {
                portable.insert(setting.clone(), value.clone());
            }
            Some(reason) => left_out.push(LeftOut {
                setting: setting.clone(),
                value: value.clone(),
                reason,
            }),
        }
    }
    (portable, left_out)
}

fn why_not(setting: &str, rules: &TopicRules, forbidden: &[String]) -> Option<String> {
    if let Some((_, reason)) = KEPT_BACK.iter().find(|(name, _)| *name == setting) {
        return Some((*reason).to_owned());
    }
    if !PORTABLE.contains(&setting) {
        return Some("it is no setting of Apache Kafka's topics".to_owned());
    }
    if !rules.takes(setting) || forbidden.iter().any(|name| name == setting) {
        return Some("the target does not take it from clients".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn what_belongs_to_the_sources_brokers_stays_there_with_a_reason() {
        let source = of(&[
            ("retention.ms", "1000"),
            ("min.insync.replicas", "2"),
            ("confluent.placement.constraints", "{}"),
        ]);
        let (portable, left_out) = divide(&source, &TopicRules::default(), &[]);
        assert_eq!(portable, of(&[("retention.ms", "1000")]));
        let reasons: Vec<_> = left_out.iter().map(|one| one.reason.as_str()).collect();
        assert_eq!(
            reasons,
            [
                "it is no setting of Apache Kafka's topics",
                "it belongs to the number of copies on the target"
            ]
        );
    }

    #[test]
    fn a_target_that_takes_no_settings_gets_none() {
        let rules = TopicRules {
            settings: Vec::new(),
            ..TopicRules::default()
        };
        let (portable, left_out) = divide(&of(&[("retention.ms", "1000")]), &rules, &[]);
        assert!(portable.is_empty());
        assert_eq!(left_out[0].reason, "the target does not take it from clients");
    }
}
