//! Pause, resume, stop, restart: tell the worker, then look until it is so.

use std::collections::BTreeMap;

use serde::Serialize;
use tokio::time::Instant;

use super::rest::Existing;
use super::{ConnectError, ConnectorState, State, Worker};
use crate::run::{Sink, Step, Stop};

/// An old failure is shown until the task has begun anew, which takes longer on a busy worker.
const LOOKS_AT_FAILURE: u32 = 4;
/// A state must be seen so often in a row after a change, because a worker shows the old one for a moment.
const LOOKS_AFTER_CHANGE: u32 = 3;

/// What became of the connectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Whether any of them was not so before.
    pub changed: bool,
    pub connectors: Vec<ConnectorState>,
}

/// What was restarted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restarted {
    /// The connectors that had failed, or a task of which had.
    pub restarted: Vec<String>,
    pub connectors: Vec<ConnectorState>,
}

/// What `names` are at, in that order.
///
/// # Errors
///
/// [`ConnectError::NotStarted`] when none of them exists.
pub async fn states(worker: &Worker, names: &[String]) -> Result<Vec<ConnectorState>, ConnectError> {
    match of_names(&worker.connectors().await?, names) {
        // A worker that has just begun does not know yet what it runs.
        Err(ConnectError::NotStarted { .. }) => {
            worker.ready().await?;
            of_names(&worker.connectors().await?, names)
        }
        states => states,
    }
}

fn of_names(
    existing: &BTreeMap<String, Existing>,
    names: &[String],
) -> Result<Vec<ConnectorState>, ConnectError> {
    let found: Vec<_> = names
        .iter()
        .filter_map(|name| existing.get(name))
        .map(|found| found.state.clone())
        .collect();
    if found.is_empty() {
        return Err(ConnectError::NotStarted {
            missing: names.to_vec(),
        });
    }
    Ok(found)
}

/// Pauses the connectors; what they have read is written first.
///
/// # Errors
///
/// [`ConnectError`].
pub async fn pause(
    worker: &Worker,
    names: &[String],
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<Moved, ConnectError> {
    go(worker, names, State::Paused, sink, stop).await
}

/// Lets paused or stopped connectors go on.
///
/// # Errors
///
/// [`ConnectError`].
pub async fn resume(
    worker: &Worker,
    names: &[String],
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<Moved, ConnectError> {
    go(worker, names, State::Running, sink, stop).await
}

/// Stops the connectors: their tasks are given up, their position is kept.
///
/// # Errors
///
/// [`ConnectError`].
pub async fn stop(
    worker: &Worker,
    names: &[String],
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<Moved, ConnectError> {
    go(worker, names, State::Stopped, sink, stop).await
}

async fn go(
    worker: &Worker,
    names: &[String],
    wanted: State,
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<Moved, ConnectError> {
    let before = states(worker, names).await?;
    let mut moved = Moved {
        changed: false,
        connectors: Vec::with_capacity(before.len()),
    };
    for connector in before {
        let name = connector.name.clone();
        if connector.is(wanted) {
            moved.connectors.push(connector);
            continue;
        }
        let step = Step::start(sink, "connector", format!("`{name}` becomes {wanted}"));
        match wanted {
            State::Paused => worker.pause(&name).await,
            State::Stopped => worker.stop(&name).await,
            _ => worker.resume(&name).await,
        }?;
        let state = settle(worker, &name, wanted, LOOKS_AFTER_CHANGE, stop).await?;
        step.done(state.told());
        moved.changed = true;
        moved.connectors.push(state);
    }
    Ok(moved)
}

/// Restarts the connectors and tasks that failed, and nothing else.
///
/// # Errors
///
/// [`ConnectError::Failed`] when one fails again.
pub async fn restart(
    worker: &Worker,
    names: &[String],
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<Restarted, ConnectError> {
    let before = states(worker, names).await?;
    let mut restarted = Vec::new();
    for connector in before.iter().filter(|connector| connector.failure().is_some()) {
        let name = &connector.name;
        let step = Step::start(sink, "restart", format!("Restart what failed of `{name}`"));
        worker.restart(name).await?;
        let state = settle(worker, name, State::Running, LOOKS_AFTER_CHANGE, stop).await?;
        step.done(state.told());
        restarted.push(name.clone());
    }
    Ok(Restarted {
        restarted,
        connectors: states(worker, names).await?,
    })
}

/// Looks until the connector and its tasks are `wanted`, `looks` times in a row; a failure must be seen more often still,
/// unless one look is enough.
pub(super) async fn settle(
    worker: &Worker,
    name: &str,
    wanted: State,
    looks: u32,
    stop: &Stop,
) -> Result<ConnectorState, ConnectError> {
    let patience = worker.patience();
    let began = Instant::now();
    let (mut good, mut bad) = (0, 0);
    loop {
        let found = match worker.status(name).await {
            Ok(state) => Ok(state),
            Err(error) if error.may_pass() => Err(error),
            Err(error) => return Err(error),
        };
        let fine = found.as_ref().is_ok_and(|state| state.is(wanted));
        let failed = found.as_ref().ok().and_then(ConnectorState::failure);
        good = if fine { good + 1 } else { 0 };
        bad = if failed.is_some() { bad + 1 } else { 0 };
        let enough = if looks == 1 { 1 } else { looks * LOOKS_AT_FAILURE };
        if let Some((task, cause)) = failed.filter(|_| bad >= enough) {
            return Err(ConnectError::Failed {
                connector: name.to_owned(),
                task,
                cause,
            });
        }
        let late = began.elapsed() > patience.settle;
        match found {
            Ok(state) if good >= looks => return Ok(state),
            Ok(state) if late => return Err(not_reached(name, wanted, state.told(), began)),
            Err(ConnectError::NotFound { .. }) if late => {
                return Err(not_reached(name, wanted, "without a state".to_owned(), began));
            }
            Err(error) if late => return Err(error),
            _ => {}
        }
        tokio::select! {
            () = tokio::time::sleep(patience.poll) => {}
            () = stop.asked() => return Err(ConnectError::Stopped),
        }
    }
}

fn not_reached(name: &str, wanted: State, found: String, began: Instant) -> ConnectError {
    ConnectError::NotReached {
        connector: name.to_owned(),
        wanted: wanted.to_string(),
        found,
        waited: began.elapsed(),
    }
}
