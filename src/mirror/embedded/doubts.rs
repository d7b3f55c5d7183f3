//! What a lane could not read, and what may be behind it: a retention that was faster, or a topic that is gone.
//!
//! A lane cannot tell; it notes what it was told and goes on with its other partitions. The keeper asks the source.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::types::RDKafkaErrorCode as Code;

/// The notes of all lanes.
#[derive(Default)]
pub struct Doubts {
    overtaken: AtomicBool,
    unknown: Mutex<BTreeMap<usize, (Code, Instant)>>,
}

impl Doubts {
    /// The source does not have the offset that comes next.
    pub fn overtaken(&self) {
        self.overtaken.store(true, Ordering::Relaxed);
    }

    /// Whether some partition does not have the offset that comes next.
    pub fn is_overtaken(&self) -> bool {
        self.overtaken.load(Ordering::Relaxed)
    }

    /// The source says that it does not know a partition: gone, or about to move.
    pub fn unknown(&self, slot: usize, code: Code) {
        let mut unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        unknown.entry(slot).or_insert_with(|| (code, Instant::now()));
    }

    /// A partition is read again.
    pub fn known(&self, slot: usize) {
        let mut unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        unknown.remove(&slot);
    }

    /// A partition that has been unknown for longer than `limit`.
    pub fn unknown_for(&self, limit: Duration) -> Option<(usize, Code)> {
        let unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        let old = unknown.iter().find(|(_, (_, since))| since.elapsed() > limit);
        old.map(|(slot, (code, _))| (*slot, *code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_that_comes_back_is_no_doubt() {
        let doubts = Doubts::default();
        doubts.unknown(3, Code::UnknownTopicOrPartition);
        let found = doubts.unknown_for(Duration::ZERO);
        assert_eq!(found, Some((3, Code::UnknownTopicOrPartition)));
        doubts.known(3);
        assert_eq!(doubts.unknown_for(Duration::ZERO), None);
    }
}
