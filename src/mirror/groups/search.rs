//! Looking for a record among those where it can be, where compaction has thinned a side and counting does not help.

use std::collections::{BTreeMap, VecDeque};

use super::translate::{Log, Proof, Translation};
use crate::kafka::Print;

/// The record of a thinned partition is looked for among so many.
pub const MOST_SEARCHED: i64 = 200_000;

/// So many offsets of the target can so many of the source have become: one marker behind each record at most.
pub fn span(offsets: i64) -> i64 {
    offsets.saturating_mul(2).saturating_add(16)
}

/// Looks for `wanted`, or else for the last record before `offset` that both sides have, inside `window`.
pub fn search<S: Log, T: Log<Error = S::Error>>(
    source: &mut S,
    target: &mut T,
    wanted: Option<Print>,
    offset: i64,
    window: (i64, i64),
) -> Result<Translation, S::Error> {
    let from = window.0.max(target.marks().start);
    let until = window.1.max(from);
    let unsearched = Translation {
        offset: Some(from),
        proof: Proof::Earlier {
            at_most: u64::try_from(until - from).unwrap_or(0),
        },
    };
    if until - from > MOST_SEARCHED {
        return Ok(unsearched);
    }
    // Where each record is: its first place, and whether it has a twin.
    let mut places: BTreeMap<u128, (i64, bool)> = BTreeMap::new();
    target.scan(from, until, &mut |print| {
        places
            .entry(print.record)
            .and_modify(|(_, twin)| *twin = true)
            .or_insert((print.offset, false));
        true
    })?;
    if let Some((place, twin)) = wanted.and_then(|print| places.get(&print.record)) {
        let proof = if *twin {
            Proof::Earlier {
                at_most: u64::try_from(until - place).unwrap_or(0),
            }
        } else {
            Proof::Exact
        };
        return Ok(Translation {
            offset: Some(*place),
            proof,
        });
    }
    let before = last_before(source, offset, until - from)?;
    let common = before
        .iter()
        .rev()
        .find_map(|print| places.get(&print.record).filter(|(_, twin)| !twin));
    let Some((place, _)) = common else {
        return Ok(unsearched);
    };
    Ok(Translation {
        offset: Some(place + 1),
        proof: Proof::Earlier {
            at_most: u64::try_from(until - place - 1).unwrap_or(0),
        },
    })
}

/// The last records before `offset` on the source, from as far back as the window reaches.
fn last_before<S: Log>(source: &mut S, offset: i64, reach: i64) -> Result<VecDeque<Print>, S::Error> {
    let mut last = VecDeque::new();
    source.scan(offset.saturating_sub(reach), offset, &mut |print| {
        if last.len() == 1000 {
            last.pop_front();
        }
        last.push_back(print);
        true
    })?;
    Ok(last)
}
