//! Following a deployment to its end: one look at the operation and one list of its resources per turn.
//!
//! Only reads happen here, so stopping at any point is safe: Azure goes on, and the journal knows where.

use std::collections::HashMap;

use super::records::{self, Record};
use super::{DeployError, Failure};
use crate::azure::deployment_operations::DeploymentOperation;
use crate::azure::groups::GroupScope;
use crate::azure::operations::{Look, Operation, Pace, is_terminal};
use crate::azure::{AzureError, Client};
use crate::config::DeploymentKind;
use crate::run::{Event, ResourceState, Sink};

/// How often a deployment that was accepted may be reported as not found before we believe it.
const UNSEEN_LIMIT: u32 = 5;

/// Operations that make nothing.
const SILENT: [&str; 4] = ["Read", "Action", "EvaluateDeploymentOutput", "DeploymentCleanup"];

/// A stack or a deployment under way.
pub(super) struct Following<'a> {
    pub client: &'a Client,
    pub scope: &'a GroupScope,
    pub kind: DeploymentKind,
    pub name: &'a str,
    /// Under which it was begun: a record of the same name with another one is that of an earlier change.
    pub correlation_id: &'a str,
    pub operation: Option<Operation>,
    /// The deployment whose operations are shown, as soon as it is known.
    pub deployment_id: Option<String>,
    pub sink: &'a dyn Sink,
    /// How many resources it goes through, where known.
    pub total: Option<u64>,
}

impl Following<'_> {
    /// Returns what Azure keeps of it once it is finished, however it ended.
    ///
    /// A look costs two calls: the signed address, and the operations. The record itself is read when the address has
    /// nothing more to say.
    pub async fn until_it_ends(mut self) -> Result<Record, DeployError> {
        let mut pace = Pace::of(self.client.rhythm());
        let mut progress = Progress::default();
        let mut unseen = 0;
        loop {
            let retry_after = self.look().await?;
            let mut record = None;
            if self.operation.is_none() || self.deployment_id.is_none() {
                record = self.record(&mut unseen).await?;
                if let Some(found) = &record {
                    self.deployment_id.clone_from(&found.deployment_id);
                }
            }
            if let Some(id) = &self.deployment_id {
                let operations = self.client.operations(id).await;
                let operations = operations.map_err(DeployError::azure("list what the deployment does"))?;
                progress.report(&operations, self.total, self.sink);
            }
            if let Some(record) = record.filter(Record::is_finished) {
                return Ok(record);
            }
            tokio::time::sleep(pace.wait(retry_after)).await;
        }
    }

    /// Reads it; `None` while it may only be that Azure does not show it yet.
    async fn record(&self, unseen: &mut u32) -> Result<Option<Record>, DeployError> {
        let found = records::find(self.client, self.scope, self.kind, self.name).await;
        let found = found.map_err(DeployError::azure("read the deployment"))?;
        let is_ours = |record: &Record| record.correlation_id.eq_ignore_ascii_case(self.correlation_id);
        let found = found.filter(is_ours);
        match &found {
            Some(_) => *unseen = 0,
            None if *unseen < UNSEEN_LIMIT => *unseen += 1,
            None => {
                return Err(DeployError::Disappeared {
                    deployment: self.name.to_owned(),
                    resource_group: self.scope.group.clone(),
                });
            }
        }
        Ok(found)
    }

    /// Looks at the signed address for the wait that Azure wants. The deployment itself has the last word, so an
    /// address that has expired, or says that it failed, is let go.
    async fn look(&mut self) -> Result<Option<std::time::Duration>, DeployError> {
        let Some(operation) = &mut self.operation else {
            return Ok(None);
        };
        match operation.look(self.client).await {
            Ok(Look::Running { retry_after }) => Ok(retry_after),
            Ok(Look::Done(_)) | Err(AzureError::OperationFailed { .. }) => {
                self.operation = None;
                Ok(None)
            }
            Err(error) if matches!(error.status(), Some(400..=499)) => {
                tracing::debug!(%error, "the address of the deployment's state is of no use any more");
                self.operation = None;
                Ok(None)
            }
            Err(AzureError::Incomplete { .. } | AzureError::Malformed { .. }) => {
                self.operation = None;
                Ok(None)
            }
            Err(error) => Err(DeployError::azure("follow the deployment")(error)),
        }
    }
}

/// What was told of each resource already.
#[derive(Default)]
struct Progress {
    /// By resource key: whether its end was told.
    told: HashMap<String, bool>,
}

impl Progress {
    fn report(&mut self, operations: &[DeploymentOperation], total: Option<u64>, sink: &dyn Sink) {
        for operation in operations {
            self.report_one(operation, sink);
        }
        let done = self.told.values().filter(|ended| **ended).count() as u64;
        sink.emit(Event::Progress {
            step: "deploy",
            done,
            total: total.map(|total| total.max(self.told.len() as u64)),
            unit: "resources",
        });
    }

    fn report_one(&mut self, operation: &DeploymentOperation, sink: &dyn Sink) {
        let Some(target) = &operation.target else { return };
        if SILENT
            .iter()
            .any(|kind| kind.eq_ignore_ascii_case(&operation.kind))
        {
            return;
        }
        let event = |state, seconds, message| Event::Resource {
            id: target.id.as_str().to_owned(),
            resource_type: target.resource_type.clone(),
            name: target.id.full_name(),
            state,
            seconds,
            message,
        };
        let key = target.id.key();
        if !self.told.contains_key(&key) {
            sink.emit(event(ResourceState::Started, None, None));
        }
        let ends = is_terminal(&operation.state);
        let told = self.told.insert(key.clone(), ends).unwrap_or(false);
        if told {
            self.told.insert(key, true);
        } else if ends {
            let succeeded = operation.state.eq_ignore_ascii_case("succeeded");
            let state = if succeeded {
                ResourceState::Succeeded
            } else {
                ResourceState::Failed
            };
            let seconds = operation.duration.map(|duration| duration.as_secs_f64());
            let message = operation
                .error
                .as_ref()
                .filter(|_| !succeeded)
                .map(ToString::to_string);
            sink.emit(event(state, seconds, message));
        }
    }
}

/// The reasons of a deployment that did not succeed, resource by resource; its own error where no resource has one.
pub(super) async fn failures(client: &Client, record: &Record) -> Result<Vec<Failure>, DeployError> {
    let operations = match &record.deployment_id {
        Some(id) => client.operations(id).await,
        None => Ok(Vec::new()),
    };
    let operations = operations.map_err(DeployError::azure("list what the deployment did"))?;
    let mut found: Vec<Failure> = Vec::new();
    for operation in operations
        .iter()
        .filter(|operation| operation.state.eq_ignore_ascii_case("failed"))
    {
        let resource = operation.target.as_ref().map(|target| target.id.as_str());
        for failure in operation
            .error
            .iter()
            .flat_map(|error| Failure::all(resource, error))
        {
            if !found.contains(&failure) {
                found.push(failure);
            }
        }
    }
    if found.is_empty() {
        found = record
            .error
            .iter()
            .flat_map(|error| Failure::all(None, error))
            .collect();
    }
    Ok(found)
}
