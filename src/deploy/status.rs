//! What runs where, read from Azure alone, so that it can be asked from anywhere.

use jiff::Timestamp;
use serde::Serialize;

use super::outputs::latest;
use super::{DeployError, Outputs, naming};
use crate::azure::Client;
use crate::azure::deployments::Deployment;
use crate::azure::groups::GroupScope;
use crate::config::Environment;
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
    let mut ours = client.deployments(&scope).await.map_err(&reading)?;
    ours.retain(|deployment| naming::belongs(deployment, environment));
    // Small deployments inside others carry our tag too.
    let whole = |deployment: &&Deployment| naming::whose(deployment).is_some();
    status.deployment = ours.iter().find(whole).map(last);
    for (name, is_target, listed) in latest(&ours) {
        // A list may leave outputs and resources out; the deployment itself never does.
        let Some(whole) = client.deployment(&scope, &listed.name).await.map_err(&reading)? else {
            continue;
        };
        status.resources.extend(resources(client, &scope, &whole).await?);
        let outputs = Outputs::of(&whole).spelled_in(bundle, name, is_target);
        match &mut status.outputs {
            Some(all) => all.outputs.extend(outputs.outputs),
            None if is_target => status.outputs = Some(outputs),
            None => {}
        }
    }
    Ok(status)
}

fn last(deployment: &Deployment) -> LastDeployment {
    LastDeployment {
        name: deployment.name.clone(),
        state: deployment.state.clone(),
        at: deployment.timestamp,
        seconds: deployment.duration.map(|duration| duration.as_secs_f64()),
        correlation_id: deployment.correlation_id.clone(),
    }
}

/// A group's list shows top-level resources only: a part of one has no state of its own there.
async fn resources(
    client: &Client,
    scope: &GroupScope,
    whole: &Deployment,
) -> Result<Vec<StatusResource>, DeployError> {
    let present = client
        .resources(scope)
        .await
        .map_err(DeployError::azure("list the resources"))?;
    let resource = |id: &crate::model::resource_id::ResourceId| {
        let resource_type = id.resource_type();
        let is_top_level =
            resource_type.split('/').count() == 2 && id.key().matches("/providers/").count() == 1;
        let found = present.iter().find(|resource| resource.id == *id);
        let missing = (is_top_level && found.is_none()).then(|| "missing".to_owned());
        StatusResource {
            id: id.as_str().to_owned(),
            name: id.full_name(),
            resource_type,
            state: found.and_then(|resource| resource.state.clone()).or(missing),
        }
    };
    Ok(whole.output_resources.iter().map(resource).collect())
}
