//! Removing what a [`DestroyPlan`] lists: dependents first, conflicts tried again, each resource told when it is gone.
//!
//! The group goes only when we made it and nothing is left in it. Locks are looked at again before the first deletion.

use camino::Utf8Path;
use futures_util::StreamExt;
use futures_util::stream;
use serde::Serialize;

use super::DeployError;
use super::baseline::Baseline;
use super::deletion_order::{Unit, waves};
use super::destroy_plan::{DestroyPlan, destroy_plan};
use super::lock::Lock;
use crate::azure::operations::Pace;
use crate::azure::{AzureError, Client};
use crate::config::Environment;
use crate::model::resource_id::ResourceId;
use crate::run::{Event, ResourceState, Sink, Step, Stop};

/// Deletions under way at once: few, so that the subscription's budget of deletes lasts.
const AT_ONCE: usize = 8;

/// How often a resource that something else still needs is tried again.
const PASSES: u32 = 6;

/// What was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Destroyed {
    pub resources: Vec<String>,
    pub group: bool,
}

/// Carries out `plan`.
///
/// # Errors
///
/// [`DeployError::Active`] and [`DeployError::Locked`] before anything is removed, [`DeployError::LeftBehind`] for what
/// Azure would not let go, [`DeployError::DestroyStopped`] when asked to stop: what is begun is finished first.
pub async fn destroy(
    client: &Client,
    environment: &Environment,
    plan: DestroyPlan,
    journal_path: &Utf8Path,
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<Destroyed, DeployError> {
    let _lock = Lock::take(&journal_path.with_extension("lock"))?;
    let present = destroy_plan(client, environment).await?;
    may_begin(&present)?;
    let mut deletion = Deletion::new(client, environment, &plan, sink, stop);
    deletion.stacks().await?;
    deletion.resources().await?;
    deletion.group_and_records().await?;
    // Nothing is there any more that could drift; one that cannot be removed says so when it is read.
    let _ = std::fs::remove_file(Baseline::beside(journal_path));
    Ok(deletion.done)
}

fn may_begin(present: &DestroyPlan) -> Result<(), DeployError> {
    if let Some(deployment) = present.running.first() {
        return Err(DeployError::Active {
            deployment: deployment.clone(),
            since: None,
            by: None,
            source: None,
        });
    }
    if !present.locks.is_empty() {
        return Err(DeployError::Locked {
            locks: present.locks.clone(),
            source: None,
        });
    }
    Ok(())
}

/// One `destroy`.
pub(super) struct Deletion<'a> {
    pub client: &'a Client,
    pub environment: &'a Environment,
    pub plan: &'a DestroyPlan,
    pub sink: &'a dyn Sink,
    pub stop: &'a Stop,
    pub done: Destroyed,
}

impl<'a> Deletion<'a> {
    pub fn new(
        client: &'a Client,
        environment: &'a Environment,
        plan: &'a DestroyPlan,
        sink: &'a dyn Sink,
        stop: &'a Stop,
    ) -> Self {
        Self {
            client,
            environment,
            plan,
            sink,
            stop,
            done: Destroyed::default(),
        }
    }
}

