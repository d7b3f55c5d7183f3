//! How a mirror gets on: positions and watermarks, looked at again and again, become lag, rate, time left and alarms.
//!
//! [`Tracker`] is the state machine: it remembers what a single look cannot tell (what moved, what was lost) and knows no
//! cluster. [`Watch`] asks the source and hands over what it saw; where offsets alone do not tell, it looks into the
//! partition (are there records behind a position that does not move, or only markers? how large are they?).
//! [`Memory`] keeps on disk what must outlive the process. The engine's positions are given by the caller, so that the
//! embedded engine and Kafka Connect are judged by the same rules.

mod alarm;
mod memory;
mod partition;
mod rate;
mod size;
mod status;
mod topic;
mod tracker;
mod watch;

#[cfg(test)]
mod tests;

pub use alarm::{Alarm, AlarmKind};
pub use memory::{Known, Memory, Remembered};
pub use partition::Seen;
pub(in crate::mirror) use rate::Window;
pub use rate::{Flowing, Pace};
pub use status::{PartitionState, PartitionStatus, Status, TopicStatus};
pub use tracker::{Look, Tracker};
pub use watch::{ONE_LOOK, Watch, status, status_at};
