//! Reading a whole topic that MirrorMaker 2 keeps; it blocks.

use rdkafka::consumer::BaseConsumer;

use crate::kafka::{Cluster, KafkaError, Listener, Reader, TopicPartition, Watermarks};

/// One partition is enough for both topics; MirrorMaker 2 makes them so.
pub fn place(topic: &str) -> TopicPartition {
    TopicPartition::new(topic, 0)
}

/// Shows every record of `topic` that has a key and a value.
pub fn read(
    cluster: &Cluster,
    topic: &str,
    marks: Watermarks,
    mut each: impl FnMut(&[u8], &[u8]),
) -> Result<(), KafkaError> {
    let settings = cluster.consumer_settings("landfall-reader", 8 << 20);
    let consumer: BaseConsumer<Listener> = cluster.open(&settings, cluster.listener())?;
    let mut reader = Reader::open(cluster, &consumer, &place(topic), marks.start, marks.end)?;
    while !reader.is_done() {
        reader.read(|record| {
            if let (Some(key), Some(value)) = (record.key(), record.value()) {
                each(key, value);
            }
        })?;
    }
    Ok(())
}

/// Where the topic begins and ends; `None` when the cluster does not have it.
pub async fn marks(cluster: &Cluster, topic: &str) -> Result<Option<Watermarks>, KafkaError> {
    // Listing leaves topics of two underscores out, and never makes one that is missing.
    let known = cluster.topics().await?;
    if !known.iter().any(|one| one.name == topic) {
        return Ok(None);
    }
    let marks = cluster.watermarks(&[place(topic)]).await?;
    Ok(marks.get(&place(topic)).copied())
}
