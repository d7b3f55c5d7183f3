//! Compares two streams of fingerprints and says how they differ.
//!
//! While they agree, nothing is kept but the last records (to know a duplicate). At a difference both sides are read up to
//! a window, the nearest record that both have is looked for, and what lies before it is named.

use std::collections::{HashMap, HashSet, VecDeque};

use super::verdict::Kind;
use crate::kafka::Print;

/// How far to look for the other side, step by step: most differences are small.
const STEPS: [usize; 2] = [64, 1024];

/// What the comparison needs to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Source,
    Target,
    /// Both sides are at their end.
    Nothing,
    /// The sides have nothing in common within the window.
    GiveUp,
}

/// One difference: its kind and where it is on either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub kind: Kind,
    pub source_offset: Option<i64>,
    pub target_offset: Option<i64>,
}

/// Which side may begin with records that the other has deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    Same,
    TargetOlder,
    SourceOlder,
}

/// Two streams side by side.
pub struct Comparison<F: FnMut(Found)> {
    window: usize,
    beginning: Beginning,
    pub source: VecDeque<Print>,
    pub target: VecDeque<Print>,
    /// The last records that agreed.
    recent: VecDeque<u128>,
    /// Records passed at the beginning because the other side has deleted them.
    pub passed: u64,
    found: F,
}

impl<F: FnMut(Found)> Comparison<F> {
    /// Compares with `window`; each difference is given to `found`.
    pub fn new(window: usize, beginning: Beginning, found: F) -> Self {
        Self {
            window: window.max(1),
            beginning,
            source: VecDeque::new(),
            target: VecDeque::new(),
            recent: VecDeque::new(),
            passed: 0,
            found,
        }
    }

    /// Compares what is there and says what is needed next.
    pub fn go_on(&mut self, source_done: bool, target_done: bool) -> Need {
        loop {
            self.match_fronts();
            let wanted = if self.source.is_empty() || self.target.is_empty() {
                1
            } else {
                self.window
            };
            if self.source.len() < wanted && !source_done {
                return Need::Source;
            }
            if self.target.len() < wanted && !target_done {
                return Need::Target;
            }
            if self.source.is_empty() && self.target.is_empty() {
                return Need::Nothing;
            }
            if let Some((source, target)) = self.meeting() {
                self.name_gap(source, target);
            } else if source_done && target_done {
                self.name_gap(self.source.len(), self.target.len());
            } else if self.source.is_empty() || self.target.is_empty() {
                // One side is at its end and the other goes on: what is there is named, and more is asked for.
                self.name_gap(self.source.len(), self.target.len());
            } else if !self.pass_beginning() {
                return Need::GiveUp;
            }
        }
    }

    fn match_fronts(&mut self) {
        while let (Some(source), Some(target)) = (self.source.front(), self.target.front()) {
            if source.record != target.record {
                return;
            }
            self.recent.push_back(source.record);
            if self.recent.len() > self.window {
                self.recent.pop_front();
            }
            self.beginning = Beginning::Same;
            self.source.pop_front();
            self.target.pop_front();
        }
    }

    /// The nearest pair of equal records: how many come before it on each side.
    fn meeting(&self) -> Option<(usize, usize)> {
        let steps = STEPS
            .into_iter()
            .filter(|step| *step < self.window)
            .chain([self.window]);
        steps.into_iter().find_map(|step| {
            let mut places = HashMap::with_capacity(step.min(self.target.len()));
            for (index, print) in self.target.iter().take(step).enumerate() {
                places.entry(print.record).or_insert(index);
            }
            let pairs = self.source.iter().take(step).enumerate();
            let pairs = pairs.filter_map(|(index, print)| Some((index, *places.get(&print.record)?)));
            pairs.min_by_key(|(source, target)| source + target)
        })
    }

    /// At the beginning, records that the other side has deleted are passed without a bound.
    fn pass_beginning(&mut self) -> bool {
        let side = match self.beginning {
            Beginning::Same => return false,
            Beginning::TargetOlder => &mut self.target,
            Beginning::SourceOlder => &mut self.source,
        };
        self.passed += side.len() as u64;
        side.clear();
        true
    }

