//! Brings what runs into line with what is wired: look, refuse, then one connector after the other until its tasks run.
//!
//! The source comes first: a checkpoint without its offset pairs would say nothing. Running it twice changes nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::control::settle;
use super::preflight::preflight;
use super::rest::Existing;
use super::wiring::{Connector, Keys, Wiring};
use super::{ConnectError, ConnectorState, Preflight, State, Worker, immutable};
use crate::run::{Event, Sink, Step, Stop};

/// A connector without anything to do has no task; until then it may only not have looked yet.
const GRACE: Duration = Duration::from_secs(15);
const LOOKS: u32 = 3;

/// What a start did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Started {
    pub preflight: Preflight,
    /// Whether anything is other than before.
    pub changed: bool,
    pub connectors: Vec<Change>,
}

/// What a start did to one connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    pub connector: String,
    pub outcome: Outcome,
    /// Which keys are other than before; their values may be secrets of somebody who wrote them in.
    pub keys: Vec<KeyChange>,
    /// Whether it was paused or stopped before.
    pub resumed: bool,
    pub tasks: usize,
}

/// What became of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Created,
    Updated,
    Unchanged,
}

/// A key that was added, removed, or given another value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyChange {
    pub key: String,
    pub change: &'static str,
}

/// A worker that can run what is wired, and what it runs now.
#[derive(Debug)]
pub struct Checked {
    preflight: Preflight,
    existing: BTreeMap<String, Existing>,
}

/// Looks whether the mirror can be started; changes nothing.
///
/// # Errors
///
/// [`ConnectError`] of the preflight, and of the guard over names and aliases.
pub async fn check(worker: &Worker, wiring: &Wiring, sink: &dyn Sink) -> Result<Checked, ConnectError> {
    let step = Step::start(sink, "preflight", "Check Kafka Connect");
    let preflight = preflight(worker, wiring).await?;
    let existing = worker.connectors().await?;
    immutable::guard(worker, wiring, &existing).await?;
    step.done(format!(
        "MirrorMaker 2 {} at {}",
        preflight.version, preflight.url
    ));
    for text in &preflight.advice {
        sink.emit(Event::Warning { text: text.clone() });
    }
    Ok(Checked { preflight, existing })
}

impl Checked {
    /// Starts the mirror, or brings it up to date.
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    pub async fn start(
        self,
        worker: &Worker,
        wiring: &Wiring,
        sink: &dyn Sink,
        stop: &Stop,
    ) -> Result<Started, ConnectError> {
        let mut connectors = Vec::with_capacity(3);
        for connector in wiring.connectors() {
            if stop.is_asked() {
                return Err(ConnectError::Stopped);
            }
            connectors.push(one(worker, connector, &self.existing, sink, stop).await?);
        }
        Ok(Started {
            preflight: self.preflight,
            changed: connectors.iter().any(Change::is_change),
            connectors,
        })
    }
}

impl Change {
    fn is_change(&self) -> bool {
        self.outcome != Outcome::Unchanged || self.resumed
    }
}

