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
    pub quotas: ByTier<bool>,
    pub share_groups: ByTier<bool>,
    pub consumer_protocol: ByTier<bool>,
    pub sign_in: ByTier<Vec<String>>,
    pub oldest_client: ByTier<String>,
    pub private_network: ByTier<bool>,
    pub own_key: ByTier<bool>,
    pub second_region: ByTier<bool>,
    /// Abilities that the service calls a preview.
    pub previews: ByTier<Vec<String>>,
    /// Where all this is written.
    pub sources: Vec<String>,
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
    /// Kafka's quotas, or the service's for principals.
    pub quotas: bool,
    /// Groups that share partitions (KIP-932).
    pub share_groups: bool,
    /// The `consumer` group protocol (KIP-848).
    pub consumer_protocol: bool,
    /// SASL mechanisms, `mTLS`, or `none`, as the templates set the target up.
    pub sign_in: Vec<String>,
    /// The oldest Apache Kafka whose clients are taken: `2.1`.
    pub oldest_client: String,
    /// Reached by private addresses alone.
    pub private_network: bool,
    /// Encrypted with a key of the customer's own.
    pub own_key: bool,
    /// Records in a second region, kept by the service itself.
    pub second_region: bool,
    /// Which of these are a preview: `transactions`.
    pub previews: Vec<String>,
    pub sources: Vec<String>,
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
            &self.quotas,
            &self.share_groups,
            &self.consumer_protocol,
            &self.private_network,
            &self.own_key,
            &self.second_region,
        ];
        let mut tiers: Vec<String> = flags.into_iter().flat_map(ByTier::tiers).collect();
        for list in [
            &self.compression,
            &self.topic_configs,
            &self.sign_in,
            &self.previews,
        ] {
            tiers.extend(list.tiers());
        }
        tiers.extend(self.oldest_client.tiers());
        tiers.sort_unstable();
        tiers.dedup();
        tiers
    }

    /// The abilities of `tier`; what it does not name it cannot do.
    pub fn of(&self, tier: &str) -> Abilities {
        let yes = |ability: &ByTier<bool>| ability.of(tier).copied().unwrap_or(false);
        let list = |ability: &ByTier<Vec<String>>| ability.of(tier).cloned().unwrap_or_default();
        Abilities {
            transactions: yes(&self.transactions),
            idempotent_producer: yes(&self.idempotent_producer),
            compaction: yes(&self.compaction),
            streams: yes(&self.streams),
            create_topics: yes(&self.create_topics),
            describe_configs: yes(&self.describe_configs),
            acls: yes(&self.acls),
            grow_partitions: yes(&self.grow_partitions),
            compression: list(&self.compression),
            topic_configs: list(&self.topic_configs),
            quotas: yes(&self.quotas),
            share_groups: yes(&self.share_groups),
            consumer_protocol: yes(&self.consumer_protocol),
            sign_in: list(&self.sign_in),
            oldest_client: self.oldest_client.of(tier).cloned().unwrap_or_default(),
            private_network: yes(&self.private_network),
            own_key: yes(&self.own_key),
            second_region: yes(&self.second_region),
            previews: list(&self.previews),
            sources: self.sources.clone(),
        }
    }
}
