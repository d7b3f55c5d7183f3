//! A source, a target and a Kafka Connect worker as containers: genuine Apache Kafka, driven through the `docker` CLI.
//!
//! [`DockerSite::start`] is idempotent: what runs with the same settings is found, what a broken start left is cleared
//! away. Names and labels are made from the state folder, so two sites never meet, and `stop` removes by label what
//! belongs to this one alone. Nothing of the image is used but `/opt/kafka/bin`: its entrypoint never runs. Secrets reach
//! a container through a pipe, as files of mode 0600; they are on no command line and in no variable.

mod archive;
mod broker;
mod certificates;
mod container;
mod engine;
mod error;
mod hubs;
mod memory;
mod names;
mod plan;
mod ports;
mod ready;
mod removal;
mod rules;
mod secrets;
mod settings;
mod site;
mod worker;

pub use container::Found;
pub use engine::Engine;
pub use error::DockerError;
pub use hubs::Hubs;
pub use removal::Removed;
pub use settings::{DockerSettings, IMAGE, Limits};
pub use site::DockerSite;
pub use worker::{Inside, SECRETS_FILE};
