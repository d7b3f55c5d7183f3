//! The steps of a deployment: one resource each, or one nested deployment.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::clock::after;
use super::super::denials;
use super::super::error::ArmError;
use super::super::prepare::Prepared;
use super::super::providers;
use super::super::state::Group;
use super::super::state::{Progress, Step};
use super::super::template::{DEPLOYMENT, EvaluationError, Expanded, Level, Notes, RESOURCE_GROUP};
use super::super::world::World;
use super::super::writes::{Put, group_of, no_group};

impl World {
    pub(super) fn change_step(&mut self, key: &str, index: usize, change: impl FnOnce(&mut Step)) {
        let deployment = self.state.deployments.get_mut(key);
        if let Some(step) = deployment.and_then(|deployment| deployment.steps.get_mut(index)) {
            change(step);
        }
    }

    pub(super) async fn start(&mut self, key: &str, index: usize, at: Timestamp) {
        let silent = self
            .state
            .deployments
            .get(key)
            .is_some_and(|deployment| deployment.steps[index].silent);
        self.change_step(key, index, |step| {
            step.progress = if silent {
                Progress::Succeeded
            } else {
                Progress::Running
            };
            step.started = (!silent).then_some(at);
            step.changed = step.started;
        });
        if silent {
            return;
        }
        if let Err(error) = self.carry_out(key, index, at).await {
            self.change_step(key, index, |step| {
                step.progress = Progress::Failed;
                step.error = Some(error);
            });
        }
    }

    async fn carry_out(&mut self, key: &str, index: usize, at: Timestamp) -> Result<(), ArmError> {
        let expanded = self.live_of(key)?;
        let resource = &expanded.resources[index];
        let body = expanded
            .body(index, &self.view())
            .map_err(|error| ArmError::invalid_template(&error))?;
        if resource.is_deployment() {
            let notes = Notes {
                later: Vec::new(),
                secret: body.secret,
            };
            let nested = self.unfolded(&expanded, index, &body.value, &notes).await?;
            let location = body.value["location"].as_str().map(providers::region);
            return self.nest(key, index, nested, location, at);
        }
        if resource.only_if_absent() && self.state.resources.contains_key(&resource.id.to_lowercase()) {
            self.change_step(key, index, |step| step.progress = Progress::Succeeded);
            return Ok(());
        }
        denials::check_deployment(self, key, &resource.id)?;
        if resource.resource_type.eq_ignore_ascii_case(RESOURCE_GROUP) {
            let created = self.put_group(&resource.name, &body.value)?;
            self.change_step(key, index, |step| step.created = created);
            self.end_step(key, index, at).await;
            return Ok(());
        }
        let put = Put {
            id: resource.id.clone(),
            resource_type: resource.resource_type.clone(),
            api_version: resource.api_version.clone(),
            body: body.value,
            secret: body.secret,
        };
        let begun = self.begin_put(put, at).await?;
        let takes = begun.takes.map(|takes| self.settings.clock.takes(takes));
        self.change_step(key, index, |step| {
            step.created = begun.created;
            step.error.clone_from(&begun.fails);
            step.late = begun.fails.is_some();
            step.due = takes.filter(|_| !begun.stuck).map(|takes| after(at, takes));
        });
        if takes.is_none() && !begun.stuck {
            self.end_step(key, index, at).await;
        }
        Ok(())
    }

    /// The template of a nested deployment; one whose place was not known before the run is read now.
    async fn unfolded(
        &mut self,
        expanded: &Expanded,
        index: usize,
        body: &Value,
        notes: &Notes,
    ) -> Result<Expanded, ArmError> {
        let mut nested = expanded.nested(index, body, notes, &self.around());
        // A template and its parameters can both be linked.
        for _ in 0..2 {
            let Err(EvaluationError::Unread { link }) = &nested else {
                break;
            };
            self.read(link.clone()).await;
            nested = expanded.nested(index, body, notes, &self.around());
        }
        nested.map_err(|error| ArmError::invalid_template(&error))
    }

    /// Records the deployment inside a deployment.
    fn nest(
        &mut self,
        key: &str,
        index: usize,
        nested: Expanded,
        location: Option<String>,
        at: Timestamp,
    ) -> Result<(), ArmError> {
        let Some(parent) = self.state.deployments.get(key).cloned() else {
            return Ok(());
        };
        let id = parent.steps[index].id.clone();
        if let Some(group) = group_of(&id).map(ToOwned::to_owned)
            && !self.state.groups.contains_key(&group.to_lowercase())
        {
            if Level::of(parent.scope()) != Level::Group {
                return Err(no_group(&group));
            }
            self.take_as_existing(&group, key);
        }
        self.check_active(&id.to_lowercase())?;
        self.make_room(&id, location.as_deref())?;
        let created = !self.state.deployments.contains_key(&id.to_lowercase());
        let prepared = Prepared {
            expanded: Arc::new(nested),
            template: json!({}),
            given: serde_json::Map::new(),
            mode: "Incremental".to_owned(),
            location,
            echo: serde_json::Map::new(),
            tags: serde_json::Map::new(),
            seed: parent.seed,
        };
        self.record(
            &id,
            &prepared,
            &parent.correlation_id,
            Some((key.to_owned(), index)),
            at,
        );
        self.change_step(key, index, |step| step.created = created);
        Ok(())
    }

    /// A group beside the one that is deployed to was there before anything was rehearsed.
    fn take_as_existing(&mut self, group: &str, parent: &str) {
        self.warnings.insert(format!(
            "the resource group {group} is not known to the emulator and taken as existing"
        ));
        let own = group_of(parent).unwrap_or_default().to_lowercase();
        let own = self.state.groups.get(&own);
        let taken = Group {
            location: own.map(|own| own.location.clone()).unwrap_or_default(),
            name: group.to_owned(),
            tags: serde_json::Map::new(),
            managed_by: None,
            deleting: false,
        };
        self.state.groups.insert(group.to_lowercase(), taken);
        self.dirty = true;
    }

    /// A step's time has come: it ends, and what waited for it starts.
    pub async fn step_done(&mut self, key: &str, index: usize, at: Timestamp) {
        self.change_step(key, index, |step| step.due = None);
        self.end_step(key, index, at).await;
        self.launch(key, at).await;
    }

    async fn end_step(&mut self, key: &str, index: usize, at: Timestamp) {
        let Some(step) = self
            .state
            .deployments
            .get(key)
            .and_then(|deployment| deployment.steps.get(index))
            .cloned()
        else {
            return;
        };
        let resource = step.id.to_lowercase();
        let child = self.state.deployments.get(&resource);
        let ended = match (&step.error, child) {
            (_, Some(child)) if child.parent == Some((key.to_owned(), index)) => {
                child.error.clone().map_or(Ok(()), Err)
            }
            (Some(error), _) => {
                let error = error.clone();
                self.mark(&resource, "Failed", at);
                Err(error)
            }
            (None, _) => self.finish_put(&resource, at).await,
        };
        self.change_step(key, index, |step| {
            step.changed = Some(at);
            step.late |= ended.is_err() && step.resource_type != DEPLOYMENT;
            step.progress = if ended.is_ok() {
                Progress::Succeeded
            } else {
                Progress::Failed
            };
            step.error = ended.err();
        });
    }
}
