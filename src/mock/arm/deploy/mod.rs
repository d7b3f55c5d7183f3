//! Deployments on the clock: accepted, running in the order of their dependencies, over.
//!
//! Independent resources run side by side; a failed one stops what depends on it and nothing else. A nested deployment
//! is a deployment of its own whose end is a step of its parent.

mod complete;
mod history;
mod outcome;
mod rollback;
mod steps;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::clock::after;
use super::error::ArmError;
use super::prepare::{Prepared, without_secrets};
use super::providers;
use super::state::{Deployment, Progress, Step};
use super::template::Planned;
use super::view::stamp;
use super::world::World;

/// How long a deployment is only accepted.
const ACCEPTED: Duration = Duration::from_secs(1);
/// An active deployment keeps its name for seven days, to the second.
const LOCKED: Duration = Duration::from_hours(7 * 24);

impl World {
    /// Refuses a name whose deployment is still running.
    pub fn check_active(&self, key: &str) -> Result<(), ArmError> {
        let Some(active) = self.state.deployments.get(key).filter(|one| !one.is_over()) else {
            return Ok(());
        };
        Err(ArmError::conflict(
            "DeploymentActive",
            format!(
                "Unable to edit or replace deployment '{}': previous deployment from '{}' is still active (expiration time is '{}'). \
                 Please see https://aka.ms/arm-deploy-resources for usage details.",
                active.name,
                stamp(active.started),
                stamp(after(active.started, LOCKED))
            ),
        ))
    }

    /// Records a deployment that passed its checks; it begins by itself.
    pub fn record(
        &mut self,
        id: &str,
        prepared: &Prepared,
        correlation: &str,
        parent: Option<(String, usize)>,
        at: Timestamp,
    ) {
        let key = id.to_lowercase();
        let operation = self.fresh_guid();
        let expanded = &prepared.expanded;
        let steps: Vec<Step> = expanded
            .resources
            .iter()
            .map(|resource| self.step(resource))
            .collect();
        let diagnostics = steps
            .iter()
            .filter(|step| !step.silent)
            .filter_map(unknown_type)
            .collect();
        let secure = expanded.secure_parameters();
        let given = prepared
            .given
            .iter()
            .filter(|(name, _)| !secure.contains(&name.to_lowercase()));
        let nested = parent.is_some();
        let takes = if nested {
            Duration::ZERO
        } else {
            self.settings.clock.takes(ACCEPTED)
        };
        let deployment = Deployment {
            id: id.to_owned(),
            name: id.rsplit('/').next().unwrap_or_default().to_owned(),
            location: prepared.location.clone(),
            tags: prepared.tags.clone(),
            mode: prepared.mode.clone(),
            echo: prepared.echo.clone(),
            template: without_secrets(&prepared.template),
            given: given.map(|(name, value)| (name.clone(), value.clone())).collect(),
            template_hash: expanded.template_hash.clone(),
            parameters: expanded.parameters(),
            state: "Accepted".to_owned(),
            correlation_id: correlation.to_owned(),
            started: at,
            changed: at,
            due: Some(after(at, takes)),
            outputs: None,
            error: None,
            diagnostics,
            steps,
            operation,
            parent,
            seed: prepared.seed,
        };
        self.live.insert(key.clone(), Arc::clone(expanded));
        self.state.deployments.insert(key, deployment);
        self.dirty = true;
    }

    fn step(&mut self, resource: &Planned) -> Step {
        let location = resource
            .body
            .get("location")
            .and_then(Value::as_str)
            .map(providers::region);
        Step {
            id: resource.id.clone(),
            resource_type: resource.resource_type.clone(),
            name: resource.name.clone(),
            api_version: resource.api_version.clone(),
            symbolic: resource.symbolic.clone(),
            depends_on: resource.depends_on.clone(),
            progress: Progress::Waiting,
            operation_id: self.fresh_guid(),
            started: None,
            changed: None,
            due: None,
            created: false,
            location,
            silent: resource.existing || !resource.wanted,
            error: None,
            late: false,
        }
    }

    /// An accepted deployment starts running.
    pub async fn begin(&mut self, key: &str, at: Timestamp) {
        let Some(deployment) = self.state.deployments.get_mut(key) else {
            return;
        };
        deployment.due = None;
        "Running".clone_into(&mut deployment.state);
        deployment.changed = at;
        self.launch(key, at).await;
    }

    /// Starts every step whose dependencies are done; ends the deployment when nothing runs any more.
    async fn launch(&mut self, key: &str, at: Timestamp) {
        loop {
            let Some(deployment) = self.state.deployments.get(key).filter(|one| !one.is_over()) else {
                return;
            };
            let steps = &deployment.steps;
            let done = |index: &usize| {
                steps
                    .get(*index)
                    .is_none_or(|step| step.progress == Progress::Succeeded)
            };
            let ready = |(index, step): (usize, &Step)| {
                (step.progress == Progress::Waiting && step.depends_on.iter().all(done)).then_some(index)
            };
            let ready: Vec<usize> = steps.iter().enumerate().filter_map(ready).collect();
            if ready.is_empty() {
                break;
            }
            for index in ready {
                self.start(key, index, at).await;
            }
        }
        let running = self.state.deployments.get(key).is_some_and(|deployment| {
            deployment
                .steps
                .iter()
                .any(|step| step.progress == Progress::Running)
        });
        if !running {
            self.finish(key, at).await;
        }
    }

    /// Cancels a deployment and those nested in it. What runs is not undone; what waits never starts.
    pub fn cancel(&mut self, key: &str, at: Timestamp) {
        let nested: Vec<String> = self
            .state
            .deployments
            .iter()
            .filter(|(_, one)| !one.is_over() && one.parent.as_ref().is_some_and(|(parent, _)| parent == key))
            .map(|(key, _)| key.clone())
            .collect();
        if let Some(deployment) = self.state.deployments.get_mut(key) {
            "Canceled".clone_into(&mut deployment.state);
            deployment.changed = at;
            deployment.due = None;
            deployment.error = Some(ArmError::conflict(
                "DeploymentCanceled",
                "The deployment was canceled.",
            ));
            for step in deployment
                .steps
                .iter_mut()
                .filter(|step| step.progress == Progress::Waiting)
            {
                step.progress = Progress::Canceled;
            }
        }
        self.dirty = true;
        for key in nested {
            self.cancel(&key, at);
        }
    }
}

/// The warning that a type is kept without being known.
fn unknown_type(step: &Step) -> Option<Value> {
    let known =
        step.resource_type == super::template::DEPLOYMENT || providers::find(&step.resource_type).is_some();
    (!known).then(|| {
        json!({
            "level": "Warning",
            "code": "UnknownResourceType",
            "message": format!("The emulator does not know the type '{}' and keeps it as it is written.", step.resource_type),
            "target": step.id,
        })
    })
}
