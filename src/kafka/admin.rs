//! Groups: which there are, what they have committed, and committing for one that has no member.

use std::collections::BTreeMap;

use rdkafka::producer::Producer;
use rdkafka::types::RDKafkaErrorCode as Code;
use rdkafka::{Offset, TopicPartitionList};
use serde::Serialize;

use super::ffi::{groups, offsets};
use super::{Cluster, KafkaError, TopicPartition};

/// A consumer group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    pub name: String,
    /// Kafka's name of the state; Event Hubs calls every group without members `Dead`.
    pub state: String,
    pub members: usize,
}

/// What a group has committed for one partition: the next offset to read, and a text of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Committed {
    pub offset: i64,
    pub metadata: String,
}

impl Cluster {
    /// Lists the names of all groups.
    ///
    /// # Errors
    ///
    /// [`KafkaError::Unsupported`] where a cluster cannot tell: ask by name instead.
    pub async fn groups(&self) -> Result<Vec<String>, KafkaError> {
        self.ask(|cluster, client| {
            let listed = groups::list_groups(client.client(), cluster.patience());
            let mut names = listed.map_err(|code| cluster.explain(client, "ListGroups", code))?;
            names.sort();
            Ok(names)
        })
        .await
    }

    /// Describes groups by name.
    pub async fn describe_groups(&self, names: &[String]) -> Result<Vec<Group>, KafkaError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let names = names.to_vec();
        self.ask_coordinator("DescribeGroups", move |client, patience| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let described = groups::describe_groups(client, &names, patience)?;
            let group = |(name, result): (String, Result<groups::GroupState, (Code, String)>)| {
                let group = result.map_err(|(code, _)| code)?;
                Ok(Group {
                    name,
                    state: group.state,
                    members: group.members,
                })
            };
            described.into_iter().map(group).collect()
        })
        .await
    }

    /// Reads what `group` has committed for `partitions`; partitions without a commit are absent.
    pub async fn group_offsets(
        &self,
        group: &str,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, Committed>, KafkaError> {
        if partitions.is_empty() {
            return Ok(BTreeMap::new());
        }
        let (group, partitions) = (group.to_owned(), partitions.to_vec());
        self.ask_coordinator("OffsetFetch", move |client, patience| {
            let mut list = TopicPartitionList::with_capacity(partitions.len());
            for TopicPartition { topic, partition } in &partitions {
                list.add_partition(topic, *partition);
            }
            let places = offsets::group_offsets(client, &group, Some(&list), patience)?;
            let mut committed = BTreeMap::new();
            for place in places {
                if let Some(code) = place.error {
                    return Err(code);
                }
                if place.offset >= 0 {
                    let value = Committed {
                        offset: place.offset,
                        metadata: place.metadata.unwrap_or_default(),
                    };
                    committed.insert(TopicPartition::new(&place.topic, place.partition), value);
                }
            }
            Ok(committed)
        })
        .await
    }

    /// Commits for a group that has no member, offsets and their texts together.
    pub async fn commit_offsets(
        &self,
        group: &str,
        offsets_by_partition: BTreeMap<TopicPartition, Committed>,
    ) -> Result<(), KafkaError> {
        if offsets_by_partition.is_empty() {
            return Ok(());
        }
        let group = group.to_owned();
        self.ask_coordinator("OffsetCommit", move |client, patience| {
            let mut list = TopicPartitionList::with_capacity(offsets_by_partition.len());
            for (place, committed) in &offsets_by_partition {
                let mut element = list.add_partition(&place.topic, place.partition);
                let set = element.set_offset(Offset::Offset(committed.offset));
                set.map_err(|_| Code::InvalidArgument)?;
                element.set_metadata(&committed.metadata);
            }
            let places = offsets::set_group_offsets(client, &group, &list, patience)?;
            match places.iter().find_map(|place| place.error) {
                None => Ok(()),
                Some(code) => Err(code),
            }
        })
        .await
    }
}
