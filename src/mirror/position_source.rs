//! Who knows how far the mirror is: the engines differ in this alone, everything behind it is the same.

use super::connect::{self, ConnectError, Worker};
use super::position::{self, Positions};
use super::{Flow, MirrorError};
use crate::kafka::TopicPartition;

/// Where the position is kept.
#[derive(Clone, Copy, Debug)]
pub enum PositionSource<'a> {
    /// As the commits of the flow's group on the source, by the embedded engine.
    Group,
    /// By Kafka Connect, as the offsets of MirrorMaker 2's source connector.
    Connect {
        worker: &'a Worker,
        connector: &'a str,
        /// The alias of the source.
        alias: &'a str,
    },
}

impl PositionSource<'_> {
    /// The position of each of `places` that has one.
    ///
    /// # Errors
    ///
    /// [`MirrorError::Source`] and [`MirrorError::Connect`].
    pub async fn positions(&self, flow: &Flow, places: &[TopicPartition]) -> Result<Positions, MirrorError> {
        match self {
            Self::Group => position::read(&flow.source, &flow.group, places).await,
            Self::Connect {
                worker,
                connector,
                alias,
            } => {
                let unknown = |source: ConnectError| MirrorError::Connect {
                    source: Box::new(source),
                };
                let mut positions = connect::positions(worker, connector, alias, &flow.topics)
                    .await
                    .map_err(unknown)?;
                // An entry outlives the partition that it is about.
                let there: std::collections::BTreeSet<_> = places.iter().collect();
                positions.retain(|place, _| there.contains(place));
                Ok(positions)
            }
        }
    }

    /// The consumer group, where one holds the position.
    pub fn group<'f>(&self, flow: &'f Flow) -> Option<&'f str> {
        matches!(self, Self::Group).then_some(&flow.group)
    }
}
