//! One partition and its memory: where it was, since when it rests, what was lost.

use std::collections::BTreeMap;
use std::time::Duration;

use super::alarm::{AlarmKind, Alarms};
use super::rate::{Pace, Window};
use super::size::Average;
use super::status::{PartitionState, PartitionStatus, Speed};
use crate::kafka::{Scan, Stretch, TopicPartition};
use crate::mirror::Position;
use crate::model::units::Lag;

/// So few offsets may be nothing but markers; more are not looked into.
const FEW: i64 = 10_000;

/// So many looks without a movement make a rest.
const REST_LOOKS: u32 = 3;

/// A partition at one moment. The start was read before the position, and the position before the ends: a mirror that
/// moves meanwhile can neither seem to have lost records nor to be ahead of the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub position: Option<Position>,
    pub start: i64,
    /// Behind the last record that no open transaction holds back.
    pub end: i64,
    /// Behind the last record of all: an engine that reads uncommitted records may be there.
    pub log_end: i64,
}

/// What is remembered of a partition.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    seen: Seen,
    window: Window,
    looks: u32,
    /// Looks since the position moved or nothing waited, and when that was.
    resting: u32,
    rests_since: Duration,
    /// From the position up to here there is no record.
    clean_to: i64,
    /// The end up to which a record was found behind the position, so that it need not be looked for again.
    records_at: Option<i64>,
    /// Spans that the source deleted before they were copied, by where they begin.
    losses: BTreeMap<i64, i64>,
    rewound: bool,
}

impl Track {
    /// A partition of which an earlier process knows that these spans were lost.
    pub fn with_losses(losses: BTreeMap<i64, i64>) -> Self {
        Self {
            losses,
            ..Self::default()
        }
    }

    pub fn look(&mut self, seen: Seen, at: Duration, pace: Pace) {
        let before = std::mem::replace(&mut self.seen, seen);
        let moved = before.position.map(|position| position.source) != seen.position.map(|now| now.source);
        if moved || self.looks == 0 {
            self.moved(before, at);
        } else {
            self.resting += 1;
        }
        if let Some(position) = seen.position {
            self.window.add(at, position.source, seen.end, pace);
            if seen.start > position.source && !self.is_reset(false) {
                self.losses.insert(position.source, seen.start);
            }
        }
        if self.lag() == 0 {
            (self.resting, self.rests_since) = (0, at);
        }
        self.looks += 1;
    }

    fn moved(&mut self, before: Seen, at: Duration) {
        (self.resting, self.rests_since) = (0, at);
        self.clean_to = 0;
        self.records_at = None;
        if let (Some(then), Some(now)) = (before.position, self.seen.position)
            && now.source < then.source
        {
            self.window.forget();
            // A position of another topic of the same name began anew on purpose.
            self.rewound |= then.topic_id == now.topic_id;
        }
    }

    /// Whether the position cannot belong to the partition as it is.
    fn is_reset(&self, recreated: bool) -> bool {
        let position = self.seen.position.map(|position| position.source);
        recreated || position.is_some_and(|position| position > self.seen.log_end)
    }

    /// Where copying goes on.
    fn next(&self) -> i64 {
        self.seen
            .position
            .map_or(self.seen.start, |position| position.source.max(self.seen.start))
    }

    /// Offsets that wait, without those that are known to hold no record.
    fn lag(&self) -> u64 {
        let next = if self.is_reset(false) {
            self.seen.start
        } else {
            self.next()
        };
        if self.clean_to >= self.seen.end {
            return 0;
        }
        u64::try_from(self.seen.end - next).unwrap_or(0)
    }

    pub fn state(&self, recreated: bool, at: Duration, pace: Pace) -> PartitionState {
        let Seen { position, start, .. } = self.seen;
        let rests = self.resting >= REST_LOOKS && at.saturating_sub(self.rests_since) >= pace.patience;
        if self.is_reset(recreated) {
            PartitionState::Reset
        } else if position.is_some_and(|position| start > position.source) {
            PartitionState::PossiblyLost
        } else if self.lag() == 0 {
            PartitionState::CaughtUp
        } else if position.is_none() {
            PartitionState::NotStarted
        } else if rests {
            PartitionState::Stalled
        } else {
            PartitionState::Behind
        }
    }

