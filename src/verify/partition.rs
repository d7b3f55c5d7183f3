//! One partition: read on both sides, compared, counted.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use rdkafka::consumer::BaseConsumer;

use super::compare::{Beginning, Comparison, Found, Need};
use super::verdict::{Counts, Difference, Diverged, PartitionVerdict};
use super::{Options, VerifyError};
use crate::kafka::{
    Cluster, Digest, KafkaError, Listener, Print, Printer, Reader, TopicPartition, Watermarks,
};

/// A partition to compare.
#[derive(Clone, Debug)]
pub struct Job {
    pub place: TopicPartition,
    pub source: Watermarks,
    pub target: Watermarks,
}

/// One side: its cluster and the consumer of the worker.
pub struct Side<'a> {
    pub cluster: &'a Cluster,
    pub consumer: &'a BaseConsumer<Listener>,
}

impl<'a> Side<'a> {
    fn read(&self, place: &TopicPartition, marks: Watermarks) -> Result<Reader<'a>, KafkaError> {
        Reader::open(self.cluster, self.consumer, place, marks.start, marks.end)
    }
}

/// What a side has read so far.
#[derive(Default)]
struct Heard {
    printer: Printer,
    digest: Digest,
    records: u64,
}

impl Heard {
    fn hear(&mut self, reader: &mut Reader<'_>, into: &mut impl Extend<Print>) -> Result<(), KafkaError> {
        reader.read(|record| {
            let print = self.printer.print(record);
            self.digest.add(print.record);
            self.records += 1;
            into.extend([print]);
        })
    }
}

/// Compares one partition; `None` when it was asked to stop. Blocks.
pub fn compare(
    job: &Job,
    source: &Side<'_>,
    target: &Side<'_>,
    options: &Options,
    done: &AtomicU64,
    goes_on: impl Fn() -> bool,
) -> Result<Option<PartitionVerdict>, VerifyError> {
    let at_source = |source| VerifyError::Source { source };
    let at_target = |source| VerifyError::Target { source };
    let mut left = source.read(&job.place, job.source).map_err(at_source)?;
    let mut right = target.read(&job.place, job.target).map_err(at_target)?;
    let notes = RefCell::new((Counts::default(), Vec::new()));
    let beginning = beginning(job);
    let mut comparison = Comparison::new(options.window, beginning, |found| {
        note(&notes, job, options, found);
    });
    let (mut heard_left, mut heard_right) = (Heard::default(), Heard::default());
    let need = loop {
        if !goes_on() {
            return Ok(None);
        }
        match comparison.go_on(left.is_done(), right.is_done()) {
            Need::Source => {
                let before = heard_left.records;
                heard_left
                    .hear(&mut left, &mut comparison.source)
                    .map_err(at_source)?;
                done.fetch_add(heard_left.records - before, Ordering::Relaxed);
            }
            Need::Target => heard_right
                .hear(&mut right, &mut comparison.target)
                .map_err(at_target)?,
            end => break end,
        }
    };
    let diverged = (need == Need::GiveUp).then(|| Diverged {
        source_offset: comparison
            .source
            .front()
            .map_or(job.source.end, |print| print.offset),
        target_offset: comparison
            .target
            .front()
            .map_or(job.target.end, |print| print.offset),
    });
    let passed = comparison.passed;
    drop(comparison);
    let (mut counts, differences) = notes.into_inner();
    counts.records = heard_left.records;
    counts.target_records = heard_right.records;
    match beginning {
        Beginning::TargetOlder => counts.expired_at_source = passed,
        Beginning::SourceOlder => counts.expired_at_target = passed,
        Beginning::Same => {}
    }
    Ok(Some(PartitionVerdict {
        partition: job.place.partition,
        counts,
        source_digest: heard_left.digest,
        target_digest: heard_right.digest,
        diverged,
        differences,
    }))
}

/// A side whose log no longer begins at 0 has deleted records that the other may still have.
fn beginning(job: &Job) -> Beginning {
    if job.source.start > 0 {
        Beginning::TargetOlder
    } else if job.target.start > 0 {
        Beginning::SourceOlder
    } else {
        Beginning::Same
    }
}

fn note(notes: &RefCell<(Counts, Vec<Difference>)>, job: &Job, options: &Options, found: Found) {
    let (counts, differences) = &mut *notes.borrow_mut();
    counts.count(found.kind);
    if differences.len() < options.listed {
        differences.push(Difference {
            topic: job.place.topic.clone(),
            partition: job.place.partition,
            kind: found.kind,
            source_offset: found.source_offset,
            target_offset: found.target_offset,
        });
    }
}
