use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use proptest::prelude::*;

use super::*;

/// One side of a model: the records by offset, each known by a number.
#[derive(Clone, Debug)]
struct Side {
    records: BTreeMap<i64, u128>,
    start: i64,
    end: i64,
}

impl Log for Side {
    type Error = Infallible;

    fn marks(&self) -> Watermarks {
        Watermarks {
            start: self.start,
            end: self.end,
        }
    }

    fn scan(&mut self, from: i64, until: i64, each: &mut dyn FnMut(Print) -> bool) -> Result<(), Infallible> {
        let (from, until) = (from.max(self.start), until.min(self.end));
        if from >= until {
            return Ok(());
        }
        for (offset, record) in self.records.range(from..until) {
            let print = Print {
                offset: *offset,
                record: *record,
                key: None,
            };
            if !each(print) {
                break;
            }
        }
        Ok(())
    }
}

/// A partition that was mirrored from its beginning: where each record of the source came to lie on the target.
#[derive(Clone, Debug)]
struct Mirrored {
    source: Side,
    target: Side,
    /// Source offset, target offset; compacted records included.
    pairs: Vec<(i64, i64)>,
}

impl Mirrored {
    /// `gaps` says for each offset of the source whether it holds data; `markers` puts a marker behind a record there.
    fn new(first: i64, base: i64, gaps: &[bool], markers: &[bool]) -> Self {
        let mut pairs = Vec::new();
        let mut next = base;
        for (index, data) in gaps.iter().enumerate() {
            if *data {
                pairs.push((first + i64::try_from(index).unwrap(), next));
                next += 1 + i64::from(markers.get(index).copied().unwrap_or(false));
            }
        }
        let number = |offset: i64| u128::try_from(offset).unwrap() + 1_000_000;
        let side = |records: BTreeMap<i64, u128>, start, end| Side { records, start, end };
        let there = pairs.iter().map(|(from, to)| (*to, number(*from))).collect();
        let here = pairs.iter().map(|(from, _)| (*from, number(*from))).collect();
        let end = first + i64::try_from(gaps.len()).unwrap();
        Self {
            source: side(here, first, end),
            target: side(there, base, next),
            pairs,
        }
    }

    fn exact(&self, offset: i64) -> i64 {
        let found = self.pairs.iter().find(|(from, _)| *from >= offset);
        found.map_or(self.target.end, |(_, to)| *to)
    }

    fn position(&self) -> Anchor {
        Anchor {
            source: self.source.end,
            target: self.target.end,
        }
    }

    fn ask(&self, anchors: &[Anchor], offset: i64) -> Translation {
        let (mut source, mut target) = (self.source.clone(), self.target.clone());
        translate(&mut source, &mut target, anchors, offset).unwrap()
    }
}

fn offsets(log: &Mirrored) -> impl Iterator<Item = i64> + use<> {
    log.source.start..=log.source.end
}

