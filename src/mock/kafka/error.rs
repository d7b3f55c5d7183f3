//! What the local target refuses of the emulator, as Azure would.

use crate::kafka::KafkaError;

/// An event hub that cannot appear on the local target.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error(
        "the event hub `{hub}` of `{namespace}` exists already in `{owner}`: the local target is one cluster"
    )]
    Taken {
        namespace: String,
        hub: String,
        owner: String,
    },
    #[error(
        "the event hub `{hub}` has {present} partitions and cannot have {wanted}: partitions are never taken away"
    )]
    FewerPartitions { hub: String, present: i32, wanted: i32 },
    #[error("the event hub `{hub}` cannot appear on the local target")]
    Cluster { hub: String, source: KafkaError },
}

impl HubError {
    pub(super) fn taken(namespace: &str, hub: &str, owner: &str) -> Self {
        Self::Taken {
            namespace: namespace.to_owned(),
            hub: hub.to_owned(),
            owner: owner.to_owned(),
        }
    }
}
