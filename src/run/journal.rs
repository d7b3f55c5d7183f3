//! What a crash must not lose: one JSON line per fact, appended and synced before the next step starts.
//!
//! A journal lives in the state folder with mode 0600. A line cut short by a crash is the last one and is passed over
//! when reading; every other damage is an error with the line's number.

use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A journal that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("cannot use the journal `{path}`")]
    Io {
        path: Utf8PathBuf,
        source: std::io::Error,
    },
    #[error("line {line} of the journal `{path}` cannot be understood")]
    Damaged {
        path: Utf8PathBuf,
        line: usize,
        source: serde_json::Error,
    },
}

/// An append-only file of facts.
pub struct Journal {
    path: Utf8PathBuf,
    file: std::fs::File,
}

impl Journal {
    /// Opens the journal at `path`, making it and its folder (0700) when absent.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`].
    pub fn open(path: &Utf8Path) -> Result<Self, JournalError> {
        let io = |source| JournalError::Io {
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path.parent() {
            private_folder(folder).map_err(io)?;
        }
        let mut file = std::fs::OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .map_err(io)?;
        drop_a_cut_line(&mut file).map_err(io)?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Appends one fact and waits until it is on the disk.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`].
    pub fn append(&mut self, fact: &impl Serialize) -> Result<(), JournalError> {
        let io = |source| JournalError::Io {
            path: self.path.clone(),
            source,
        };
        let mut line = serde_json::to_vec(fact).map_err(|error| io(error.into()))?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(io)?;
        self.file.sync_data().map_err(io)
    }
}

/// Reads every fact of the journal at `path`, oldest first; none when there is no such file.
///
/// # Errors
///
/// [`JournalError`] when the file cannot be read or a line other than a cut last one is damaged.
pub fn read<T: DeserializeOwned>(path: &Utf8Path) -> Result<Vec<T>, JournalError> {
    let io = |source| JournalError::Io {
        path: path.to_owned(),
        source,
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io(error)),
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let fact = |(index, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|source| JournalError::Damaged {
            path: path.to_owned(),
            line: index + 1,
            source,
        })
    };
    whole.lines().enumerate().map(fact).collect()
}

/// Writes `bytes` beside `path` with mode 0600 and renames over it, so that a reader sees the old or the new file whole.
///
/// # Errors
///
/// The I/O error with the path.
pub fn replace(path: &Utf8Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs_err::rename(&beside, path)
}

/// Makes an empty file of mode 0600 unless there is one.
///
/// # Errors
///
/// The I/O error.
pub fn touch(path: &Utf8Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map(drop)
}

/// Makes a folder that only its owner may enter; one that exists is left as it is.
/// Makes a folder that only its owner can look into (0700).
///
/// # Errors
///
/// Whatever keeps it from being made.
pub fn private_folder(folder: &Utf8Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if folder.as_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

/// A crash can leave the last line without its end: that fact was never promised, so it goes before the next one comes.
fn drop_a_cut_line(file: &mut std::fs::File) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    if whole < bytes.len() {
        file.set_len(whole as u64)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().join("state/run.jsonl")).unwrap();
        (folder, path)
    }

    #[test]
    fn what_was_appended_is_read_back_after_a_cut_line() {
        let (_folder, path) = place();
        Journal::open(&path).unwrap().append(&1).unwrap();
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"{\"cut")
            .unwrap();
        Journal::open(&path).unwrap().append(&2).unwrap();
        assert_eq!(read::<i32>(&path).unwrap(), [1, 2]);
    }

    #[test]
    fn damage_in_the_middle_is_told_with_its_line() {
        let (_folder, path) = place();
        Journal::open(&path).unwrap().append(&1).unwrap();
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"zzz\n2\n")
            .unwrap();
        let error = read::<i32>(&path).unwrap_err();
        assert!(error.to_string().starts_with("line 2 of the journal"));
    }

    #[test]
    fn only_the_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, path) = place();
        Journal::open(&path).unwrap().append(&1).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
