//! Genuine Apache Kafka in containers, some of it started by the real binary.
//!
//! These run with `LANDFALL_TEST_DOCKER=1` and then fail where no Docker engine answers; without it they say so and pass.
//! The image is the one that `tests/docker/image/build` makes, or what `LANDFALL_TEST_KAFKA_IMAGE` names.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    reason = "a test fails by panicking and says why it did not run; not every module uses every helper"
)]

mod connect;
mod engine;
mod failing;
mod faults;
mod groups;
mod journey;
mod lifecycle;
mod machines;
mod million;
mod position;
mod records;
mod rehearsal;
mod rest;
mod security;
mod site;
#[path = "../cli/support.rs"]
mod support;
mod workers;
