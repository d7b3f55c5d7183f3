//! Landfall lands Apache Kafka on Azure.

pub mod model;
pub mod run;