    /// Names the first `source` and `target` records, which are not the same.
    fn name_gap(&mut self, source: usize, target: usize) {
        let mut left: Vec<Print> = self.source.drain(..source).collect();
        let mut right: Vec<Print> = self.target.drain(..target).collect();
        let met = !self.source.is_empty();
        match self.beginning {
            Beginning::TargetOlder if met || left.is_empty() => self.passed += right.drain(..).len() as u64,
            Beginning::SourceOlder if met || right.is_empty() => self.passed += left.drain(..).len() as u64,
            _ => {}
        }
        self.name_duplicates(&mut right);
        self.name_moved(&mut left, &mut right);
        self.name_altered(&mut left, &mut right);
        for print in left {
            self.name(Kind::Missing, Some(print), None);
        }
        for print in right {
            self.name(Kind::Extra, None, Some(print));
        }
    }

    fn name_duplicates(&mut self, right: &mut Vec<Print>) {
        let recent: HashSet<u128> = if right.is_empty() {
            HashSet::new()
        } else {
            self.recent.iter().copied().collect()
        };
        let (doubled, rest) = right
            .iter()
            .copied()
            .partition(|print| recent.contains(&print.record));
        *right = rest;
        let doubled: Vec<Print> = doubled;
        for print in doubled {
            self.name(Kind::Duplicated, None, Some(print));
        }
    }

    /// A record of one gap that the other side has further on was moved; it is taken out there.
    fn name_moved(&mut self, left: &mut Vec<Print>, right: &mut Vec<Print>) {
        let mut later = places(&self.target);
        let moved = take_found(left, &mut later);
        remove_all(&mut self.target, &moved);
        for (source, target) in moved.into_iter().map(|(print, index)| (print, index.1)) {
            self.name(Kind::Reordered, Some(source), Some(target));
        }
        let mut later = places(&self.source);
        let moved = take_found(right, &mut later);
        remove_all(&mut self.source, &moved);
        for (target, source) in moved.into_iter().map(|(print, index)| (print, index.1)) {
            self.name(Kind::Reordered, Some(source), Some(target));
        }
    }

    /// Records with the same key, or as many on either side, stand for each other.
    fn name_altered(&mut self, left: &mut Vec<Print>, right: &mut Vec<Print>) {
        let mut unpaired = Vec::new();
        for source in left.drain(..) {
            let same_key = |target: &Print| source.key.is_some() && source.key == target.key;
            match right.iter().position(same_key) {
                Some(index) => {
                    let target = right.remove(index);
                    self.name(Kind::Altered, Some(source), Some(target));
                }
                None => unpaired.push(source),
            }
        }
        if unpaired.len() == right.len() {
            for (source, target) in unpaired.drain(..).zip(right.drain(..)) {
                self.name(Kind::Altered, Some(source), Some(target));
            }
        }
        *left = unpaired;
    }

    fn name(&mut self, kind: Kind, source: Option<Print>, target: Option<Print>) {
        (self.found)(Found {
            kind,
            source_offset: source.map(|print| print.offset),
            target_offset: target.map(|print| print.offset),
        });
    }
}

type Places = HashMap<u128, VecDeque<(usize, Print)>>;

fn places(side: &VecDeque<Print>) -> Places {
    let mut places = Places::new();
    for (index, print) in side.iter().enumerate() {
        places.entry(print.record).or_default().push_back((index, *print));
    }
    places
}

/// Takes out of `gap` what is in `later`, each place once.
fn take_found(gap: &mut Vec<Print>, later: &mut Places) -> Vec<(Print, (usize, Print))> {
    let mut found = Vec::new();
    gap.retain(
        |print| match later.get_mut(&print.record).and_then(VecDeque::pop_front) {
            Some(place) => {
                found.push((*print, place));
                false
            }
            None => true,
        },
    );
    found
}

