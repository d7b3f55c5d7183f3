//! Which settings each client gets, and the prefix by which they reach it.
//!
//! A mirror connector has many clients, and a prefix of its own for each (Kafka's `MirrorConnectorConfig`):
//!
//! | prefix | client |
//! | --- | --- |
//! | `source.cluster.` `target.cluster.` | address and sign-in of every client of that side; nothing else passes |
//! | `consumer.` | the reader of the source's records, and readers of internal topics on either side |
//! | `source.consumer.` `target.consumer.` | the same by side |
//! | `source.admin.` `target.admin.` | questions, topics and groups |
//! | `source.producer.` `target.producer.` | the writer of offset syncs, wherever that topic lies |
//! | `producer.override.` | the writer of records, checkpoints and heartbeats: a client of Connect itself |

use super::{Facts, Keys};

/// Azure forgets a connection that was silent for 240 s; the client must leave it first.
/// Source: learn.microsoft.com/azure/event-hubs/apache-kafka-configurations; the same load balancers stand elsewhere.
const IDLE: [(&str, &str); 2] = [
    ("connections.max.idle.ms", "180000"),
    ("metadata.max.age.ms", "180000"),
];

/// The reader of records: one fetch is under way per broker, so over a long line its size is the speed.
/// Source: the high-volume settings of Red Hat (Configuring MirrorMaker 2) and AWS (mirrormaker2-msk-migration).
const READING: [(&str, &str); 4] = [
    ("max.partition.fetch.bytes", "4194304"),
    ("fetch.max.bytes", "52428800"),
    ("max.poll.records", "5000"),
    // The system's own window, which grows with the line.
    ("receive.buffer.bytes", "-1"),
];

/// The writer of records: large batches that wait a little.
const WRITING: [(&str, &str); 3] = [
    ("batch.size", "327680"),
    ("linger.ms", "100"),
    ("send.buffer.bytes", "-1"),
];

/// The largest request that we send where the target names no limit of its own.
const LARGEST_REQUEST: (&str, &str) = ("max.request.size", "26214400");

/// Kinds of compression that cost little and save much, the best first. Gzip is left out: it costs more than it saves.
const CHEAP_COMPRESSION: [&str; 3] = ["lz4", "zstd", "snappy"];

/// Questions to clusters with many partitions take their time.
const ADMIN_TIMEOUT_MS: &str = "120000";

/// Which clients a setting of the target is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Client {
    Any,
    Producer,
}

/// Settings of librdkafka, as `target.yaml` writes them, that Java's clients have too.
const JAVA: [(&str, &str, Client); 5] = [
    ("metadata.max.age.ms", "metadata.max.age.ms", Client::Any),
    ("connections.max.idle.ms", "connections.max.idle.ms", Client::Any),
    ("request.timeout.ms", "request.timeout.ms", Client::Any),
    ("message.max.bytes", "max.request.size", Client::Producer),
    ("metadata.max.age.ms", "metadata.max.idle.ms", Client::Producer),
];

/// What a client of the target wants, without a prefix.
pub fn of_target(facts: &Facts<'_>, client: Client) -> Keys {
    let mut keys = idle();
    let settings = &facts.abilities.settings;
    for (name, java, kind) in JAVA {
        if let Some(value) = settings
            .get(name)
            .filter(|_| kind == Client::Any || kind == client)
        {
            keys.insert(java.to_owned(), value.clone());
        }
    }
    keys
}

/// What a client of the source wants.
pub fn idle() -> Keys {
    pairs(&IDLE)
}

/// Adds what every connector says of its questions and of the writer of internal records.
pub fn questions(keys: &mut Keys, facts: &Facts<'_>) {
    add(keys, "source.admin.", idle());
    add(keys, "target.admin.", of_target(facts, Client::Any));
    keys.insert("admin.timeout.ms".to_owned(), ADMIN_TIMEOUT_MS.to_owned());
}

/// Adds the readers and the writer of internal topics.
pub fn internal(keys: &mut Keys, facts: &Facts<'_>) {
    add(keys, "source.consumer.", idle());
    add(keys, "target.consumer.", of_target(facts, Client::Any));
    add(keys, "source.producer.", idle());
    add(keys, "target.producer.", of_target(facts, Client::Producer));
}

/// Adds the reader of the source's records. Records of aborted transactions are no records.
pub fn reading(keys: &mut Keys) {
    add(keys, "consumer.", idle());
    add(keys, "consumer.", pairs(&READING));
    keys.insert("consumer.isolation.level".to_owned(), "read_committed".to_owned());
}

/// Adds where Connect's own producer writes: to the target, wherever the worker keeps its topics.
pub fn writing(keys: &mut Keys, facts: &Facts<'_>, target: &Keys) {
    keys.insert(
        "producer.override.bootstrap.servers".to_owned(),
        facts.target.bootstrap.to_owned(),
    );
    add(keys, "producer.override.", target.clone());
    add(keys, "producer.override.", of_target(facts, Client::Producer));
}

/// Adds what makes the writer of records fast.
pub fn writing_much(keys: &mut Keys, facts: &Facts<'_>) {
    let can = &facts.abilities.can;
    let mut fast = pairs(&WRITING);
    let (largest, usual) = LARGEST_REQUEST;
    if !keys.contains_key(&format!("producer.override.{largest}")) {
        fast.insert(largest.to_owned(), usual.to_owned());
    }
    let cheap = CHEAP_COMPRESSION
        .into_iter()
        .find(|kind| can.compression.iter().any(|able| able == kind));
    fast.insert("compression.type".to_owned(), cheap.unwrap_or("none").to_owned());
    if can.idempotent_producer {
        // Connect sends one request at a time, lest a retry change the order; an idempotent producer keeps it with five.
        fast.insert("enable.idempotence".to_owned(), "true".to_owned());
        fast.insert("acks".to_owned(), "all".to_owned());
        fast.insert("max.in.flight.requests.per.connection".to_owned(), "5".to_owned());
    }
    add(keys, "producer.override.", fast);
}

/// Adds the address and the sign-in of both sides.
pub fn clusters(keys: &mut Keys, facts: &Facts<'_>, source: &Keys, target: &Keys) {
    let sides = [
        ("source", facts.source.bootstrap, source),
        ("target", facts.target.bootstrap, target),
    ];
    for (side, bootstrap, sign_in) in sides {
        keys.insert(format!("{side}.cluster.bootstrap.servers"), bootstrap.to_owned());
        add(keys, &format!("{side}.cluster."), sign_in.clone());
    }
}

fn add(keys: &mut Keys, prefix: &str, more: Keys) {
    keys.extend(
        more.into_iter()
            .map(|(key, value)| (format!("{prefix}{key}"), value)),
    );
}

fn pairs(pairs: &[(&str, &str)]) -> Keys {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}
