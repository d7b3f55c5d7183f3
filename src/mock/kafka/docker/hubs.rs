//! Event hubs of the emulator as topics of a target that runs in containers.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::kafka::{Cluster, KafkaError, NewTopic, Topic};
use crate::mock::kafka::error::HubError;

/// How long a new topic may take to be seen.
const SEEN_WITHIN: Duration = Duration::from_secs(10);

/// The topics of the target, and which namespace owns each.
pub struct Hubs {
    target: Cluster,
    owners: Mutex<BTreeMap<String, String>>,
}

impl Hubs {
    /// `target` signs in as somebody who may do what clients may not.
    pub fn new(target: Cluster) -> Self {
        Self {
            target,
            owners: Mutex::default(),
        }
    }

    /// Makes an event hub of `namespace` appear as a topic; an existing one may grow.
    ///
    /// # Errors
    ///
    /// [`HubError`] for what Azure could not do either, or when the cluster does not answer.
    pub async fn materialise(
        &self,
        namespace: &str,
        hub: &str,
        partitions: i32,
        compacted: bool,
    ) -> Result<(), HubError> {
        let mut owners = self.owners.lock().await;
        if let Some(owner) = owners
            .get(hub)
            .filter(|owner| !owner.eq_ignore_ascii_case(namespace))
        {
            return Err(HubError::taken(namespace, hub, owner));
        }
        let cluster = |source| HubError::Cluster {
            hub: hub.to_owned(),
            source,
        };
        match self.partitions(hub).await.map_err(cluster)? {
            None => self.make(hub, partitions, compacted).await.map_err(cluster)?,
            Some(present) if present > partitions => {
                return Err(HubError::FewerPartitions {
                    hub: hub.to_owned(),
                    present,
                    wanted: partitions,
                });
            }
            Some(present) if present < partitions => {
                let grown = Topic {
                    name: hub.to_owned(),
                    partitions,
                };
                self.target.grow_topics(&[grown]).await.map_err(cluster)?;
            }
            Some(_) => {}
        }
        owners.insert(hub.to_owned(), namespace.to_owned());
        Ok(())
    }

    /// Removes one event hub of `namespace`; what another namespace owns is left alone.
    pub async fn remove(&self, namespace: &str, hub: &str) {
        let mut owners = self.owners.lock().await;
        if owners
            .get(hub)
            .is_some_and(|owner| owner.eq_ignore_ascii_case(namespace))
        {
            owners.remove(hub);
            self.delete(vec![hub.to_owned()]).await;
        }
    }

    /// Removes every event hub of `namespace`.
    pub async fn remove_namespace(&self, namespace: &str) {
        let mut owners = self.owners.lock().await;
        let mut gone = Vec::new();
        owners.retain(|hub, owner| {
            let stays = !owner.eq_ignore_ascii_case(namespace);
            if !stays {
                gone.push(hub.clone());
            }
            stays
        });
        self.delete(gone).await;
    }

    async fn make(&self, hub: &str, partitions: i32, compacted: bool) -> Result<(), KafkaError> {
        // The service counts retention from a record's arrival, Kafka from its own timestamp: real records of the past
        // would be gone at once. No rehearsal lasts as long as a retention, so nothing is deleted here.
        let settings = if compacted {
            [("cleanup.policy", "compact")]
        } else {
            [("retention.ms", "-1")]
        };
        let topic = NewTopic {
            name: hub.to_owned(),
            partitions,
            settings: settings
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
        };
        self.target.create_topics(&[topic]).await?;
        let began = tokio::time::Instant::now();
        while self.partitions(hub).await? != Some(partitions) && began.elapsed() < SEEN_WITHIN {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    async fn partitions(&self, hub: &str) -> Result<Option<i32>, KafkaError> {
        let topics = self.target.topics().await?;
        let found = topics.into_iter().find(|topic| topic.name == hub);
        Ok(found.map(|topic| topic.partitions))
    }

    /// An observer cannot fail a deletion; what stays is seen as an extra topic.
    async fn delete(&self, hubs: Vec<String>) {
        if let Err(error) = self.target.delete_topics(&hubs).await {
            tracing::warn!(%error, "a topic of a removed event hub stays");
        }
    }
}
