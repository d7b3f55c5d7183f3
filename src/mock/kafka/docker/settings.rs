//! How a site of containers is set up.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::DockerError;
use crate::model::security::Guard;

/// The image that is used unless somebody names another: Apache Kafka's own, at a version that is tested.
pub const IMAGE: &str = "apache/kafka:4.3.1";

/// Everything that tells one site from another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockerSettings {
    /// An image with Apache Kafka under `/opt/kafka`.
    pub image: String,
    /// Brokers on each side: 1 or 3.
    pub brokers: u16,
    /// How the source is guarded.
    pub source: Guard,
    /// How the target is guarded.
    pub target: Guard,
    /// What the target refuses beyond what a plain Kafka would.
    pub limits: Limits,
    /// The name of the environment that the site rehearses, for the labels.
    #[serde(skip)]
    pub environment: Option<String>,
    /// Properties of the Kafka Connect worker that win over our own.
    #[serde(skip)]
    pub worker: BTreeMap<String, String>,
}

/// What the target refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limits {
    /// What Azure Event Hubs refuses, as far as a broker can be told to: large requests, changes of a topic's settings
    /// and partitions, transactions. Compression cannot be refused by a broker, and is not.
    #[default]
    Service,
    /// Nothing more than Kafka does.
    None,
}

impl Default for DockerSettings {
    fn default() -> Self {
        Self {
            image: IMAGE.to_owned(),
            brokers: 1,
            source: Guard::Plaintext,
            target: Guard::Plaintext,
            limits: Limits::default(),
            environment: None,
            worker: BTreeMap::new(),
        }
    }
}

impl DockerSettings {
    /// Whether a site can be made of these settings.
    pub(super) fn check(&self) -> Result<(), DockerError> {
        match self.brokers {
            1 | 3 => Ok(()),
            brokers => Err(DockerError::Brokers { brokers }),
        }
    }
}

impl fmt::Display for DockerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = match self.limits {
            Limits::Service => "with the service's limits",
            Limits::None => "without limits",
        };
        write!(
            f,
            "`{}`, {} brokers a side, source {}, target {} {limits}",
            self.image, self.brokers, self.source, self.target
        )
    }
}
