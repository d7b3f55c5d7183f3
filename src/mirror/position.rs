//! How far the mirror is, as commits of a consumer group on the source.
//!
//! The committed offset is the next source offset to copy; the commit's text, `t=<offset>`, is the target offset that
//! comes next when everything before it was copied. Gaps (compaction, transaction markers) make the two differ, so both
//! are kept. Kafka forgets the commits of a group without members after `offsets.retention.minutes` (7 days).

use std::collections::BTreeMap;

use serde::Serialize;

use super::MirrorError;
use crate::kafka::{Cluster, Committed, TopicPartition};

/// The next source offset, and the next target offset that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Position {
    pub source: i64,
    pub target: Option<i64>,
}

/// Positions by partition.
pub type Positions = BTreeMap<TopicPartition, Position>;

/// Reads the position of each partition that has one.
///
/// # Errors
///
/// [`MirrorError::Source`].
pub async fn read(
    source: &Cluster,
    group: &str,
    partitions: &[TopicPartition],
) -> Result<Positions, MirrorError> {
    let committed = source.group_offsets(group, partitions).await;
    let committed = committed.map_err(|source| MirrorError::Source { source })?;
    let position = |(place, committed): (TopicPartition, Committed)| {
        let target = committed
            .metadata
            .strip_prefix("t=")
            .and_then(|text| text.parse().ok());
        let source = committed.offset;
        (place, Position { source, target })
    };
    Ok(committed.into_iter().map(position).collect())
}

/// Saves positions.
///
/// # Errors
///
/// [`MirrorError::PositionNotSaved`].
pub async fn save(source: &Cluster, group: &str, positions: &Positions) -> Result<(), MirrorError> {
    let committed = |(place, position): (&TopicPartition, &Position)| {
        let value = Committed {
            offset: position.source,
            metadata: position
                .target
                .map(|offset| format!("t={offset}"))
                .unwrap_or_default(),
        };
        (place.clone(), value)
    };
    let committed = positions.iter().map(committed).collect();
    let saved = source.commit_offsets(group, committed).await;
    saved.map_err(|source| MirrorError::PositionNotSaved {
        group: group.to_owned(),
        source,
    })
}
