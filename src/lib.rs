//! Landfall lands Apache Kafka on Azure.

pub mod config;
pub mod model;
pub mod run;
pub mod template;
