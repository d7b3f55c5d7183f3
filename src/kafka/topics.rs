//! Topics: which there are, where their partitions begin and end, how they are set, and making new ones.

use std::collections::{BTreeMap, BTreeSet};

use rdkafka::producer::Producer;
use rdkafka::types::RDKafkaErrorCode as Code;
use serde::Serialize;

use super::error::{is_not_allowed, is_unsupported};
use super::ffi::{topic_ids, topics};
use super::{Cluster, KafkaError, TopicId};
use crate::model::selection::Selection;

/// A topic and how many partitions it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Topic {
    pub name: String,
    pub partitions: i32,
}

/// One partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TopicPartition {
    pub topic: String,
    pub partition: i32,
}

impl TopicPartition {
    pub fn new(topic: &str, partition: i32) -> Self {
        Self {
            topic: topic.to_owned(),
            partition,
        }
    }
}

/// Where a partition begins and where its committed records end; the end is the offset after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Watermarks {
    pub start: i64,
    pub end: i64,
}

/// A topic to make, with its own settings; the number of copies is left to the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewTopic {
    pub name: String,
    pub partitions: i32,
    pub settings: BTreeMap<String, String>,
}

impl Topic {
    /// Every partition of the topic.
    pub fn each_partition(&self) -> impl Iterator<Item = TopicPartition> {
        (0..self.partitions).map(|partition| TopicPartition::new(&self.name, partition))
    }
}

impl Cluster {
    /// Lists all topics but Kafka's own (`__…`), by name.
    pub async fn topics(&self) -> Result<Vec<Topic>, KafkaError> {
        self.ask(|cluster, client| {
            let answer = client.client().fetch_metadata(None, cluster.patience());
            let metadata = answer.map_err(|error| {
                let code = error.rdkafka_error_code().unwrap_or(Code::Unknown);
                cluster.explain(client, "Metadata", code)
            })?;
            let mut topics: Vec<Topic> = metadata
                .topics()
                .iter()
                .filter(|topic| topic.error().is_none() && !topic.name().starts_with("__"))
                .map(|topic| Topic {
                    name: topic.name().to_owned(),
                    partitions: i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX),
                })
                .collect();
            topics.sort_by(|left, right| left.name.cmp(&right.name));
            Ok(topics)
        })
        .await
    }

    /// Lists the topics that `selection` takes.
    pub async fn selected_topics(&self, selection: &Selection) -> Result<Vec<Topic>, KafkaError> {
        let mut topics = self.topics().await?;
        topics.retain(|topic| selection.takes(&topic.name));
        Ok(topics)
    }

    /// Reads the ids of topics; one whose id the cluster does not tell, or that it does not have, is absent.
    pub async fn topic_ids(&self, names: &[String]) -> Result<BTreeMap<String, TopicId>, KafkaError> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let names: BTreeSet<String> = names.iter().cloned().collect();
        self.ask(move |cluster, client| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let described = match topic_ids::topic_ids(client.client(), &names, cluster.patience()) {
                Err(code) if is_unsupported(code) || is_not_allowed(code) => return Ok(BTreeMap::new()),
                described => described.map_err(|code| cluster.explain(client, "DescribeTopics", code))?,
            };
            let id = |(name, bits): (String, Result<(i64, i64), _>)| {
                let (most, least) = bits.ok()?;
                Some((name, TopicId::from_bits(most, least)?))
            };
            Ok(described.into_iter().filter_map(id).collect())
        })
        .await
    }

    /// Makes topics; one that exists already is left as it is.
    ///
    /// # Errors
    ///
    /// [`KafkaError::TopicRefused`] for the first topic that was refused, [`KafkaError::NotAllowed`] or
    /// [`KafkaError::Unsupported`] where clients may not make topics.
    pub async fn create_topics(&self, wanted: &[NewTopic]) -> Result<(), KafkaError> {
        let wanted = wanted.to_vec();
        self.ask(move |cluster, client| {
            let requests: Vec<_> = wanted
                .iter()
                .map(|topic| topics::TopicRequest {
                    name: &topic.name,
                    partitions: topic.partitions,
                    replication: -1,
                    settings: &topic.settings,
                })
                .collect();
            let made = topics::create_topics(client.client(), &requests, cluster.patience())
                .map_err(|code| cluster.explain(client, "CreateTopics", code))?;
            for (topic, result) in made {
                match result {
                    Ok(()) | Err((Code::TopicAlreadyExists, _)) => {}
                    Err((code @ (Code::ClusterAuthorizationFailed | Code::TopicAuthorizationFailed), _)) => {
                        return Err(cluster.explain(client, "CreateTopics", code));
                    }
                    Err((_, reason)) => {
                        return Err(KafkaError::TopicRefused {
                            bootstrap: cluster.bootstrap().to_owned(),
                            topic,
                            reason,
                        });
                    }
                }
            }
            Ok(())
        })
        .await
    }

    /// Reads the settings that somebody gave to topics; those that a topic leaves to the broker are absent.
    ///
    /// # Errors
    ///
    /// [`KafkaError::Unsupported`] where a cluster cannot tell.
    pub async fn topic_settings(
        &self,
        names: &[String],
    ) -> Result<BTreeMap<String, BTreeMap<String, String>>, KafkaError> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let names = names.to_vec();
        self.ask(move |cluster, client| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let described = topics::describe_topics(client.client(), &names, cluster.patience())
                .map_err(|code| cluster.explain(client, "DescribeConfigs", code))?;
            let settings = |(name, result): (String, Result<_, (Code, String)>)| match result {
                Ok(settings) => Ok((name, settings)),
                Err((code, _)) => Err(cluster.explain(client, "DescribeConfigs", code)),
            };
            described.into_iter().map(settings).collect()
        })
        .await
    }
}
