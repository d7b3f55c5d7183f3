//! The properties of a Connect worker: whom it belongs to, where it keeps its topics, how it finds secrets.

use super::clients::{self, Client};
use super::{Facts, Keys};
use crate::model::connect_topics::ConnectTopics;

const BYTES: &str = "org.apache.kafka.connect.converters.ByteArrayConverter";
const FILE_PROVIDER: &str = "org.apache.kafka.common.config.provider.FileConfigProvider";
/// How long saving the position may take; batches that are under way must arrive first.
const FLUSH_TIMEOUT_MS: u32 = 30_000;

/// Everything but listeners and plugin path.
pub fn properties(facts: &Facts<'_>, target: &Keys, topics: &ConnectTopics) -> Keys {
    let connect = &facts.mirror.connect;
    let mut keys = clients::of_target(facts, Client::Any);
    if let Some(timeout) = facts.abilities.settings.get("session.timeout.ms") {
        keys.insert("session.timeout.ms".to_owned(), timeout.clone());
    }
    keys.extend(target.clone());
    let replicas = facts.target_replicas().to_string();
    let mut set = |key: &str, value: &str| keys.insert(key.to_owned(), value.to_owned());
    set("bootstrap.servers", facts.target.bootstrap);
    set("group.id", &ConnectTopics::worker_group(&connect.source_alias));
    set("config.storage.topic", &topics.configs.name);
    set("offset.storage.topic", &topics.offsets.name);
    set(
        "offset.storage.partitions",
        &topics.offsets.partitions.to_string(),
    );
    set("status.storage.topic", &topics.status.name);
    set("status.storage.partitions", &topics.status.partitions.to_string());
    for store in ["config", "offset", "status"] {
        set(&format!("{store}.storage.replication.factor"), &replicas);
    }
    for converter in ["key.converter", "value.converter", "header.converter"] {
        set(converter, BYTES);
    }
    set(
        "offset.flush.interval.ms",
        &connect.flush_interval.as_millis().to_string(),
    );
    set("offset.flush.timeout.ms", &FLUSH_TIMEOUT_MS.to_string());
    // What the connectors say of their producers must reach them.
    set("connector.client.config.override.policy", "All");
    set("config.providers", "file");
    set("config.providers.file.class", FILE_PROVIDER);
    set("config.providers.file.param.allowed.paths", facts.secrets_file);
    keys
}