async fn one(
    worker: &Worker,
    connector: &Connector,
    existing: &BTreeMap<String, Existing>,
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<Change, ConnectError> {
    let name = &connector.name;
    let step = Step::start(sink, "connector", format!("Connector `{name}`"));
    let found = existing.get(name);
    let keys = found
        .map(|found| compare(&found.config, &connector.config))
        .unwrap_or_default();
    let outcome = match found {
        None => Outcome::Created,
        Some(_) if keys.is_empty() => Outcome::Unchanged,
        Some(_) => Outcome::Updated,
    };
    if outcome != Outcome::Unchanged {
        put(worker, connector).await?;
    }
    let halted = |found: &Existing| matches!(found.state.state, State::Paused | State::Stopped);
    let resumed = found.is_some_and(halted);
    if resumed {
        worker.resume(name).await?;
    }
    if outcome == Outcome::Updated {
        taken(worker, connector, stop).await?;
    }
    let settled = outcome == Outcome::Unchanged && !resumed;
    let state = running(worker, name, settled, stop).await?;
    if state.tasks.is_empty() {
        sink.emit(Event::Warning {
            text: format!("`{name}` has no task yet: it found nothing to do, and goes on looking"),
        });
    }
    let change = Change {
        connector: name.clone(),
        outcome,
        keys,
        resumed,
        tasks: state.tasks.len(),
    };
    step.done(told(&change));
    Ok(change)
}

/// Sends the configuration. A worker resolves references before it looks, and its refusal repeats what it found: only what
/// [`Worker::validate`] tells of each key is passed on.
async fn put(worker: &Worker, connector: &Connector) -> Result<(), ConnectError> {
    match worker.put_config(connector).await {
        Err(ConnectError::Refused {
            status: 400, call, ..
        }) => {
            let problems = worker.validate(connector).await?;
            if problems.is_empty() {
                let message = "the configuration is refused".to_owned();
                return Err(ConnectError::Refused {
                    call,
                    status: 400,
                    message,
                });
            }
            Err(ConnectError::Invalid { problems })
        }
        answer => answer.map(|_| ()),
    }
}

/// Waits until every task was told what the connector was: until then the old ones run on, and look well.
async fn taken(worker: &Worker, connector: &Connector, stop: &Stop) -> Result<(), ConnectError> {
    let began = Instant::now();
    let told = |config: &Keys| {
        // A worker may show a reference in another form than it was given.
        let alike = |(key, value): (&String, &String)| value.contains("${") || config.get(key) == Some(value);
        connector.config.iter().all(alike)
    };
    loop {
        let tasks = worker.task_configs(&connector.name).await?;
        if tasks.iter().all(told) {
            return Ok(());
        }
        let waited = began.elapsed();
        if waited > worker.patience().settle {
            return Err(ConnectError::NotReached {
                connector: connector.name.clone(),
                wanted: "running with its new configuration".to_owned(),
                found: "running with the old one".to_owned(),
                waited,
            });
        }
        tokio::select! {
            () = tokio::time::sleep(worker.patience().poll) => {}
            () = stop.asked() => return Err(ConnectError::Stopped),
        }
    }
}

/// Waits until every task runs, and for a while until there is one.
async fn running(
    worker: &Worker,
    name: &str,
    settled: bool,
    stop: &Stop,
) -> Result<ConnectorState, ConnectError> {
    let began = Instant::now();
    let looks = if settled { 1 } else { LOOKS };
    loop {
        let state = settle(worker, name, State::Running, looks, stop).await?;
        let grace = GRACE.min(worker.patience().settle);
        if !state.tasks.is_empty() || settled || began.elapsed() > grace {
            return Ok(state);
        }
    }
}

/// Which keys differ.
fn compare(was: &Keys, now: &Keys) -> Vec<KeyChange> {
    let mut keys: Vec<&String> = was.keys().chain(now.keys()).collect();
    keys.sort();
    keys.dedup();
    let change = |key: &String| {
        let change = match (was.get(key), now.get(key)) {
            (Some(was), Some(now)) if was == now => return None,
            (Some(_), Some(_)) => "changed",
            (None, _) => "added",
            (Some(_), None) => "removed",
        };
        Some(KeyChange {
            key: key.clone(),
            change,
        })
    };
    keys.into_iter().filter_map(change).collect()
}

fn told(change: &Change) -> String {
    let outcome = match (change.outcome, change.resumed) {
        (Outcome::Created, _) => "created".to_owned(),
        (Outcome::Updated, _) if change.keys.len() == 1 => "1 key changed".to_owned(),
        (Outcome::Updated, _) => format!("{} keys changed", change.keys.len()),
        (Outcome::Unchanged, true) => "resumed".to_owned(),
        (Outcome::Unchanged, false) => "unchanged".to_owned(),
    };
    let tasks = if change.tasks == 1 { "task" } else { "tasks" };
    format!("{outcome}, {} {tasks}", change.tasks)
}
