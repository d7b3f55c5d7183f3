//! What a run did.

use serde::Serialize;

use crate::run::PartitionProgress;

/// The result of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    pub flow: String,
    /// Records and bytes of keys and values that this run copied.
    pub records: u64,
    pub bytes: u64,
    pub seconds: f64,
    /// Records that an earlier run had copied without saving the position.
    pub skipped_already_there: u64,
    /// Source offsets that were gone before they were copied, where that was accepted; some may have held no record.
    pub possibly_lost: u64,
    /// Records whose time of exactly 0 ms became the time of copying.
    pub restamped: u64,
    /// The topics that this run made on the target.
    pub created_topics: Vec<String>,
    /// Whether somebody asked the run to stop before it was done.
    pub stopped: bool,
    /// Where each partition is at the end.
    pub partitions: Vec<PartitionProgress>,
}
