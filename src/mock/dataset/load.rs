//! Writes the data set to a cluster, as its own producers would have.

use std::time::Duration;

use rdkafka::error::{KafkaError as NativeError, RDKafkaErrorCode as Code};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::{Record, TOPICS, Topic, records};
use crate::kafka::{Cluster, KafkaError, LARGEST_REQUEST_BYTES, Listener, NewTopic, Writing};
use crate::run::Stop;

/// Fast: nothing here is resumed.
const WRITING: Writing = Writing {
    buffer_bytes: 64 << 20,
    in_flight: 5,
    largest_request_bytes: LARGEST_REQUEST_BYTES,
};
/// How long the last records may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// The data set could not be written.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("cannot make the topics of the data set")]
    Topics { source: KafkaError },
    #[error("cannot open a producer")]
    Open { source: KafkaError },
    #[error("the cluster did not take a record of `{topic}`: {reason}")]
    Refused { topic: &'static str, reason: String },
    #[error("the cluster did not acknowledge all records within {} s: {reason}", PATIENCE.as_secs())]
    NotAcknowledged { reason: String },
}

/// Makes the topics that are missing and writes every record; returns how many were written.
///
/// # Errors
///
/// [`LoadError`]; records that were written stay.
pub async fn load(cluster: &Cluster, stop: &Stop) -> Result<u64, LoadError> {
    let present = cluster
        .topics()
        .await
        .map_err(|source| LoadError::Topics { source })?;
    let missing: Vec<NewTopic> = TOPICS
        .iter()
        .filter(|topic| present.iter().all(|there| there.name != topic.name))
        .map(new_topic)
        .collect();
    if !missing.is_empty() {
        cluster
            .create_topics(&missing)
            .await
            .map_err(|source| LoadError::Topics { source })?;
    }
    let mut config = cluster.producer_settings(WRITING);
    // Where a Java producer would put the key.
    config.set("partitioner", "murmur2_random");
    let producer: BaseProducer<Listener> = cluster
        .open(&config, cluster.listener())
        .map_err(|source| LoadError::Open { source })?;
    let stop = stop.clone();
    let written = tokio::task::spawn_blocking(move || write_all(&producer, &stop)).await;
    written.unwrap_or_else(|error| {
        Err(LoadError::NotAcknowledged {
            reason: error.to_string(),
        })
    })
}

fn new_topic(topic: &Topic) -> NewTopic {
    // The flights left in 2001: any retention but none would take them away at once.
    let settings = if topic.compacted {
        vec![("cleanup.policy", "compact")]
    } else {
        vec![("cleanup.policy", "delete"), ("retention.ms", "-1")]
    };
    let settings = settings.into_iter();
    NewTopic {
        name: topic.name.to_owned(),
        partitions: topic.partitions,
        settings: settings
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
    }
}

fn write_all(producer: &BaseProducer<Listener>, stop: &Stop) -> Result<u64, LoadError> {
    let mut written = 0;
    for record in records() {
        if stop.is_asked() {
            break;
        }
        write(producer, &record)?;
        written += 1;
    }
    producer
        .flush(PATIENCE)
        .map_err(|error| LoadError::NotAcknowledged {
            reason: error.to_string(),
        })?;
    Ok(written)
}

fn write(producer: &BaseProducer<Listener>, record: &Record) -> Result<(), LoadError> {
    loop {
        match producer.send(as_sent(record)) {
            Ok(()) => return Ok(()),
            Err((NativeError::MessageProduction(Code::QueueFull), _)) => {
                producer.poll(Duration::from_millis(50));
            }
            Err((error, _)) => {
                return Err(LoadError::Refused {
                    topic: record.topic,
                    reason: error.to_string(),
                });
            }
        }
    }
}

fn as_sent(record: &Record) -> BaseRecord<'_, str, str> {
    let headers = record
        .headers
        .iter()
        .fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header {
                key,
                value: Some(*value),
            })
        });
    let mut sent = BaseRecord::to(record.topic)
        .key(record.key.as_str())
        .timestamp(record.timestamp)
        .headers(headers);
    sent.payload = record.value.as_deref();
    sent
}
