//! What a target can do, by tier: the block `can` of `target.yaml`.

use serde::{Deserialize, Serialize};

use super::limit::ByTier;

/// What the target can do, by tier; see [`Abilities`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AbilitiesBlock {
    pub transactions: ByTier<bool>,
    pub idempotent_producer: ByTier<bool>,
    pub compaction: ByTier<bool>,
    pub streams: ByTier<bool>,
    pub create_topics: ByTier<bool>,
    pub describe_configs: ByTier<bool>,
    pub acls: ByTier<bool>,
    pub grow_partitions: ByTier<bool>,
    pub compression: ByTier<Vec<String>>,
    /// The topic configs that may be given when a topic is made; `*` for any.
    pub topic_configs: ByTier<Vec<String>>,
}

/// What the target can do, in the tier that was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Abilities {
    pub transactions: bool,
    pub idempotent_producer: bool,
    pub compaction: bool,
    /// Kafka Streams applications.
    pub streams: bool,
    /// Kafka's admin calls that make and delete topics.
    pub create_topics: bool,
    pub describe_configs: bool,
    pub acls: bool,
    pub grow_partitions: bool,
    /// Kafka's `compression.type`s that producers may use.
    pub compression: Vec<String>,
    pub topic_configs: Vec<String>,
}

impl AbilitiesBlock {
    /// The tiers by which an ability differs, in order.
    pub fn tiers(&self) -> Vec<String> {
        let flags = [
            &self.transactions,
            &self.idempotent_producer,
            &self.compaction,
            &self.streams,
            &self.create_topics,
            &self.describe_configs,
            &self.acls,
            &self.grow_partitions,
        ];
        let mut tiers: Vec<String> = flags.into_iter().flat_map(ByTier::tiers).collect();
        tiers.extend(self.compression.tiers());
        tiers.sort_unstable();
        tiers.dedup();
        tiers
    }

    /// The abilities of `tier`; what it does not name it cannot do.
    pub fn of(&self, tier: &str) -> Abilities {
        let yes = |ability: &ByTier<bool>| ability.of(tier).copied().unwrap_or(false);
        Abilities {
            transactions: yes(&self.transactions),
            idempotent_producer: yes(&self.idempotent_producer),
            compaction: yes(&self.compaction),
            streams: yes(&self.streams),
            create_topics: yes(&self.create_topics),
            describe_configs: yes(&self.describe_configs),
            acls: yes(&self.acls),
            grow_partitions: yes(&self.grow_partitions),
            compression: self.compression.of(tier).cloned().unwrap_or_default(),
            topic_configs: self.topic_configs.of(tier).cloned().unwrap_or_default(),
        }
    }
}