fn remove_all(side: &mut VecDeque<Print>, moved: &[(Print, (usize, Print))]) {
    if moved.is_empty() {
        return;
    }
    let gone: HashSet<usize> = moved.iter().map(|(_, (index, _))| *index).collect();
    let mut index = 0;
    side.retain(|_| {
        index += 1;
        !gone.contains(&(index - 1))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares two texts, one record per letter; letters of either case have the same key.
    fn differences(source: &str, target: &str) -> Vec<(Kind, Option<i64>, Option<i64>)> {
        let (found, need, _) = compare(source, target, 100, Beginning::Same);
        assert_eq!(need, Need::Nothing);
        found
    }

    type Compared = (Vec<(Kind, Option<i64>, Option<i64>)>, Need, u64);

    fn compare(source: &str, target: &str, window: usize, beginning: Beginning) -> Compared {
        let print = |(offset, letter): (usize, char)| Print {
            offset: i64::try_from(offset).unwrap(),
            record: u128::from(u32::from(letter)),
            key: letter
                .is_alphabetic()
                .then(|| u64::from(u32::from(letter.to_ascii_lowercase()))),
        };
        let mut found = Vec::new();
        let note = |one: Found| found.push((one.kind, one.source_offset, one.target_offset));
        let mut comparison = Comparison::new(window, beginning, note);
        let mut left: VecDeque<_> = source.chars().enumerate().map(print).collect();
        let mut right: VecDeque<_> = target.chars().enumerate().map(print).collect();
        let need = loop {
            match comparison.go_on(left.is_empty(), right.is_empty()) {
                Need::Source => comparison.source.push_back(left.pop_front().unwrap()),
                Need::Target => comparison.target.push_back(right.pop_front().unwrap()),
                end => break end,
            }
        };
        let passed = comparison.passed;
        drop(comparison);
        (found, need, passed)
    }

    #[test]
    fn equal_sides_have_no_difference() {
        assert_eq!(differences("abcdefg", "abcdefg"), []);
        assert_eq!(differences("", ""), []);
        assert_eq!(differences("aaaa", "aaaa"), []);
    }

    #[test]
    fn a_missing_record_is_named_at_every_place() {
        assert_eq!(differences("abc", "bc"), [(Kind::Missing, Some(0), None)]);
        assert_eq!(differences("abc", "ac"), [(Kind::Missing, Some(1), None)]);
        assert_eq!(differences("abc", "ab"), [(Kind::Missing, Some(2), None)]);
        assert_eq!(differences("a", ""), [(Kind::Missing, Some(0), None)]);
    }

    #[test]
    fn an_extra_record_is_named() {
        assert_eq!(differences("abc", "abxc"), [(Kind::Extra, None, Some(2))]);
        assert_eq!(differences("abc", "abcx"), [(Kind::Extra, None, Some(3))]);
    }

    #[test]
    fn an_altered_record_is_named_on_both_sides() {
        assert_eq!(differences("abcd", "aBcd"), [(Kind::Altered, Some(1), Some(1))]);
        assert_eq!(differences("ab", "aB"), [(Kind::Altered, Some(1), Some(1))]);
        assert_eq!(differences("a1c", "a2c"), [(Kind::Altered, Some(1), Some(1))]);
    }

    #[test]
    fn a_moved_record_is_reordered_and_not_missing() {
        assert_eq!(differences("abcd", "acbd"), [(Kind::Reordered, Some(2), Some(1))]);
        assert_eq!(differences("abcd", "bcda"), [(Kind::Reordered, Some(0), Some(3))]);
        assert_eq!(differences("abcd", "dabc"), [(Kind::Reordered, Some(3), Some(0))]);
    }

    #[test]
    fn a_record_that_comes_twice_is_a_duplicate() {
        assert_eq!(differences("abc", "abbc"), [(Kind::Duplicated, None, Some(2))]);
        let twice = differences("abcd", "abcabcd");
        assert_eq!(
            twice
                .iter()
                .filter(|(kind, ..)| *kind == Kind::Duplicated)
                .count(),
            3
        );
        assert_eq!(twice.len(), 3);
    }

    #[test]
    fn several_kinds_in_one_partition_are_told_apart() {
        assert_eq!(
            differences("abcdefghij", "acdEfghxj"),
            [
                (Kind::Missing, Some(1), None),
                (Kind::Altered, Some(4), Some(3)),
                (Kind::Altered, Some(8), Some(7)),
            ]
        );
    }

    #[test]
    fn sides_that_lost_each_other_are_given_up() {
        let (_, need, _) = compare("abcdefghijklmnop", "ABCDEFGHIJKLMNOP", 4, Beginning::Same);
        assert_eq!(need, Need::GiveUp);
    }

    #[test]
    fn what_the_source_has_deleted_since_is_no_difference() {
        let (found, need, passed) = compare("mnop", "abcdefghijklmnop", 4, Beginning::TargetOlder);
        assert_eq!((found, need, passed), (vec![], Need::Nothing, 12));
        let (found, need, passed) = compare("abcdefghijklmnop", "mnop", 4, Beginning::SourceOlder);
        assert_eq!((found, need, passed), (vec![], Need::Nothing, 12));
        let (found, _, passed) = compare("", "abc", 4, Beginning::TargetOlder);
        assert_eq!((found, passed), (vec![], 3));
    }
}
