//! Kafka, spoken through librdkafka: where a cluster is, how to sign in, and what may be asked of it.
//!
//! [`Cluster`] is the door: it holds the address and the resolved credentials, answers questions about topics, offsets
//! and groups, and makes the settings of consumers and producers. [`ffi`] is the only place with `unsafe`: it holds the
//! calls that rdkafka's safe interface lacks. Old brokers and Event Hubs answer less than others:
//! [`KafkaError::Unsupported`] is part of every answer, and no caller may take it for a failure of the cluster.

pub mod acls;
mod address_book;
mod admin;
mod brokers;
mod cluster;
mod coordinator;
mod credentials;
mod error;
pub mod ffi;
mod listener;
pub mod oauth;
mod offsets;
mod print;
mod reader;
mod scan;
mod settings;
mod topic_changes;
mod topic_id;
mod topic_removal;
mod topics;

pub use acls::Acl;
pub use address_book::{AddressBook, Listening};
pub use admin::{Committed, Group};
pub use cluster::{Cluster, ClusterSettings};
pub use credentials::{Credentials, OauthToken, TokenSource};
pub use error::KafkaError;
pub use listener::Listener;
pub use print::{Digest, Print, Printer};
pub use reader::Reader;
pub use scan::{Scan, Stretch};
pub use settings::{LARGEST_REQUEST_BYTES, Writing, librdkafka};
pub use topic_id::{NoTopicId, TopicId};
pub use topics::{NewTopic, Topic, TopicPartition, Watermarks};
