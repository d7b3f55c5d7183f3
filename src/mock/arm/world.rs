//! The emulated Azure at work: state, time and what happens by itself.
//!
//! [`World::advance`] carries out everything that is due, in order of time; nothing else moves a running operation.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8Path;
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::clock::after;
use super::error::ArmError;
use super::faults::Faults;
use super::links::Known;
use super::providers;
use super::requests::RequestLog;
use super::settings::Settings;
use super::state::{Event, Job, Outcome, State, Work};
use super::template::Expanded;
use super::throttle::Throttle;

pub struct World {
    pub settings: Settings,
    pub state: State,
    pub faults: Faults,
    pub throttle: Throttle,
    pub requests: Arc<RequestLog>,
    /// The unrolled templates of deployments under way, with their secrets: in memory only.
    pub live: HashMap<String, Arc<Expanded>>,
    /// The outputs, secrets included, of finished deployments that have secret ones: in memory only.
    pub secrets: HashMap<String, Map<String, Value>>,
    /// The documents that were read behind links: in memory only.
    pub links: Known,
    /// What a user should know: types kept without knowing them, a state file that cannot be written.
    pub warnings: BTreeSet<String>,
    /// Request ids whose failure for want of registration is replayed, as Azure does.
    pub refused: HashSet<String>,
    pub dirty: bool,
    /// How many batches of changes there were since the start.
    generation: u64,
    /// How often the state file was written since the start.
    pub writes: u64,
}

impl World {
    pub fn new(settings: Settings, state: State, requests: Arc<RequestLog>) -> Self {
        if let Some(seen) = state.now {
            settings.clock.jump(seen);
        }
        let mut state = state;
        for namespace in &settings.unregistered {
            state
                .registrations
                .entry(namespace.to_lowercase())
                .or_insert_with(|| "NotRegistered".to_owned());
        }
        Self {
            faults: Faults::new(settings.faults.clone(), settings.seed),
            throttle: Throttle::new(settings.budget, settings.clock.now()),
            requests,
            live: HashMap::new(),
            links: Known::new(),
            secrets: HashMap::new(),
            warnings: BTreeSet::new(),
            refused: HashSet::new(),
            dirty: true,
            generation: 0,
            writes: 0,
            settings,
            state,
        }
    }

    pub fn now(&self) -> Timestamp {
        self.settings.clock.now()
    }

    /// A GUID that looks random and is the same in a replay.
    pub fn fresh_guid(&mut self) -> String {
        self.state.counter += 1;
        self.dirty = true;
        let drawn = format!("{}/{}", self.settings.seed, self.state.counter);
        Uuid::new_v5(&Uuid::NAMESPACE_OID, drawn.as_bytes()).to_string()
    }

    /// How long making or removing a resource of this type takes as a rule; `None` when it is done at once.
    pub fn usual_time(&self, resource_type: &str) -> Option<Duration> {
        let told = self.settings.latencies.get(&resource_type.to_lowercase());
        let row = || providers::find(resource_type).map_or(Some(Duration::from_secs(1)), |row| row.takes);
        told.copied().map_or_else(row, Some)
    }

    /// Carries out whatever is due by now.
    pub async fn advance(&mut self) {
        let now = self.now();
        self.follow_stacks(now);
        while let Some((at, event)) = self.state.next_due().filter(|(at, _)| *at <= now) {
            self.dirty = true;
            match event {
                Event::Begin(key) => self.begin(&key, at).await,
                Event::Step(key, index) => self.step_done(&key, index, at).await,
                Event::Job(token) => self.job_done(&token, at).await,
                Event::Stack(key) => self.stack_due(&key, at).await,
            }
            self.follow_stacks(at);
        }
    }

    /// Lets virtual time jump to the next thing that happens; real time takes its own course.
    pub fn jump(&self) {
        if let Some((at, _)) = self.state.next_due() {
            self.settings.clock.jump(at);
        }
    }

    /// Ends the batch of changes made so far, and gives the number of the last: what was seen until now is kept once a
    /// write has that batch.
    pub fn seal(&mut self) -> u64 {
        if std::mem::take(&mut self.dirty) {
            self.generation += 1;
            self.state.now = Some(self.now());
        }
        self.generation
    }

    /// Notes how a write of the state file ended. One that cannot be written is a warning, seen at `GET /landfall/warnings`.
    pub fn written(&mut self, outcome: std::io::Result<()>, path: &Utf8Path) {
        match outcome {
            Ok(()) => self.writes += 1,
            Err(error) => {
                self.warnings
                    .insert(format!("the state file `{path}` cannot be written: {error}"));
            }
        }
    }

    /// Puts work into the future and gives the token of its status.
    pub fn schedule(&mut self, work: Work, takes: Duration) -> String {
        let token = self.fresh_guid();
        let due = after(self.now(), self.settings.clock.takes(takes));
        self.state.jobs.insert(
            token.clone(),
            Job {
                work,
                due: Some(due),
                outcome: None,
            },
        );
        token
    }

    async fn job_done(&mut self, token: &str, at: Timestamp) {
        let Some(work) = self.state.jobs.get_mut(token).map(|job| {
            job.due = None;
            job.work.clone()
        }) else {
            return;
        };
        let outcome = self.carried_out(work, at).await;
        if let Some(job) = self.state.jobs.get_mut(token) {
            job.outcome = Some(outcome);
        }
    }

    async fn carried_out(&mut self, work: Work, at: Timestamp) -> Outcome {
        let done: Result<Option<Value>, ArmError> = match work {
            Work::DeleteGroup { key } => {
                self.delete_group(&key).await;
                Ok(None)
            }
            Work::DeleteResource { key } => {
                self.remove(&key).await;
                Ok(None)
            }
            Work::DeleteDeployment { key } => {
                self.state.deployments.remove(&key);
                Ok(None)
            }
            Work::PurgeTwin { key } => {
                self.state.twins.remove(&key);
                Ok(None)
            }
            Work::PutResource { key, fails } => match fails {
                Some(error) => {
                    self.mark(&key, "Failed", at);
                    Err(error)
                }
                None => self.finish_put(&key, at).await.map(|()| None),
            },
            Work::Answer { body } => Ok(Some(body)),
            Work::TurnProperty {
                key,
                property,
                from,
                to,
            } => {
                if let Some(stored) = self.state.resources.get_mut(&key) {
                    let own = &mut stored.document["properties"][property.as_str()];
                    if *own == from.as_str() {
                        *own = to.into();
                    }
                }
                Ok(None)
            }
            Work::Register { namespace, state } => {
                self.state.registrations.insert(namespace, state);
                Ok(None)
            }
        };
        match done {
            Ok(body) => Outcome::Done { body },
            Err(error) => Outcome::Failed(error),
        }
    }
}
