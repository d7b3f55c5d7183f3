//! The flow of records from source to target: what flows, how far it is, and the engine that copies in this process.
//!
//! A [`Flow`] says what; [`embedded::run`] copies; [`status()`] tells from anywhere how far the copy is, because the position
//! is kept on the source cluster as the commits of a consumer group ([`position`]), not in a file. [`progress`] watches
//! the copy of either engine.

pub mod access;
pub mod connect;
pub mod embedded;
mod error;
mod flow;
pub mod groups;
pub mod lint;
pub mod position;
mod position_source;
pub mod progress;
pub mod topics;

pub use error::MirrorError;
pub use flow::{Creation, Flow, Until};
pub use position::{Position, Positions};
pub use position_source::PositionSource;
pub use progress::{PartitionState, PartitionStatus, Status, status, status_at};
