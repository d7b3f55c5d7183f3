//! Looks at a mirror through its source cluster.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::memory::{Memory, Remembered};
use super::partition::Seen;
use super::rate::Pace;
use super::size::SAMPLE;
use super::status::Status;
use super::tracker::{Look, Tracker};
use crate::kafka::{KafkaError, Topic, TopicId, TopicPartition};
use crate::mirror::position::Positions;
use crate::mirror::{Flow, MirrorError, PositionSource};

/// The interval of a single look, which waits for no second one.
pub const ONE_LOOK: Duration = Duration::from_secs(1);

/// A mirror that is watched.
pub struct Watch<'a> {
    flow: &'a Flow,
    group: Option<&'a str>,
    tracker: Tracker,
    memory: Option<Memory>,
    began: Instant,
}

/// Looks once at `flow` as the embedded engine copies it, without a memory.
///
/// # Errors
///
/// As [`Watch::look`].
pub async fn status(flow: &Flow) -> Result<Status, MirrorError> {
    status_at(flow, &PositionSource::Group).await
}

/// Looks once at `flow`, whose position `source` keeps, without a memory.
///
/// # Errors
///
/// As [`Watch::look_at`].
pub async fn status_at(flow: &Flow, source: &PositionSource<'_>) -> Result<Status, MirrorError> {
    let pace = Pace::of(ONE_LOOK, flow.commit_interval);
    Watch::new(flow, source.group(flow), pace, None)
        .look_at(source)
        .await
}

impl<'a> Watch<'a> {
    /// Watches `flow`, whose engine keeps its position in `group` or somewhere else, with what `memory` holds.
    pub fn new(flow: &'a Flow, group: Option<&'a str>, pace: Pace, memory: Option<Memory>) -> Self {
        let remembered = memory
            .as_ref()
            .map_or_else(Remembered::default, Memory::remembered);
        Self {
            flow,
            group,
            tracker: Tracker::new(pace, remembered),
            memory,
            began: Instant::now(),
        }
    }

    /// Looks at the embedded engine's position.
    ///
    /// # Errors
    ///
    /// As [`Watch::look`].
    pub async fn look_at_group(&mut self) -> Result<Status, MirrorError> {
        self.look_at(&PositionSource::Group).await
    }

    /// Looks at the position that `source` keeps.
    ///
    /// # Errors
    ///
    /// As [`Watch::look`]; [`MirrorError::Connect`].
    pub async fn look_at(&mut self, source: &PositionSource<'_>) -> Result<Status, MirrorError> {
        let flow = self.flow;
        self.look(async |places| source.positions(flow, places).await)
            .await
    }

    /// Looks; `positions` is asked between the starts and the ends of the source.
    ///
    /// # Errors
    ///
    /// [`MirrorError::Source`], [`MirrorError::NoTopics`] at the first look, [`MirrorError::Memory`], and what
    /// `positions` fails with.
    pub async fn look(
        &mut self,
        positions: impl AsyncFn(&[TopicPartition]) -> Result<Positions, MirrorError>,
    ) -> Result<Status, MirrorError> {
        let look = match self.see(&positions).await {
            // A topic that went between two questions is no longer listed now.
            Err(MirrorError::Source {
                source: KafkaError::UnknownTopic { .. },
            }) => self.see(&positions).await,
            look => look,
        }?;
        self.tracker.look(look);
        self.look_closer().await;
        if let Some(memory) = &mut self.memory {
            let kept = memory.keep(&self.tracker.to_remember());
            kept.map_err(|source| MirrorError::Memory { source })?;
        }
        Ok(self.tracker.status(&self.flow.name, self.group))
    }

    /// Takes what the last look saw as right from now on.
    ///
    /// # Errors
    ///
    /// [`MirrorError::Memory`].
    pub fn acknowledge(&mut self) -> Result<Status, MirrorError> {
        self.tracker.acknowledge();
        if let Some(memory) = &mut self.memory {
            let kept = memory.acknowledge();
            let kept = kept.and_then(|()| memory.keep(&self.tracker.to_remember()));
            kept.map_err(|source| MirrorError::Memory { source })?;
        }
        Ok(self.tracker.status(&self.flow.name, self.group))
    }

    async fn see(
        &self,
        positions: &impl AsyncFn(&[TopicPartition]) -> Result<Positions, MirrorError>,
    ) -> Result<Look, MirrorError> {
        let source = &self.flow.source;
        let unusable = |source| MirrorError::Source { source };
        let topics = source
            .selected_topics(&self.flow.topics)
            .await
            .map_err(unusable)?;
        if topics.is_empty() && self.tracker.is_empty() {
            let bootstrap = source.bootstrap().to_owned();
            return Err(MirrorError::NoTopics { bootstrap });
        }
        let places: Vec<_> = topics.iter().flat_map(Topic::each_partition).collect();
        let ids = self.ids(&topics).await?;
        let starts = source.starts(&places).await.map_err(unusable)?;
        let positions = positions(&places).await?;
        let ends = source.ends(&places).await.map_err(unusable)?;
        let ahead: Vec<_> = places
            .iter()
            .filter(|place| {
                let position = positions.get(place).map(|position| position.source);
                position > ends.get(place).copied()
            })
            .cloned()
            .collect();
        let log_ends = source.log_ends(&ahead).await.map_err(unusable)?;
        let seen = |place: TopicPartition| {
            let end = *ends.get(&place)?;
            let seen = Seen {
                position: positions.get(&place).copied(),
                start: *starts.get(&place)?,
                end,
                log_end: log_ends.get(&place).copied().unwrap_or(end).max(end),
            };
            Some((place, seen))
        };
        Ok(Look {
            at: self.began.elapsed(),
            partitions: places.into_iter().filter_map(seen).collect(),
            topics,
            ids,
        })
    }

    async fn ids(&self, topics: &[Topic]) -> Result<BTreeMap<String, TopicId>, MirrorError> {
        let names: Vec<_> = topics.iter().map(|topic| topic.name.clone()).collect();
        let ids = self.flow.source.topic_ids(&names).await;
        ids.map_err(|source| MirrorError::Source { source })
    }

    /// Looks into partitions where offsets do not tell. What cannot be read now is looked into next time.
    async fn look_closer(&mut self) {
        let doubts = self.tracker.doubts();
        if let Ok(scans) = self.flow.source.scan(doubts.clone(), 1).await {
            for (doubt, scan) in doubts.iter().zip(scans) {
                self.tracker.found(doubt, scan.unwrap_or_default());
            }
        }
        let samples = self.tracker.sizes_wanted();
        if let Ok(scans) = self.flow.source.scan(samples.clone(), SAMPLE).await {
            for (sample, scan) in samples.iter().zip(scans) {
                self.tracker.measured(sample, scan);
            }
        }
    }
}
