//! Topics and groups: which are meant, and what the target's topics look like.

use std::collections::BTreeMap;

use super::Checker;
use crate::config::environment::{Topic, Topics};
use crate::config::layer::{GroupsLayer, TopicLayer, TopicsLayer};
use crate::config::path;
use crate::model::name::TopicName;
use crate::model::selection::Selection;

/// Topics that belong to a cluster and its tools, not to its users: Kafka itself, Confluent's tools, Connect, MirrorMaker 2.
const INTERNAL_TOPICS: [&str; 9] = [
    "__*",
    "_confluent*",
    "connect-configs",
    "connect-offsets",
    "connect-status",
    "heartbeats",
    "*.heartbeats",
    "mm2-*.internal",
    "*.checkpoints.internal",
];

/// Groups of tools: MirrorMaker 2's own default, and this program's mirrors.
const INTERNAL_GROUPS: [&str; 4] = ["console-consumer-*", "connect-*", "__*", "landfall-*"];

/// Completes `topics`.
pub fn complete(layer: TopicsLayer, checker: &mut Checker<'_>) -> Topics {
    let mut overrides = BTreeMap::new();
    for (name, topic) in layer.overrides.unwrap_or_default() {
        let at = path::join("topics.overrides", &name);
        let topic = checked(&topic, &at, checker);
        let name = checker.parsed(&at, TopicName::parse(&name));
        overrides.extend(name.map(|name| (name, topic)));
    }
    Topics {
        selection: selection(layer.include, layer.exclude, &INTERNAL_TOPICS),
        overrides,
    }
}

fn checked(layer: &TopicLayer, at: &str, checker: &mut Checker<'_>) -> Topic {
    let counts = [
        ("partitions", layer.partitions.map(u64::from)),
        ("retention-hours", layer.retention_hours),
    ];
    for (key, count) in counts {
        checker.check(&format!("{at}.{key}"), count != Some(0), || {
            "is 0; it must be at least 1".to_owned()
        });
    }
    Topic {
        partitions: layer.partitions,
        retention_hours: layer.retention_hours,
        cleanup_policy: layer.cleanup_policy,
    }
}

/// Completes `groups`.
pub fn groups(layer: GroupsLayer) -> Selection {
    selection(layer.include, layer.exclude, &INTERNAL_GROUPS)
}

/// Everything when nothing is included by name; internal names stay out unless an inclusion names them.
fn selection(include: Option<Vec<String>>, exclude: Option<Vec<String>>, internal: &[&str]) -> Selection {
    let include = include.unwrap_or_else(|| vec!["*".to_owned()]);
    let mut exclude = exclude.unwrap_or_default();
    for pattern in internal {
        let matcher = wildmatch::WildMatch::new(pattern);
        let named = include.iter().any(|name| matcher.matches(name));
        if !named && !exclude.iter().any(|given| given == pattern) {
            exclude.push((*pattern).to_owned());
        }
    }
    Selection { include, exclude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_topics_stay_out_unless_they_are_named() {
        let all = selection(None, Some(vec!["*.tmp".into()]), &INTERNAL_TOPICS);
        assert!(all.takes("orders"));
        assert!(!all.takes("orders.tmp"));
        assert!(!all.takes("__consumer_offsets"));
        assert!(!all.takes("eu.checkpoints.internal"));
        let named = selection(
            Some(vec!["*".into(), "heartbeats".into()]),
            None,
            &INTERNAL_TOPICS,
        );
        assert!(named.takes("heartbeats"));
        assert!(!named.takes("__consumer_offsets"));
    }
}
