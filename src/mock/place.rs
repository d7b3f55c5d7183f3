//! Where a site keeps what outlives its process.

use camino::{Utf8Path, Utf8PathBuf};

/// Where a state folder keeps what belongs to its site.
#[derive(Clone, Debug)]
pub struct Place(Utf8PathBuf);

impl Place {
    /// The site's place in the state folder `state`.
    pub fn of(state: &Utf8Path) -> Self {
        Self(state.join("mock"))
    }

    pub fn record(&self) -> Utf8PathBuf {
        self.0.join("site.json")
    }

    pub fn token(&self) -> Utf8PathBuf {
        self.0.join("token")
    }

    /// What the emulator keeps between runs.
    pub fn arm_state(&self) -> Utf8PathBuf {
        self.0.join("arm.json")
    }

    pub fn log(&self) -> Utf8PathBuf {
        self.0.join("site.log")
    }

    /// What is kept of the containers: their record and the passwords of their clients.
    pub fn docker(&self) -> Utf8PathBuf {
        self.0.join("docker")
    }

    /// Held by the one process that may write [`Place::arm_state`].
    pub fn lock(&self) -> Utf8PathBuf {
        self.0.join("lock")
    }
}
