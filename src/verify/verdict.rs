//! What a verification found.

use std::fmt;

use serde::Serialize;

use crate::kafka::Digest;

/// The result: `ok` when every record of the source is on the target, once, unaltered, in its place, and nothing else is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    pub ok: bool,
    #[serde(flatten)]
    pub counts: Counts,
    pub topics: Vec<TopicVerdict>,
    /// The first differences, by topic and partition.
    pub differences: Vec<Difference>,
    /// What a reader must know to judge the counts.
    pub notes: Vec<String>,
    pub seconds: f64,
}

/// What was counted, over one partition or over all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Records of the source that were read.
    pub records: u64,
    /// Records of the target that were read.
    pub target_records: u64,
    pub missing: u64,
    pub extra: u64,
    pub altered: u64,
    pub reordered: u64,
    pub duplicated: u64,
    /// Records at the beginning of the target that the source has deleted since: no difference.
    pub expired_at_source: u64,
    /// Records at the beginning of the source that the target has deleted since: no difference.
    pub expired_at_target: u64,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TopicVerdict {
    pub topic: String,
    /// Whether compaction removes records; `None` where the source cannot tell.
    pub compacted: Option<bool>,
    pub partitions: Vec<PartitionVerdict>,
}

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartitionVerdict {
    pub partition: i32,
    #[serde(flatten)]
    pub counts: Counts,
    /// Running digests of everything that was read, in order; equal for equal sides.
    pub source_digest: Digest,
    pub target_digest: Digest,
    /// Where the two sides lost each other for good; the rest of the partition was not compared.
    pub diverged: Option<Diverged>,
    #[serde(skip)]
    pub differences: Vec<Difference>,
}

/// The offsets behind which nothing was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Diverged {
    pub source_offset: i64,
    pub target_offset: i64,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub topic: String,
    pub partition: i32,
    pub kind: Kind,
    /// Absent for a record that only the target has.
    pub source_offset: Option<i64>,
    /// Absent for a record that only the source has.
    pub target_offset: Option<i64>,
}

/// What is different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The source has it, the target does not.
    Missing,
    /// The target has it, the source does not.
    Extra,
    /// Both have it in this place, but not with the same bytes or time.
    Altered,
    /// Both have it, in different places.
    Reordered,
    /// The target has it more than once.
    Duplicated,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = |offset: Option<i64>| offset.map_or_else(|| "nowhere".to_owned(), |at| at.to_string());
        let Self {
            topic,
            partition,
            kind,
            source_offset,
            target_offset,
        } = self;
        let (source, target) = (offset(*source_offset), offset(*target_offset));
        write!(
            f,
            "{kind}: {topic} partition {partition}, source offset {source}, target offset {target}"
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Altered => "altered",
            Self::Reordered => "reordered",
            Self::Duplicated => "duplicated",
        })
    }
}

impl Counts {
    /// Whether nothing differs.
    pub fn is_clean(&self) -> bool {
        [
            self.missing,
            self.extra,
            self.altered,
            self.reordered,
            self.duplicated,
        ] == [0; 5]
    }

    pub(super) fn count(&mut self, kind: Kind) {
        match kind {
            Kind::Missing => self.missing += 1,
            Kind::Extra => self.extra += 1,
            Kind::Altered => self.altered += 1,
            Kind::Reordered => self.reordered += 1,
            Kind::Duplicated => self.duplicated += 1,
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.target_records += other.target_records;
        self.missing += other.missing;
        self.extra += other.extra;
        self.altered += other.altered;
        self.reordered += other.reordered;
        self.duplicated += other.duplicated;
        self.expired_at_source += other.expired_at_source;
        self.expired_at_target += other.expired_at_target;
    }
}
