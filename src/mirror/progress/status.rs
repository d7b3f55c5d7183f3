//! What a look at a mirror found, as people and programs read it.

use std::fmt;

use serde::Serialize;

use super::Alarm;
use crate::kafka::TopicId;
use crate::model::units::Lag;

/// How far a flow is: its sums, its topics, its partitions, and what is wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    pub flow: String,
    /// The consumer group that holds the position, for the embedded engine.
    pub group: Option<String>,
    /// The sum over all partitions, in offsets: markers and compacted records between are counted until they are known.
    pub lag: Lag,
    #[serde(flatten)]
    pub speed: Speed,
    /// Nothing is left to copy, and nothing is wrong that copying on would not heal.
    pub caught_up: bool,
    /// Offsets that the source deleted before they were copied; some may have held no record.
    pub possibly_lost: u64,
    pub alarms: Vec<Alarm>,
    pub topics: Vec<TopicStatus>,
    pub partitions: Vec<PartitionStatus>,
}

/// How fast it goes, and what that means. What is not known yet is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Speed {
    /// The lag in bytes of keys, values and headers, estimated from the average size of a sample of each topic.
    pub estimated_bytes_behind: Option<u64>,
    /// What the mirror passes, over a sliding window.
    pub records_per_second: Option<f64>,
    /// What arrives at the source, over the same window.
    pub source_records_per_second: Option<f64>,
    /// Until the lag is gone, if both go on like this; absent while the source is as fast as the mirror.
    pub eta_seconds: Option<f64>,
}

/// How far one topic is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TopicStatus {
    pub topic: String,
    pub id: Option<TopicId>,
    pub partitions: usize,
    pub lag: Lag,
    #[serde(flatten)]
    pub speed: Speed,
    /// The worst of its partitions.
    pub state: PartitionState,
}

/// How far one partition is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartitionStatus {
    pub topic: String,
    pub partition: i32,
    /// The next source offset to copy; `None` when nothing was ever copied.
    pub position: Option<i64>,
    /// The target offset that belongs to the position, where the engine keeps it.
    pub target_position: Option<i64>,
    pub start: i64,
    pub end: i64,
    pub lag: Lag,
    #[serde(flatten)]
    pub speed: Speed,
    /// Offsets behind the position that hold no record: markers of transactions, aborted or compacted records.
    pub markers: u64,
    pub possibly_lost: u64,
    pub state: PartitionState,
}

/// What a position means beside the partition as it is now, the worst last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartitionState {
    #[default]
    CaughtUp,
    Behind,
    NotStarted,
    /// Records wait, and nothing has moved for a while.
    Stalled,
    /// The source has deleted offsets that were not copied.
    PossiblyLost,
    /// The source ends before the position, or the topic has another id: it was made anew.
    Reset,
}

impl PartitionState {
    /// The state's name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "not started",
            Self::Behind => "behind",
            Self::CaughtUp => "caught up",
            Self::Stalled => "stalled",
            Self::PossiblyLost => "possibly lost",
            Self::Reset => "reset",
        }
    }
}

impl fmt::Display for PartitionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Status {
    /// Whether the source no longer holds what the position says: lost, made anew, moved back, gone.
    pub fn differs(&self) -> bool {
        self.alarms.iter().any(|alarm| alarm.kind.is_difference())
    }
}
