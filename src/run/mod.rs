//! What happens while something runs: the events, who listens, and where it is kept.
//!
//! The engine emits [`Event`]s into a [`Sink`] and returns typed errors; it never prints. `ui` shows the same events
//! to a person or as JSON lines, and [`journal::Journal`] keeps them on disk.

mod event;
pub mod journal;
mod sink;
mod stop;

pub use event::{Event, MirrorProgress, PartitionProgress, ResourceState};
pub use sink::{Quiet, Recorder, Sink, Step, Tee};
pub use stop::Stop;
