//! Taking topics away with their records: what the owner of a cluster may do, and a mirror never does.

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::types::RDKafkaErrorCode as Code;

use super::{Cluster, KafkaError, Listener};

impl Cluster {
    /// Deletes topics; one that does not exist is passed over.
    ///
    /// # Errors
    ///
    /// [`KafkaError::TopicRefused`] for the first topic that stays.
    pub async fn delete_topics(&self, names: &[String]) -> Result<(), KafkaError> {
        if names.is_empty() {
            return Ok(());
        }
        // Names the reason when nobody answers.
        self.brokers().await?;
        // A client of its own: this is rare, and rdkafka answers it on a thread of the client's.
        let client: AdminClient<Listener> = self.open(&self.common(), self.listener())?;
        let patience = Some(self.patience());
        let options = AdminOptions::new()
            .request_timeout(patience)
            .operation_timeout(patience);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let gone = client.delete_topics(&names, &options).await;
        let gone = gone.map_err(|error| self.refused("DeleteTopics", error.to_string()))?;
        let stays = gone.into_iter().find_map(|result| match result {
            Ok(_) | Err((_, Code::UnknownTopic | Code::UnknownTopicOrPartition)) => None,
            Err(refused) => Some(refused),
        });
        match stays {
            None => Ok(()),
            Some((topic, code)) => Err(KafkaError::TopicRefused {
                bootstrap: self.bootstrap().to_owned(),
                topic,
                reason: code.to_string(),
            }),
        }
    }
}
