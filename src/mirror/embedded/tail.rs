//! What the target holds behind the saved position: records that an earlier run wrote before it was killed.
//!
//! Target and source are read side by side; every record of the target must be the next one of the source. Memory does
//! not grow with the length of the tail.

use std::collections::VecDeque;

use rdkafka::consumer::BaseConsumer;

use crate::kafka::{Listener, Print, Printer, Reader, TopicPartition, Watermarks};
use crate::mirror::{Flow, MirrorError};

/// A partition of which the target holds more than the position says.
#[derive(Clone, Debug)]
pub struct Tail {
    pub place: TopicPartition,
    /// The position: the next source offset and the target offset that belongs to it.
    pub source_next: i64,
    pub target_next: i64,
    pub source: Watermarks,
    pub target: Watermarks,
    /// Source offsets behind the position that are gone: the target may hold their records, and nothing to match them.
    pub lost: i64,
}

/// Where the partition goes on, and how many records were there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matched {
    pub source_next: i64,
    pub target_next: i64,
    pub records: u64,
}

/// Matches every tail, one after the other; blocks.
///
/// # Errors
///
/// [`MirrorError::ForeignRecord`] for the first record that is not the source's next one.
pub fn match_all(flow: &Flow, tails: &[Tail]) -> Result<Vec<Matched>, MirrorError> {
    let at_source = |source| MirrorError::Source { source };
    let at_target = |source| MirrorError::Target { source };
    let settings = flow
        .source
        .consumer_settings("landfall-reader", flow.buffer_bytes / 2);
    let source: BaseConsumer<Listener> = flow
        .source
        .open(&settings, flow.source.listener())
        .map_err(at_source)?;
    let settings = flow
        .target
        .consumer_settings("landfall-reader", flow.buffer_bytes / 2);
    let target: BaseConsumer<Listener> = flow
        .target
        .open(&settings, flow.target.listener())
        .map_err(at_target)?;
    let mut matched = Vec::with_capacity(tails.len());
    for tail in tails {
        let from = tail.target_next.max(tail.target.start);
        let (place, until) = (&tail.place, tail.source.end);
        let left = Reader::open(&flow.source, &source, place, tail.source_next, until).map_err(at_source)?;
        let right = Reader::open(&flow.target, &target, place, from, tail.target.end).map_err(at_target)?;
        matched.push(Match::new(tail).run(left, right)?);
    }
    Ok(matched)
}

struct Match<'a> {
    tail: &'a Tail,
    left: VecDeque<Print>,
    right: VecDeque<Print>,
    /// Records of the tail that the target has deleted since, by its retention: the source may run ahead that far.
    may_pass: i64,
    /// Records of the tail whose source is gone.
    may_skip: i64,
    result: Matched,
}

impl<'a> Match<'a> {
    fn new(tail: &'a Tail) -> Self {
        Self {
            tail,
            left: VecDeque::new(),
            right: VecDeque::new(),
            may_pass: (tail.target.start - tail.target_next).max(0),
            may_skip: tail.lost,
            result: Matched {
                source_next: tail.source_next,
                target_next: tail.target_next.max(tail.target.start),
                records: 0,
            },
        }
    }

    fn run(mut self, mut source: Reader<'_>, mut target: Reader<'_>) -> Result<Matched, MirrorError> {
        let mut printer = Printer::default();
        loop {
            self.compare()?;
            if self.right.is_empty() && target.is_done() {
                // Markers at the end of the target are behind us as well.
                self.result.target_next = self.result.target_next.max(self.tail.target.end);
                return Ok(self.result);
            }
            if self.right.is_empty() {
                let read = target.read(|record| self.right.push_back(printer.print(record)));
                read.map_err(|source| MirrorError::Target { source })?;
            } else if source.is_done() && self.left.is_empty() && self.may_skip > 0 {
                self.skip();
            } else if source.is_done() {
                return Err(self.foreign(self.tail.source.end));
            } else {
                let read = source.read(|record| self.left.push_back(printer.print(record)));
                read.map_err(|source| MirrorError::Source { source })?;
            }
        }
    }

    fn compare(&mut self) -> Result<(), MirrorError> {
        while let (Some(left), Some(right)) = (self.left.front().copied(), self.right.front().copied()) {
            if left.record != right.record && self.may_skip > 0 {
                self.skip();
                continue;
            }
            self.left.pop_front();
            if left.record == right.record {
                self.right.pop_front();
                (self.may_pass, self.may_skip) = (0, 0);
                self.result.records += 1;
                self.result.target_next = right.offset + 1;
            } else if self.may_pass > 0 {
                self.may_pass -= 1;
            } else {
                return Err(self.foreign(left.offset));
            }
            self.result.source_next = left.offset + 1;
        }
        Ok(())
    }

    /// Passes a record of the target whose source is gone.
    fn skip(&mut self) {
        self.may_skip -= 1;
        if let Some(right) = self.right.pop_front() {
            self.result.target_next = right.offset + 1;
            self.result.records += 1;
        }
    }

    fn foreign(&self, source_offset: i64) -> MirrorError {
        MirrorError::ForeignRecord {
            topic: self.tail.place.topic.clone(),
            partition: self.tail.place.partition,
            source_offset,
            target_offset: self
                .right
                .front()
                .map_or(self.result.target_next, |print| print.offset),
        }
    }
}
