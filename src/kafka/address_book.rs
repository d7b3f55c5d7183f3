//! Where a name leads: like `/etc/hosts` for brokers. Empty for real Azure, filled by a mock site.

use std::collections::BTreeMap;

use crate::model::security::Protocol;

/// A local listener that answers for a broker of another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// `host:port[,host:port…]`
    pub bootstrap: String,
    /// How the local listener is spoken to, whatever the original would ask for.
    pub protocol: Protocol,
}

/// Local listeners by the `host:port` that they answer for, in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressBook(BTreeMap<String, Listening>);

impl AddressBook {
    /// Enters a listener for `address`, in place of an earlier one; `*.domain:port` stands for every host of a domain.
    pub fn enter(&mut self, address: &str, listening: Listening) {
        self.0.insert(address.to_ascii_lowercase(), listening);
    }

    /// Strikes out `address`.
    pub fn strike(&mut self, address: &str) {
        self.0.remove(&address.to_ascii_lowercase());
    }

    /// The listener for the first address of `bootstrap` that is in the book.
    pub fn find(&self, bootstrap: &str) -> Option<&Listening> {
        let mut addresses = bootstrap.split(',');
        addresses.find_map(|address| {
            let address = address.trim().to_ascii_lowercase();
            let any_host = || self.0.get(&format!("*.{}", address.split_once('.')?.1));
            self.0.get(&address).or_else(any_host)
        })
    }

    /// Every entry, by address.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Listening)> {
        self.0
            .iter()
            .map(|(address, listening)| (address.as_str(), listening))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_listener_whatever_the_case_and_forgets_it() {
        let mut book = AddressBook::default();
        let local = Listening {
            bootstrap: "127.0.0.1:4000".into(),
            protocol: Protocol::Plaintext,
        };
        book.enter("NS.servicebus.windows.net:9093", local.clone());
        assert_eq!(book.find("other:1, ns.ServiceBus.windows.net:9093"), Some(&local));
        assert_eq!(book.find("other.servicebus.windows.net:9093"), None);
        book.enter("*.servicebus.windows.net:9093", local.clone());
        assert_eq!(book.find("other.servicebus.windows.net:9093"), Some(&local));
        book.strike("*.servicebus.windows.net:9093");
        book.strike("ns.servicebus.windows.net:9093");
        assert_eq!(book.find("ns.servicebus.windows.net:9093"), None);
    }
}
