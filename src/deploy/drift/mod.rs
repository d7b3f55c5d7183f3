//! Drift: what was deployed against what is there. It is told and never mended.

mod compare;
mod volatile;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use self::compare::differences;
use self::volatile::is_volatile;
use super::baseline::{Baseline, Read, Taken};
use super::changes::{Change, ChangeKind, PropertyChange, PropertyChangeKind};
use super::records::{self, Record};
use super::{DeployError, naming, plan};
use crate::azure::{AzureError, Client};
use crate::config::Environment;
use crate::model::resource_id::ResourceId;
use crate::run::{Quiet, Stop};
use crate::template::Bundle;

/// Reads under way at once.
const AT_ONCE: usize = 8;

/// What is not as it was deployed.
#[derive(Clone, Debug, Serialize)]
pub struct Drift {
    pub against: Against,
    /// When the oldest baseline in use was taken.
    pub since: Option<Timestamp>,
    /// Deployments that have no baseline of their own, by name, while others have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// How many resources were compared.
    pub compared: usize,
    pub resources: Vec<Drifted>,
}

/// What the present was held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Against {
    /// What was read right after the deployment.
    Baseline,
    /// What a what-if of the present templates shows: there is no baseline of what is deployed.
    WhatIf,
    /// Nothing: nothing is deployed.
    Nothing,
}

/// A resource that is not as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drifted {
    pub id: String,
    #[serde(rename = "type")]
    pub resource_type: String,
    pub name: String,
    pub state: DriftState,
    /// `before` is what was deployed, `after` what is there.
    pub properties: Vec<PropertyChange>,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How a resource is not as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftState {
    Changed,
    Missing,
    /// It cannot be told.
    Unread,
}

impl Drift {
    /// Whether something differs; what cannot be read is no difference.
    pub fn is_found(&self) -> bool {
        self.resources.iter().any(|one| one.state != DriftState::Unread)
    }

    fn nothing() -> Self {
        Self {
            against: Against::Nothing,
            since: None,
            unknown: Vec::new(),
            compared: 0,
            resources: Vec::new(),
        }
    }
}

/// Holds what is there against `baseline`, or against a what-if where the baseline is not of what is deployed.
///
/// # Errors
///
/// [`DeployError::Azure`]; without a baseline every error of [`plan()`], and [`DeployError::NotReady`] when a check failed.
pub async fn drift(
    client: &Client,
    environment: &Environment,
    bundle: &Bundle,
    baseline: &Baseline,
    stop: &Stop,
) -> Result<Drift, DeployError> {
    let records = records::of_environment(client, environment)
        .await
        .map_err(DeployError::azure("read the deployments"))?;
    let deployed = records::latest(&records);
    if deployed.is_empty() && baseline.deployments.is_empty() {
        return Ok(Drift::nothing());
    }
    let serves = |(name, taken): &(&String, &Taken)| {
        let now = deployed.iter().find(|(known, ..)| known == name);
        // One whose record is gone was deployed all the same; a newer deployment has changed what should be there.
        now.is_none_or(|(_, _, record)| record.correlation_id == taken.correlation_id)
    };
    let taken: Vec<(&String, &Taken)> = baseline.deployments.iter().filter(serves).collect();
    if taken.is_empty() {
        return by_what_if(client, environment, bundle, &deployed, stop).await;
    }
    let mut drift = Drift {
        against: Against::Baseline,
        since: taken.iter().map(|(_, taken)| taken.at).min(),
        ..Drift::nothing()
    };
    let unknown = deployed
        .iter()
        .filter(|(name, ..)| !taken.iter().any(|(known, _)| known == name));
    drift.unknown = unknown.map(|(name, ..)| (*name).to_owned()).collect();
    let reads: Vec<&Read> = taken.iter().flat_map(|(_, taken)| &taken.reads).collect();
    drift.compared = reads.len();
    let compared = reads.into_iter().map(|read| async move {
        let now = client.read_resource(&read.id, &read.api_version).await;
        compared(read, now)
    });
    let found: Vec<Option<Drifted>> = stream::iter(compared).buffered(AT_ONCE).collect().await;
    drift.resources = found.into_iter().flatten().collect();
    Ok(drift)
}

/// What one resource is now beside what it was; `None` when it is the same.
fn compared(read: &Read, now: Result<Option<Value>, AzureError>) -> Option<Drifted> {
    let resource_type = read.id.resource_type();
    let (state, properties, reason) = match now {
        Err(error) => (DriftState::Unread, Vec::new(), Some(error.to_string())),
        Ok(None) => (DriftState::Missing, Vec::new(), None),
        Ok(Some(now)) => {
            let found = differences(&resource_type, &read.document, &now);
            if found.is_empty() {
                return None;
            }
            (DriftState::Changed, found, None)
        }
    };
    Some(Drifted {
        id: read.id.as_str().to_owned(),
        name: read.id.full_name(),
        resource_type,
        state,
        properties,
        reason,
    })
}

/// What the present templates would change of what is deployed.
async fn by_what_if(
    client: &Client,
    environment: &Environment,
    bundle: &Bundle,
    deployed: &[(&str, bool, &Record)],
    stop: &Stop,
) -> Result<Drift, DeployError> {
    let plan = plan(client, environment, bundle, &Quiet, stop).await?;
    let failed: Vec<_> = plan.failed().into_iter().cloned().collect();
    if !failed.is_empty() {
        let environment = environment.name.to_string();
        return Err(DeployError::NotReady { environment, failed });
    }
    let scope = naming::scope(environment);
    let mut known: Vec<ResourceId> = Vec::new();
    for (_, _, listed) in deployed {
        // A list may leave resources out; the thing itself never does.
        let whole = records::find(client, &scope, listed.kind, &listed.name).await;
        let whole = whole.map_err(DeployError::azure("read the deployments"))?;
        known.extend(whole.into_iter().flat_map(|whole| whole.resources));
    }
    let told = plan.changes.iter().filter_map(|change| undone(change, &known));
    Ok(Drift {
        against: Against::WhatIf,
        compared: known.len(),
        resources: told.collect(),
        ..Drift::nothing()
    })
}

/// A foreseen change read backwards: what the template says was, and what would be changed is.
fn undone(change: &Change, known: &[ResourceId]) -> Option<Drifted> {
    let id = change.id.clone()?;
    let (state, properties) = match change.kind {
        ChangeKind::Modify => {
            let counts = |delta: &&PropertyChange| {
                let names = delta.path.split(['.', '[']);
                !names
                    .into_iter()
                    .any(|name| is_volatile(&change.resource_type, name))
            };
            let backwards = change.delta.iter().filter(counts).map(|delta| PropertyChange {
                path: delta.path.clone(),
                kind: match delta.kind {
                    PropertyChangeKind::Create => PropertyChangeKind::Delete,
                    PropertyChangeKind::Delete => PropertyChangeKind::Create,
                    PropertyChangeKind::Modify => PropertyChangeKind::Modify,
                },
                before: delta.after.clone(),
                after: delta.before.clone(),
            });
            (DriftState::Changed, backwards.collect::<Vec<_>>())
        }
        ChangeKind::Create if known.contains(&ResourceId::new(id.as_str())) => {
            (DriftState::Missing, Vec::new())
        }
        _ => return None,
    };
    let is_same = state == DriftState::Changed && properties.is_empty();
    (!is_same).then(|| Drifted {
        id,
        resource_type: change.resource_type.clone(),
        name: change.name.clone(),
        state,
        properties,
        reason: None,
    })
}
