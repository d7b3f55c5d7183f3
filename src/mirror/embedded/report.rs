//! What a keeper says: progress, the summary, and the meaning of a failure.

use std::sync::PoisonError;
use std::time::Instant;

use super::keeper::Keeper;
use super::ledger::{Failure, Totals};
use super::summary::Summary;
use crate::kafka::TopicPartition;
use crate::mirror::{MirrorError, position};
use crate::model::units::Lag;
use crate::run::{Event, MirrorProgress, PartitionProgress, Sink};

impl Keeper<'_> {
    /// Reports how far every partition is.
    pub fn report(&mut self, sink: &dyn Sink) {
        let totals = self.ledger.totals();
        self.reported = Instant::now();
        let partitions = self.partitions();
        let lag: u64 = partitions.iter().map(|partition| partition.lag.0).sum();
        let speed = self.speed.measure(totals, lag);
        sink.emit(Event::Mirror(MirrorProgress {
            records: self.before.records + totals.records,
            bytes: self.before.bytes + totals.bytes,
            records_per_second: speed.records,
            bytes_per_second: speed.bytes,
            lag: Lag(lag),
            eta_seconds: speed.eta,
            partitions,
        }));
    }

    fn partitions(&self) -> Vec<PartitionProgress> {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let progress = |(place, position): (TopicPartition, position::Position)| {
            let end = ends
                .places
                .get(&place)
                .copied()
                .unwrap_or(position.source)
                .max(position.source);
            PartitionProgress {
                lag: Lag(u64::try_from(end - position.source).unwrap_or(0)),
                position: position.source,
                end,
                topic: place.topic,
                partition: place.partition,
            }
        };
        self.ledger.positions().into_iter().map(progress).collect()
    }

    /// Says what a failure means, with names instead of numbers.
    pub(super) fn explain(&self, failure: Failure) -> MirrorError {
        let place = |slot| {
            let place = self.ledger.place(slot);
            (place.topic, place.partition)
        };
        match failure {
            Failure::Refused { slot, offset, code } => {
                let (topic, partition) = place(slot);
                let reason = code.to_string();
                MirrorError::RecordRefused {
                    topic,
                    partition,
                    offset,
                    reason,
                }
            }
            Failure::TooLarge { slot, offset, bytes } => {
                let (topic, partition) = place(slot);
                let limit = u64::from(self.flow.largest_record_bytes);
                MirrorError::RecordTooLarge {
                    topic,
                    partition,
                    offset,
                    bytes,
                    limit,
                }
            }
            Failure::Unreadable { slot, code } => {
                let (topic, partition) = place(slot);
                let reason = code.to_string();
                MirrorError::Unreadable {
                    topic,
                    partition,
                    reason,
                }
            }
            Failure::TargetSilent => MirrorError::TargetSilent {
                waited: self.flow.outage_limit,
            },
            Failure::Source(source) => MirrorError::Source { source },
            Failure::Target(source) => MirrorError::Target { source },
        }
    }
}

impl Summary {
    /// What the rounds so far have copied.
    pub(super) fn totals(&self) -> Totals {
        Totals {
            records: self.records,
            bytes: self.bytes,
        }
    }

    /// Takes in what a round has done.
    pub(super) fn take(&mut self, keeper: &Keeper<'_>) {
        let totals = keeper.ledger.totals();
        self.records = keeper.before.records + totals.records;
        self.bytes = keeper.before.bytes + totals.bytes;
        self.restamped += keeper.ledger.restamped_records();
        self.partitions = keeper.partitions();
    }
}
