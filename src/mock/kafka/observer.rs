//! What the emulator deploys appears on the target cluster: namespaces of event hubs become topics.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::embedded::{Clusters, EmbeddedError};
use crate::mock::arm::{Change, Observer, Refusal};

const NAMESPACE: &str = "Microsoft.EventHub/namespaces";
const HUB: &str = "Microsoft.EventHub/namespaces/eventhubs";

/// Passes what the emulator does on to the clusters.
pub struct Materialised {
    clusters: Arc<Clusters>,
}

impl Materialised {
    /// Everything that is deployed appears on the target of `clusters`.
    pub fn new(clusters: Arc<Clusters>) -> Self {
        Self { clusters }
    }

    fn appear(&self, change: &Change) -> Result<(), Refusal> {
        let (true, [namespace, hub]) = (change.is(HUB), change.names.as_slice()) else {
            return Ok(());
        };
        let partitions = change.properties["partitionCount"]
            .as_i64()
            .and_then(|count| i32::try_from(count).ok());
        self.clusters
            .materialise(namespace, hub, partitions.unwrap_or(1))
            .map_err(|error| refusal(&error))
    }

    fn go(&self, change: &Change) {
        match change.names.as_slice() {
            [namespace] if change.is(NAMESPACE) => self.clusters.remove_namespace(namespace),
            [namespace, hub] if change.is(HUB) => self.clusters.remove(namespace, hub),
            _ => {}
        }
    }
}

impl Observer for Materialised {
    fn created<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move { self.appear(change) })
    }

    fn deleted<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, ()> {
        Box::pin(async move { self.go(change) })
    }

    fn addresses(&self) -> BTreeMap<String, String> {
        let book = self.clusters.address_book();
        book.entries()
            .map(|(address, listening)| (address.to_owned(), listening.bootstrap.clone()))
            .collect()
    }
}

fn refusal(error: &EmbeddedError) -> Refusal {
    let (status, code) = match error {
        EmbeddedError::Taken { .. } => (409, "Conflict"),
        EmbeddedError::FewerPartitions { .. } => (400, "BadRequest"),
        EmbeddedError::NotStarted { .. } => (500, "InternalServerError"),
    };
    Refusal {
        status,
        code: code.to_owned(),
        message: error.to_string(),
    }
}
