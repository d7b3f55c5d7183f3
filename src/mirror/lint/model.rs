//! What a set of files amounts to: flows from a source to a target, each with its connectors and its worker.
//!
//! A dedicated file is spread out as `MirrorMakerConfig` does it, so that every check reads the same model, whatever was
//! written; each value remembers where.

use std::collections::BTreeMap;

use super::finding::Place;

/// A value that counts, and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub text: String,
    pub at: Place,
}

/// Settings by the name under which their reader looks for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub values: BTreeMap<String, Value>,
    /// Where they begin: the place of what is missing.
    pub head: Place,
}

/// The three connectors of MirrorMaker 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    Source,
    Checkpoint,
    Heartbeat,
}

#[derive(Clone, Debug)]
pub struct Connector {
    pub class: Class,
    pub settings: Settings,
}

/// Records of one cluster to another.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Aliases; empty where a connector names none.
    pub source: String,
    pub target: String,
    /// Written in a dedicated file, whose keys carry aliases.
    pub dedicated: bool,
    pub connectors: Vec<Connector>,
    pub worker: Option<Settings>,
    pub head: Place,
}

impl Class {
    /// The class that a `connector.class` names, by its full name or by its alias.
    pub fn parse(name: &str) -> Option<Self> {
        let last = name.trim().rsplit('.').next().unwrap_or_default();
        match last.strip_suffix("Connector").unwrap_or(last) {
            "MirrorSource" => Some(Self::Source),
            "MirrorCheckpoint" => Some(Self::Checkpoint),
            "MirrorHeartbeat" => Some(Self::Heartbeat),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "MirrorSourceConnector",
            Self::Checkpoint => "MirrorCheckpointConnector",
            Self::Heartbeat => "MirrorHeartbeatConnector",
        }
    }
}

impl Settings {
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// The value as Kafka's `ConfigDef` reads it: without blanks around it.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).map(|value| value.text.trim())
    }

    pub fn flag(&self, key: &str, default: bool) -> bool {
        match self.text(key) {
            Some(text) if text.eq_ignore_ascii_case("true") => true,
            Some(text) if text.eq_ignore_ascii_case("false") => false,
            _ => default,
        }
    }

    pub fn number(&self, key: &str) -> Option<i64> {
        self.text(key)?.parse().ok()
    }

    pub fn number_or(&self, key: &str, default: i64) -> i64 {
        self.number(key).unwrap_or(default)
    }

    /// Where `key` is written, or where it would be.
    pub fn at(&self, key: &str) -> Place {
        self.get(key)
            .map_or_else(|| self.head.about(key), |value| value.at.clone())
    }

    pub fn set(&mut self, key: &str, value: Value) {
        self.values.insert(key.to_owned(), value);
    }
}

impl Flow {
    pub fn connector(&self, class: Class) -> Option<&Connector> {
        self.connectors.iter().find(|connector| connector.class == class)
    }

    pub fn settings(&self, class: Class) -> Option<&Settings> {
        self.connector(class).map(|connector| &connector.settings)
    }

    /// `a->b`
    pub fn name(&self) -> String {
        format!("{}->{}", self.source, self.target)
    }

    /// The first connector that says something of `key`.
    pub fn any(&self, key: &str) -> Option<&Value> {
        self.connectors
            .iter()
            .find_map(|connector| connector.settings.get(key))
    }

    /// The hosts of one side, `source` or `target`.
    pub fn hosts(&self, side: &str) -> Vec<String> {
        let servers = self.any(&format!("{side}.cluster.bootstrap.servers"));
        servers.map_or_else(Vec::new, |value| addresses(&value.text))
    }

    /// A setting of the producer that writes the mirrored records: the connector's override, else the worker's.
    pub fn producer(&self, key: &str) -> Option<&Value> {
        let own = self
            .settings(Class::Source)?
            .get(&format!("producer.override.{key}"));
        own.or_else(|| self.worker.as_ref()?.get(&format!("producer.{key}")))
    }

    /// A setting of the consumer that reads the source; the longer prefix wins.
    pub fn consumer(&self, key: &str) -> Option<&Value> {
        let source = self.settings(Class::Source)?;
        let long = source.get(&format!("source.consumer.{key}"));
        long.or_else(|| source.get(&format!("consumer.{key}")))
    }

    /// How the key of a connector is written here.
    pub fn spell(&self, key: &str) -> String {
        if self.dedicated {
            format!("{}.{key}", self.name())
        } else {
            key.to_owned()
        }
    }

    pub fn spell_producer(&self, key: &str) -> String {
        if self.dedicated {
            format!("{}.producer.{key}", self.target)
        } else {
            format!("producer.override.{key}")
        }
    }

    pub fn spell_consumer(&self, key: &str) -> String {
        if self.dedicated {
            format!("{}.consumer.{key}", self.source)
        } else {
            format!("consumer.{key}")
        }
    }

    /// How the key of a worker is written here.
    pub fn spell_worker(&self, key: &str) -> String {
        if self.dedicated {
            format!("{}.{key}", self.target)
        } else {
            format!("{key} (worker)")
        }
    }

    /// Whether names stay the same on the target.
    pub fn keeps_names(&self) -> bool {
        let source = self.settings(Class::Source);
        source.is_some_and(|settings| keeps_names(settings.text("replication.policy.class")))
    }
}

/// Whether a replication policy keeps names, as far as its name tells.
pub fn keeps_names(policy: Option<&str>) -> bool {
    policy.is_some_and(|class| !class.ends_with("DefaultReplicationPolicy"))
}

/// `host:port` of every server, in lower case.
pub fn addresses(servers: &str) -> Vec<String> {
    let servers = servers
        .split(',')
        .map(str::trim)
        .filter(|server| !server.is_empty());
    servers.map(str::to_lowercase).collect()
}
