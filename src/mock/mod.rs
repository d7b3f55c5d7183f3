//! The mock site: an ARM emulator and two Kafka clusters on this machine.
pub mod arm;
pub mod kafka;
