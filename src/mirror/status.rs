//! How far a mirror is, asked of the source alone and so from anywhere.

use std::fmt;

use serde::Serialize;

use super::{Flow, MirrorError, position};
use crate::kafka::{Topic, TopicPartition};
use crate::model::units::Lag;

/// How far every partition of a flow is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    pub flow: String,
    pub group: String,
    /// The sum over all partitions.
    pub lag: Lag,
    pub partitions: Vec<PartitionStatus>,
}

/// How far one partition is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartitionStatus {
    pub topic: String,
    pub partition: i32,
    /// The next source offset to copy; `None` when nothing was ever copied.
    pub position: Option<i64>,
    /// The target offset that belongs to the position.
    pub target_position: Option<i64>,
    pub start: i64,
    pub end: i64,
    pub lag: Lag,
    pub state: PartitionState,
}

/// What a position means beside the partition as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartitionState {
    NotStarted,
    Behind,
    CaughtUp,
    /// The source has deleted records that were not copied.
    PossiblyLost,
    /// The source ends before the position: the topic was made anew.
    Reset,
}

impl fmt::Display for PartitionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotStarted => "not started",
            Self::Behind => "behind",
            Self::CaughtUp => "caught up",
            Self::PossiblyLost => "possibly lost",
            Self::Reset => "reset",
        })
    }
}

/// Reads how far `flow` is.
///
/// # Errors
///
/// [`MirrorError::Source`] and [`MirrorError::NoTopics`].
pub async fn status(flow: &Flow) -> Result<Status, MirrorError> {
    let unusable = |source| MirrorError::Source { source };
    let topics = flow
        .source
        .selected_topics(&flow.topics)
        .await
        .map_err(unusable)?;
    if topics.is_empty() {
        return Err(MirrorError::NoTopics {
            bootstrap: flow.source.bootstrap().to_owned(),
        });
    }
    let places: Vec<_> = topics.iter().flat_map(Topic::each_partition).collect();
    let watermarks = flow.source.watermarks(&places).await.map_err(unusable)?;
    let positions = position::read(&flow.source, &flow.group, &places).await?;
    let partition = |place: TopicPartition| {
        let marks = *watermarks.get(&place)?;
        let position = positions.get(&place);
        let (state, behind) = judge(position.map(|position| position.source), marks.start, marks.end);
        Some(PartitionStatus {
            position: position.map(|position| position.source),
            target_position: position.and_then(|position| position.target),
            start: marks.start,
            end: marks.end,
            lag: Lag(behind),
            state,
            topic: place.topic,
            partition: place.partition,
        })
    };
    let partitions: Vec<_> = places.into_iter().filter_map(partition).collect();
    Ok(Status {
        flow: flow.name.clone(),
        group: flow.group.clone(),
        lag: Lag(partitions.iter().map(|partition| partition.lag.0).sum()),
        partitions,
    })
}

fn judge(position: Option<i64>, start: i64, end: i64) -> (PartitionState, u64) {
    let behind = |from: i64| u64::try_from(end - from).unwrap_or(0);
    match position {
        None if start == end => (PartitionState::CaughtUp, 0),
        None => (PartitionState::NotStarted, behind(start)),
        Some(position) if start > position => (PartitionState::PossiblyLost, behind(start)),
        Some(position) if end < position => (PartitionState::Reset, behind(start)),
        Some(position) if end == position => (PartitionState::CaughtUp, 0),
        Some(position) => (PartitionState::Behind, behind(position)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_judged_beside_the_partition() {
        assert_eq!(judge(None, 5, 5), (PartitionState::CaughtUp, 0));
        assert_eq!(judge(None, 5, 9), (PartitionState::NotStarted, 4));
        assert_eq!(judge(Some(7), 5, 9), (PartitionState::Behind, 2));
        assert_eq!(judge(Some(9), 5, 9), (PartitionState::CaughtUp, 0));
        assert_eq!(judge(Some(4), 5, 9), (PartitionState::PossiblyLost, 4));
        assert_eq!(judge(Some(12), 0, 9), (PartitionState::Reset, 9));
    }
}
