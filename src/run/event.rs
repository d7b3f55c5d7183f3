//! The vocabulary of a run. One value feeds the terminal, `--output json` and the journal alike.

use serde::Serialize;

use crate::model::units::Lag;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// A run of one environment begins.
    Header {
        environment: String,
        target: String,
        location: String,
    },
    /// A named step begins.
    StepStarted { step: &'static str, title: String },
    /// A step is done; `note` is what a person should know of its result.
    StepFinished {
        step: &'static str,
        title: String,
        seconds: f64,
        note: Option<String>,
    },
    /// A step ended in the error that the run returns.
    StepFailed {
        step: &'static str,
        title: String,
        seconds: f64,
    },
    /// How far a long step is; `total` where it is known.
    Progress {
        step: &'static str,
        done: u64,
        total: Option<u64>,
        unit: &'static str,
    },
    /// One resource changed its state during a deployment or a deletion.
    Resource {
        id: String,
        resource_type: String,
        name: String,
        state: ResourceState,
        seconds: Option<f64>,
        message: Option<String>,
    },
    /// How far the mirror is.
    Mirror(MirrorProgress),
    /// Something a person should look at; the run goes on.
    Warning { text: String },
    /// Something worth a line.
    Note { text: String },
}

/// What became of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceState {
    Started,
    Succeeded,
    Failed,
    Deleted,
}

/// A moment of the mirror. Rates are per second over the last interval.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MirrorProgress {
    /// Records copied since this run began.
    pub records: u64,
    /// Bytes of keys, values and headers copied since this run began.
    pub bytes: u64,
    pub records_per_second: f64,
    pub bytes_per_second: f64,
    /// Records between the mirror's position and the end of the source, over all partitions.
    pub lag: Lag,
    /// Seconds until the mirror has caught up at the present rate; `None` while nothing moves.
    pub eta_seconds: Option<f64>,
    pub partitions: Vec<PartitionProgress>,
}

/// How far one partition is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartitionProgress {
    pub topic: String,
    pub partition: i32,
    /// The next source offset to copy.
    pub position: i64,
    /// The end of the source partition.
    pub end: i64,
    pub lag: Lag,
}
