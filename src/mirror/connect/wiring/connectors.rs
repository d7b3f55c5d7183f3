//! The three connectors. Keys and defaults: Kafka's `MirrorSourceConfig`, `MirrorCheckpointConfig`, `MirrorHeartbeatConfig`.

use std::time::Duration;

use super::pattern::Names;
use super::{Connector, Facts, Keys, clients, pattern};
use crate::mirror::connect::preflight::{CHECKPOINT, HEARTBEAT, SOURCE};
use crate::model::connect_topics::OffsetSyncs;

/// Names stay as they are; all three connectors must agree on it.
const POLICY: &str = "org.apache.kafka.connect.mirror.IdentityReplicationPolicy";
/// Keys, values and headers pass as bytes.
const BYTES: &str = "org.apache.kafka.connect.converters.ByteArrayConverter";
/// Checkpoints are few: more tasks would only divide the groups further.
const MOST_CHECKPOINT_TASKS: u32 = 4;
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(5);
/// What `topic-configs` says where every setting of a topic may be changed.
const ANY: &str = "*";

/// What the connectors are made of.
pub struct Parts<'a> {
    pub facts: &'a Facts<'a>,
    /// The sign-in of the source, without a prefix.
    pub source: &'a Keys,
    pub target: &'a Keys,
}

impl Parts<'_> {
    /// Copies the records.
    pub fn source(&self, name: String) -> Connector {
        let facts = self.facts;
        let connect = &facts.mirror.connect;
        let mut keys = self.base(&name, SOURCE, facts.tasks);
        self.topics(&mut keys);
        set(&mut keys, "replication.factor", facts.target_replicas());
        self.offset_syncs(&mut keys);
        set(&mut keys, "offset.lag.max", connect.offset_lag_max);
        set(&mut keys, "refresh.topics.enabled", true);
        set(
            &mut keys,
            "refresh.topics.interval.seconds",
            connect.topic_refresh.as_secs(),
        );
        let can = &facts.abilities.can;
        let any_config = can.topic_configs.iter().any(|config| config == ANY);
        set(&mut keys, "sync.topic.configs.enabled", any_config);
        // It copies only rights to read, and only those of literal topic names: `landfall mirror ENV access` does it whole.
        set(&mut keys, "sync.topic.acls.enabled", false);
        // A heartbeat topic of the source would be made on the target under a new name.
        set(&mut keys, "heartbeats.replication.enabled", can.create_topics);
        clients::reading(&mut keys);
        clients::internal(&mut keys, facts);
        clients::writing_much(&mut keys, facts);
        Connector { name, config: keys }
    }

    /// Translates the positions of groups.
    pub fn checkpoint(&self, name: String) -> Connector {
        let facts = self.facts;
        let connect = &facts.mirror.connect;
        let mut keys = self.base(&name, CHECKPOINT, facts.tasks.min(MOST_CHECKPOINT_TASKS));
        self.topics(&mut keys);
        set(
            &mut keys,
            "groups",
            pattern::included(facts.groups, Names::Groups),
        );
        set(
            &mut keys,
            "groups.exclude",
            pattern::excluded(facts.groups, Names::Groups),
        );
        set(&mut keys, "refresh.groups.enabled", true);
        set(
            &mut keys,
            "refresh.groups.interval.seconds",
            connect.group_refresh.as_secs(),
        );
        set(&mut keys, "emit.checkpoints.enabled", true);
        set(
            &mut keys,
            "emit.checkpoints.interval.seconds",
            connect.checkpoint_interval.as_secs(),
        );
        set(&mut keys, "sync.group.offsets.enabled", true);
        set(
            &mut keys,
            "sync.group.offsets.interval.seconds",
            connect.group_sync_interval.as_secs(),
        );
        set(
            &mut keys,
            "checkpoints.topic.replication.factor",
            facts.target_replicas(),
        );
        self.offset_syncs(&mut keys);
        clients::internal(&mut keys, facts);
        Connector { name, config: keys }
    }

    /// Shows that the way from end to end is open.
    pub fn heartbeat(&self, name: String) -> Connector {
        let facts = self.facts;
        let mut keys = self.base(&name, HEARTBEAT, 1);
        set(&mut keys, "emit.heartbeats.enabled", true);
        set(
            &mut keys,
            "emit.heartbeats.interval.seconds",
            HEARTBEAT_INTERVAL.as_secs(),
        );
        set(
            &mut keys,
            "heartbeats.topic.replication.factor",
            facts.target_replicas(),
        );
        Connector { name, config: keys }
    }

    /// What all three say alike.
    fn base(&self, name: &str, class: &str, tasks: u32) -> Keys {
        let connect = &self.facts.mirror.connect;
        let mut keys = Keys::new();
        set(&mut keys, "name", name);
        set(&mut keys, "connector.class", class);
        set(&mut keys, "tasks.max", tasks);
        set(&mut keys, "source.cluster.alias", &connect.source_alias);
        set(&mut keys, "target.cluster.alias", &connect.target_alias);
        set(&mut keys, "replication.policy.class", POLICY);
        for converter in ["key.converter", "value.converter", "header.converter"] {
            set(&mut keys, converter, BYTES);
        }
        clients::clusters(&mut keys, self.facts, self.source, self.target);
        clients::questions(&mut keys, self.facts);
        clients::writing(&mut keys, self.facts, self.target);
        keys
    }

    fn topics(&self, keys: &mut Keys) {
        set(
            keys,
            "topics",
            pattern::included(self.facts.topics, Names::Topics),
        );
        set(
            keys,
            "topics.exclude",
            pattern::excluded(self.facts.topics, Names::Topics),
        );
    }

    fn offset_syncs(&self, keys: &mut Keys) {
        let at = self.facts.mirror.connect.offset_syncs;
        let replicas = match at {
            OffsetSyncs::Target => self.facts.target_replicas(),
            OffsetSyncs::Source => self.facts.source_replicas(),
        };
        set(keys, "offset-syncs.topic.location", at.as_str());
        set(keys, "offset-syncs.topic.replication.factor", replicas);
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "numbers, words and switches are told alike"
)]
fn set(keys: &mut Keys, key: &str, value: impl ToString) {
    keys.insert(key.to_owned(), value.to_string());
}
