//! Local Kafka clusters: brokers inside this process, or genuine ones in containers.

pub mod docker;
pub mod embedded;
mod error;
pub mod observer;

pub use error::HubError;

use crate::kafka::{AddressBook, Listening};

/// The domains of Event Hubs namespaces: public Azure, US Government, China.
const DOMAINS: [&str; 3] = [
    "servicebus.windows.net",
    "servicebus.usgovcloudapi.net",
    "servicebus.chinacloudapi.cn",
];

/// Leads every Event Hubs namespace of every Azure cloud to `target`.
pub fn address_book(target: &Listening) -> AddressBook {
    let mut book = AddressBook::default();
    for domain in DOMAINS {
        book.enter(&format!("*.{domain}:9093"), target.clone());
    }
    book
}
