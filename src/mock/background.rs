//! A site that outlives the command that started it: found again by a record in the state folder.
//!
//! The record is a memory, not a fact: its process may be gone. [`find`] answers only with one that is alive, and whoever
//! connects still proves itself with the token.

use std::process::Stdio;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::place::Place;
use super::site::SiteAddress;
use crate::run::journal;

/// How long a site may take to say that it is ready.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a site may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// What is written down of a running site.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    pub pid: u32,
    pub started: jiff::Timestamp,
    #[serde(flatten)]
    pub site: SiteAddress,
}

/// A background site that cannot be started, found or ended.
#[derive(Debug, thiserror::Error)]
pub enum BackgroundError {
    #[error("cannot read the record of the mock site `{path}`")]
    Unreadable {
        path: Utf8PathBuf,
        source: std::io::Error,
    },
    #[error("the record of the mock site `{path}` cannot be understood")]
    Damaged {
        path: Utf8PathBuf,
        source: serde_json::Error,
    },
    #[error("cannot start the mock site")]
    Start { source: std::io::Error },
    #[error("the mock site did not get ready within {seconds} s; its last words are in `{log}`", seconds = PATIENCE.as_secs())]
    NotReady { log: Utf8PathBuf },
    #[error("cannot end the mock site with process id {pid}")]
    End { pid: u32, source: std::io::Error },
}

/// Returns the site that runs, if one does; a record of a process that is gone is cleared away.
///
/// # Errors
///
/// [`BackgroundError`] when the record cannot be read or understood.
pub fn find(place: &Place) -> Result<Option<Record>, BackgroundError> {
    let path = place.record();
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(BackgroundError::Unreadable { path, source }),
    };
    let record: Record = serde_json::from_slice(&text).map_err(|source| BackgroundError::Damaged {
        path: path.clone(),
        source,
    })?;
    if alive(record.pid) {
        return Ok(Some(record));
    }
    let _ = std::fs::remove_file(&path);
    Ok(None)
}

/// Starts `program` with `arguments` as a site of its own and waits until it says where it listens.
///
/// # Errors
///
/// [`BackgroundError::NotReady`] with the log to read when it ends or stays silent.
pub async fn start(program: &Utf8Path, arguments: &[&str], place: &Place) -> Result<Record, BackgroundError> {
    let start = |source| BackgroundError::Start { source };
    journal::replace(&place.log(), b"").map_err(start)?;
    let log = std::fs::OpenOptions::new()
        .append(true)
        .open(place.log())
        .map_err(start)?;
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        // A group of its own: Ctrl-C in this terminal is not meant for the site.
        .process_group(0)
        .spawn()
        .map_err(start)?;
    let not_ready = || BackgroundError::NotReady { log: place.log() };
    let stdout = child.stdout.take().ok_or_else(not_ready)?;
    let mut lines = BufReader::new(stdout).lines();
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await;
    let Ok(Ok(Some(line))) = line else {
        let _ = child.kill().await;
        return Err(not_ready());
    };
    let site: SiteAddress = serde_json::from_str(&line).map_err(|_| not_ready())?;
    let record = Record {
        pid: child.id().ok_or_else(not_ready)?,
        started: jiff::Timestamp::now(),
        site,
    };
    let text = serde_json::to_vec_pretty(&record).map_err(|error| start(error.into()))?;
    journal::replace(&place.record(), &text).map_err(start)?;
    Ok(record)
}

/// Asks the site to end, kills it when it does not, and clears its record away.
///
/// # Errors
///
/// [`BackgroundError::End`] when the process cannot be signalled.
pub async fn end(record: &Record, place: &Place) -> Result<(), BackgroundError> {
    signal(record.pid, Signal::TERM)?;
    let began = std::time::Instant::now();
    while alive(record.pid) {
        if began.elapsed() > GRACE {
            signal(record.pid, Signal::KILL)?;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let _ = std::fs::remove_file(place.record());
    Ok(())
}

fn signal(pid: u32, signal: Signal) -> Result<(), BackgroundError> {
    let Some(process) = process(pid) else {
        return Ok(());
    };
    match rustix::process::kill_process(process, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(BackgroundError::End {
            pid,
            source: error.into(),
        }),
    }
}

/// Whether the process is there and is a site.
fn alive(pid: u32) -> bool {
    let Some(process) = process(pid) else { return false };
    if rustix::process::test_kill_process(process).is_err() {
        return false;
    }
    // Where the system tells: a process id may have been given to another program since, and a zombie's line is empty.
    match std::fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(line) => line.split(|byte| *byte == 0).any(|word| word == b"serve"),
        Err(_) => true,
    }
}

fn process(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_a_process_that_is_gone_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::of(Utf8Path::from_path(folder.path()).unwrap());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        let record = serde_json::json!({
            "pid": pid, "started": "2026-01-01T00:00:00Z", "schema": 1, "kind": "site", "arm": "http://127.0.0.1:1",
            "source": "127.0.0.1:2", "target": "127.0.0.1:3", "connect": null, "subscription": "s", "token_file": "t"
        });
        journal::replace(&place.record(), record.to_string().as_bytes()).unwrap();
        assert!(find(&place).unwrap().is_none());
        assert!(!place.record().exists());
    }

    #[test]
    fn a_damaged_record_is_told_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::of(Utf8Path::from_path(folder.path()).unwrap());
        journal::replace(&place.record(), b"{").unwrap();
        assert!(find(&place).unwrap_err().to_string().contains("site.json"));
    }
}
