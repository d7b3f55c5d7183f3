//! What was found of every group, as a value that prints.

use std::fmt;

use serde::Serialize;

use super::translate::Proof;

/// Every group of the source, what stands in its way, and the sums.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Groups {
    pub flow: String,
    /// `embedded` or `connect`.
    pub engine: &'static str,
    pub totals: Totals,
    pub groups: Vec<GroupReport>,
    /// What could not be looked at, in words.
    pub notes: Vec<String>,
}

/// Sums over all groups in scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Groups in scope that have offsets on selected topics.
    pub groups: usize,
    /// Groups of which every partition has a place on the target.
    pub ready: usize,
    pub partitions: usize,
    /// Partitions without a place on the target.
    pub without_place: usize,
    /// Records that would be read again.
    pub rereads: u64,
    /// Records that would be skipped.
    pub skips: u64,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupReport {
    pub group: String,
    /// Kafka's name of its state on the source; `None` where the cluster does not say.
    pub source_state: Option<String>,
    pub source_members: usize,
    /// As above on the target, where Event Hubs says `Dead` of every group without members.
    pub target_state: Option<String>,
    pub target_members: usize,
    /// Why nothing at all is translated for it.
    pub reason: Option<Reason>,
    pub partitions: Vec<PartitionReport>,
}

/// One group on one partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartitionReport {
    pub topic: String,
    pub partition: i32,
    /// The next offset that it reads on the source.
    pub source_offset: i64,
    /// The offset of the same record on the target, or the nearest before it that can be proven.
    pub exact: Option<i64>,
    pub proof: Proof,
    /// What is committed for it on the target.
    pub committed: Option<i64>,
    /// Where MirrorMaker 2's last checkpoint leads.
    pub checkpoint: Option<i64>,
    /// Where it goes on, once what is known has been written.
    pub resumes_at: Option<i64>,
    /// Records between where it goes on and where it stands, read twice.
    pub rereads: Option<u64>,
    /// Records between where it stands and where it goes on, read never.
    pub skips: Option<u64>,
    /// Why it has no place, or why its place is not written.
    pub reason: Option<Reason>,
}

/// Why a group, or one of its partitions, has no translation or has none that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    Excluded,
    NoOffsets,
    NotMirrored,
    AheadOfMirror,
    BehindMirror,
    NotRefreshed,
    TooOld,
    MembersConnected,
    SyncOff,
    NotWritten,
    Rewound,
}

impl Reason {
    /// Whether the group cannot go on where it stands, and not merely does not yet.
    pub fn stands_in_the_way(self) -> bool {
        !matches!(self, Self::Excluded | Self::NoOffsets | Self::NotWritten)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Excluded => "left out by `groups`",
            Self::NoOffsets => "no offsets on selected topics",
            Self::NotMirrored => "nothing of the partition is mirrored yet",
            Self::AheadOfMirror => "ahead of the mirror",
            Self::BehindMirror => "behind the mirror's start: its next records are not on the target",
            Self::NotRefreshed => "not refreshed yet",
            Self::TooOld => "too old: no offset sync is kept from so far back",
            Self::MembersConnected => "members are connected on the target",
            Self::SyncOff => "group offsets are not synchronised",
            Self::NotWritten => "not written yet",
            Self::Rewound => "would be set back: the target does not call the group empty",
        })
    }
}

impl Groups {
    /// Adds the groups up.
    pub(super) fn sum(&mut self) {
        let mut totals = Totals::default();
        for group in self.groups.iter().filter(|group| group.reason.is_none()) {
            totals.groups += 1;
            totals.partitions += group.partitions.len();
            let without = group
                .partitions
                .iter()
                .filter(|partition| partition.resumes_at.is_none())
                .count();
            totals.without_place += without;
            totals.ready += usize::from(without == 0);
            for partition in &group.partitions {
                totals.rereads += partition.rereads.unwrap_or(0);
                totals.skips += partition.skips.unwrap_or(0);
            }
        }
        self.totals = totals;
    }

    /// Whether every group in scope has a place on the target and none would skip a record.
    pub fn all_well(&self) -> bool {
        let in_the_way = |group: &GroupReport| {
            let mut reasons = group.partitions.iter().filter_map(|partition| partition.reason);
            reasons.any(Reason::stands_in_the_way)
        };
        self.totals.without_place == 0 && self.totals.skips == 0 && !self.groups.iter().any(in_the_way)
    }
}
