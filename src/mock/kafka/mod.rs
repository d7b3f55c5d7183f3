//! Local Kafka clusters: brokers inside this process.

pub mod embedded;
pub mod observer;
