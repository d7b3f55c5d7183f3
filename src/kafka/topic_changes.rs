//! Changing topics that exist: single settings, and more partitions.

use std::collections::BTreeMap;

use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::types::RDKafkaErrorCode as Code;

use super::error::{is_not_allowed, is_unsupported};
use super::ffi::{Named, configs};
use super::{Cluster, KafkaError, Listener, Topic};

impl Cluster {
    /// Sets settings of topics by name and leaves their others alone.
    ///
    /// # Errors
    ///
    /// [`KafkaError::TopicRefused`] for the first topic that was refused; [`KafkaError::Unsupported`] and
    /// [`KafkaError::NotAllowed`] where clients may not change topics.
    pub async fn set_topic_settings(
        &self,
        topics: BTreeMap<String, BTreeMap<String, String>>,
    ) -> Result<(), KafkaError> {
        if topics.is_empty() {
            return Ok(());
        }
        self.ask(move |cluster, client| {
            let done = configs::set_topic_settings(client.client(), &topics, cluster.patience());
            settle(cluster, client, "IncrementalAlterConfigs", done)
        })
        .await
    }

    /// Raises each topic to as many partitions as it says.
    ///
    /// # Errors
    ///
    /// As [`Cluster::set_topic_settings`].
    pub async fn grow_topics(&self, topics: &[Topic]) -> Result<(), KafkaError> {
        if topics.is_empty() {
            return Ok(());
        }
        let topics = topics.to_vec();
        self.ask(move |cluster, client| {
            let wanted: Vec<_> = topics
                .iter()
                .map(|topic| (topic.name.as_str(), topic.partitions))
                .collect();
            let done = configs::grow_topics(client.client(), &wanted, cluster.patience());
            settle(cluster, client, "CreatePartitions", done)
        })
        .await
    }
}

/// The first refusal of many, by name.
fn settle(
    cluster: &Cluster,
    client: &BaseProducer<Listener>,
    api: &'static str,
    done: Result<Named<()>, Code>,
) -> Result<(), KafkaError> {
    let done = done.map_err(|code| cluster.explain(client, api, code))?;
    let refused = done
        .into_iter()
        .find_map(|(topic, result)| result.err().map(|(code, reason)| (topic, code, reason)));
    match refused {
        None => Ok(()),
        Some((_, code, _)) if is_not_allowed(code) || is_unsupported(code) => {
            Err(cluster.explain(client, api, code))
        }
        Some((topic, _, reason)) => Err(KafkaError::TopicRefused {
            bootstrap: cluster.bootstrap().to_owned(),
            topic,
            reason,
        }),
    }
}
