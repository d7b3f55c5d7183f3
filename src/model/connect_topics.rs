//! The topics that Kafka Connect and MirrorMaker 2 keep for themselves, by the names that the aliases give them.
//!
//! All are compacted: one that forgets by time forgets the position, and MirrorMaker 2 copies everything again. A target
//! on which no client may make topics needs them declared beforehand; elsewhere Connect and MirrorMaker 2 make them.
//! Names: Apache Kafka, `DefaultReplicationPolicy` (inherited by `IdentityReplicationPolicy`) and `MirrorMakerConfig`.

use serde::Serialize;

/// Where the topic lies that maps source offsets to target offsets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OffsetSyncs {
    /// Nothing but reads happens on the source.
    #[default]
    Target,
    /// MirrorMaker 2 makes the topic on the source and writes to it.
    Source,
}

impl OffsetSyncs {
    /// The value of `offset-syncs.topic.location`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Source => "source",
        }
    }
}

/// One compacted topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InternalTopic {
    pub name: String,
    pub partitions: u32,
}

/// The names of all internal topics of one flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectTopics {
    /// `config.storage.topic`
    pub configs: InternalTopic,
    /// `offset.storage.topic`: the position of the mirror.
    pub offsets: InternalTopic,
    /// `status.storage.topic`
    pub status: InternalTopic,
    /// Source offsets of groups with the target offsets that belong to them.
    pub checkpoints: InternalTopic,
    pub heartbeats: InternalTopic,
    /// Which target offset belongs to which source offset, now and then.
    pub offset_syncs: InternalTopic,
    offset_syncs_at: OffsetSyncs,
}

impl ConnectTopics {
    /// The topics of a flow between two aliases.
    pub fn of(source_alias: &str, target_alias: &str, offset_syncs: OffsetSyncs) -> Self {
        let topic = |name: String, partitions| InternalTopic { name, partitions };
        // The topic carries the alias of the other cluster.
        let other = match offset_syncs {
            OffsetSyncs::Target => source_alias,
            OffsetSyncs::Source => target_alias,
        };
        Self {
            // Connect refuses to start when this one has more than one partition.
            configs: topic(format!("mm2-configs.{source_alias}.internal"), 1),
            offsets: topic(format!("mm2-offsets.{source_alias}.internal"), 5),
            status: topic(format!("mm2-status.{source_alias}.internal"), 5),
            checkpoints: topic(format!("{source_alias}.checkpoints.internal"), 1),
            heartbeats: topic("heartbeats".to_owned(), 1),
            offset_syncs: topic(format!("mm2-offset-syncs.{other}.internal"), 1),
            offset_syncs_at: offset_syncs,
        }
    }

    /// What must be on the target, where Connect keeps its own topics too.
    pub fn on_target(&self) -> Vec<&InternalTopic> {
        let always = [
            &self.configs,
            &self.offsets,
            &self.status,
            &self.checkpoints,
            &self.heartbeats,
        ];
        let syncs = (self.offset_syncs_at == OffsetSyncs::Target).then_some(&self.offset_syncs);
        always.into_iter().chain(syncs).collect()
    }

    /// The `group.id` of the workers.
    pub fn worker_group(source_alias: &str) -> String {
        format!("{source_alias}-mm2")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_syncs_carry_the_alias_of_the_other_cluster() {
        let on_target = ConnectTopics::of("old", "new", OffsetSyncs::Target);
        assert_eq!(on_target.offset_syncs.name, "mm2-offset-syncs.old.internal");
        assert_eq!(on_target.on_target().len(), 6);
        let on_source = ConnectTopics::of("old", "new", OffsetSyncs::Source);
        assert_eq!(on_source.offset_syncs.name, "mm2-offset-syncs.new.internal");
        let names: Vec<_> = on_source
            .on_target()
            .into_iter()
            .map(|topic| topic.name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "mm2-configs.old.internal",
                "mm2-offsets.old.internal",
                "mm2-status.old.internal",
                "old.checkpoints.internal",
                "heartbeats",
            ]
        );
    }

    #[test]
    fn every_name_is_one_that_kafka_and_azure_take() {
        let topics = ConnectTopics::of("old", "new", OffsetSyncs::Target);
        for topic in topics.on_target() {
            assert!(
                crate::model::name::TopicName::parse(&topic.name).is_ok(),
                "{}",
                topic.name
            );
        }
    }
}
