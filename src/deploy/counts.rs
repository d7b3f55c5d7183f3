//! How much a plan changes, in numbers.

use std::fmt;

use serde::Serialize;

use super::changes::{Change, ChangeKind};

/// How many resources would change in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub create: usize,
    pub modify: usize,
    pub delete: usize,
    pub detach: usize,
    pub no_change: usize,
    pub ignore: usize,
    pub unsupported: usize,
}

impl Counts {
    pub(super) fn of(changes: &[Change]) -> Self {
        let count = |kind| changes.iter().filter(|change| change.kind == kind).count();
        Self {
            create: count(ChangeKind::Create),
            modify: count(ChangeKind::Modify),
            delete: count(ChangeKind::Delete),
            detach: count(ChangeKind::Detach),
            no_change: count(ChangeKind::NoChange),
            ignore: count(ChangeKind::Ignore),
            unsupported: count(ChangeKind::Unsupported),
        }
    }

    pub(super) fn changing(self) -> usize {
        self.create + self.modify + self.delete + self.detach
    }
}

impl fmt::Display for Counts {
    /// `4 to create, 1 unchanged`; what is 0 is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changing = [
            (self.create, "to create"),
            (self.modify, "to change"),
            (self.delete, "to delete"),
            (self.detach, "to leave unmanaged"),
        ];
        let also = [
            (self.no_change, "unchanged"),
            (self.unsupported, "not foreseeable"),
        ];
        let said = |(count, word): &(usize, &str)| (*count > 0).then(|| format!("{count} {word}"));
        let mut words: Vec<String> = changing.iter().filter_map(said).collect();
        if words.is_empty() {
            words.push("nothing to change".to_owned());
        }
        words.extend(also.iter().filter_map(said));
        f.write_str(&words.join(", "))
    }
}
