//! What MirrorMaker 2 and Connect read, key by key. Sources: `MirrorConnectorConfig`, `MirrorSourceConfig`,
//! `MirrorCheckpointConfig`, `MirrorHeartbeatConfig`, `MirrorMakerConfig`, `ConnectorConfig`, `SourceConnectorConfig`,
//! `WorkerConfig`, `ProducerConfig` and `ConsumerConfig` of Apache Kafka 2.4 to 4.1.

use super::model::Class;

// Lists of names are written as text: a name or a family a word.

/// Read by every mirror connector, by Connect itself, or harmless in all of them.
const EVERY_CONNECTOR: &str = "
    name connector.class connector.plugin.version tasks.max tasks.max.enforce key.converter value.converter
    header.converter config.action.reload transforms predicates exactly.once.support transaction.boundary
    transaction.boundary.interval.ms offsets.storage.topic enabled source.cluster.alias target.cluster.alias
    admin.timeout.ms replication.policy.class replication.policy.separator
    replication.policy.internal.topic.separator.enabled forwarding.admin.class metric.reporters
    security.protocol bootstrap.servers auto.include.jmx.reporter initial_state";

const SOURCE: &str = "
    topics topics.exclude topic.filter.class config.properties.exclude config.property.filter.class
    use.defaults.from consumer.poll.timeout.ms refresh.topics.enabled refresh.topics.interval.seconds
    sync.topic.configs.enabled sync.topic.configs.interval.seconds sync.topic.acls.enabled
    sync.topic.acls.interval.seconds replication.factor offset-syncs.topic.replication.factor
    offset-syncs.topic.location emit.offset-syncs.enabled offset.lag.max heartbeats.replication.enabled";

const CHECKPOINT: &str = "
    groups groups.exclude group.filter.class topics topics.exclude topic.filter.class
    consumer.poll.timeout.ms refresh.groups.enabled refresh.groups.interval.seconds emit.checkpoints.enabled
    emit.checkpoints.interval.seconds sync.group.offsets.enabled sync.group.offsets.interval.seconds
    checkpoints.topic.replication.factor offset-syncs.topic.location emit.offset-syncs.enabled";

const HEARTBEAT: &str = "
    emit.heartbeats.enabled emit.heartbeats.interval.seconds heartbeats.topic.replication.factor";

/// Connect's own families in a connector.
const CONNECTOR_FAMILIES: &str = "
    transforms. predicates. errors. topic.creation. key.converter. value.converter. header.converter.
    metrics.context. config.providers replication.policy. ssl. sasl. security. admin.override.";

/// What a worker reads, beside the clients' families.
const WORKER: &str = "
    group.id client.id offset.flush.interval.ms offset.flush.timeout.ms exactly.once.source.support
    connector.client.config.override.policy plugin.path plugin.discovery listeners
    task.shutdown.graceful.timeout.ms rebalance.timeout.ms heartbeat.interval.ms session.timeout.ms
    request.timeout.ms retry.backoff.ms connections.max.idle.ms metadata.max.age.ms connect.protocol
    scheduled.rebalance.max.delay.ms topic.creation.enable topic.tracking.enable metadata.recovery.strategy
    receive.buffer.bytes send.buffer.bytes reconnect.backoff.ms reconnect.backoff.max.ms";

const WORKER_FAMILIES: &str = "
    config.storage. offset.storage. status.storage. rest. admin.listeners worker. inter.worker.
    listeners.https. access.control. response.http. topic.tracking. metrics.";

/// Top-level keys of a dedicated file that reach its workers; every other worker key needs the alias of the target.
const DEDICATED: &str = "
    clusters dedicated.mode.enable.internal.rest listeners";
const DEDICATED_FAMILIES: &str = "
    offset.storage config.storage status.storage key.converter value.converter header.converter task worker
    replication.policy config.providers listeners. rest. admin.listeners errors.";

/// Read by a connector, but not in the definitions by which `MirrorMakerConfig` picks from the top of a file.
const NOT_AT_TOP: &str = "
    use.defaults.from exactly.once.support transaction.boundary transaction.boundary.interval.ms
    offsets.storage.topic";

const PRODUCER_ONLY: &str = "
    batch.size linger.ms compression.type compression.gzip.level compression.lz4.level
    compression.zstd.level max.request.size buffer.memory acks enable.idempotence retries
    delivery.timeout.ms max.block.ms max.in.flight.requests.per.connection partitioner.class
    metadata.max.idle.ms transaction.timeout.ms transactional.id";

const CONSUMER_ONLY: &str = "
    max.poll.records max.poll.interval.ms fetch.min.bytes fetch.max.bytes fetch.max.wait.ms
    max.partition.fetch.bytes isolation.level auto.offset.reset session.timeout.ms heartbeat.interval.ms
    check.crcs client.rack group.id group.instance.id exclude.internal.topics enable.auto.commit
    partition.assignment.strategy allow.auto.create.topics";

/// Names that are wrong in one well-known way: an older name, another program's, or one that was never there.
const MISTAKEN: &[(&str, &str)] = &[
    (
        "exactly.once.support.enabled",
        "exactly.once.source.support` of the worker, `exactly.once.support",
    ),
    (
        "offset.syncs.topic.replication.factor",
        "offset-syncs.topic.replication.factor",
    ),
    ("offset.syncs.topic.location", "offset-syncs.topic.location"),
    ("emit.offset.syncs.enabled", "emit.offset-syncs.enabled"),
    ("rename.topics", "replication.policy.class"),
    ("group.enable", "sync.group.offsets.enabled"),
    ("group.enabled", "sync.group.offsets.enabled"),
    ("consumer.offset.sync.enable", "sync.group.offsets.enabled"),
    ("consumer.offset.sync.ms", "sync.group.offsets.interval.seconds"),
    ("sync.consumer.offsets.enabled", "sync.group.offsets.enabled"),
    ("topics.whitelist", "topics"),
    ("groups.whitelist", "groups"),
    ("topic.replication.factor", "replication.factor"),
    ("mirrors", "A->B.enabled"),
    ("message.max.bytes", "producer.override.max.request.size"),
    ("max.tasks", "tasks.max"),
    ("task.max", "tasks.max"),
];

