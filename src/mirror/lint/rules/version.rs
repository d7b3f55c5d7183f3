//! The version of Connect against what is asked of it.

use super::rules;
use crate::mirror::lint::facts::{Facts, Version};
use crate::mirror::lint::finding::Finding;
use crate::mirror::lint::keys;
use crate::mirror::lint::model::{Class, Flow, keeps_names};

rules! {
    FLOOR = Error "version-too-old" {
        trap: "Connect before 3.6.2",
        reason: "Before 3.5 offsets of compacted and transactional topics are translated wrongly, 3.5.0 and 3.5.1 deliver far more than needed again, and up to 3.6.1 a group may never reach the end of its topic.",
        fix: "run the mirror on Kafka 3.8 or later; it speaks to older clusters",
        source: "KAFKA-12468; KAFKA-15202; KAFKA-15906"
    }
    OLD = Warning "version-old" {
        trap: "Connect before 3.8",
        reason: "Checkpoints for records that were mirrored before the task started came with 3.7.1 and 3.8: after every restart of a worker groups far behind lose their translation.",
        fix: "run the mirror on Kafka 3.8 or later; it speaks to older clusters",
        source: "KAFKA-15905"
    }
    TOO_NEW = Error "setting-too-new" {
        trap: "a setting that the worker's version does not know",
        reason: "The key is taken and passed over in silence.",
        fix: "run a later version, or do without",
        source: "Apache Kafka, docs/upgrade.html"
    }
}

pub fn check(flow: &Flow, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(version) = facts.version else { return };
    let found = format!("the workers run Kafka {version}");
    if version < Version(3, 6, 2) {
        out.push(FLOOR.at(&flow.head, found));
    } else if version < Version(3, 8, 0) {
        out.push(OLD.at(&flow.head, found));
    }
    for (key, (major, minor, patch)) in keys::SINCE {
        let since = Version(*major, *minor, *patch);
        if let Some(value) = flow.any(key).filter(|_| version < since) {
            out.push(TOO_NEW.at(
                &value.at,
                format!("`{key}` came with Kafka {since}, the workers run {version}"),
            ));
        }
    }
    let key = "replication.policy.class";
    let source = flow.settings(Class::Source);
    let identity = source.filter(|source| {
        keeps_names(source.text(key))
            && source
                .text(key)
                .is_some_and(|class| class.ends_with(".IdentityReplicationPolicy"))
    });
    if let Some(source) = identity.filter(|_| version < Version(3, 0, 0)) {
        out.push(TOO_NEW.at(
            &source.at(key),
            format!("`IdentityReplicationPolicy` came with Kafka 3.0.0, the workers run {version}"),
        ));
    }
}
