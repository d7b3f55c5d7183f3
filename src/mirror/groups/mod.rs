//! Consumer groups: where each stands on the source, where it would go on at the target, and what that costs.
//!
//! [`look`] reads both sides and changes nothing. The exact place on the target comes from [`translate`]: a pair of
//! offsets that belong together (the embedded engine's position, or MirrorMaker 2's offset syncs) and a count of the
//! records between it and the group, proven by comparing records. With MirrorMaker 2 the group goes on where a
//! checkpoint says, which is at or before that place; the difference is what it reads again. With the embedded engine
//! [`SyncPlan`] writes the exact place, for groups without members there, and never backwards.

mod checkpoints;
mod given;
mod internal;
mod jobs;
mod look;
mod partition;
mod report;
mod search;
mod sync;
mod syncs;
pub mod translate;
mod wire;

pub use checkpoints::Checkpoint;
pub use look::{Question, look};
pub use report::{GroupReport, Groups, PartitionReport, Reason, Totals};
pub use sync::{SyncPlan, Write};
pub use wire::{OffsetSync, decode_checkpoint, decode_sync};

use crate::config::Connect;
use crate::model::connect_topics::OffsetSyncs;

/// Who translates and writes offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    /// This program, when it is asked to.
    Embedded,
    /// MirrorMaker 2, by itself.
    Connect(Internals),
}

/// The topics that MirrorMaker 2 keeps of a flow, and what it was told to do about groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Internals {
    /// On the target.
    pub checkpoints: String,
    pub offset_syncs: String,
    /// Whether the offset syncs are kept on the target, and not on the source.
    pub syncs_on_target: bool,
    /// Whether it writes the offsets of groups, and not only checkpoints.
    pub writes_groups: bool,
}

impl Internals {
    /// As an environment says it; `writes_groups` is how the checkpoint connector was told to treat groups.
    pub fn of(connect: &Connect, writes_groups: bool) -> Self {
        let topics = connect.topics();
        Self {
            checkpoints: topics.checkpoints.name,
            offset_syncs: topics.offset_syncs.name,
            syncs_on_target: connect.offset_syncs == OffsetSyncs::Target,
            writes_groups,
        }
    }
}
