//! What may be done to the topics of a target, and what an environment declares of them.

use std::collections::BTreeMap;

use crate::config::{CleanupPolicy, Topic};

/// What may be done to topics of the target beside making them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicRules {
    /// Whether partitions can be added.
    pub grow: bool,
    /// The settings that the target takes; `*` for any.
    pub settings: Vec<String>,
    /// Whether a deployment makes the topics from what the environment declares.
    pub made_by_deployment: bool,
    /// Topics that the environment declares, by name: what they say wins over the source.
    pub declared: BTreeMap<String, Declared>,
}

impl Default for TopicRules {
    /// A target of Apache Kafka's own kind, of which nothing is declared.
    fn default() -> Self {
        Self {
            grow: true,
            settings: vec!["*".to_owned()],
            made_by_deployment: false,
            declared: BTreeMap::new(),
        }
    }
}

impl TopicRules {
    /// Whether the target takes the setting at all.
    pub fn takes(&self, setting: &str) -> bool {
        self.settings.iter().any(|name| name == "*" || name == setting)
    }
}

/// What an environment declares of one topic, in Kafka's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    pub partitions: Option<i32>,
    pub settings: BTreeMap<String, String>,
}

impl From<&Topic> for Declared {
    fn from(topic: &Topic) -> Self {
        let mut settings = BTreeMap::new();
        if let Some(hours) = topic.retention_hours {
            let milliseconds = hours.saturating_mul(3_600_000);
            settings.insert("retention.ms".to_owned(), milliseconds.to_string());
        }
        if let Some(policy) = topic.cleanup_policy {
            let policy = match policy {
                CleanupPolicy::Delete => "delete",
                CleanupPolicy::Compact => "compact",
                CleanupPolicy::CompactAndDelete => "compact,delete",
            };
            settings.insert("cleanup.policy".to_owned(), policy.to_owned());
        }
        Self {
            partitions: topic.partitions.and_then(|count| count.try_into().ok()),
            settings,
        }
    }
}
