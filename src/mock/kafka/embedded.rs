//! Two Kafka clusters inside this process: the source that is left, and the target that Azure would run.
//!
//! The brokers are krafka's test brokers: real Kafka on the wire, over loopback TCP, everything in memory. They answer
//! neither `DescribeConfigs` nor `ListGroups`, keep no topic settings, and give a whole partition in one fetch. A namespace
//! that is deployed to the emulator becomes topics of the target, and an entry in the address book.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use krafka::testing::FakeBroker;
use tokio::task::JoinHandle;

use super::HubError;
use crate::kafka::{AddressBook, Listening};

/// A broker remembers every request, and looks through all of them at each one; so they are forgotten this often.
const FORGET_EVERY: Duration = Duration::from_millis(100);

/// A local cluster that cannot be started or changed.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error("cannot start a local Kafka broker")]
    NotStarted { source: krafka::error::KrafkaError },
}

/// One cluster of one broker.
#[derive(Clone)]
pub struct Broker(Arc<FakeBroker>);

impl Broker {
    async fn start() -> Result<Self, EmbeddedError> {
        let broker = FakeBroker::start().await;
        let broker = broker.map_err(|source| EmbeddedError::NotStarted { source })?;
        // A topic that appears by itself would hide a mistake.
        broker.with_state(|state| state.auto_create_topics = false);
        Ok(Self(Arc::new(broker)))
    }

    /// `host:port`
    pub fn bootstrap(&self) -> String {
        self.0.bootstrap_servers()
    }

    /// Makes a topic; `false` when it exists already.
    pub fn create_topic(&self, name: &str, partitions: i32) -> bool {
        self.0.create_topic(name, partitions)
    }

    /// Deletes a topic and its records; `false` when there was none.
    pub fn delete_topic(&self, name: &str) -> bool {
        self.0.delete_topic(name)
    }

    /// How many partitions a topic has.
    pub fn partitions(&self, topic: &str) -> Option<i32> {
        let count = self
            .0
            .with_state(|state| Some(state.topics.get(topic)?.partitions.len()));
        count.and_then(|count| i32::try_from(count).ok())
    }

    /// The broker itself, for faults.
    pub fn broker(&self) -> &Arc<FakeBroker> {
        &self.0
    }

    fn forget_requests(&self) {
        self.0.clear_requests();
        self.0.with_state(|state| {
            state.list_offsets_lookups.clear();
            state.leave_group_members.clear();
            state.consumer_group_heartbeats.clear();
        });
    }
}

/// The source and the target. Dropping it ends both.
pub struct Clusters {
    source: Broker,
    target: Broker,
    /// Which namespace owns a topic of the target.
    owners: Mutex<BTreeMap<String, String>>,
    forgetting: JoinHandle<()>,
}

impl Clusters {
    /// Starts both clusters on ports of the system's choice; needs a tokio runtime that goes on running.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::NotStarted`] when no port of the loopback address can be opened.
    pub async fn start() -> Result<Self, EmbeddedError> {
        let (source, target) = (Broker::start().await?, Broker::start().await?);
        let brokers = [source.clone(), target.clone()];
        let forgetting = tokio::spawn(async move {
            loop {
                tokio::time::sleep(FORGET_EVERY).await;
                brokers.iter().for_each(Broker::forget_requests);
            }
        });
        Ok(Self {
            source,
            target,
            owners: Mutex::default(),
            forgetting,
        })
    }

    /// The cluster that is left.
    pub fn source(&self) -> &Broker {
        &self.source
    }

    /// The cluster that Azure would run.
    pub fn target(&self) -> &Broker {
        &self.target
    }

    /// Leads every Event Hubs namespace of every Azure cloud to the target.
    pub fn address_book(&self) -> AddressBook {
        super::address_book(&Listening::plain(self.target.bootstrap()))
    }

    /// Makes an event hub of `namespace` appear as a topic of the target; an existing one may grow.
    ///
    /// # Errors
    ///
    /// [`HubError::Taken`] and [`HubError::FewerPartitions`].
    pub fn materialise(&self, namespace: &str, hub: &str, partitions: i32) -> Result<(), HubError> {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(owner) = owners
            .get(hub)
            .filter(|owner| !owner.eq_ignore_ascii_case(namespace))
        {
            return Err(HubError::taken(namespace, hub, owner));
        }
        match self.target.partitions(hub) {
            None => {
                self.target.create_topic(hub, partitions);
            }
            Some(present) if present > partitions => {
                return Err(HubError::FewerPartitions {
                    hub: hub.to_owned(),
                    present,
                    wanted: partitions,
                });
            }
            Some(_) => {
                self.target.0.add_partitions(hub, partitions);
            }
        }
        owners.insert(hub.to_owned(), namespace.to_owned());
        Ok(())
    }

    /// Removes one event hub of `namespace` with its records; what another namespace owns is left alone.
    pub fn remove(&self, namespace: &str, hub: &str) {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if owners
            .get(hub)
            .is_some_and(|owner| owner.eq_ignore_ascii_case(namespace))
        {
            owners.remove(hub);
            self.target.delete_topic(hub);
        }
    }

    /// Removes every event hub of `namespace`.
    pub fn remove_namespace(&self, namespace: &str) {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        owners.retain(|hub, owner| {
            let stays = !owner.eq_ignore_ascii_case(namespace);
            if !stays {
                self.target.delete_topic(hub);
            }
            stays
        });
    }
}

impl Drop for Clusters {
    fn drop(&mut self) {
        self.forgetting.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hub_appears_grows_and_goes_with_its_namespace() {
        let clusters = Clusters::start().await.unwrap();
        clusters.materialise("ns-a", "orders", 3).unwrap();
        clusters.materialise("NS-A", "orders", 4).unwrap();
        assert_eq!(clusters.target().partitions("orders"), Some(4));
        clusters.remove("ns-b", "orders");
        assert_eq!(clusters.target().partitions("orders"), Some(4));
        clusters.remove_namespace("ns-a");
        assert_eq!(clusters.target().partitions("orders"), None);
    }

    #[tokio::test]
    async fn what_azure_could_not_do_is_refused() {
        let clusters = Clusters::start().await.unwrap();
        clusters.materialise("ns-a", "orders", 3).unwrap();
        let fewer = clusters.materialise("ns-a", "orders", 2).unwrap_err();
        assert_eq!(
            fewer.to_string(),
            "the event hub `orders` has 3 partitions and cannot have 2: partitions are never taken away"
        );
        let taken = clusters.materialise("ns-b", "orders", 3).unwrap_err();
        assert!(taken.to_string().contains("exists already in `ns-a`"));
    }

    #[tokio::test]
    async fn every_namespace_leads_to_the_target() {
        let clusters = Clusters::start().await.unwrap();
        let book = clusters.address_book();
        let found = book.find("evhns-demo.servicebus.windows.net:9093").unwrap();
        assert_eq!(found.bootstrap, clusters.target().bootstrap());
    }
}
