//! From an offset of the source to the place of the same record on the target.
//!
//! Offsets of the two sides differ wherever one has gaps: markers, aborted records, compaction. An [`Anchor`] is a pair
//! that belongs together; the place of another record follows by counting data records from it, and is believed only
//! when the records found there are those of the source. Where compaction has thinned one side since, the record is
//! looked for among those where it can be, and a place is given that is never behind the right one: records may be read
//! again, none is skipped.

use serde::Serialize;

use super::search::{MOST_SEARCHED, search, span};
use crate::kafka::{Print, Watermarks};

/// So many records in a row prove a place: one alone may have a twin.
const RUN: usize = 8;

/// The record at or after `source` on the source is the one at or after `target` on the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Anchor {
    pub source: i64,
    pub target: i64,
}

/// One partition of one cluster, up to an end that was measured before.
pub trait Log {
    type Error;

    /// Where it begins and ends.
    fn marks(&self) -> Watermarks;

    /// Shows the committed data records of `from..until` in order, as long as `each` wants more.
    fn scan(&mut self, from: i64, until: i64, each: &mut dyn FnMut(Print) -> bool)
    -> Result<(), Self::Error>;
}

/// Where a group goes on, and what is known of that place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Translation {
    /// `None` when there is no such place yet.
    pub offset: Option<i64>,
    pub proof: Proof,
}

/// What is known of a translated offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Proof {
    /// The records there are those of the source.
    Exact,
    /// The exact place cannot be proven: compaction thinned a side. At most so many records lie between it and this.
    Earlier { at_most: u64 },
    /// The target begins behind it: so many records that the group has not read are not there.
    Behind { missing: u64 },
    /// So many records before the group's place are not on the target yet.
    Ahead { missing: u64 },
    /// Nothing of the partition was mirrored yet.
    NotMirrored,
}

impl Translation {
    fn exact(offset: i64) -> Self {
        Self {
            offset: Some(offset),
            proof: Proof::Exact,
        }
    }
}

/// Finds where the record at or after `offset` of the source is on the target.
///
/// # Errors
///
/// What reading either side ends with.
pub fn translate<S: Log, T: Log<Error = S::Error>>(
    source: &mut S,
    target: &mut T,
    anchors: &[Anchor],
    offset: i64,
) -> Result<Translation, S::Error> {
    let below = anchors.iter().filter(|anchor| anchor.source <= offset);
    let below = below.max_by_key(|anchor| anchor.source);
    let above = anchors.iter().filter(|anchor| anchor.source >= offset);
    let above = above.min_by_key(|anchor| anchor.source);
    match (below, above) {
        (None, None) => Ok(Translation {
            offset: None,
            proof: Proof::NotMirrored,
        }),
        (Some(below), above) if above.is_none_or(|above| offset - below.source <= above.source - offset) => {
            forwards(source, target, *below, offset)
        }
        (_, Some(above)) => backwards(source, target, *above, offset),
        (Some(below), None) => forwards(source, target, *below, offset),
    }
}

/// The first records at or after `from`, as many as prove a place.
fn run<L: Log>(log: &mut L, from: i64) -> Result<Vec<Print>, L::Error> {
    let end = log.marks().end;
    let mut found = Vec::with_capacity(RUN);
    log.scan(from, end, &mut |print| {
        found.push(print);
        found.len() < RUN
    })?;
    Ok(found)
}

/// Whether both begin with the same records, as far as both go, and at least with one.
fn agree(left: &[Print], right: &[Print]) -> bool {
    let mut pairs = left.iter().zip(right).peekable();
    pairs.peek().is_some() && pairs.all(|(left, right)| left.record == right.record)
}

