//! Who is told when a resource comes or goes, so that something real can appear on this machine.
//!
//! The emulator holds its state locked while it waits for an observer: an observer must not call the emulator back.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use serde_json::Value;

/// One resource, as it is after the change.
#[derive(Clone, Debug)]
pub struct Change {
    pub id: String,
    /// `Microsoft.EventHub/namespaces/eventhubs`, in the caller's case.
    pub resource_type: String,
    /// The names along the type: namespace, then hub.
    pub names: Vec<String>,
    pub location: String,
    /// The `sku` object, or null.
    pub sku: Value,
    pub properties: Value,
    /// The parent's document, or null; an event hub learns its tier from it.
    pub parent: Value,
}

impl Change {
    /// Whether the resource is of this type, in any case.
    pub fn is(&self, resource_type: &str) -> bool {
        self.resource_type.eq_ignore_ascii_case(resource_type)
    }
}

/// An observer's no, as Azure would say it.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
}

/// Told of every resource. Each method has a default that does nothing.
pub trait Observer: Send + Sync {
    /// Asked before a resource is accepted.
    fn validate<'a>(&'a self, _change: &'a Change) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }

    /// A resource was created or updated; also told once for each known resource when an emulator starts on old state.
    fn created<'a>(&'a self, _change: &'a Change) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }

    /// A resource is gone.
    fn deleted<'a>(&'a self, _change: &'a Change) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    /// Where the hosts of Azure are on this machine: `host:port` to a bootstrap address.
    fn addresses(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
}

/// Nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}
