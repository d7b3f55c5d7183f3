//! What the owner of a cluster may do to topics that exist: more partitions, and away with them.

use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions};
use rdkafka::types::RDKafkaErrorCode as Code;

use super::{Cluster, KafkaError, Listener};

impl Cluster {
    /// Gives `topic` as many partitions as `count`; one that has them already is left as it is.
    ///
    /// # Errors
    ///
    /// [`KafkaError::TopicRefused`] when the cluster says no.
    pub async fn add_partitions(&self, topic: &str, count: i32) -> Result<(), KafkaError> {
        let count = usize::try_from(count).unwrap_or_default();
        let wanted = [NewPartitions::new(topic, count)];
        let client: AdminClient<Listener> = self.owner().await?;
        let made = client.create_partitions(&wanted, &self.options()).await;
        self.each(made, &[Code::InvalidPartitions])
    }

    /// Deletes topics with their records; one that does not exist is passed over.
    ///
    /// # Errors
    ///
    /// [`KafkaError::TopicRefused`] for the first topic that stays.
    pub async fn delete_topics(&self, names: &[String]) -> Result<(), KafkaError> {
        if names.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let client: AdminClient<Listener> = self.owner().await?;
        let gone = client.delete_topics(&names, &self.options()).await;
        self.each(gone, &[Code::UnknownTopic, Code::UnknownTopicOrPartition])
    }

    /// A client of its own: these calls are rare, and answer on a thread of theirs.
    async fn owner(&self) -> Result<AdminClient<Listener>, KafkaError> {
        // Names the reason when nobody answers.
        self.brokers().await?;
        self.open(&self.common(), self.listener())
    }

    fn options(&self) -> AdminOptions {
        AdminOptions::new()
            .request_timeout(Some(self.patience()))
            .operation_timeout(Some(self.patience()))
    }

    fn each(
        &self,
        answer: rdkafka::error::KafkaResult<Vec<rdkafka::admin::TopicResult>>,
        fine: &[Code],
    ) -> Result<(), KafkaError> {
        let results = answer.map_err(|error| self.refused("topic change", error.to_string()))?;
        for result in results {
            match result {
                Err((topic, code)) if !fine.contains(&code) => {
                    return Err(KafkaError::TopicRefused {
                        bootstrap: self.bootstrap().to_owned(),
                        topic,
                        reason: code.to_string(),
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }
}
