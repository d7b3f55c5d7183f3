//! The position of MirrorMaker 2, as Connect keeps it: for each partition the offset of the last record that was copied.

use super::{ConnectError, SourceOffset, Worker};
use crate::kafka::TopicPartition;
use crate::mirror::Position;
use crate::mirror::position::Positions;
use crate::model::selection::Selection;

/// Reads the position of each partition that has one.
///
/// It is saved every flush interval, so it may be that much older than what was copied. Entries of another alias, of
/// topics that are not selected, and those that were reset are passed over: they outlive the connector that wrote them.
///
/// # Errors
///
/// [`ConnectError`]; [`ConnectError::NotStarted`] when there is no such connector.
pub async fn positions(
    worker: &Worker,
    connector: &str,
    alias: &str,
    topics: &Selection,
) -> Result<Positions, ConnectError> {
    let answer = match worker.offsets(connector).await {
        // A worker that has just begun does not know yet what it runs.
        Err(ConnectError::NotFound { .. }) => {
            worker.ready().await?;
            worker.offsets(connector).await
        }
        answer => answer,
    };
    match answer {
        Ok(offsets) => Ok(of_offsets(&offsets, alias, topics)),
        Err(ConnectError::NotFound { .. }) => Err(ConnectError::NotStarted {
            missing: vec![connector.to_owned()],
        }),
        Err(error) => Err(error),
    }
}

fn of_offsets(offsets: &[SourceOffset], alias: &str, topics: &Selection) -> Positions {
    let ours = |offset: &&SourceOffset| offset.cluster == alias && topics.takes(&offset.topic);
    let position = |offset: &SourceOffset| {
        // A negative offset is one that somebody wrote by hand to begin anew.
        let last = offset.offset.filter(|last| *last >= 0)?;
        let place = TopicPartition::new(&offset.topic, offset.partition);
        Some((place, Position::at(last.saturating_add(1))))
    };
    offsets.iter().filter(ours).filter_map(position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(cluster: &str, topic: &str, partition: i32, offset: Option<i64>) -> SourceOffset {
        SourceOffset {
            cluster: cluster.to_owned(),
            topic: topic.to_owned(),
            partition,
            offset,
        }
    }

    #[test]
    fn the_position_is_behind_the_last_copied_record() {
        let entries = [
            entry("source", "orders", 0, Some(41)),
            entry("source", "orders", 1, Some(0)),
            entry("source", "orders", 2, None),
            entry("source", "orders", 3, Some(-1)),
            entry("old", "orders", 4, Some(7)),
            entry("source", "gone", 0, Some(7)),
        ];
        let positions = of_offsets(&entries, "source", &Selection::of("orders*"));
        let told: Vec<_> = positions
            .iter()
            .map(|(place, at)| (place.partition, at.source))
            .collect();
        assert_eq!(told, [(0, 42), (1, 1)]);
    }
}
