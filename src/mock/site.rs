//! One site: an ARM emulator and two Kafka clusters, joined.
//!
//! What is deployed to the emulator appears on the target cluster. The emulator's state outlives the process where a
//! [`Place`] is given. Embedded brokers end with the process and their records with them; containers stay until
//! [`super::kafka::docker::DockerSite::stop`].

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use camino::Utf8PathBuf;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::arm::{Emulator, EmulatorError, Running};
use super::kafka;
use super::kafka::docker::{DockerError, DockerSite, Inside};
use super::kafka::embedded::{Clusters, EmbeddedError};
use super::kafka::observer::{Materialised, Target};
pub use super::laboratory::Laboratory;
use super::place::Place;
use crate::kafka::{AddressBook, Cluster, Credentials, Listening};
use crate::model::secret::{SecretError, SecretReference};
use crate::model::security::Security;
use crate::run::journal;

/// Loopback, at a port of the system's choice.
pub const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// How to start a site.
pub struct Settings {
    /// Where the emulator listens; loopback only unless the laboratory allows others.
    pub listen: SocketAddr,
    /// The bearer token that the emulator wants.
    pub token: SecretString,
    /// Where that token is kept, for whoever is told of the site.
    pub token_file: Option<Utf8PathBuf>,
    /// The subscription that exists in the emulator.
    pub subscription: String,
    /// Where the emulator keeps its state; in memory only without it.
    pub place: Option<Place>,
    /// The containers that hold the clusters, ready; brokers of this process without them.
    pub containers: Option<DockerSite>,
    /// How the emulator behaves.
    pub laboratory: Laboratory,
}

/// The kind of a site whose brokers live in its process.
pub const EMBEDDED: &str = "site";
/// The kind of a site whose clusters live in containers.
pub const DOCKER: &str = "docker";

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
    /// How clients sign in to the source; its secrets are references.
    #[serde(default)]
    pub source_security: Security,
    /// How clients sign in to the target; its secrets are references.
    #[serde(default)]
    pub target_security: Security,
    /// The clusters as the Kafka Connect worker sees them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<Inside>,
}

impl SiteAddress {
    /// Whether its clusters live in containers.
    pub fn is_docker(&self) -> bool {
        self.kind == DOCKER
    }

    /// Where Kafka hosts lead while the site answers for Azure and for the source at `source_bootstrap`.
    ///
    /// # Errors
    ///
    /// [`SiteError::Secret`] when a password of the site cannot be read.
    pub fn book(&self, source_bootstrap: Option<&str>) -> Result<AddressBook, SiteError> {
        let mut book = kafka::address_book(&listening(&self.target, &self.target_security)?);
        let source = listening(&self.source, &self.source_security)?;
        for host in source_bootstrap
            .into_iter()
            .flat_map(|bootstrap| bootstrap.split(','))
        {
            // An address of this machine is meant as it is written.
            if !is_loopback(host.trim()) {
                book.enter(host.trim(), source.clone());
            }
        }
        Ok(book)
    }

    /// The source, as its own clients use it.
    ///
    /// # Errors
    ///
    /// [`SiteError::Secret`] when its password cannot be read.
    pub fn source_cluster(&self) -> Result<Cluster, SiteError> {
        let credentials = listening(&self.source, &self.source_security)?.credentials;
        Ok(Cluster::new(&self.source, credentials, &AddressBook::default()))
    }

    /// The target, as its own clients use it.
    ///
    /// # Errors
    ///
    /// [`SiteError::Secret`] when its password cannot be read.
    pub fn target_cluster(&self) -> Result<Cluster, SiteError> {
        let credentials = listening(&self.target, &self.target_security)?.credentials;
        Ok(Cluster::new(&self.target, credentials, &AddressBook::default()))
    }
}

fn listening(bootstrap: &str, security: &Security) -> Result<Listening, SiteError> {
    let read = |reference: &SecretReference| {
        let secret = reference.local();
        secret.map(Option::unwrap_or_default)
    };
    let credentials = Credentials::resolve(security, read).map_err(|source| SiteError::Secret { source })?;
    Ok(Listening {
        bootstrap: bootstrap.to_owned(),
        credentials,
    })
}

/// A site that cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error("cannot start the Kafka clusters of the mock site")]
    Kafka { source: EmbeddedError },
    #[error("cannot use the containers of the mock site")]
    Containers { source: DockerError },
    #[error("cannot read a password of the mock site")]
    Secret { source: SecretError },
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

/// A site of this process; dropping it ends the emulator and the embedded brokers.
pub struct Site {
    address: SiteAddress,
    emulator: Running,
    clusters: Option<Arc<Clusters>>,
    /// Held as long as the site may write its state.
    _lock: Option<std::fs::File>,
}

impl Site {
    /// Starts the emulator, and both clusters unless containers hold them; brings back what an earlier site had deployed.
    ///
    /// # Errors
    ///
    /// [`SiteError`].
    pub async fn start(settings: Settings) -> Result<Self, SiteError> {
        let lock = settings.place.as_ref().map(hold).transpose()?;
        let mut address = SiteAddress {
            schema: 1,
            kind: EMBEDDED.to_owned(),
            arm: String::new(),
            source: String::new(),
            target: String::new(),
            connect: None,
            subscription: settings.subscription.clone(),
            token_file: settings.token_file,
            source_security: Security::default(),
            target_security: Security::default(),
            inside: None,
        };
        let (target, clusters) = if let Some(containers) = &settings.containers {
            (in_containers(containers, &mut address)?, None)
        } else {
            let clusters = embedded(&mut address).await?;
            (Target::Embedded(Arc::clone(&clusters)), Some(clusters))
        };
        let arm = super::arm::Settings {
            listen: settings.listen,
            state_file: settings.place.as_ref().map(Place::arm_state),
            observer: Arc::new(Materialised::new(target, address.book(None)?)),
            ..super::arm::Settings::new(settings.token, settings.subscription)
        };
        let emulator = Emulator::start(settings.laboratory.equip(arm))
            .await
            .map_err(|source| SiteError::Arm { source })?;
        address.arm = emulator.base_url();
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

    /// Its clusters, where they live in this process.
    pub fn clusters(&self) -> Option<&Clusters> {
        self.clusters.as_deref()
    }

    /// Ends it once its state is written.
    pub async fn stop(self) {
        self.emulator.stop().await;
    }
}

async fn embedded(address: &mut SiteAddress) -> Result<Arc<Clusters>, SiteError> {
    let clusters = Clusters::start()
        .await
        .map_err(|source| SiteError::Kafka { source })?;
    address.source = clusters.source().bootstrap();
    address.target = clusters.target().bootstrap();
    Ok(Arc::new(clusters))
}

fn in_containers(site: &DockerSite, address: &mut SiteAddress) -> Result<Target, SiteError> {
    DOCKER.clone_into(&mut address.kind);
    address.source = site.source();
    address.target = site.target();
    address.connect = Some(site.connect());
    address.source_security = site.source_security();
    address.target_security = site.target_security();
    address.inside = Some(site.inside());
    let hubs = site.hubs().map_err(|source| SiteError::Containers { source })?;
    Ok(Target::Docker(hubs))
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
