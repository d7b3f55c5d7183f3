//! Where a name leads: like `/etc/hosts` for brokers. Empty for real Azure, filled by a mock site.

use std::collections::BTreeMap;

use super::Credentials;

/// A local listener that answers for a broker of another name.
#[derive(Clone, Debug)]
pub struct Listening {
    /// `host:port[,host:port…]`
    pub bootstrap: String,
    /// How to sign in to the local listener, whatever the original would ask for.
    pub credentials: Credentials,
}

impl Listening {
    /// A listener that lets everybody in.
    pub fn plain(bootstrap: impl Into<String>) -> Self {
        Self {
            bootstrap: bootstrap.into(),
            credentials: Credentials::default(),
        }
    }
}

/// Local listeners by the `host:port` that they answer for, in any case.
#[derive(Clone, Debug, Default)]
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
        let local = Listening::plain("127.0.0.1:4000");
        let found = |book: &AddressBook, name| book.find(name).map(|listening| listening.bootstrap.clone());
        let here = Some(local.bootstrap.clone());
        book.enter("NS.servicebus.windows.net:9093", local.clone());
        assert_eq!(found(&book, "other:1, ns.ServiceBus.windows.net:9093"), here);
        assert_eq!(found(&book, "other.servicebus.windows.net:9093"), None);
        book.enter("*.servicebus.windows.net:9093", local.clone());
        assert_eq!(found(&book, "other.servicebus.windows.net:9093"), here);
        book.strike("*.servicebus.windows.net:9093");
        book.strike("ns.servicebus.windows.net:9093");
        assert_eq!(found(&book, "ns.servicebus.windows.net:9093"), None);
    }
}
