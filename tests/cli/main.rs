//! The real binary, as a user types it: standard output, standard error, exit code.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and prints what replays it"
)]

mod bad_input;
mod containers;
mod demo;
mod drift;
mod environment;
mod faults;
mod graphs;
mod groups;
mod interrupt;
mod journey;
mod kill;
mod kill_up;
mod laboratory;
mod lint;
mod many;
mod output;
mod plans;
mod readme;
mod secrets;
mod sign_in;
mod support;
mod targets;
mod watch;
#[path = "../azure/witness.rs"]
mod witness;
mod workers;
