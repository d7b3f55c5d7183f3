//! How large the records of a topic are on average, from a sample.
//!
//! Kafka tells the bytes of a partition only through `DescribeLogDirs`, which librdkafka does not speak and Event Hubs does
//! not answer. So some of the records that wait are read: that works on every cluster, and measures the very records
//! that are to be copied.

use std::time::Duration;

use crate::kafka::Scan;

/// Records that a sample reads at most, from one partition of the topic.
pub(super) const SAMPLE: u64 = 200;

/// A sample is taken again when it is so old.
const STALE: Duration = Duration::from_mins(5);

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Average {
    records: u64,
    bytes: u64,
    taken: Option<Duration>,
}

impl Average {
    pub fn is_wanted(&self, at: Duration) -> bool {
        self.taken.is_none_or(|taken| at.saturating_sub(taken) >= STALE)
    }

    /// Takes in what was read; a sample without a record leaves what was known.
    pub fn take(&mut self, scan: Option<Scan>, at: Duration) {
        self.taken = Some(at);
        if let Some(scan) = scan.filter(|scan| scan.records > 0) {
            (self.records, self.bytes) = (scan.records, scan.bytes);
        }
    }

    /// The bytes of `lag` records.
    pub fn bytes(&self, lag: u64) -> Option<u64> {
        if lag == 0 {
            return Some(0);
        }
        let whole = u128::from(lag) * u128::from(self.bytes);
        let bytes = whole.checked_div(u128::from(self.records))?;
        Some(u64::try_from(bytes).unwrap_or(u64::MAX))
    }
}
