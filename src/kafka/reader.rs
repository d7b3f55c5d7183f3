//! Reads one partition from an offset up to an end that was measured before, gaps and markers included.
//!
//! It blocks: it belongs on a thread of its own. What it reads ahead is bounded by the settings of its consumer.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError as NativeError;
use rdkafka::types::RDKafkaErrorCode as Code;
use rdkafka::{Offset, TopicPartitionList};

use super::ffi::records::{Arrival, Feed, Kind};
use super::{Cluster, KafkaError, Listener, TopicPartition};

/// How long to wait for records before looking at what else the consumer heard.
const PAUSE: Duration = Duration::from_millis(100);

/// Records taken at once.
const BATCH: usize = 2000;

/// A partition that is being read.
pub struct Reader<'consumer> {
    cluster: Cluster,
    consumer: &'consumer BaseConsumer<Listener>,
    feed: Feed<'consumer>,
    place: TopicPartition,
    assigned: TopicPartitionList,
    until: i64,
    done: bool,
    heard: Instant,
}

impl<'consumer> Reader<'consumer> {
    /// Begins at `from` and ends before `until`; `consumer` may serve several readers of different partitions.
    ///
    /// # Errors
    ///
    /// [`KafkaError::Refused`] when the consumer does not take the partition.
    pub fn open(
        cluster: &Cluster,
        consumer: &'consumer BaseConsumer<Listener>,
        place: &TopicPartition,
        from: i64,
        until: i64,
    ) -> Result<Self, KafkaError> {
        let refused = |error: NativeError| cluster.refused("Fetch", error.to_string());
        let feed = Feed::new(consumer, BATCH);
        let mut assigned = TopicPartitionList::with_capacity(1);
        let done = from >= until;
        if !done {
            assigned
                .add_partition_offset(&place.topic, place.partition, Offset::Offset(from))
                .map_err(refused)?;
            // Before it is assigned: what is fetched first must not go to the consumer's own queue.
            feed.take(consumer, &place.topic, place.partition)
                .map_err(|code| cluster.refused("Fetch", code.to_string()))?;
            consumer.incremental_assign(&assigned).map_err(refused)?;
        }
        Ok(Self {
            cluster: cluster.clone(),
            consumer,
            feed,
            place: place.clone(),
            assigned,
            until,
            done,
            heard: Instant::now(),
        })
    }

    /// Whether everything before the end was read.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Waits for records and shows each to `each`; returns after the first batch, or after a pause with nothing.
    ///
    /// # Errors
    ///
    /// [`KafkaError`] when the partition cannot be read, or nothing at all came for the patience of the cluster.
    pub fn read(&mut self, mut each: impl FnMut(&Arrival<'_>)) -> Result<(), KafkaError> {
        if self.done {
            return Ok(());
        }
        let mut failed = None;
        let batch = self.feed.next(PAUSE);
        let empty = batch.is_empty();
        for arrival in batch.iter() {
            match arrival.kind() {
                Kind::Record if arrival.offset() < self.until => {
                    each(&arrival);
                    self.done |= arrival.offset() + 1 >= self.until;
                }
                Kind::Record => self.done = true,
                Kind::End => self.done |= arrival.offset() >= self.until,
                Kind::Error(code) => failed = Some(code),
            }
            if self.done {
                break;
            }
        }
        drop(batch);
        if empty || failed.is_some() {
            // Serves logs, errors and the wish for a token; records do not come this way.
            let _ = self.consumer.poll(Duration::ZERO);
            // A partition that an earlier reader let go is stopped in the background, and that takes its queue's way
            // here from it (`rd_kafka_toppar_fetch_stop`), be it ours already. What came meanwhile waits and is taken.
            let TopicPartition { topic, partition } = &self.place;
            let _ = self.feed.take(self.consumer, topic, *partition);
            self.check(failed)
        } else {
            self.heard = Instant::now();
            Ok(())
        }
    }

    fn check(&self, failed: Option<Code>) -> Result<(), KafkaError> {
        match failed {
            Some(code) if !super::error::is_silence(code) => {
                Err(self.cluster.refused("Fetch", code.to_string()))
            }
            _ if self.heard.elapsed() > self.cluster.patience() => {
                Err(self.cluster.silence(self.consumer.context(), "Fetch"))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if self.assigned.count() > 0 {
            let _ = self.consumer.incremental_unassign(&self.assigned);
        }
    }
}
