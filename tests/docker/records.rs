//! A million records of every kind that mirrors stumble over, written by a genuine client to a genuine cluster.

use std::time::Duration;

use landfall::kafka::{Cluster, NewTopic, Writing};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

/// A topic of the source and what is written to it.
pub struct Topic {
    pub name: &'static str,
    pub partitions: i32,
    pub settings: &'static [(&'static str, &'static str)],
    /// Committed data records.
    pub records: u64,
}

/// Keyed records with headers: the bulk.
pub const ORDERS: Topic = Topic {
    name: "orders",
    partitions: 6,
    settings: &[],
    records: 700_000,
};
/// Written in transactions; every tenth is aborted and must never arrive.
pub const PAYMENTS: Topic = Topic {
    name: "payments",
    partitions: 3,
    settings: &[],
    records: 180_000,
};
/// Compacted, with tombstones.
pub const CUSTOMERS: Topic = Topic {
    name: "customers",
    partitions: 3,
    settings: &[("cleanup.policy", "compact")],
    records: 150_000,
};
/// As large as a record may be.
pub const DOCUMENTS: Topic = Topic {
    name: "documents",
    partitions: 2,
    settings: &[],
    records: 40,
};
/// Never written to.
pub const SILENT: Topic = Topic {
    name: "silent",
    partitions: 2,
    settings: &[],
    records: 0,
};
pub const ALL: [&Topic; 5] = [&ORDERS, &PAYMENTS, &CUSTOMERS, &DOCUMENTS, &SILENT];

/// The size of a record's value that leaves room for key, headers and batch within 1,000,000 bytes.
const LARGE: usize = 999_000;
/// Records in one transaction.
const TRANSACTION: u64 = 2_000;

/// Makes the topics on the source and writes everything; returns the number of committed data records.
pub async fn write_all(source: &Cluster) -> u64 {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    let topic = |topic: &&Topic| NewTopic {
        name: topic.name.to_owned(),
        partitions: topic.partitions,
        settings: topic.settings.iter().map(owned).collect(),
    };
    let topics: Vec<_> = ALL.iter().map(topic).collect();
    source.create_topics(&topics).await.unwrap();
    let cluster = source.clone();
    tokio::task::spawn_blocking(move || {
        keyed(&cluster);
        transactions(&cluster);
        compacted(&cluster);
        large(&cluster);
    })
    .await
    .unwrap();
    ALL.iter().map(|topic| topic.records).sum()
}

fn producer(cluster: &Cluster, more: &[(&str, &str)]) -> BaseProducer {
    let mut config = cluster.producer_settings(Writing {
        buffer_bytes: 64 << 20,
        in_flight: 5,
        largest_request_bytes: 1_000_000,
    });
    config
        .set("queue.buffering.max.messages", "200000")
        .set("linger.ms", "20");
    for (key, value) in more {
        config.set(*key, *value);
    }
    config.create().unwrap()
}

/// Sends a record, waiting while the queue is full.
fn send(producer: &BaseProducer, mut record: BaseRecord<'_, str, [u8]>) {
    while let Err((error, back)) = producer.send(record) {
        let code = error.rdkafka_error_code();
        assert_eq!(code, Some(rdkafka::types::RDKafkaErrorCode::QueueFull), "{error}");
        producer.poll(Duration::from_millis(20));
        record = back;
    }
}

fn flush(producer: &BaseProducer) {
    producer.flush(Duration::from_mins(2)).unwrap();
}

fn keyed(cluster: &Cluster) {
    let producer = producer(cluster, &[("partitioner", "murmur2_random")]);
    for number in 0..ORDERS.records {
        let (key, trace) = (format!("order-{}", number % 50_000), format!("trace-{number}"));
        let value = format!(
            r#"{{"order":{number},"amount":{},"note":"{:0>40}"}}"#,
            number * 7 % 9_973,
            number
        );
        let headers = OwnedHeaders::new_with_capacity(2)
            .insert(Header {
                key: "trace",
                value: Some(&trace),
            })
            .insert(Header::<&[u8]> {
                key: "empty",
                value: None,
            });
        let record = BaseRecord::to(ORDERS.name)
            .key(key.as_str())
            .payload(value.as_bytes());
        send(&producer, record.headers(headers));
    }
    flush(&producer);
}

fn transactions(cluster: &Cluster) {
    let patience = Duration::from_mins(1);
    let producer = producer(cluster, &[("transactional.id", "payments-1")]);
    producer.init_transactions(patience).unwrap();
    let (mut committed, mut transaction) = (0, 0);
    while committed < PAYMENTS.records {
        producer.begin_transaction().unwrap();
        let aborted = transaction % 10 == 9;
        for number in 0..TRANSACTION {
            let key = format!("payment-{transaction}-{number}");
            let value = format!("{}:{:0>60}", if aborted { "never" } else { "paid" }, number);
            send(
                &producer,
                BaseRecord::to(PAYMENTS.name)
                    .key(key.as_str())
                    .payload(value.as_bytes()),
            );
        }
        if aborted {
            flush(&producer);
            producer.abort_transaction(patience).unwrap();
        } else {
            producer.commit_transaction(patience).unwrap();
            committed += TRANSACTION;
        }
        transaction += 1;
    }
}

fn compacted(cluster: &Cluster) {
    let producer = producer(cluster, &[]);
    for number in 0..CUSTOMERS.records {
        let key = format!("customer-{}", number % 20_000);
        let value = format!(r#"{{"customer":{},"seen":{number}}}"#, number % 20_000);
        let record = BaseRecord::to(CUSTOMERS.name).key(key.as_str());
        // Every fifteenth is a tombstone.
        send(
            &producer,
            if number % 15 == 14 {
                record
            } else {
                record.payload(value.as_bytes())
            },
        );
    }
    flush(&producer);
}

fn large(cluster: &Cluster) {
    let producer = producer(
        cluster,
        &[("message.max.bytes", "1000000"), ("compression.type", "none")],
    );
    for number in 0..DOCUMENTS.records {
        let key = format!("document-{number}");
        // Noise, so that no compression on the way makes it small.
        let mut state = number + 1;
        let value: Vec<u8> = (0..LARGE)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                state.to_be_bytes()[0]
            })
            .collect();
        send(
            &producer,
            BaseRecord::to(DOCUMENTS.name).key(key.as_str()).payload(&value),
        );
    }
    flush(&producer);
}