impl Deletion<'_> {
    /// Deletes what no stack takes along.
    pub async fn resources(&mut self) -> Result<(), DeployError> {
        let ids: Vec<ResourceId> = self
            .plan
            .resources
            .iter()
            .filter(|removal| removal.stack.is_none())
            .map(|removal| ResourceId::new(removal.id.clone()))
            .collect();
        if ids.is_empty() {
            return Ok(());
        }
        let before = self.done.resources.len();
        let step = Step::start(self.sink, "delete", "Delete what was deployed");
        for wave in waves(&ids, &self.plan.dependencies) {
            self.wave(wave).await?;
        }
        step.done(Some(format!("{} deleted", self.done.resources.len() - before)));
        Ok(())
    }

    /// Deletes a wave; what meets a conflict is tried again after the others, at Azure's pace.
    async fn wave(&mut self, wave: Vec<Unit>) -> Result<(), DeployError> {
        let mut left = wave;
        let pace = Pace::of(self.client.rhythm());
        for pass in 1.. {
            if self.stop.is_asked() {
                return Err(self.stopped());
            }
            let (conflicts, last) = self.pass(left).await?;
            let Some(last) = last else { return Ok(()) };
            if pass == PASSES {
                return Err(DeployError::LeftBehind {
                    left: conflicts.iter().map(|unit| unit.id.to_string()).collect(),
                    source: Box::new(last),
                });
            }
            tokio::time::sleep(pace.wait(None)).await;
            left = conflicts;
        }
        Ok(())
    }

    /// Deletes each unit once; returns those that met a conflict, with the last of Azure's refusals.
    async fn pass(&mut self, units: Vec<Unit>) -> Result<(Vec<Unit>, Option<AzureError>), DeployError> {
        let this = &*self;
        let deletions = stream::iter(units).map(|unit| async move {
            let result = this.delete(&unit).await;
            (unit, result)
        });
        let results: Vec<_> = deletions.buffer_unordered(AT_ONCE).collect().await;
        let mut conflicts = Vec::new();
        let mut last = None;
        let mut failed = None;
        for (unit, result) in results {
            match result {
                Ok(()) => self.gone(&unit),
                Err(DeployError::Azure { source, .. }) if is_conflict(&source) => {
                    conflicts.push(unit);
                    last = Some(*source);
                }
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok((conflicts, last)), Err)
    }

    async fn delete(&self, unit: &Unit) -> Result<(), DeployError> {
        let version = self.api_version(&unit.id).await?;
        self.tell(&unit.id, ResourceState::Started, None);
        match self.client.delete_resource(&unit.id, &version).await {
            Err(error) if error.has_code("ScopeLocked") => Err(DeployError::Locked {
                locks: vec![unit.id.to_string()],
                source: Some(Box::new(error)),
            }),
            Err(error) => {
                if !is_conflict(&error) {
                    self.tell(
                        &unit.id,
                        ResourceState::Failed,
                        error.refusal().map(ToString::to_string),
                    );
                }
                Err(DeployError::azure("delete a resource")(error))
            }
            Ok(()) => Ok(()),
        }
    }

    /// The version that the deployment used, else the newest that the provider offers.
    async fn api_version(&self, id: &ResourceId) -> Result<String, DeployError> {
        let used = self
            .plan
            .resources
            .iter()
            .find(|removal| removal.id.eq_ignore_ascii_case(id.as_str()));
        if let Some(version) = used.and_then(|removal| removal.api_version.clone()) {
            return Ok(version);
        }
        let resource_type = id.resource_type();
        let (namespace, kind) = resource_type.split_once('/').unwrap_or((&resource_type, ""));
        let subscription = &self.environment.azure.subscription;
        let provider = self.client.provider(subscription, namespace).await;
        let provider = provider.map_err(DeployError::azure("read what a resource provider offers"))?;
        let version = provider.api_version(kind).map(str::to_owned);
        version.ok_or_else(|| DeployError::NoApiVersion {
            resource_type: resource_type.clone(),
            id: id.to_string(),
        })
    }

    fn gone(&mut self, unit: &Unit) {
        for id in unit.parts.iter().chain([&unit.id]) {
            self.is_gone(id);
        }
    }

    pub fn is_gone(&mut self, id: &ResourceId) {
        self.tell(id, ResourceState::Deleted, None);
        self.done.resources.push(id.as_str().to_owned());
    }

    pub fn tell(&self, id: &ResourceId, state: ResourceState, message: Option<String>) {
        self.sink.emit(Event::Resource {
            id: id.as_str().to_owned(),
            resource_type: id.resource_type(),
            name: id.full_name(),
            state,
            seconds: None,
            message,
        });
    }

    pub fn stopped(&self) -> DeployError {
        let gone = |id: &String| self.done.resources.contains(id);
        let all = self.plan.resources.iter().map(|removal| removal.id.clone());
        DeployError::DestroyStopped {
            deleted: self.done.resources.len(),
            left: all.filter(|id| !gone(id)).collect(),
        }
    }
}

fn is_conflict(error: &AzureError) -> bool {
    error.status() == Some(409) && !error.has_code("ScopeLocked")
        || matches!(error, AzureError::OperationFailed { source, .. } if source.has_code("Conflict"))
}
