//! Two clusters, a flow between them, and a hand that writes records.

use std::collections::BTreeMap;
use std::time::Duration;

use krafka::testing::FakeBroker;
use landfall::kafka::{AddressBook, Cluster, ClusterSettings, Credentials};
use landfall::mirror::embedded::Summary;
use landfall::mirror::{Flow, MirrorError, Until, embedded};
use landfall::model::selection::Selection;
use landfall::run::{Quiet, Stop};
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

pub struct Site {
    pub source: FakeBroker,
    pub target: FakeBroker,
}

/// A record as a test says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub timestamp: i64,
}

impl Site {
    pub async fn start() -> Self {
        Self {
            source: FakeBroker::start().await.unwrap(),
            target: FakeBroker::start().await.unwrap(),
        }
    }

    pub fn cluster(broker: &FakeBroker) -> Cluster {
        let settings = ClusterSettings {
            patience: Duration::from_secs(5),
        };
        Cluster::with_settings(
            &broker.bootstrap_servers(),
            Credentials::default(),
            &AddressBook::default(),
            settings,
        )
    }

    pub fn flow(&self) -> Flow {
        let (source, target) = (Self::cluster(&self.source), Self::cluster(&self.target));
        Flow::new("test", source, target, Selection::of("*"))
    }

    pub async fn mirror(&self) -> Result<Summary, MirrorError> {
        embedded::run(&self.flow(), Until::CaughtUp, &Quiet, &Stop::default()).await
    }

    /// Everything that a topic holds, by partition.
    pub fn records(broker: &FakeBroker, topic: &str) -> BTreeMap<i32, Vec<Said>> {
        let mut records = BTreeMap::<i32, Vec<Said>>::new();
        for record in broker.committed_records(topic).unwrap() {
            let headers = record.headers.iter().map(|header| {
                let value = header.1.as_ref().map(|value| value.to_vec());
                (header.0.clone(), value)
            });
            records.entry(record.partition).or_default().push(Said {
                key: record.key.as_ref().map(|bytes| bytes.to_vec()),
                value: record.value.as_ref().map(|bytes| bytes.to_vec()),
                headers: headers.collect(),
                timestamp: record.timestamp,
            });
        }
        records
    }

    pub fn assert_same(&self, topic: &str) {
        let (source, target) = (
            Self::records(&self.source, topic),
            Self::records(&self.target, topic),
        );
        let counts = |side: &BTreeMap<i32, Vec<Said>>| side.values().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(counts(&source), counts(&target));
        assert!(source == target);
    }
}

/// A plain record whose bytes follow from its number.
pub fn said(number: usize) -> Said {
    Said {
        key: Some(format!("key-{}", number % 97).into_bytes()),
        value: Some(format!("value-{number}").into_bytes()),
        headers: Vec::new(),
        timestamp: 1_700_000_000_000 + i64::try_from(number).unwrap(),
    }
}

/// Writes records to one partition, in order, off the runtime that the brokers run on.
pub async fn write(broker: &FakeBroker, topic: &str, partition: i32, records: Vec<Said>) {
    let (bootstrap, topic) = (broker.bootstrap_servers(), topic.to_owned());
    tokio::task::spawn_blocking(move || {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap)
            .set("enable.idempotence", "true")
            .set("queue.buffering.max.messages", "1000000")
            .create()
            .unwrap();
        for said in &records {
            let mut record = BaseRecord::<[u8], [u8]>::to(&topic)
                .partition(partition)
                .timestamp(said.timestamp);
            if let Some(key) = &said.key {
                record = record.key(key);
            }
            if let Some(value) = &said.value {
                record = record.payload(value);
            }
            if !said.headers.is_empty() {
                let insert = |headers: OwnedHeaders, (key, value): &(String, Option<Vec<u8>>)| {
                    headers.insert(Header {
                        key,
                        value: value.as_ref(),
                    })
                };
                record = record.headers(said.headers.iter().fold(OwnedHeaders::new(), insert));
            }
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(Duration::from_secs(30)).unwrap();
    })
    .await
    .unwrap();
}
