//! Who deploys an environment from this machine: one process at a time.
//!
//! The operating system lets go of the lock when its holder ends, however it ends; what is written inside only tells
//! others who holds it.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;

use camino::Utf8Path;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::DeployError;
use crate::run::journal::{self, JournalError};

/// Held until it is dropped.
pub(super) struct Lock(#[expect(dead_code, reason = "an open file is a held lock")] File);

/// Who holds a lock.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Holder {
    user: String,
    process: u32,
    since: Timestamp,
}

impl Lock {
    /// Takes the lock at `path`, making file and folder when absent.
    ///
    /// # Errors
    ///
    /// [`DeployError::Busy`] when another process holds it, [`DeployError::Journal`] when it cannot be written.
    pub fn take(path: &Utf8Path) -> Result<Self, DeployError> {
        let io = |source| JournalError::Io {
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path.parent() {
            journal::private_folder(folder).map_err(io)?;
        }
        let mut options = File::options();
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600);
        let mut file = options.open(path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {
                sign(&mut file).map_err(io)?;
                Ok(Self(file))
            }
            Err(TryLockError::WouldBlock) => Err(busy(&mut file)),
            Err(TryLockError::Error(source)) => Err(io(source).into()),
        }
    }
}

fn sign(file: &mut File) -> std::io::Result<()> {
    let holder = Holder {
        user: std::env::var("USER").unwrap_or_default(),
        process: std::process::id(),
        since: Timestamp::now(),
    };
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&serde_json::to_vec(&holder)?)
}

/// A holder that has not signed yet is somebody all the same.
fn busy(file: &mut File) -> DeployError {
    let mut text = String::new();
    let read = file.read_to_string(&mut text);
    let holder: Option<Holder> = read.ok().and_then(|_| serde_json::from_str(&text).ok());
    match holder {
        Some(Holder { user, process, since }) => {
            let user = if user.is_empty() {
                String::new()
            } else {
                format!(" of `{user}`")
            };
            DeployError::Busy {
                by: format!("process {process}{user}"),
                since: Some(since),
            }
        }
        None => DeployError::Busy {
            by: "another process".to_owned(),
            since: None,
        },
    }
}
