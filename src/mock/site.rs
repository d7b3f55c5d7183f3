//! One site: an ARM emulator and two Kafka clusters, joined.
//!
//! What is deployed to the emulator appears on the target cluster. The emulator's state outlives the process where a
//! [`Place`] is given; the brokers' records do not.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use camino::Utf8PathBuf;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::arm::{Emulator, EmulatorError, Running};
use super::kafka::embedded::{Clusters, EmbeddedError};
use super::kafka::observer::Materialised;
use super::place::Place;
use crate::kafka::{AddressBook, Listening};
use crate::model::security::Protocol;
use crate::run::journal;

/// Loopback, at a port of the system's choice.
pub const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// How to start a site.
pub struct Settings {
    /// Where the emulator listens; loopback only.
    pub listen: SocketAddr,
    /// The bearer token that the emulator wants.
    pub token: SecretString,
    /// Where that token is kept, for whoever is told of the site.
    pub token_file: Option<Utf8PathBuf>,
    /// The subscription that exists in the emulator.
    pub subscription: String,
    /// Where the emulator keeps its state; in memory only without it.
    pub place: Option<Place>,
}

/// Where a running site is found. One JSON line of this shape says that a site is ready.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SiteAddress {
    pub schema: u32,
    pub kind: String,
    /// The base URL of the ARM emulator.
    pub arm: String,
    /// `host:port[,host:port…]`
    pub source: String,
    /// `host:port[,host:port…]`
    pub target: String,
    /// The base URL of a Kafka Connect worker; an embedded site has none.
    pub connect: Option<String>,
    pub subscription: String,
    pub token_file: Option<Utf8PathBuf>,
}

impl SiteAddress {
    /// Where Kafka hosts lead while the site answers for Azure and for the source at `source_bootstrap`.
    pub fn book(&self, source_bootstrap: Option<&str>) -> AddressBook {
        let mut book = Clusters::address_book_for(&self.target);
        for host in source_bootstrap
            .into_iter()
            .flat_map(|bootstrap| bootstrap.split(','))
        {
            // An address of this machine is meant as it is written.
            if !is_loopback(host.trim()) {
                let listening = Listening {
                    bootstrap: self.source.clone(),
                    protocol: Protocol::Plaintext,
                };
                book.enter(host.trim(), listening);
            }
        }
        book
    }
}

/// A site that cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error("cannot start the Kafka clusters of the mock site")]
    Kafka { source: EmbeddedError },
    #[error("cannot start the ARM emulator")]
    Arm { source: EmulatorError },
    #[error("another command uses the mock site's state in `{path}`")]
    InUse { path: Utf8PathBuf },
    #[error("cannot use the mock site's folder `{path}`")]
    Folder {
        path: Utf8PathBuf,
        source: std::io::Error,
    },
}

/// A site inside this process; dropping it ends it.
pub struct Site {
    address: SiteAddress,
    emulator: Running,
    clusters: Arc<Clusters>,
    /// Held as long as the site may write its state.
    _lock: Option<std::fs::File>,
}

impl Site {
    /// Starts both clusters and the emulator, and brings back what an earlier site had deployed.
    ///
    /// # Errors
    ///
    /// [`SiteError`].
    pub async fn start(settings: Settings) -> Result<Self, SiteError> {
        let lock = settings.place.as_ref().map(hold).transpose()?;
        let clusters = Arc::new(
            Clusters::start()
                .await
                .map_err(|source| SiteError::Kafka { source })?,
        );
        let arm = super::arm::Settings {
            listen: settings.listen,
            state_file: settings.place.as_ref().map(Place::arm_state),
            observer: Arc::new(Materialised::new(Arc::clone(&clusters))),
            ..super::arm::Settings::new(settings.token, settings.subscription.clone())
        };
        let emulator = Emulator::start(arm)
            .await
            .map_err(|source| SiteError::Arm { source })?;
        let address = SiteAddress {
            schema: 1,
            kind: "site".to_owned(),
            arm: emulator.base_url(),
            source: clusters.source().bootstrap(),
            target: clusters.target().bootstrap(),
            connect: None,
            subscription: settings.subscription,
            token_file: settings.token_file,
        };
        Ok(Self {
            address,
            emulator,
            clusters,
            _lock: lock,
        })
    }

    /// Where it is found.
    pub fn address(&self) -> &SiteAddress {
        &self.address
    }

    /// Its clusters.
    pub fn clusters(&self) -> &Clusters {
        &self.clusters
    }

    /// Ends it once its state is written.
    pub async fn stop(self) {
        self.emulator.stop().await;
    }
}

/// Keeps a second process from writing the same state.
fn hold(place: &Place) -> Result<std::fs::File, SiteError> {
    let path = place.lock();
    let folder = |source| SiteError::Folder {
        path: path.clone(),
        source,
    };
    journal::touch(&path).map_err(folder)?;
    let file = std::fs::File::open(&path).map_err(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(SiteError::InUse { path }),
        Err(std::fs::TryLockError::Error(source)) => Err(folder(source)),
    }
}

fn is_loopback(address: &str) -> bool {
    let host = address
        .rsplit_once(':')
        .map_or(address, |(host, _)| host)
        .trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