    /// What must be looked into: few offsets wait, and the position has not moved since the last look. The first look
    /// has none before it, and may be the only one.
    pub fn doubt(&self, place: &TopicPartition) -> Option<Stretch> {
        let from = self.next().max(self.clean_to);
        let few = self.seen.end > from && self.seen.end - from <= FEW;
        let rests = self.resting >= 1 || self.looks == 1;
        let known = self.records_at.is_some() || self.is_reset(false);
        (few && rests && !known).then(|| Stretch {
            place: place.clone(),
            from,
            until: self.seen.end,
        })
    }

    /// What the look into `doubt` has found.
    pub fn found(&mut self, until: i64, scan: Scan) {
        if scan.records > 0 {
            self.records_at = Some(until);
        } else if scan.whole {
            self.clean_to = until;
        }
    }

    /// The records that wait, to take a sample of.
    pub fn waiting(&self, place: &TopicPartition) -> Option<Stretch> {
        (self.lag() > 0).then(|| Stretch {
            place: place.clone(),
            from: self.next(),
            until: self.seen.end,
        })
    }

    pub fn waiting_offsets(&self) -> u64 {
        self.lag()
    }

    pub fn has_begun(&self) -> bool {
        self.seen.position.is_some() || self.lag() == 0
    }

    /// A person has taken note of what was lost and of what moved back.
    pub fn forgive(&mut self) {
        self.losses.clear();
        self.rewound = false;
    }

    pub fn losses(&self) -> &BTreeMap<i64, i64> {
        &self.losses
    }

    fn possibly_lost(&self) -> u64 {
        let spans = self.losses.iter().map(|(from, to)| to - from);
        u64::try_from(spans.sum::<i64>()).unwrap_or(0)
    }

    pub fn raise<'a>(&self, alarms: &mut Alarms<'a>, topic: &'a str, partition: i32, state: PartitionState) {
        let mut raise = |kind, offsets| alarms.of_partition(kind, topic, partition, offsets);
        if !self.losses.is_empty() {
            raise(AlarmKind::PossiblyLost, self.possibly_lost());
        }
        if self.is_reset(false) {
            raise(AlarmKind::Reset, 0);
        }
        if self.rewound {
            raise(AlarmKind::Rewound, 0);
        }
        if state == PartitionState::Stalled {
            raise(AlarmKind::Stalled, self.lag());
        }
    }

    pub fn status(
        &self,
        place: &TopicPartition,
        state: PartitionState,
        average: Option<&Average>,
    ) -> PartitionStatus {
        let lag = self.lag();
        let flowing = self.window.flowing();
        let bytes = average.map_or_else(|| (lag == 0).then_some(0), |average| average.bytes(lag));
        let markers = if self.clean_to >= self.seen.end {
            self.seen.end - self.next()
        } else {
            0
        };
        PartitionStatus {
            topic: place.topic.clone(),
            partition: place.partition,
            position: self.seen.position.map(|position| position.source),
            target_position: self.seen.position.and_then(|position| position.target),
            start: self.seen.start,
            end: self.seen.end,
            lag: Lag(lag),
            speed: Speed {
                estimated_bytes_behind: bytes,
                records_per_second: flowing.map(|flowing| flowing.copied),
                source_records_per_second: flowing.map(|flowing| flowing.arrived),
                eta_seconds: match flowing {
                    _ if lag == 0 => Some(0.0),
                    flowing => flowing.and_then(|flowing| flowing.eta(lag)),
                },
            },
            markers: u64::try_from(markers).unwrap_or(0),
            possibly_lost: self.possibly_lost(),
            state,
        }
    }
}
