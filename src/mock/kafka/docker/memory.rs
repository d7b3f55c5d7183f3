//! What is written down of the containers: settings and ports. A memory, not a fact: the engine is asked before it is used.

use serde::{Deserialize, Serialize};

use super::DockerError;
use super::ports::Ports;
use super::settings::DockerSettings;
use crate::mock::place::Place;
use crate::run::journal;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    pub schema: u32,
    pub settings: DockerSettings,
    pub ports: Ports,
}

impl Memory {
    /// Reads it, when there is one.
    pub fn load(place: &Place) -> Result<Option<Self>, DockerError> {
        let path = place.docker().join("containers.json");
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(DockerError::Folder { path, source }),
        };
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|source| DockerError::Damaged { path, source })
    }

    pub fn save(&self, place: &Place) -> Result<(), DockerError> {
        let path = place.docker().join("containers.json");
        let text = serde_json::to_vec_pretty(self);
        let saved = text
            .map_err(std::io::Error::from)
            .and_then(|text| journal::replace(&path, &text));
        saved.map_err(|source| DockerError::Folder { path, source })
    }

    /// Forgets the containers and their passwords; what the lock is held on stays.
    pub fn clear(place: &Place) {
        for name in [
            "containers.json",
            "source.password",
            "target.password",
            "admin.password",
            "ca.pem",
        ] {
            let _ = std::fs::remove_file(place.docker().join(name));
        }
    }
}

/// Keeps a second command from starting or ending the same containers.
pub(super) fn hold(place: &Place) -> Result<std::fs::File, DockerError> {
    let path = place.docker().join("lock");
    let folder = |source| DockerError::Folder {
        path: path.clone(),
        source,
    };
    journal::touch(&path).map_err(folder)?;
    let file = std::fs::File::open(&path).map_err(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(DockerError::InUse { path: place.docker() }),
        Err(std::fs::TryLockError::Error(source)) => Err(folder(source)),
    }
}
