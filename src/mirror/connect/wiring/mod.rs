//! From an environment to what Kafka Connect is told: the worker's properties and three connectors.
//!
//! Prefixes decide which client a key reaches, and one that reaches nobody is dropped in silence: [`clients`] is the only
//! place that writes them. What differs by target comes from its `target.yaml`; secrets are `${file:…}` references.

mod clients;
mod connectors;
mod pattern;
mod sign_in;
mod worker;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::{Environment, Mirror};
use crate::model::connect_topics::ConnectTopics;
use crate::model::secret::SecretReference;
use crate::model::security::Security;
use crate::model::selection::Selection;
use crate::template;

/// Keys and values of one configuration, in the order of their names.
pub type Keys = BTreeMap<String, String>;

/// The replicas of a topic where neither the target nor its size says otherwise.
const USUAL_REPLICAS: u16 = 3;

/// One cluster as the workers see it.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// `host:port[,host:port…]`, as the workers reach it.
    pub bootstrap: &'a str,
    pub security: &'a Security,
    /// Whether the files that `security` names are those of the workers, not of this machine.
    pub on_workers: bool,
}

/// How many brokers answer, where somebody counted them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Brokers {
    pub source: Option<usize>,
    pub target: Option<usize>,
}

/// Everything that the wiring depends on.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub environment: &'a str,
    pub source: Side<'a>,
    pub target: Side<'a>,
    pub topics: &'a Selection,
    pub groups: &'a Selection,
    pub mirror: &'a Mirror,
    /// What the target is able to do, and what it asks of its clients.
    pub abilities: &'a template::Connect,
    pub brokers: Brokers,
    /// Where the workers find secrets.
    pub secrets_file: &'a str,
    /// How many tasks the source connector may have.
    pub tasks: u32,
}

/// What Kafka Connect is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wiring {
    /// The properties of every worker; its listeners and plugin path are its host's affair.
    pub worker: Keys,
    pub source: Connector,
    pub checkpoint: Connector,
    pub heartbeat: Connector,
    /// The secrets that the workers' secrets file must hold.
    pub secrets: Vec<WorkerSecret>,
    /// The files that must lie beside the secrets file.
    pub files: Vec<WorkerFile>,
    /// Java system properties without which a worker's clients refuse their sign-in.
    pub system_properties: Keys,
    pub topics: ConnectTopics,
}

/// A connector's name and configuration; the configuration holds the name too, as Connect answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Connector {
    pub name: String,
    pub config: Keys,
}

/// One line of the workers' secrets file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkerSecret {
    /// `source.password`; see [`crate::model::connect_secrets::line`].
    pub key: String,
    /// Where this machine finds the value.
    pub reference: SecretReference,
}

/// A file on the workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkerFile {
    pub path: String,
    pub content: Content,
}

/// What a worker's file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// These PEM files of this machine, one after the other; a private key first.
    Pem(Vec<String>),
    /// A token of the host's own identity for the target, written anew before it ends.
    AzureToken,
}

impl<'a> Facts<'a> {
    /// The facts of `environment`, whose clusters the workers reach as `source` and `target`.
    pub fn of(
        environment: &'a Environment,
        abilities: &'a template::Connect,
        source: Side<'a>,
        target: Side<'a>,
    ) -> Self {
        Self {
            environment: environment.name.as_str(),
            source,
            target,
            topics: &environment.topics.selection,
            groups: &environment.groups,
            mirror: &environment.mirror,
            abilities,
            brokers: Brokers::default(),
            secrets_file: &environment.mirror.connect.secrets_file,
            tasks: environment.mirror.tasks,
        }
    }

    /// The facts with the numbers of brokers that were counted.
    pub fn with_brokers(self, brokers: Brokers) -> Self {
        Self { brokers, ..self }
    }

    /// How many replicas a topic on the target gets: what its `target.yaml` says or 3, and no more than it has brokers.
    fn target_replicas(&self) -> u16 {
        let wanted = self.abilities.replicas.unwrap_or(USUAL_REPLICAS);
        at_most(wanted, self.brokers.target)
    }

    fn source_replicas(&self) -> u16 {
        at_most(USUAL_REPLICAS, self.brokers.source)
    }
}

fn at_most(wanted: u16, brokers: Option<usize>) -> u16 {
    let brokers = brokers.and_then(|brokers| u16::try_from(brokers).ok());
    brokers.map_or(wanted, |brokers| wanted.min(brokers.max(1)))
}

/// The names of an environment's connectors: source, checkpoint, heartbeat. The position is kept under the first.
pub fn names(environment: &str) -> [String; 3] {
    ["source", "checkpoint", "heartbeat"].map(|role| format!("landfall-{environment}-{role}"))
}

/// Wires MirrorMaker 2.
pub fn wiring(facts: &Facts<'_>) -> Wiring {
    let source = sign_in::of("source", facts.source, facts.secrets_file);
    let target = sign_in::of("target", facts.target, facts.secrets_file);
    let topics = facts.mirror.connect.topics();
    let parts = connectors::Parts {
        facts,
        source: &source.keys,
        target: &target.keys,
    };
    let [first, second, third] = names(facts.environment);
    Wiring {
        worker: worker::properties(facts, &target.keys, &topics),
        source: parts.source(first),
        checkpoint: parts.checkpoint(second),
        heartbeat: parts.heartbeat(third),
        secrets: [source.secrets, target.secrets].concat(),
        files: [source.files, target.files].concat(),
        system_properties: sign_in::system_properties([&source.endpoint, &target.endpoint]),
        topics,
    }
}

impl Wiring {
    /// The connectors in the order in which they are started.
    pub fn connectors(&self) -> [&Connector; 3] {
        [&self.source, &self.checkpoint, &self.heartbeat]
    }
}

#[cfg(test)]
mod tests;
