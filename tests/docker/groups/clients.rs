//! Clients as applications have them: a transactional writer, and consumers that join their group.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

/// A record as a consumer reads it: its offset and its value.
pub type Read = (i64, String);

/// Writes `count` transactions of ten records over `partitions` partitions; every fourth is aborted.
pub fn write(bootstrap: &str, topic: &str, partitions: i32, numbers: std::ops::Range<usize>) {
    let wait = Duration::from_secs(30);
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("transactional.id", "writer")
        .create()
        .unwrap();
    producer.init_transactions(wait).unwrap();
    for transaction in numbers {
        producer.begin_transaction().unwrap();
        for part in 0..10_usize {
            let (key, value) = (format!("key-{part}"), format!("{transaction}-{part}"));
            let partition = i32::try_from(transaction + part).unwrap() % partitions;
            let record = BaseRecord::to(topic)
                .partition(partition)
                .key(&key)
                .payload(&value);
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(wait).unwrap();
        if transaction % 4 == 3 {
            producer.abort_transaction(wait).unwrap();
        } else {
            producer.commit_transaction(wait).unwrap();
        }
    }
}

fn consumer(bootstrap: &str, group: &str, topic: &str) -> BaseConsumer {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .set("auto.offset.reset", "earliest")
        .set("session.timeout.ms", "20000")
        .create()
        .unwrap();
    consumer.subscribe(&[topic]).unwrap();
    consumer
}

/// Joins as `group`, reads at least `count` records, commits where it is, and leaves.
pub fn consume(bootstrap: &str, group: &str, topic: &str, count: usize) -> usize {
    let consumer = consumer(bootstrap, group, topic);
    let (began, mut read) = (Instant::now(), 0);
    while read < count {
        assert!(
            began.elapsed() < Duration::from_mins(3),
            "{read} of {count} records of `{group}`"
        );
        if let Some(record) = consumer.poll(Duration::from_millis(200)) {
            record.unwrap();
            read += 1;
        }
    }
    // The position after each partition's last record, in one commit.
    consumer
        .commit(&consumer.position().unwrap(), CommitMode::Sync)
        .unwrap();
    read
}

/// Joins as `group`, without committing, and gives what it reads of each partition until nothing comes any more.
pub fn go_on(bootstrap: &str, group: &str, topic: &str) -> BTreeMap<i32, Vec<Read>> {
    let consumer = consumer(bootstrap, group, topic);
    let (began, mut heard) = (Instant::now(), None::<Instant>);
    let mut read: BTreeMap<i32, Vec<Read>> = BTreeMap::new();
    loop {
        match consumer.poll(Duration::from_millis(200)) {
            Some(record) => {
                let record = record.unwrap();
                let value = String::from_utf8(record.payload().unwrap().to_vec()).unwrap();
                read.entry(record.partition())
                    .or_default()
                    .push((record.offset(), value));
                heard = Some(Instant::now());
            }
            None if heard.is_some_and(|last| last.elapsed() > Duration::from_secs(3)) => return read,
            None => assert!(
                began.elapsed() < Duration::from_mins(2),
                "nothing came to `{group}`"
            ),
        }
    }
}
