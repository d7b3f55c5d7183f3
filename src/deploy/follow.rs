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

/// Looks without a list of the operations between two, where nothing happens: with Azure's longest wait, news of a resource
/// is a minute old at most. The end of the deployment itself is seen at every look.
const MOST_SKIPPED: u32 = 3;

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
    /// A look costs one call, to the signed address, and another for the operations while they have news. The record
    /// itself is read when the address has nothing more to say.
    pub async fn until_it_ends(mut self) -> Result<Record, DeployError> {
        let pace = Pace::of(self.client.rhythm());
        let _follower = self.client.budget().follow();
        let (mut progress, mut listing) = (Progress::default(), Listing::default());
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
            let ended = record.filter(Record::is_finished);
            if let Some(id) = &self.deployment_id
                && (listing.is_due() || ended.is_some())
            {
                let operations = self.client.operations(id).await;
                let operations = operations.map_err(DeployError::azure("list what the deployment does"))?;
                listing.listed(progress.report(&operations, self.total, self.sink));
            }
            if let Some(record) = ended {
                return Ok(record);
            }
            let wait = pace.wait(retry_after).max(self.client.budget().fair_wait());
            tokio::time::sleep(wait).await;
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

/// When the operations are listed again: at the next look after news, and at ever fewer looks while there are none.
#[derive(Default)]
struct Listing {
    /// Lists in a row without news, as far as they matter.
    quiet: u32,
    /// Looks to let pass.
    skip: u32,
}

impl Listing {
    fn is_due(&mut self) -> bool {
        let due = self.skip == 0;
        self.skip = self.skip.saturating_sub(1);
        due
    }

    fn listed(&mut self, news: bool) {
        self.quiet = if news {
            0
        } else {
            (self.quiet + 1).min(MOST_SKIPPED)
        };
        self.skip = self.quiet;
    }
}

/// What was told of each resource already.
#[derive(Default)]
struct Progress {
    /// By resource key: whether its end was told.
    told: HashMap<String, bool>,
}

impl Progress {
    /// Tells what was not told before, and returns whether there was anything.
    fn report(&mut self, operations: &[DeploymentOperation], total: Option<u64>, sink: &dyn Sink) -> bool {
        let mut news = false;
        for operation in operations {
            news |= self.report_one(operation, sink);
        }
        let done = self.told.values().filter(|ended| **ended).count() as u64;
        sink.emit(Event::Progress {
            step: "deploy",
            done,
            total: total.map(|total| total.max(self.told.len() as u64)),
            unit: "resources",
        });
        news
    }

    fn report_one(&mut self, operation: &DeploymentOperation, sink: &dyn Sink) -> bool {
        let Some(target) = &operation.target else {
            return false;
        };
        if SILENT
            .iter()
            .any(|kind| kind.eq_ignore_ascii_case(&operation.kind))
        {
            return false;
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
        let ends = is_terminal(&operation.state);
        let before = self.told.get(&key).copied();
        if before.is_none() {
            sink.emit(event(ResourceState::Started, None, None));
        }
        if ends && before != Some(true) {
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
        let now = ends || before == Some(true);
        self.told.insert(key, now);
        before != Some(now)
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
        // A stack says that its deployment failed; the deployment says why.
        let inner = match &record.deployment_id {
            Some(id) if record.kind == DeploymentKind::Stack => client.deployment_at(id).await.ok().flatten(),
            _ => None,
        };
        let inner = inner.and_then(|deployment| deployment.error);
        found = inner
            .iter()
            .chain(record.error.iter().filter(|_| inner.is_none()))
            .flat_map(|error| Failure::all(None, error))
            .collect();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_listed_at_ever_fewer_looks_until_there_are_news() {
        let mut listing = Listing::default();
        let mut looks = |news_at: usize| -> String {
            (0..16)
                .map(|look| {
                    let due = listing.is_due();
                    if due {
                        listing.listed(look == news_at);
                    }
                    if due { 'L' } else { '.' }
                })
                .collect()
        };
        assert_eq!(looks(0), "LL.L..L...L...L.");
        assert_eq!(looks(2), "..LL.L..L...L...");
    }
}
