//! Whether the records of a topic have keys, so that the number of partitions decides where one lives.

use rdkafka::consumer::BaseConsumer;

use crate::kafka::{Cluster, KafkaError, Listener, Reader, Topic, TopicPartition, Watermarks};
use crate::mirror::{Flow, MirrorError};

/// So many of the last offsets of each partition are looked at.
const SAMPLE: i64 = 50;

/// Looks at the last records of the source; a compacted topic has keys in any case.
pub async fn has_keys(flow: &Flow, topic: &Topic, policy: Option<&String>) -> Result<bool, MirrorError> {
    if policy.is_some_and(|policy| policy.contains("compact")) {
        return Ok(true);
    }
    let at_source = |source| MirrorError::Source { source };
    let places: Vec<_> = topic.each_partition().collect();
    let marks = flow.source.watermarks(&places).await.map_err(at_source)?;
    let source = flow.source.clone();
    let look = move || {
        let marks: Vec<_> = marks.into_iter().collect();
        any_key(&source, &marks)
    };
    let looked = tokio::task::spawn_blocking(look).await;
    looked.map_err(|_| MirrorError::EngineEnded)?.map_err(at_source)
}

fn any_key(source: &Cluster, marks: &[(TopicPartition, Watermarks)]) -> Result<bool, KafkaError> {
    let settings = source.consumer_settings("landfall-reader", 1 << 20);
    let consumer: BaseConsumer<Listener> = source.open(&settings, source.listener())?;
    for (place, marks) in marks {
        let from = marks.start.max(marks.end - SAMPLE);
        let mut reader = Reader::open(source, &consumer, place, from, marks.end)?;
        let mut keyed = false;
        while !reader.is_done() {
            reader.read(|record| keyed |= record.key().is_some())?;
        }
        if keyed {
            return Ok(true);
        }
    }
    Ok(false)
}
