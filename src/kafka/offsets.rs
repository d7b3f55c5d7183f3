//! Where partitions begin and end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::types::RDKafkaErrorCode as Code;
use rdkafka::{Offset, TopicPartitionList};

use super::ffi::offsets::{self, Isolation, Place};
use super::{Cluster, KafkaError, Listener, TopicPartition, Watermarks};

/// How long to wait before a leader is looked for again.
const AGAIN: Duration = Duration::from_millis(250);

impl Cluster {
    /// Reads where partitions begin and end, in two batches per broker.
    ///
    /// # Errors
    ///
    /// [`KafkaError::UnknownTopic`] for a partition that the cluster does not have.
    pub async fn watermarks(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, Watermarks>, KafkaError> {
        let starts = self.starts(partitions).await?;
        let ends = self.ends(partitions).await?;
        let both = starts.into_iter().filter_map(|(partition, start)| {
            let end = *ends.get(&partition)?;
            Some((partition, Watermarks { start, end }))
        });
        Ok(both.collect())
    }

    /// Reads where the committed records of partitions end, in one batch per broker.
    pub async fn ends(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, i64>, KafkaError> {
        self.offsets(partitions, Offset::End, Isolation::Committed).await
    }

    /// Reads where partitions begin, in one batch per broker.
    pub async fn starts(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, i64>, KafkaError> {
        self.offsets(partitions, Offset::Beginning, Isolation::Committed)
            .await
    }

    /// Reads where all records of partitions end, those of open transactions included.
    pub async fn log_ends(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, i64>, KafkaError> {
        self.offsets(partitions, Offset::End, Isolation::All).await
    }

    /// Asks again while leaders move, up to the patience of the cluster.
    async fn offsets(
        &self,
        partitions: &[TopicPartition],
        which: Offset,
        isolation: Isolation,
    ) -> Result<BTreeMap<TopicPartition, i64>, KafkaError> {
        if partitions.is_empty() {
            return Ok(BTreeMap::new());
        }
        let partitions = partitions.to_vec();
        self.ask(move |cluster, client| {
            let mut list = TopicPartitionList::with_capacity(partitions.len());
            for TopicPartition { topic, partition } in &partitions {
                let added = list.add_partition_offset(topic, *partition, which);
                added.map_err(|error| cluster.refused("ListOffsets", error.to_string()))?;
            }
            let began = Instant::now();
            loop {
                let places = offsets::list_offsets(client.client(), &list, isolation, cluster.patience());
                if is_moving(places.as_deref()) && began.elapsed() < cluster.patience() {
                    std::thread::sleep(AGAIN);
                    // What librdkafka remembers of leaders is renewed by a question for everything.
                    let _ = client.client().fetch_metadata(None, cluster.patience());
                    continue;
                }
                let places = places.map_err(|code| match code {
                    // librdkafka says only that some topic has no leader; which one is in the metadata.
                    Code::NoEnt | Code::UnknownTopicOrPartition => missing(cluster, client, &partitions),
                    code => cluster.explain(client, "ListOffsets", code),
                })?;
                let offset = |place| offset(cluster, client, place);
                return places.into_iter().map(offset).collect();
            }
        })
        .await
    }
}

/// Whether some partition has a leader that was not where it was looked for.
fn is_moving(places: Result<&[Place], &Code>) -> bool {
    let moves = |code: &Code| {
        matches!(
            code,
            Code::NotLeaderForPartition
                | Code::LeaderNotAvailable
                | Code::ReplicaNotAvailable
                | Code::FencedLeaderEpoch
                | Code::UnknownLeaderEpoch
                | Code::OffsetNotAvailable
        )
    };
    match places {
        Ok(places) => places.iter().any(|place| place.error.as_ref().is_some_and(moves)),
        Err(code) => moves(code),
    }
}

fn offset(
    cluster: &Cluster,
    client: &BaseProducer<Listener>,
    place: Place,
) -> Result<(TopicPartition, i64), KafkaError> {
    match place.error {
        None => Ok((TopicPartition::new(&place.topic, place.partition), place.offset)),
        Some(Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition) => {
            Err(KafkaError::UnknownTopic {
                bootstrap: cluster.bootstrap().to_owned(),
                topic: place.topic,
            })
        }
        Some(code) => Err(cluster.explain(client, "ListOffsets", code)),
    }
}

/// Names the first of `partitions` whose topic the cluster does not have.
fn missing(cluster: &Cluster, client: &BaseProducer<Listener>, partitions: &[TopicPartition]) -> KafkaError {
    let metadata = client.client().fetch_metadata(None, cluster.patience());
    let present = |wanted: &TopicPartition| {
        metadata.as_ref().is_ok_and(|metadata| {
            let mut topics = metadata.topics().iter();
            topics.any(|topic| {
                let index = usize::try_from(wanted.partition).unwrap_or(usize::MAX);
                topic.name() == wanted.topic && index < topic.partitions().len()
            })
        })
    };
    match partitions.iter().find(|wanted| !present(wanted)) {
        Some(wanted) => KafkaError::UnknownTopic {
            bootstrap: cluster.bootstrap().to_owned(),
            topic: wanted.topic.clone(),
        },
        None => cluster.explain(client, "ListOffsets", Code::LeaderNotAvailable),
    }
}
