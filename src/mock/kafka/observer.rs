//! What the emulator deploys appears on the target cluster: namespaces of event hubs become topics.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::HubError;
use super::docker::Hubs;
use super::embedded::Clusters;
use crate::kafka::AddressBook;
use crate::mock::arm::{Change, Observer, Refusal};

const NAMESPACE: &str = "Microsoft.EventHub/namespaces";
const HUB: &str = "Microsoft.EventHub/namespaces/eventhubs";

/// Where things appear.
pub enum Target {
    Embedded(Arc<Clusters>),
    Docker(Hubs),
}

/// Passes what the emulator does on to the target.
pub struct Materialised {
    target: Target,
    book: AddressBook,
}

impl Materialised {
    /// Everything that is deployed appears on `target`, where the hosts of `book` lead.
    pub fn new(target: Target, book: AddressBook) -> Self {
        Self { target, book }
    }

    async fn appear(&self, change: &Change) -> Result<(), Refusal> {
        let (true, [namespace, hub]) = (change.is(HUB), change.names.as_slice()) else {
            return Ok(());
        };
        let partitions = change.properties["partitionCount"]
            .as_i64()
            .and_then(|count| i32::try_from(count).ok())
            .unwrap_or(1);
        let made = match &self.target {
            Target::Embedded(clusters) => clusters.materialise(namespace, hub, partitions),
            Target::Docker(hubs) => {
                hubs.materialise(namespace, hub, partitions, compacted(change))
                    .await
            }
        };
        made.map_err(|error| refusal(&error))
    }

    async fn go(&self, change: &Change) {
        match (change.names.as_slice(), &self.target) {
            ([namespace], Target::Embedded(clusters)) if change.is(NAMESPACE) => {
                clusters.remove_namespace(namespace);
            }
            ([namespace], Target::Docker(hubs)) if change.is(NAMESPACE) => {
                hubs.remove_namespace(namespace).await;
            }
            ([namespace, hub], Target::Embedded(clusters)) if change.is(HUB) => {
                clusters.remove(namespace, hub);
            }
            ([namespace, hub], Target::Docker(hubs)) if change.is(HUB) => hubs.remove(namespace, hub).await,
            _ => {}
        }
    }
}

impl Observer for Materialised {
    fn created<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(self.appear(change))
    }

    fn deleted<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, ()> {
        Box::pin(self.go(change))
    }

    fn addresses(&self) -> BTreeMap<String, String> {
        self.book
            .entries()
            .map(|(address, listening)| (address.to_owned(), listening.bootstrap.clone()))
            .collect()
    }
}

/// Whether the last record of each key is kept; `DeleteOrCompact` deletes besides.
fn compacted(change: &Change) -> bool {
    let policy = &change.properties["retentionDescription"]["cleanupPolicy"];
    policy
        .as_str()
        .is_some_and(|policy| policy.eq_ignore_ascii_case("Compact"))
}

fn refusal(error: &HubError) -> Refusal {
    let (status, code) = match error {
        HubError::Taken { .. } => (409, "Conflict"),
        HubError::FewerPartitions { .. } => (400, "BadRequest"),
        HubError::Cluster { .. } => (500, "InternalServerError"),
    };
    Refusal {
        status,
        code: code.to_owned(),
        message: error.to_string(),
    }
}
