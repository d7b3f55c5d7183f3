//! Landfall lands Apache Kafka on Azure.

pub mod azure;
pub mod cli;
pub mod config;
pub mod deploy;
pub mod kafka;
pub mod mirror;
pub mod mock;
pub mod model;
pub mod run;
pub mod template;
pub mod ui;
pub mod verify;
