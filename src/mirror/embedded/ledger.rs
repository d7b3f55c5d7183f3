//! What was sent and what was acknowledged, partition by partition.
//!
//! The lanes write it, the keeper reads it. Acknowledgements of one partition come in order, so the last one stands for
//! all before it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::types::RDKafkaErrorCode as Code;

use super::doubts::Doubts;
use super::prepare::Start;
use crate::kafka::{KafkaError, TopicId, TopicPartition};
use crate::mirror::position::{Position, Positions};

/// One partition while it is copied.
#[derive(Clone, Debug)]
pub struct Slot {
    pub place: TopicPartition,
    topic_id: Option<TopicId>,
    /// Everything before is on the target.
    source_next: i64,
    target_next: i64,
    /// Everything before was read: records, gaps and markers.
    read_to: i64,
    in_flight: u64,
    failed: bool,
}

/// All partitions of a run, and the first thing that went wrong.
pub struct Ledger {
    slots: Vec<Mutex<Slot>>,
    totals: Mutex<Totals>,
    failure: Mutex<Option<Failure>>,
    restamped: AtomicU64,
    doubts: Doubts,
}

/// Records and bytes that the target has acknowledged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    pub records: u64,
    pub bytes: u64,
}

/// Why a lane stopped.
#[derive(Clone, Debug)]
pub enum Failure {
    Refused { slot: usize, offset: i64, code: Code },
    TooLarge { slot: usize, offset: i64, bytes: u64 },
    Unreadable { slot: usize, code: Code },
    TargetSilent,
    Source(KafkaError),
    Target(KafkaError),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ledger {
    /// Begins where each partition goes on.
    pub fn new(starts: &[Start]) -> Self {
        let slot = |start: &Start| {
            Mutex::new(Slot {
                place: start.place.clone(),
                topic_id: start.topic_id,
                source_next: start.source_next,
                target_next: start.target_next,
                read_to: start.source_next,
                in_flight: 0,
                failed: false,
            })
        };
        Self {
            slots: starts.iter().map(slot).collect(),
            totals: Mutex::default(),
            failure: Mutex::default(),
            restamped: AtomicU64::new(0),
            doubts: Doubts::default(),
        }
    }

    /// A record was given to the producer.
    pub fn sent(&self, slot: usize, offset: i64) {
        let mut slot = lock(&self.slots[slot]);
        slot.in_flight += 1;
        slot.read_to = offset + 1;
    }

    /// A record was sent whose time cannot be kept.
    pub fn restamped(&self) {
        self.restamped.fetch_add(1, Ordering::Relaxed);
    }

    /// How many records were sent whose time cannot be kept.
    pub fn restamped_records(&self) -> u64 {
        self.restamped.load(Ordering::Relaxed)
    }

    /// What the lanes could not read, for the keeper to judge.
    pub fn doubts(&self) -> &Doubts {
        &self.doubts
    }

    /// The source partition was read up to `end`, whatever was or was not there.
    pub fn read_to(&self, slot: usize, end: i64) {
        let mut slot = lock(&self.slots[slot]);
        slot.read_to = slot.read_to.max(end);
    }

    /// The target has a record.
    pub fn acknowledged(&self, slot: usize, source_offset: i64, target_offset: i64, bytes: u64) {
        {
            let mut slot = lock(&self.slots[slot]);
            slot.in_flight = slot.in_flight.saturating_sub(1);
            if slot.failed {
                return;
            }
            slot.source_next = source_offset + 1;
            slot.target_next = target_offset + 1;
        }
        let mut totals = lock(&self.totals);
        totals.records += 1;
        totals.bytes += bytes;
    }

    /// The target did not take a record: nothing behind it counts any more.
    pub fn refused(&self, slot: usize, offset: i64, code: Code) {
        {
            let mut slot = lock(&self.slots[slot]);
            slot.in_flight = slot.in_flight.saturating_sub(1);
            slot.failed = true;
        }
        // What is purged after another failure is no failure of its own.
        if !matches!(code, Code::PurgeQueue | Code::PurgeInflight) {
            self.fail(Failure::Refused { slot, offset, code });
        }
    }

    /// Keeps the first failure.
    pub fn fail(&self, failure: Failure) {
        lock(&self.failure).get_or_insert(failure);
    }

    /// The first failure, if there was one.
    pub fn failure(&self) -> Option<Failure> {
        lock(&self.failure).clone()
    }

    pub fn totals(&self) -> Totals {
        *lock(&self.totals)
    }

    pub fn place(&self, slot: usize) -> TopicPartition {
        lock(&self.slots[slot]).place.clone()
    }

    /// Where every partition is now.
    pub fn positions(&self) -> Positions {
        let position = |slot: &Mutex<Slot>| {
            let slot = lock(slot);
            (slot.place.clone(), slot.position())
        };
        self.slots.iter().map(position).collect()
    }
}

impl Slot {
    /// With nothing under way, what was read and needed no copy is behind us too.
    fn position(&self) -> Position {
        let nothing_open = self.in_flight == 0 && !self.failed;
        let source = if nothing_open {
            self.source_next.max(self.read_to)
        } else {
            self.source_next
        };
        Position {
            source,
            target: Some(self.target_next),
            topic_id: self.topic_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        Ledger::new(&[Start {
            place: TopicPartition::new("orders", 0),
            source_next: 10,
            target_next: 7,
            topic_id: None,
            end: 20,
        }])
    }

    fn position(ledger: &Ledger) -> (i64, Option<i64>) {
        let position = ledger.positions()[&TopicPartition::new("orders", 0)];
        (position.source, position.target)
    }

    #[test]
    fn a_position_waits_for_the_acknowledgement_and_then_passes_gaps() {
        let ledger = ledger();
        ledger.sent(0, 12);
        ledger.read_to(0, 20);
        assert_eq!(position(&ledger), (10, Some(7)));
        ledger.acknowledged(0, 12, 7, 100);
        assert_eq!(position(&ledger), (20, Some(8)));
    }

    #[test]
    fn nothing_behind_a_refused_record_counts() {
        let ledger = ledger();
        ledger.sent(0, 10);
        ledger.sent(0, 11);
        ledger.refused(0, 10, Code::MessageSizeTooLarge);
        ledger.acknowledged(0, 11, 7, 100);
        assert_eq!(position(&ledger), (10, Some(7)));
        assert!(matches!(
            ledger.failure(),
            Some(Failure::Refused { offset: 10, .. })
        ));
    }
}
