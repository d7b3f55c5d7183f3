//! What MirrorMaker 2 has translated: the last checkpoint of each group and partition.

use std::collections::BTreeMap;

use serde::Serialize;

use super::internal;
use super::wire::decode_checkpoint;
use crate::kafka::{Cluster, TopicPartition};
use crate::mirror::MirrorError;

/// A group stood at `upstream` on the source; it may go on at `downstream` of the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checkpoint {
    pub group: String,
    pub topic: String,
    pub partition: i32,
    pub upstream: i64,
    pub downstream: i64,
}

/// The last checkpoints by group and partition.
pub type Checkpoints = BTreeMap<(String, TopicPartition), Checkpoint>;

/// Reads the last checkpoints; `None` when the target has no such topic.
pub async fn read(target: &Cluster, topic: &str) -> Result<Option<Checkpoints>, MirrorError> {
    let at_target = |source| MirrorError::Target { source };
    let Some(marks) = internal::marks(target, topic).await.map_err(at_target)? else {
        return Ok(None);
    };
    let (target, topic) = (target.clone(), topic.to_owned());
    let reading = tokio::task::spawn_blocking(move || {
        let mut last = Checkpoints::new();
        internal::read(&target, &topic, marks, |key, value| {
            if let Some(checkpoint) = decode_checkpoint(key, value) {
                let place = TopicPartition::new(&checkpoint.topic, checkpoint.partition);
                last.insert((checkpoint.group.clone(), place), checkpoint);
            }
        })?;
        Ok(last)
    });
    let read = reading.await.map_err(|_| MirrorError::EngineEnded)?;
    read.map(Some).map_err(at_target)
}
