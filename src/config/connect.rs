//! `mirror.connect`: where the Kafka Connect workers answer and how MirrorMaker 2 copies.

use std::time::Duration;

use camino::Utf8PathBuf;
use serde::Serialize;

use super::environment::as_seconds;
use super::section::section;
use super::unit::Time;
use crate::model::connect_topics::{ConnectTopics, OffsetSyncs};
use crate::model::secret::SecretReference;

/// MirrorMaker 2 on Kafka Connect, with every default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Connect {
    /// The REST address of a worker, or the near end of a tunnel to it; from the deployment when absent.
    pub url: Option<String>,
    pub username: Option<String>,
    pub password: Option<SecretReference>,
    /// The authorities to trust instead of the system's.
    pub ca_file: Option<Utf8PathBuf>,
    /// Part of the position's key and of topic names: never changes once the mirror has started.
    pub source_alias: String,
    pub target_alias: String,
    pub offset_syncs: OffsetSyncs,
    #[serde(serialize_with = "as_seconds")]
    pub flush_interval: Duration,
    #[serde(serialize_with = "as_seconds")]
    pub checkpoint_interval: Duration,
    #[serde(serialize_with = "as_seconds")]
    pub group_sync_interval: Duration,
    #[serde(serialize_with = "as_seconds")]
    pub topic_refresh: Duration,
    #[serde(serialize_with = "as_seconds")]
    pub group_refresh: Duration,
    pub offset_lag_max: u64,
    /// On the workers, not here.
    pub secrets_file: String,
}

impl Connect {
    /// The topics that Connect and MirrorMaker 2 keep for themselves.
    pub fn topics(&self) -> ConnectTopics {
        ConnectTopics::of(&self.source_alias, &self.target_alias, self.offset_syncs)
    }
}

section! {
    /// MirrorMaker 2 on Kafka Connect.
    ConnectLayer {
        /// The REST address of a worker, as `https://10.0.0.4:8083`, or the near end of a tunnel to it; what was
        /// deployed answers when absent.
        url: String,
        /// The user of the REST interface, where it asks for one.
        username: String,
        /// The password of that user: where it is kept.
        password: SecretReference,
        /// A PEM file with the certificate authorities to trust for `url`, relative to the environment's folder.
        ca_file: String,
        /// What MirrorMaker 2 calls the source; `source` when absent. It cannot change once the mirror has started.
        source_alias: String,
        /// What MirrorMaker 2 calls the target; `target` when absent. It cannot change once the mirror has started.
        target_alias: String,
        /// Where the topic with offset pairs lies: `target` (the default; the source is only read) or `source`.
        offset_syncs: OffsetSyncs,
        /// How often the position is saved; 10s when absent.
        flush_interval: Time,
        /// How often positions of groups are translated; 10s when absent.
        checkpoint_interval: Time,
        /// How often translated positions are written to the target's groups; 10s when absent.
        group_sync_interval: Time,
        /// How often new topics and partitions are looked for; 60s when absent.
        topic_refresh: Time,
        /// How often new groups are looked for; 60s when absent.
        group_refresh: Time,
        /// How many records may pass before the next offset pair is written; 100 when absent.
        offset_lag_max: u64,
        /// The file on the workers from which they read secrets; `/etc/landfall/secrets.properties` when absent.
        secrets_file: String,
    }
}
