//! What was asked and answered: the last requests in memory, all of them in a file, and how many there were.
//!
//! A query, a body and a token are never written: a query may be a signature, a body a password.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use camino::Utf8Path;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

/// How many requests are kept in memory.
const KEPT: usize = 10_000;
/// How many characters of what a client sent are kept of one value.
const LONGEST: usize = 2_048;

/// One request and its answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub time: Timestamp,
    pub method: String,
    /// Without its query.
    pub path: String,
    pub api_version: Option<String>,
    /// `None` when no answer was sent.
    pub status: Option<u16>,
    pub milliseconds: f64,
    pub correlation_id: Option<String>,
    pub client_request_id: Option<String>,
    pub request_id: String,
    /// The kind of the fault that struck.
    pub fault: Option<&'static str>,
}

/// Which requests somebody wants to see.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub method: Option<String>,
    /// A part of the path, in any case.
    pub path: Option<String>,
    pub since: Option<Timestamp>,
    /// How many of the newest.
    pub last: Option<usize>,
}

/// How many requests there were.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// By method and class of status: `("GET", "2xx")`.
    pub requests: BTreeMap<(&'static str, &'static str), u64>,
    pub throttled: u64,
}

/// The log of one emulator.
#[derive(Debug)]
pub struct RequestLog {
    token: SecretString,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    kept: VecDeque<Entry>,
    file: Option<File>,
    counts: Counts,
    failure: Option<String>,
}

impl RequestLog {
    /// A log in memory, and in `file` as lines of JSON behind those that are there.
    ///
    /// # Errors
    ///
    /// The I/O error when the file cannot be opened.
    pub fn open(file: Option<&Utf8Path>, token: SecretString) -> std::io::Result<Self> {
        let inner = Inner {
            file: file.map(open_private).transpose()?,
            ..Inner::default()
        };
        Ok(Self {
            token,
            inner: Mutex::new(inner),
        })
    }

    /// The requests that `filter` takes, oldest first.
    pub fn entries(&self, filter: &Filter) -> Vec<Entry> {
        let inner = self.inner();
        let newest = inner.kept.iter().rev().filter(|entry| filter.takes(entry));
        let mut taken: Vec<Entry> = newest.take(filter.last.unwrap_or(KEPT)).cloned().collect();
        taken.reverse();
        taken
    }

    pub fn counts(&self) -> Counts {
        self.inner().counts.clone()
    }

    /// Why the file could not be written, if it once could not.
    pub fn failure(&self) -> Option<String> {
        self.inner().failure.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, entry: Entry) {
        let mut inner = self.inner();
        let key = (method(&entry.method), class(entry.status));
        *inner.counts.requests.entry(key).or_default() += 1;
        inner.counts.throttled += u64::from(entry.status == Some(429));
        if let Some(file) = &mut inner.file {
            let mut line = serde_json::to_vec(&entry).unwrap_or_default();
            line.push(b'\n');
            if let Err(error) = file.write_all(&line) {
                inner.failure = Some(format!("the request log cannot be written: {error}"));
            }
        }
        if inner.kept.len() == KEPT {
            inner.kept.pop_front();
        }
        inner.kept.push_back(entry);
    }

    /// Text of a client's, cut short, and without the token should it stand there.
    fn shown(&self, text: &str) -> String {
        let short: String = text.chars().take(LONGEST).collect();
        let token = self.token.expose_secret();
        if token.is_empty() {
            short
        } else {
            short.replace(token, "***")
        }
    }
}

impl Filter {
    fn takes(&self, entry: &Entry) -> bool {
        let method = self.method.as_ref();
        let path = self.path.as_ref().map(|path| path.to_lowercase());
        method.is_none_or(|method| method.eq_ignore_ascii_case(&entry.method))
            && path.is_none_or(|path| entry.path.to_lowercase().contains(&path))
            && self.since.is_none_or(|since| entry.time >= since)
    }
}

/// A request that is being answered. It is written down when this is dropped, also when the client went away before.
pub struct Recording {
    log: Arc<RequestLog>,
    began: Instant,
    entry: Option<Entry>,
}

/// What a request says of itself.
pub struct Asked<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub api_version: Option<&'a str>,
    pub correlation_id: Option<&'a str>,
    pub client_request_id: Option<&'a str>,
    pub request_id: &'a str,
}

impl Recording {
    pub fn begin(log: &Arc<RequestLog>, asked: &Asked<'_>) -> Self {
        let shown = |text: &str| log.shown(text);
        let entry = Entry {
            time: Timestamp::now(),
            method: shown(asked.method),
            path: shown(asked.path),
            api_version: asked.api_version.map(shown),
            status: None,
            milliseconds: 0.0,
            correlation_id: asked.correlation_id.map(shown),
            client_request_id: asked.client_request_id.map(shown),
            request_id: asked.request_id.to_owned(),
            fault: None,
        };
        Self {
            log: Arc::clone(log),
            began: Instant::now(),
            entry: Some(entry),
        }
    }

    /// Notes the fault that struck; the last one stays.
    pub fn struck(&mut self, fault: &'static str) {
        if let Some(entry) = &mut self.entry {
            entry.fault = Some(fault);
        }
    }

    pub fn answered(&mut self, status: u16) {
        if let Some(entry) = &mut self.entry {
            entry.status = Some(status);
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if let Some(mut entry) = self.entry.take() {
            // Three decimals are enough, and read better.
            entry.milliseconds = (self.began.elapsed().as_secs_f64() * 1_000_000.0).round() / 1000.0;
            self.log.record(entry);
        }
    }
}

/// Opens a file to append to, for its owner's eyes.
fn open_private(path: &Utf8Path) -> std::io::Result<File> {
    let file = File::options().append(true).create(true).mode(0o600).open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// A method as a label: what a client makes up is `other`.
fn method(method: &str) -> &'static str {
    const METHODS: [&str; 6] = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"];
    METHODS
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

fn class(status: Option<u16>) -> &'static str {
    match status.map(|status| status / 100) {
        None => "none",
        Some(1) => "1xx",
        Some(2) => "2xx",
        Some(3) => "3xx",
        Some(4) => "4xx",
        Some(_) => "5xx",
    }
}
