//! MirrorMaker 2 on Kafka Connect: how it is wired, and how its workers are asked over REST.
//!
//! [`wiring()`] is pure: from what is known of an environment it makes the worker's properties and the configurations of
//! the three connectors. [`Worker`] speaks the REST contract. [`check`], [`Checked::start`] and their siblings bring what
//! runs into line with what is wired and wait until it is so. Nothing here holds a secret but the worker's own sign-in: a
//! connector's configuration can be read by everybody who reaches the worker, so it names secrets by reference.
//!
//! The prefixes and promises of MirrorMaker 2 that this relies on were tried: see docs/mirrormaker2.md.

mod control;
mod error;
mod immutable;
mod positions;
mod preflight;
mod rest;
mod start;
mod wiring;

#[cfg(test)]
mod tests;

pub use control::{Moved, Restarted, pause, restart, resume, states, stop};
pub use error::{ConnectError, KeyProblem};
pub use positions::positions;
pub use preflight::{Preflight, preflight};
pub use rest::{
    ConnectorState, Patience, Plugin, SignIn, SourceOffset, State, TaskState, Worker, WorkerInfo,
};
pub use start::{Change, Checked, KeyChange, Outcome, Started, check};
pub use wiring::{
    Brokers, Connector, Content, Facts, Keys, Side, Wiring, WorkerFile, WorkerSecret, names, wiring,
};
