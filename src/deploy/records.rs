//! What Azure keeps of our own deployments: stacks and plain deployments, read as one thing.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::naming;
use crate::azure::deployments::{Dependency, Deployment};
use crate::azure::groups::GroupScope;
use crate::azure::operations::is_terminal;
use crate::azure::stacks::Stack;
use crate::azure::{AzureError, Client, Refusal};
use crate::config::{DeploymentKind, Environment};
use crate::model::resource_id::ResourceId;

/// States of a stack in which `deploymentId` may still be that of the change before. Source: the Resource Manager
/// contract, section 5.
const EARLY: [&str; 5] = ["creating", "validating", "waiting", "initializing", "running"];

/// A stack, or a plain deployment.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub kind: DeploymentKind,
    pub name: String,
    pub tags: BTreeMap<String, String>,
    pub state: String,
    pub correlation_id: String,
    /// When it last changed.
    pub at: Option<Timestamp>,
    /// When it was made. Of a stack that is its first deployment.
    pub since: Option<Timestamp>,
    pub duration: Option<Duration>,
    /// Who changed it last, where Azure says so.
    pub by: Option<String>,
    pub outputs: Map<String, Value>,
    /// What a stack manages; what a plain deployment made, if it succeeded.
    pub resources: Vec<ResourceId>,
    pub dependencies: Vec<Dependency>,
    /// The deployment whose operations tell what happens; absent while it is not known.
    pub deployment_id: Option<String>,
    /// How a stack treats what it manages, as [`crate::azure::stacks::Stack`] has it.
    pub rules: Value,
    pub error: Option<Refusal>,
}

impl Record {
    pub fn is_finished(&self) -> bool {
        is_terminal(&self.state)
    }

    pub fn succeeded(&self) -> bool {
        self.state.eq_ignore_ascii_case("succeeded")
    }
}

impl From<Deployment> for Record {
    fn from(deployment: Deployment) -> Self {
        let began = |end: Timestamp| end - deployment.duration.unwrap_or_default();
        Self {
            kind: DeploymentKind::Incremental,
            since: deployment.timestamp.map(began),
            at: deployment.timestamp,
            by: None,
            deployment_id: Some(deployment.id),
            name: deployment.name,
            tags: deployment.tags,
            state: deployment.state,
            correlation_id: deployment.correlation_id,
            duration: deployment.duration,
            outputs: deployment.outputs,
            resources: deployment.output_resources,
            dependencies: deployment.dependencies,
            rules: Value::Null,
            error: deployment.error,
        }
    }
}

impl From<Stack> for Record {
    fn from(stack: Stack) -> Self {
        let early = EARLY.iter().any(|word| stack.state.eq_ignore_ascii_case(word));
        Self {
            kind: DeploymentKind::Stack,
            since: stack.created,
            at: stack.changed,
            by: stack.changed_by,
            deployment_id: stack.deployment_id.filter(|_| !early),
            name: stack.name,
            tags: stack.tags,
            state: capitalized(&stack.state),
            correlation_id: stack.correlation_id,
            duration: stack.duration,
            outputs: stack.outputs,
            resources: stack.resources,
            dependencies: Vec::new(),
            rules: stack.rules,
            error: stack.error,
        }
    }
}

/// A stack's states as Azure spells those of everything else: `succeeded` is `Succeeded`.
fn capitalized(state: &str) -> String {
    let mut letters = state.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Everything that was deployed for `environment`, newest first. A list may leave parts out that [`find`] gives.
pub(super) async fn of_environment(
    client: &Client,
    environment: &Environment,
) -> Result<Vec<Record>, AzureError> {
    let scope = naming::scope(environment);
    let (stacks, deployments) = tokio::join!(client.stacks(&scope), client.deployments(&scope));
    let stacks = stacks?.into_iter().map(Record::from);
    let mut records: Vec<Record> = stacks.chain(deployments?.into_iter().map(Record::from)).collect();
    records.retain(|record| naming::belongs(&record.tags, environment));
    records.sort_by_key(|record| std::cmp::Reverse(record.at));
    Ok(records)
}

/// One of them, whole; `None` when it is not there.
pub(super) async fn find(
    client: &Client,
    scope: &GroupScope,
    kind: DeploymentKind,
    name: &str,
) -> Result<Option<Record>, AzureError> {
    Ok(match kind {
        DeploymentKind::Stack => client.stack(scope, name).await?.map(Record::from),
        DeploymentKind::Incremental => client.deployment(scope, name).await?.map(Record::from),
    })
}

/// What is deployed now, the target's first: name of target or addition, whether it is the target's, its record.
/// Of plain deployments that is the last that succeeded; a stack stands for itself, once it gave something back.
pub(super) fn latest(records: &[Record]) -> Vec<(&str, bool, &Record)> {
    let mut latest: Vec<(&str, bool, &Record)> = Vec::new();
    let stands = |record: &&Record| {
        record.succeeded() || (record.kind == DeploymentKind::Stack && !record.outputs.is_empty())
    };
    for record in records.iter().filter(stands) {
        let Some((name, is_target)) = naming::whose(&record.tags) else {
            continue;
        };
        // A target of another kind that was there before is history.
        let known = |(other, other_is_target, _): &(&str, bool, &Record)| {
            (is_target && *other_is_target) || *other == name
        };
        if !latest.iter().any(known) {
            latest.push((name, is_target, record));
        }
    }
    latest.sort_by_key(|(_, is_target, _)| !is_target);
    latest
}