/// Renamed in Kafka 2.7 (KIP-629), and since 4.0 not read at all.
pub const RENAMED: &[(&str, &str)] = &[
    ("topics.blacklist", "topics.exclude"),
    ("groups.blacklist", "groups.exclude"),
    ("config.properties.blacklist", "config.properties.exclude"),
];

/// Taken out in Kafka 4.0 without another name, and what the program does now.
pub const REMOVED: &[(&str, &str)] = &[
    (
        "use.incremental.alter.configs",
        "always uses IncrementalAlterConfigs, and the connector fails where the target refuses it",
    ),
    (
        "add.source.alias.to.metrics",
        "always puts the source's alias into the metrics",
    ),
];

/// The version of Kafka in which a setting came; before it, it is passed over in silence.
pub const SINCE: &[(&str, (u32, u32, u32))] = &[
    ("sync.group.offsets.enabled", (2, 7, 0)),
    ("topics.exclude", (2, 7, 0)),
    ("groups.exclude", (2, 7, 0)),
    ("offset-syncs.topic.location", (3, 0, 0)),
    ("exactly.once.support", (3, 3, 0)),
    ("emit.offset-syncs.enabled", (3, 6, 0)),
    ("dedicated.mode.enable.internal.rest", (3, 5, 0)),
    ("offset.lag.max", (3, 0, 0)),
];

/// The prefixes under which a connector's own clients are configured, and who reads them.
pub const CLIENT_PREFIXES: &str = "
    source.consumer. source.producer. source.admin. target.consumer. target.producer. target.admin.
    producer.override. consumer.override. admin.override. consumer. producer. admin.";

/// Address, encryption and sign-in: all that `source.cluster.` and `target.cluster.` keep.
pub fn of_every_client(key: &str) -> bool {
    matches!(
        key,
        "bootstrap.servers" | "security.protocol" | "security.providers"
    ) || key.starts_with("ssl.")
        || key.starts_with("sasl.")
}

/// Whether a connector of `class` reads the key.
pub fn of_class(class: Class, key: &str) -> bool {
    let own = match class {
        Class::Source => SOURCE,
        Class::Checkpoint => CHECKPOINT,
        Class::Heartbeat => HEARTBEAT,
    };
    holds(own, key)
}

/// The class that reads a key which not every class reads.
pub fn class_of(key: &str) -> Option<Class> {
    [Class::Source, Class::Checkpoint, Class::Heartbeat]
        .into_iter()
        .find(|class| of_class(*class, key))
}

/// Whether a connector may have the key: its own, another mirror connector's, Connect's, or an old name.
pub fn of_connectors(key: &str) -> bool {
    holds(EVERY_CONNECTOR, key) || class_of(key).is_some() || begins(CONNECTOR_FAMILIES, key) || old(key)
}

fn old(key: &str) -> bool {
    RENAMED.iter().any(|(name, _)| *name == key) || REMOVED.iter().any(|(name, _)| *name == key)
}

/// Whether a worker reads the key; what clients of every kind share is left out.
pub fn of_worker(key: &str) -> bool {
    holds(WORKER, key) || begins(WORKER_FAMILIES, key)
}

/// Whether a dedicated file's key without an alias reaches anybody.
pub fn at_top(key: &str) -> bool {
    let reaches = holds(DEDICATED, key)
        || begins(DEDICATED_FAMILIES, key)
        || of_every_client(key)
        || (holds(EVERY_CONNECTOR, key) || class_of(key).is_some() || old(key));
    reaches && !holds(NOT_AT_TOP, key)
}

pub fn of_producers_only(key: &str) -> bool {
    holds(PRODUCER_ONLY, key)
}

pub fn of_consumers_only(key: &str) -> bool {
    holds(CONSUMER_ONLY, key)
}

/// Whether the name is one of the well-known mistakes.
pub fn mistaken(key: &str) -> bool {
    MISTAKEN.iter().any(|(name, _)| *name == key)
}

/// Numbers by the ends of their names, and switches.
pub fn kind_of(key: &str) -> Option<&'static str> {
    let own = class_of(key).is_some() || matches!(key, "tasks.max" | "admin.timeout.ms" | "enabled");
    if !own {
        None
    } else if matches!(key.rsplit('.').next(), Some("seconds" | "ms" | "factor" | "max")) {
        Some("a whole number")
    } else if key.ends_with("enabled") {
        Some("`true` or `false`")
    } else if key == "offset-syncs.topic.location" || key == "use.defaults.from" {
        Some("`source` or `target`")
    } else {
        None
    }
}

/// What somebody meant who wrote a key that does not exist.
pub fn meant(key: &str) -> Option<&'static str> {
    let known = MISTAKEN
        .iter()
        .find(|(name, _)| *name == key)
        .map(|(_, right)| *right);
    let all = [EVERY_CONNECTOR, SOURCE, CHECKPOINT, HEARTBEAT, WORKER, DEDICATED];
    known.or_else(|| crate::model::nearest::nearest(key, all.into_iter().flat_map(str::split_whitespace)))
}

fn holds(names: &str, key: &str) -> bool {
    names.split_whitespace().any(|name| name == key)
}

fn begins(families: &str, key: &str) -> bool {
    families.split_whitespace().any(|family| key.starts_with(family))
}
