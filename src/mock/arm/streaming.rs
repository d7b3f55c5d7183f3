//! Stream Analytics jobs at work: `Created` or `Stopped`, `Starting`, `Running`, `Stopping`, `Stopped`.
//!
//! A job that works is not changed. Source: Microsoft.StreamAnalytics 2020-03-01; the sentences are those of the service.

use std::time::Duration;

use serde_json::{Value, json};

use super::error::ArmError;
use super::locks;
use super::providers::region;
use super::state::Work;
use super::world::World;
use super::writes::{Put, parent_of, without};
use crate::model::resource_id::ResourceId;

pub const JOBS: &str = "Microsoft.StreamAnalytics/streamingjobs";
const START: Duration = Duration::from_mins(1);
const STOP: Duration = Duration::from_secs(30);

/// What somebody wants of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Start,
    Stop,
}

impl Turn {
    /// By the name of the action.
    pub fn named(action: &str) -> Option<Self> {
        match action.to_lowercase().as_str() {
            "start" => Some(Self::Start),
            "stop" => Some(Self::Stop),
            _ => None,
        }
    }

    fn begins_in(self, state: &str) -> bool {
        match self {
            Self::Start => matches!(state, "Created" | "Stopped" | "Failed"),
            Self::Stop => state == "Running",
        }
    }
}

impl World {
    /// Starts or stops the job at `key`, and gives the token of the work.
    ///
    /// # Errors
    ///
    /// 409 in a state that does not allow it, 422 for a job with nothing to do, 400 for a start that makes no sense.
    pub fn turn_job(&mut self, key: &str, turn: Turn, request: &Value) -> Result<String, ArmError> {
        locks::may_write(self, key)?;
        let document = self.state.resources.get(key).map(|stored| &stored.document);
        let properties = document
            .map(|document| document["properties"].clone())
            .unwrap_or_default();
        let state = properties["jobState"].as_str().unwrap_or_default();
        if !turn.begins_in(state) || properties["provisioningState"] != "Succeeded" {
            return Err(invalid_state());
        }
        let (between, then, takes) = match turn {
            Turn::Start => ("Starting", "Running", START),
            Turn::Stop => ("Stopping", "Stopped", STOP),
        };
        let mut changes = vec![("jobState", Value::from(between))];
        if turn == Turn::Start {
            self.check_topology(key, &properties)?;
            changes.extend(beginning(request, state)?);
        }
        if let Some(stored) = self.state.resources.get_mut(key) {
            for (name, value) in changes {
                stored.document["properties"][name] = value;
            }
        }
        self.dirty = true;
        let work = Work::TurnProperty {
            key: key.to_owned(),
            property: "jobState".to_owned(),
            from: between.to_owned(),
            to: then.to_owned(),
        };
        Ok(self.schedule(work, takes))
    }

    /// Refuses to change a job that works, or what belongs to it; writing the same again is no change.
    pub(super) fn check_job(&self, put: &Put) -> Result<(), ArmError> {
        let job = if put.resource_type.eq_ignore_ascii_case(JOBS) {
            Some(put.id.clone())
        } else {
            parent_of(&put.id)
                .filter(|parent| ResourceId::new(parent).resource_type().eq_ignore_ascii_case(JOBS))
        };
        let stored = job.and_then(|job| self.state.resources.get(&job.to_lowercase()));
        let state = stored.and_then(|job| job.document["properties"]["jobState"].as_str());
        if !matches!(state, Some("Starting" | "Running" | "Stopping")) {
            return Ok(());
        }
        let before = self.state.resources.get(&put.id.to_lowercase());
        let is_same =
            before.is_some_and(|before| content(&before.given) == content(&without(&put.body, &put.secret)));
        if is_same { Ok(()) } else { Err(invalid_state()) }
    }

    /// A job reads something, writes something, and knows what to do in between.
    fn check_topology(&self, key: &str, properties: &Value) -> Result<(), ArmError> {
        let has = |kind: &str, inline: &str| {
            let prefix = format!("{key}/{kind}/");
            let mut below = self.state.resources.range(prefix.clone()..);
            let inline = &properties[inline];
            below.next().is_some_and(|(other, _)| other.starts_with(&prefix))
                || inline.is_object()
                || inline.as_array().is_some_and(|all| !all.is_empty())
        };
        for (kind, inline, what) in [
            ("inputs", "inputs", "input"),
            ("outputs", "outputs", "output"),
            ("transformations", "transformation", "transformation"),
        ] {
            if !has(kind, inline) {
                let message = format!("The streaming job should have at least one {what} defined.");
                return Err(refused(422, "422", &message));
            }
        }
        Ok(())
    }
}

/// From when on a job writes its output.
fn beginning(request: &Value, state: &str) -> Result<Vec<(&'static str, Value)>, ArmError> {
    let mode = request["outputStartMode"].as_str().unwrap_or("JobStartTime");
    let time = &request["outputStartTime"];
    let refuse = |message: &str| Err(refused(400, "BadRequest", message));
    match mode.to_lowercase().as_str() {
        "jobstarttime" => Ok(vec![("outputStartMode", mode.into())]),
        "lastoutputeventtime" if state != "Created" => Ok(vec![("outputStartMode", mode.into())]),
        "lastoutputeventtime" => refuse("LastOutputEventTime needs a streaming job that was started before."),
        "customtime" => match time.as_str().map(str::parse::<jiff::Timestamp>) {
            Some(Ok(_)) => Ok(vec![
                ("outputStartMode", mode.into()),
                ("outputStartTime", time.clone()),
            ]),
            _ => refuse("outputStartTime must be an ISO 8601 time when outputStartMode is CustomTime."),
        },
        _ => refuse("outputStartMode must be JobStartTime, CustomTime or LastOutputEventTime."),
    }
}

fn invalid_state() -> ArmError {
    let message = "The Stream Analytics job is not in a valid state to perform this operation.";
    refused(409, "Conflict", message)
}

/// Stream Analytics says it twice.
fn refused(status: u16, code: &str, message: &str) -> ArmError {
    let detail = json!({"code": status.to_string(), "message": message});
    ArmError::new(status, code, message).because(vec![detail])
}

/// What a body says, without what its address says already.
fn content(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|key, _| !["id", "name", "type", "apiVersion"].contains(&key.as_str()));
        if let Some(Value::String(location)) = fields.get_mut("location") {
            *location = region(location);
        }
    }
    body
}