/// The group is past the anchor: as many records lie between them on both sides.
fn forwards<S: Log, T: Log<Error = S::Error>>(
    source: &mut S,
    target: &mut T,
    anchor: Anchor,
    offset: i64,
) -> Result<Translation, S::Error> {
    let (mut count, mut last) = (0_u64, None);
    source.scan(anchor.source, offset, &mut |print| {
        count += 1;
        last = Some(print);
        true
    })?;
    if count == 0 {
        return Ok(Translation::exact(anchor.target));
    }
    let end = target.marks().end;
    let (mut seen, mut before) = (0_u64, None);
    let mut there = Vec::with_capacity(RUN);
    target.scan(anchor.target, end, &mut |print| {
        if seen < count {
            before = Some(print);
        } else {
            there.push(print);
        }
        seen += 1;
        there.len() < RUN
    })?;
    if seen < count {
        return Ok(Translation {
            offset: None,
            proof: Proof::Ahead {
                missing: count - seen,
            },
        });
    }
    let here = run(source, offset)?;
    let same_last = |left: Print| before.is_some_and(|right: Print| left.record == right.record);
    let next = there.first().map_or(end, |print| print.offset);
    // What follows decides; where one side has nothing more, what came before does.
    let proven = if here.is_empty() || there.is_empty() {
        last.is_some_and(same_last)
    } else {
        agree(&here, &there)
    };
    if proven {
        return Ok(Translation::exact(next));
    }
    let window = (
        anchor.target,
        end.min(anchor.target + span(offset - anchor.source)),
    );
    search(source, target, here.first().copied(), offset, window)
}

/// The group is before the anchor: as many records lie between them on both sides.
fn backwards<S: Log, T: Log<Error = S::Error>>(
    source: &mut S,
    target: &mut T,
    anchor: Anchor,
    offset: i64,
) -> Result<Translation, S::Error> {
    let mut count = 0_i64;
    let mut here = Vec::with_capacity(RUN);
    source.scan(offset, anchor.source, &mut |print| {
        count += 1;
        if here.len() < RUN {
            here.push(print);
        }
        true
    })?;
    let deleted = (source.marks().start - offset).max(0);
    let candidate = anchor.target - count;
    let start = target.marks().start;
    if deleted == 0 {
        if count == 0 {
            return Ok(Translation::exact(anchor.target));
        }
        if candidate >= start {
            let there = run(target, candidate)?;
            let at_once = there.first().is_some_and(|print| print.offset == candidate);
            let there = &there[..there.len().min(here.len())];
            if at_once && agree(&here, there) {
                return Ok(Translation::exact(candidate));
            }
        } else if anchor.target - span(anchor.source - offset) < start && !starts_inside(target, &here)? {
            return Ok(Translation {
                offset: Some(start),
                proof: Proof::Behind {
                    missing: u64::try_from(start - candidate).unwrap_or(0),
                },
            });
        }
    }
    let lowest = anchor.target - span(anchor.source - offset);
    let window = (lowest.max(start), anchor.target);
    if deleted > 0 {
        // What the source has deleted may be on the target still: none of it may be skipped.
        let at_most = u64::try_from(anchor.target - window.0).unwrap_or(0);
        return Ok(Translation {
            offset: Some((candidate - deleted).max(start)),
            proof: Proof::Earlier { at_most },
        });
    }
    search(source, target, here.first().copied(), offset, window)
}

/// Whether the first record of the group is among the first that the target still has.
fn starts_inside<T: Log>(target: &mut T, here: &[Print]) -> Result<bool, T::Error> {
    let marks = target.marks();
    let Some(first) = here.first() else {
        return Ok(false);
    };
    let mut found = false;
    target.scan(
        marks.start,
        marks.end.min(marks.start + MOST_SEARCHED),
        &mut |print| {
            found |= print.record == first.record;
            !found
        },
    )?;
    Ok(found)
}

/// Counts the data records of `from..until`.
///
/// # Errors
///
/// What reading ends with.
pub fn count<L: Log>(log: &mut L, from: i64, until: i64) -> Result<u64, L::Error> {
    let mut count = 0;
    if from < until {
        log.scan(from, until, &mut |_| {
            count += 1;
            true
        })?;
    }
    Ok(count)
}

#[cfg(test)]
#[path = "translate_tests.rs"]
mod tests;