proptest! {
    #[test]
    fn the_position_leads_to_every_record_through_any_gaps(
        first in 0_i64..1000, base in 0_i64..1000, gaps in prop::collection::vec(any::<bool>(), 1..80),
    ) {
        let log = Mirrored::new(first, base, &gaps, &[]);
        for offset in offsets(&log) {
            let found = log.ask(&[log.position()], offset);
            prop_assert_eq!(found, Translation::exact(log.exact(offset)), "at {}", offset);
        }
    }

    #[test]
    fn any_pairs_lead_to_the_same_place_where_the_target_has_markers_too(
        gaps in prop::collection::vec(any::<bool>(), 2..80),
        markers in prop::collection::vec(any::<bool>(), 80),
        chosen in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        let log = Mirrored::new(100, 40, &gaps, &markers);
        prop_assume!(!log.pairs.is_empty());
        let anchors: Vec<Anchor> = chosen
            .iter()
            .map(|index| index.get(&log.pairs))
            .map(|(source, target)| Anchor { source: *source, target: *target })
            .collect();
        for offset in offsets(&log) {
            let found = log.ask(&anchors, offset);
            let exact = log.exact(offset);
            // A marker before the place may be read as well as not: nothing lies between.
            let place = found.offset.unwrap();
            let between = log.target.records.range(place.min(exact)..place.max(exact)).count();
            prop_assert_eq!(found.proof, Proof::Exact, "at {}", offset);
            prop_assert_eq!(between, 0, "at {}: {} is not {}", offset, place, exact);
        }
    }

    #[test]
    fn compaction_makes_a_place_earlier_and_never_later(
        gaps in prop::collection::vec(any::<bool>(), 2..80),
        here in prop::collection::vec(any::<bool>(), 80),
        there in prop::collection::vec(any::<bool>(), 80),
    ) {
        let mut log = Mirrored::new(7, 300, &gaps, &[]);
        let position = log.position();
        let pairs = log.pairs.clone();
        for (index, (from, to)) in pairs.iter().enumerate() {
            if here[index] {
                log.source.records.remove(from);
            }
            if there[index] {
                log.target.records.remove(to);
            }
        }
        for offset in offsets(&log) {
            let found = log.ask(&[position], offset);
            let place = found.offset.unwrap();
            let (from, to) = (&log.source.records, &log.target.records);
            // What the source still has at or after the offset, and the target too, is not skipped.
            let common: BTreeSet<u128> = from.range(offset..).map(|(_, record)| *record).collect();
            let skipped = to.range(..place).filter(|(_, record)| common.contains(record)).count();
            prop_assert_eq!(skipped, 0, "at {}: {:?}", offset, found);
            if let Proof::Earlier { at_most } = found.proof {
                let again = to.range(place..).count().saturating_sub(to.range(log.exact(offset)..).count());
                prop_assert!(u64::try_from(again).unwrap() <= at_most, "at {}: {:?}", offset, found);
            }
        }
    }

    #[test]
    fn a_target_that_begins_later_is_named_with_what_is_missing(
        gaps in prop::collection::vec(any::<bool>(), 2..60), cut in 1_usize..60,
    ) {
        let mut log = Mirrored::new(0, 0, &gaps, &[]);
        let cut = cut.min(log.pairs.len());
        log.target.start = i64::try_from(cut).unwrap();
        log.target.records = log.target.records.split_off(&log.target.start);
        for offset in offsets(&log) {
            let exact = log.exact(offset);
            let found = log.ask(&[log.position()], offset);
            if exact >= log.target.start {
                prop_assert_eq!(found, Translation::exact(exact));
            } else {
                let missing = u64::try_from(log.target.start - exact).unwrap();
                prop_assert_eq!(found.offset, Some(log.target.start));
                prop_assert_eq!(found.proof, Proof::Behind { missing });
            }
        }
    }
}

#[test]
fn a_group_that_is_ahead_of_the_mirror_has_no_place_yet() {
    let mut log = Mirrored::new(0, 0, &[true; 10], &[]);
    log.target.records = log.target.records.into_iter().take(6).collect();
    log.target.end = 6;
    let anchor = Anchor { source: 6, target: 6 };
    let found = log.ask(&[anchor], 9);
    assert_eq!((found.offset, found.proof), (None, Proof::Ahead { missing: 3 }));
    assert_eq!(log.ask(&[anchor], 6), Translation::exact(6));
    assert_eq!(log.ask(&[], 6).proof, Proof::NotMirrored);
}

#[test]
fn what_the_source_has_deleted_is_not_skipped_on_the_target() {
    let mut log = Mirrored::new(0, 0, &[true; 10], &[]);
    let position = log.position();
    log.source.start = 5;
    log.source.records = log.source.records.split_off(&5);
    let found = log.ask(&[position], 2);
    assert_eq!(found.offset, Some(2));
    assert!(matches!(found.proof, Proof::Earlier { .. }));
}
