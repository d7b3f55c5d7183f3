//! What the emulated Azure holds: groups, resources, deployments, jobs; one JSON file that outlives the process.
//!
//! No secret is in it: secure parameters are left out of stored deployments, values made from them out of stored
//! resources, and keys are derived when they are asked for. Maps are keyed by lower-cased id or name.

use std::collections::BTreeMap;

use camino::Utf8Path;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::ArmError;
use super::keys::Renewals;
use super::soft_delete::Twin;
use super::stacks::Stacks;
use super::template::scope_of;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// The last moment seen, so that a virtual clock goes on from there.
    pub now: Option<Timestamp>,
    /// Drawn from for ids that look random.
    pub counter: u64,
    pub groups: BTreeMap<String, Group>,
    pub resources: BTreeMap<String, Stored>,
    pub deployments: BTreeMap<String, Deployment>,
    pub jobs: BTreeMap<String, Job>,
    /// Registration states that differ from `Registered`, by namespace.
    pub registrations: BTreeMap<String, String>,
    /// How often keys were made anew; the keys themselves are nowhere.
    #[serde(default)]
    pub renewals: Renewals,
    #[serde(default)]
    pub stacks: Stacks,
    /// What is deleted and kept for a while.
    #[serde(default)]
    pub twins: BTreeMap<String, Twin>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    pub name: String,
    pub location: String,
    pub tags: Map<String, Value>,
    pub managed_by: Option<String>,
    pub deleting: bool,
}

/// A resource: what a reader gets, and what the last writer gave.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stored {
    pub id: String,
    pub resource_type: String,
    pub name: String,
    pub api_version: String,
    /// With everything that its provider filled in.
    pub document: Value,
    /// The body of the last PUT, without secrets: what-if compares with it.
    pub given: Value,
    pub created: Timestamp,
    pub changed: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deployment {
    pub id: String,
    pub name: String,
    /// Above resource groups: where the deployment itself is kept.
    #[serde(default)]
    pub location: Option<String>,
    pub tags: Map<String, Value>,
    pub mode: String,
    /// Further properties that are shown as they were asked for.
    #[serde(default)]
    pub echo: Map<String, Value>,
    /// Without the defaults of secure parameters.
    pub template: Value,
    /// As requested, without secure parameters.
    pub given: Map<String, Value>,
    pub template_hash: String,
    /// As ARM echoes them.
    pub parameters: Map<String, Value>,
    /// Accepted, Running, Succeeded, Failed or Canceled.
    pub state: String,
    pub correlation_id: String,
    pub started: Timestamp,
    pub changed: Timestamp,
    /// When an accepted deployment begins.
    pub due: Option<Timestamp>,
    pub outputs: Option<Map<String, Value>>,
    pub error: Option<ArmError>,
    pub diagnostics: Vec<Value>,
    pub steps: Vec<Step>,
    pub operation: String,
    /// The deployment and step that this one is nested in.
    pub parent: Option<(String, usize)>,
    pub seed: u64,
}

/// One resource of a deployment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    pub id: String,
    pub resource_type: String,
    pub name: String,
    pub api_version: String,
    pub symbolic: Option<String>,
    pub depends_on: Vec<usize>,
    pub progress: Progress,
    pub operation_id: String,
    pub started: Option<Timestamp>,
    pub changed: Option<Timestamp>,
    pub due: Option<Timestamp>,
    pub created: bool,
    pub location: Option<String>,
    /// Not deployed and not shown: its condition is false, or it is only looked at.
    pub silent: bool,
    /// Why it failed; of a running step, how it is going to fail.
    pub error: Option<ArmError>,
    /// Whether the failure came after the request had been accepted.
    pub late: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    Waiting,
    Running,
    Succeeded,
    Failed,
    Canceled,
}

/// Something asynchronous that is no deployment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    pub work: Work,
    pub due: Option<Timestamp>,
    pub outcome: Option<Outcome>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Work {
    DeleteGroup {
        key: String,
    },
    PutResource {
        key: String,
        fails: Option<ArmError>,
    },
    DeleteResource {
        key: String,
    },
    DeleteDeployment {
        key: String,
    },
    PurgeTwin {
        key: String,
    },
    Answer {
        body: Value,
    },
    /// A property becomes something else, if it is still what it was when the work began.
    TurnProperty {
        key: String,
        property: String,
        from: String,
        to: String,
    },
    Register {
        namespace: String,
        state: String,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Outcome {
    Done { body: Option<Value> },
    Failed(ArmError),
}

impl Deployment {
    /// The id of the scope that it deploys to; empty for the tenant.
    pub fn scope(&self) -> &str {
        scope_of(&self.id)
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state.as_str(), "Succeeded" | "Failed" | "Canceled")
    }
}

impl State {
    /// Reads the file at `path`; an empty state when there is none.
    pub fn load(path: &Utf8Path) -> std::io::Result<Self> {
        match fs_err::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(std::io::Error::other),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Writes the state beside the file and renames it over.
    pub fn save(&self, path: &Utf8Path) -> std::io::Result<()> {
        let bytes = serde_json::to_vec_pretty(self).map_err(std::io::Error::other)?;
        crate::run::journal::replace(path, &bytes)
    }

    /// The next thing that happens by itself, and when.
    pub fn next_due(&self) -> Option<(Timestamp, Event)> {
        let deployments = self.deployments.iter().flat_map(|(key, deployment)| {
            let begin = deployment.due.map(|at| (at, Event::Begin(key.clone())));
            let steps = deployment.steps.iter().enumerate();
            let steps = steps.filter_map(|(index, step)| Some((step.due?, Event::Step(key.clone(), index))));
            begin.into_iter().chain(steps)
        });
        let jobs = self
            .jobs
            .iter()
            .filter_map(|(token, job)| Some((job.due?, Event::Job(token.clone()))));
        let stacks = self.stacks.next_due().map(|(at, key)| (at, Event::Stack(key)));
        deployments.chain(jobs).chain(stacks).min_by_key(|(at, _)| *at)
    }
}

/// What happens by itself.
#[derive(Clone, Debug)]
pub enum Event {
    Begin(String),
    Step(String, usize),
    Job(String),
    Stack(String),
}
