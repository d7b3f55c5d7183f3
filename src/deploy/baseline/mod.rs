//! What Azure showed right after a deployment that succeeded: the noise of its what-if, and every resource as it was read.
//!
//! The next plan leaves out what was noise then and is the same now; `status --drift` holds the reads against what is
//! there. It is a memory and no state: without it a plan shows more, and nothing else changes. No secret is kept.

mod hidden;
mod take;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::changes::{Change, ChangeKind, PropertyChange};
use super::naming;
use crate::config::Environment;
use crate::model::resource_id::ResourceId;
use crate::run::{Event, Sink, journal};

pub(super) use self::hidden::{is_hidden, is_secret};
pub(super) use self::take::{Succeeded, take};

/// The version of the file's shape.
const VERSION: u32 = 1;

/// What is kept of the deployments of one environment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    version: u32,
    environment: String,
    subscription: String,
    resource_group: String,
    /// By the name of the target or addition.
    pub(super) deployments: BTreeMap<String, Taken>,
}

/// What one deployment left behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Taken {
    pub at: Timestamp,
    /// Of the deployment; another one since then has changed what should be there.
    pub correlation_id: String,
    /// Of its template and parameters.
    pub fingerprint: String,
    /// What a what-if of the same template still showed.
    pub noise: Vec<Noise>,
    pub reads: Vec<Read>,
}

/// The properties of one resource that would change for ever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Noise {
    pub id: ResourceId,
    pub delta: Vec<PropertyChange>,
}

/// One resource as Azure gave it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Read {
    pub id: ResourceId,
    pub api_version: String,
    pub document: Value,
}

impl Baseline {
    /// Where the baseline stands that belongs to a journal of deployments.
    pub fn beside(journal: &Utf8Path) -> Utf8PathBuf {
        journal.with_file_name("baseline.json")
    }

    /// Reads the baseline of `environment`. One that is not there, of another version or of another place is an empty
    /// one; one that cannot be understood is too, with a warning.
    pub fn read(path: &Utf8Path, environment: &Environment, sink: &dyn Sink) -> Self {
        let damaged = |why: String| {
            let text = format!(
                "the baseline `{path}` is damaged ({why}): until the next deployment plans show what Azure always \
                 shows, and drift is told by what-if"
            );
            sink.emit(Event::Warning { text });
            Self::of(environment)
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Self::of(environment),
            Err(error) => return damaged(error.to_string()),
        };
        let value: Value = match serde_json::from_str(&text) {
            Ok(value) => value,
            Err(error) => return damaged(error.to_string()),
        };
        // Another version may have another shape, so it is asked for first.
        if value["version"]
            .as_u64()
            .is_some_and(|found| found != u64::from(VERSION))
        {
            return Self::of(environment);
        }
        match serde_json::from_value::<Self>(value) {
            Ok(baseline) if baseline.is_of(environment) => baseline,
            Ok(_) => Self::of(environment),
            Err(error) => damaged(error.to_string()),
        }
    }

    /// Drops what is kept of deployments that are gone: nothing of them can drift.
    pub(super) fn forget<'a>(
        path: &Utf8Path,
        environment: &Environment,
        names: impl Iterator<Item = &'a str>,
        sink: &dyn Sink,
    ) {
        let mut baseline = Self::read(path, environment, sink);
        let known = baseline.deployments.len();
        for name in names {
            baseline.deployments.remove(name);
        }
        if baseline.deployments.len() < known {
            baseline.keep(path, sink);
        }
    }

    /// Writes the file; one that cannot be written is a warning.
    pub(super) fn keep(&self, path: &Utf8Path, sink: &dyn Sink) {
        if let Err(error) = self.write(path) {
            let text = format!("cannot write the baseline `{path}`: {error}");
            sink.emit(Event::Warning { text });
        }
    }

    /// Writes the file with mode 0600, whole or not at all.
    pub(super) fn write(&self, path: &Utf8Path) -> std::io::Result<()> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        journal::replace(path, &bytes)
    }

    fn of(environment: &Environment) -> Self {
        let scope = naming::scope(environment);
        Self {
            version: VERSION,
            environment: environment.name.to_string(),
            subscription: scope.subscription,
            resource_group: scope.group,
            deployments: BTreeMap::new(),
        }
    }

    fn is_of(&self, environment: &Environment) -> bool {
        let here = Self::of(environment);
        self.environment == here.environment
            && self.subscription.eq_ignore_ascii_case(&here.subscription)
            && self.resource_group.eq_ignore_ascii_case(&here.resource_group)
    }

    /// Takes out of `change` what was noise after the deployment of `name` and is the same now; gives back what it took.
    pub(super) fn subtract(&self, name: &str, change: &mut Change) -> Option<Change> {
        let (ChangeKind::Modify, Some(id)) = (change.kind, &change.id) else {
            return None;
        };
        let id = ResourceId::new(id.as_str());
        let taken = self.deployments.get(name)?;
        let noise = taken.noise.iter().find(|noise| noise.id == id)?;
        let (known, new): (Vec<_>, Vec<_>) = change
            .delta
            .drain(..)
            .partition(|delta| noise.delta.contains(delta));
        change.delta = new;
        if change.delta.is_empty() {
            change.kind = ChangeKind::NoChange;
        }
        (!known.is_empty()).then(|| Change {
            kind: ChangeKind::Modify,
            delta: known,
            ..change.clone()
        })
    }
}

#[cfg(test)]
mod tests;
