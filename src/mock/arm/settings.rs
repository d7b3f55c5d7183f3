//! How an emulator is set up.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use secrecy::SecretString;

use super::clock::Clock;
use super::faults::Fault;
use super::observer::{Observer, Unobserved};

/// Everything an emulator can be told before it starts.
#[derive(Clone)]
pub struct Settings {
    /// A loopback address unless others are allowed; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether other machines may be served.
    pub allow_remote: bool,
    /// The bearer token that every request must carry. The keys that `listKeys` gives are derived from it too, so that
    /// they outlive the process without standing in a file of the emulator's.
    pub token: SecretString,
    pub subscription: String,
    pub tenant: String,
    /// Where the state outlives the process; nowhere without it.
    pub state_file: Option<Utf8PathBuf>,
    pub clock: Clock,
    /// How long a resource of a type usually takes, by the lower-cased type, where it is not what its provider says.
    pub latencies: BTreeMap<String, Duration>,
    /// How long every answer waits, on the wall clock.
    pub answer_latency: Duration,
    /// Refuses types and api-versions that it does not know.
    pub strict: bool,
    /// Where every request is written down; in memory only without it.
    pub request_log: Option<Utf8PathBuf>,
    pub observer: Arc<dyn Observer>,
    pub faults: Vec<Fault>,
    /// From which everything random is drawn.
    pub seed: u64,
    /// How many elements a list gives before its `nextLink`.
    pub page: usize,
    /// The secrets that Key Vault references find, by `vault/secret`.
    pub vault: BTreeMap<String, SecretString>,
    /// Namespaces that the subscription is not registered for.
    pub unregistered: Vec<String>,
    /// The size of the token buckets of the subscription.
    pub budget: Budget,
    /// Whether what-if also shows what providers filled in by themselves, as Azure's does.
    pub noise: bool,
}

/// How many requests fit into the buckets. Azure's differ by subscription; these are the larger ones that were recorded.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub reads: u32,
    pub writes: u32,
    pub deletes: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            reads: 1100,
            writes: 800,
            deletes: 800,
        }
    }
}

impl Settings {
    /// A free port on 127.0.0.1, fast time, no faults, no state file, nobody watching.
    pub fn new(token: SecretString, subscription: impl Into<String>) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            allow_remote: false,
            token,
            subscription: subscription.into(),
            tenant: "11111111-1111-1111-1111-111111111111".to_owned(),
            state_file: None,
            clock: Clock::fast(),
            latencies: BTreeMap::new(),
            answer_latency: Duration::ZERO,
            strict: false,
            request_log: None,
            observer: Arc::new(Unobserved),
            faults: Vec::new(),
            seed: 1,
            page: 50,
            vault: BTreeMap::new(),
            unregistered: Vec::new(),
            budget: Budget::default(),
            noise: false,
        }
    }
}
