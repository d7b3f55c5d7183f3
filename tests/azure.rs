//! The client of the Resource Manager against a server that misbehaves on purpose, and deployments against the emulator.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and prints what replays it"
)]

#[path = "azure/chaos.rs"]
mod chaos;
#[path = "azure/checks.rs"]
mod checks;
#[path = "azure/faults.rs"]
mod faults;
#[path = "azure/journey.rs"]
mod journey;
#[path = "azure/left_over.rs"]
mod left_over;
#[path = "azure/lost_answers.rs"]
mod lost_answers;
#[path = "azure/place.rs"]
mod place;
#[path = "azure/retries.rs"]
mod retries;
#[path = "azure/schedule.rs"]
mod schedule;
#[path = "azure/stacks.rs"]
mod stacks;
#[path = "azure/stub.rs"]
mod stub;
#[path = "azure/targets.rs"]
mod targets;
#[path = "azure/trouble.rs"]
mod trouble;
#[path = "azure/unnamed.rs"]
mod unnamed;
#[path = "azure/witness.rs"]
mod witness;
