//! Genuine Apache Kafka in containers. Runs only with `LANDFALL_TEST_DOCKER=1`, and fails then where Docker is missing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    reason = "a test fails by panicking, and says why it did not run"
)]

mod engine;
mod groups;
mod position;
#[path = "../cli/support.rs"]
mod support;
mod workers;
