//! A site in containers with a folder of its own, and the doors to its clusters. Dropping it takes everything away.

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use landfall::kafka::{AddressBook, Cluster, Credentials};
use landfall::mock::site::SiteAddress;
use landfall::model::security::Security;
use serde_json::Value;

use crate::engine;
use crate::support::{Ran, Scene};

/// A machine for tests has room for one site.
static ROOM: Mutex<()> = Mutex::new(());

pub struct Site {
    // Declared first, dropped first: the containers go before the next test may come in.
    pub scene: Scene,
    _room: MutexGuard<'static, ()>,
}

impl Site {
    /// A folder with the shipped environments and no site yet; `mock` are further keys of that section, as YAML lines.
    pub fn none(mock: &[&str]) -> Self {
        let room = ROOM.lock().unwrap_or_else(PoisonError::into_inner);
        let scene = Scene::new();
        let mut base = scene.read("environments/base.yaml");
        let _ = writeln!(base, "\nmock:\n  kafka-image: {}", engine::image());
        for line in mock {
            let _ = writeln!(base, "  {line}");
        }
        scene.write("environments/base.yaml", &base);
        Self { scene, _room: room }
    }

    /// A site that runs, as `landfall mock up --docker` starts it.
    pub fn up(mock: &[&str]) -> Self {
        let site = Self::none(mock);
        site.scene.done(&["mock", "up", "--docker"]);
        site
    }

    pub fn done(&self, arguments: &[&str]) -> Ran {
        self.scene.done(arguments)
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.scene.run(arguments)
    }

    /// Where everything is, as another process reads it.
    pub fn address(&self) -> SiteAddress {
        serde_json::from_value(self.scene.site_record()).unwrap()
    }

    /// The cluster that is left, signed in as its clients are.
    pub fn source(&self) -> Cluster {
        self.address().source_cluster().unwrap()
    }

    /// The cluster that Azure would run, signed in as its clients are.
    pub fn target(&self) -> Cluster {
        self.address().target_cluster().unwrap()
    }

    /// The REST address of the Kafka Connect worker.
    pub fn connect_url(&self) -> String {
        self.address().connect.unwrap()
    }

    /// `landfall-<key>-source-1`, `landfall-<key>-target-2`, `landfall-<key>-connect` …
    pub fn container(&self, part: &str) -> String {
        let status = self.done(&["mock", "status", "--output", "json"]).json();
        let names = status["containers"].as_array().unwrap();
        let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
        let mut found = names.iter().map(name).filter(|name| name.ends_with(part));
        found
            .next()
            .unwrap_or_else(|| panic!("no container `{part}` in {status}"))
    }

    /// By which everything of this site is labelled.
    pub fn key(&self) -> String {
        let name = self.container("-connect");
        name.split('-').nth(1).unwrap().to_owned()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.scene.run(&["mock", "down"]);
        let _ = self.scene.run(&["mock", "down", "--state", ".landfall/demo"]);
    }
}

/// A client of `bootstrap` that signs in as `security` says, its secrets read from their files.
pub fn client(bootstrap: &str, security: &Security) -> Cluster {
    let credentials = Credentials::resolve(security, |reference| {
        reference.local().map(Option::unwrap_or_default)
    });
    Cluster::new(bootstrap, credentials.unwrap(), &AddressBook::default())
}

/// Runs asynchronous work of a test.
pub fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}
