//! How far the mirror is: one [`Position`] for both engines.
//!
//! The embedded engine keeps it as commits of a consumer group on the source. The committed offset is the next source
//! offset to copy; the commit's text, `t=<offset> id=<topic id>`, holds the target offset that comes next when everything
//! before it was copied, and the id of the source's topic, so that a topic that was made anew is noticed even when it has
//! outgrown the position. Gaps (compaction, transaction markers) make the two offsets differ, so both are kept. Kafka
//! forgets the commits of a group without members after `offsets.retention.minutes` (7 days).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::MirrorError;
use crate::kafka::{Cluster, Committed, TopicId, TopicPartition};

/// The next source offset, the next target offset that belongs to it, and the id that the topic had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Position {
    pub source: i64,
    pub target: Option<i64>,
    /// Unknown for Connect, for brokers that give none, and for positions that an older version saved.
    pub topic_id: Option<TopicId>,
}

impl Position {
    /// A position of which only the next source offset is known.
    pub fn at(source: i64) -> Self {
        Self {
            source,
            target: None,
            topic_id: None,
        }
    }

    fn of_commit(committed: &Committed) -> Self {
        let mut position = Self::at(committed.offset);
        for part in committed.metadata.split_whitespace() {
            match part.split_once('=') {
                Some(("t", offset)) => position.target = offset.parse().ok(),
                Some(("id", id)) => position.topic_id = id.parse().ok(),
                _ => {}
            }
        }
        position
    }

    fn to_commit(self) -> Committed {
        let mut metadata = self
            .target
            .map_or_else(String::new, |offset| format!("t={offset}"));
        if let Some(id) = self.topic_id {
            let space = if metadata.is_empty() { "" } else { " " };
            let _ = write!(metadata, "{space}id={id}");
        }
        Committed {
            offset: self.source,
            metadata,
        }
    }
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
    let position = |(place, committed)| (place, Position::of_commit(&committed));
    Ok(committed.into_iter().map(position).collect())
}

/// Saves positions.
///
/// # Errors
///
/// [`MirrorError::PositionNotSaved`].
pub async fn save(source: &Cluster, group: &str, positions: &Positions) -> Result<(), MirrorError> {
    let committed = positions.iter();
    let committed = committed.map(|(place, position)| (place.clone(), position.to_commit()));
    let saved = source.commit_offsets(group, committed.collect()).await;
    saved.map_err(|source| MirrorError::PositionNotSaved {
        group: group.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(text: &str) -> Position {
        Position::of_commit(&Committed {
            offset: 9,
            metadata: text.to_owned(),
        })
    }

    #[test]
    fn a_position_survives_its_commit() {
        let position = Position {
            source: 9,
            target: Some(7),
            topic_id: TopicId::from_bits(1, 2),
        };
        let commit = position.to_commit();
        assert_eq!(commit.metadata, "t=7 id=AAAAAAAAAAEAAAAAAAAAAg");
        assert_eq!(read_back(&commit.metadata), position);
    }

    #[test]
    fn texts_of_older_and_newer_versions_are_read() {
        assert_eq!(read_back("").target, None);
        let old = read_back("t=123");
        assert_eq!((old.target, old.topic_id), (Some(123), None));
        let new = read_back("t=123 id=AAAAAAAAAAEAAAAAAAAAAg later=1");
        assert_eq!((new.target, new.topic_id), (Some(123), TopicId::from_bits(1, 2)));
    }

    #[test]
    fn what_is_unknown_is_not_written() {
        let position = Position {
            source: 9,
            target: Some(7),
            topic_id: None,
        };
        assert_eq!(position.to_commit().metadata, "t=7");
        assert_eq!(Position::at(9).to_commit().metadata, "");
    }
}
