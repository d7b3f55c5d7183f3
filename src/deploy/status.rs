//! What runs where, read from Azure alone, so that it can be asked from anywhere.

use jiff::Timestamp;
use serde::Serialize;

use super::records::{self, Record};
use super::{DeployError, Outputs, naming};
use crate::azure::Client;
use crate::azure::resources::Resource;
use crate::config::{DeploymentKind, Environment};
use crate::template::Bundle;

/// An environment as Azure has it.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    pub environment: String,
    pub subscription: String,
    pub resource_group: String,
    pub group_exists: bool,
    /// The newest deployment of the environment.
    pub deployment: Option<LastDeployment>,
    /// What the last successful deployments, the target's first, consist of.
    pub resources: Vec<StatusResource>,
    /// What they gave back.
    pub outputs: Option<Outputs>,
}

/// A deployment in one line.
#[derive(Clone, Debug, Serialize)]
pub struct LastDeployment {
    pub kind: DeploymentKind,
    pub name: String,
    pub state: String,
    pub at: Option<Timestamp>,
    pub seconds: Option<f64>,
    pub correlation_id: String,
}

/// A resource in one line.
#[derive(Clone, Debug, Serialize)]
pub struct StatusResource {
    pub id: String,
    #[serde(rename = "type")]
    pub resource_type: String,
    pub name: String,
    /// `missing` when it was deployed and is not there; `None` for a part of another resource.
    pub state: Option<String>,
}

/// Reads the status of an environment. A group that is not there is a status, not an error.
///
/// # Errors
///
/// [`DeployError::Azure`].
pub async fn status(
    client: &Client,
    environment: &Environment,
    bundle: &Bundle,
) -> Result<Status, DeployError> {
    let scope = naming::scope(environment);
    let reading = DeployError::azure("read the status");
    let group = client.group(&scope).await.map_err(&reading)?;
    let mut status = Status {
        environment: environment.name.to_string(),
        subscription: scope.subscription.clone(),
        resource_group: scope.group.clone(),
        group_exists: group.is_some(),
        deployment: None,
        resources: Vec::new(),
        outputs: None,
    };
    if group.is_none() {
        return Ok(status);
    }
    let records = records::of_environment(client, environment)
        .await
        .map_err(&reading)?;
    // Small deployments inside others carry our tag too.
    let whole = |record: &&Record| naming::whose(&record.tags).is_some();
    status.deployment = records.iter().find(whole).map(last);
    let deployed = records::latest(&records);
    let present = if deployed.is_empty() {
        Vec::new()
    } else {
        client.resources(&scope).await.map_err(&reading)?
    };
    for (name, is_target, listed) in deployed {
        // A list may leave outputs and resources out; the thing itself never does.
        let whole = records::find(client, &scope, listed.kind, &listed.name)
            .await
            .map_err(&reading)?;
        let Some(whole) = whole else { continue };
        status.resources.extend(resources(&present, &whole));
        let outputs = Outputs::of(&whole).spelled_in(bundle, name, is_target);
        match &mut status.outputs {
            Some(all) => all.outputs.extend(outputs.outputs),
            None if is_target => status.outputs = Some(outputs),
            None => {}
        }
    }
    Ok(status)
}

fn last(record: &Record) -> LastDeployment {
    LastDeployment {
        kind: record.kind,
        name: record.name.clone(),
        state: record.state.clone(),
        at: record.at,
        seconds: record.duration.map(|duration| duration.as_secs_f64()),
        correlation_id: record.correlation_id.clone(),
    }
}

/// A group's list shows top-level resources only: a part of one has no state of its own there.
fn resources(present: &[Resource], whole: &Record) -> Vec<StatusResource> {
    let resource = |id: &crate::model::resource_id::ResourceId| {
        let resource_type = id.resource_type();
        let found = present.iter().find(|resource| resource.id == *id);
        let missing = (id.is_top_level() && found.is_none()).then(|| "missing".to_owned());
        StatusResource {
            id: id.as_str().to_owned(),
            name: id.full_name(),
            resource_type,
            state: found.and_then(|resource| resource.state.clone()).or(missing),
        }
    };
    whole.resources.iter().map(resource).collect()
}
