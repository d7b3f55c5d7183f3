//! The words of the field, checked once: names, units, resource ids, secrets, and how a client signs in to Kafka.
//!
//! Everything here is plain data that any room may use; nothing here reads a file or opens a connection.

pub mod connect_secrets;
pub mod connect_topics;
pub mod expression;
pub mod hashes;
pub mod joined_id;
pub mod name;
pub mod nearest;
pub mod resource_id;
pub mod secret;
pub mod security;
pub mod selection;
pub mod units;
