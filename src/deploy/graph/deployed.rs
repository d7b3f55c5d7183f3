//! The graph of what is deployed: what waited for what in the last deployments, and how long each resource took.

use std::collections::{BTreeMap, HashMap};

use super::across::across;
use super::links::{Key, Link};
use super::{Graph, Node, Tone};
use crate::azure::Client;
use crate::azure::deployments::Dependency;
use crate::config::Environment;
use crate::deploy::foretold::foretell;
use crate::deploy::records::{self, Record};
use crate::deploy::status::{Status, StatusResource};
use crate::deploy::unit::units;
use crate::deploy::{DeployError, Outputs, naming, outputs};
use crate::model::resource_id::ResourceId;
use crate::template::Bundle;

/// The resources of `status`, with what Azure knows of the deployments that made them or changed them last, and with
/// what `bundle` knows of how one deployment waits for another.
///
/// # Errors
///
/// [`DeployError::Azure`], [`DeployError::Template`].
pub async fn graph_of_status(
    client: &Client,
    environment: &Environment,
    bundle: &Bundle,
    status: &Status,
) -> Result<Graph, DeployError> {
    let reading = DeployError::azure("read the deployments");
    let scope = naming::scope(environment);
    let records = records::of_environment(client, environment)
        .await
        .map_err(&reading)?;
    let mut waits = Vec::new();
    let mut seconds = HashMap::new();
    let places: HashMap<String, usize> = status
        .resources
        .iter()
        .enumerate()
        .map(|(place, resource)| (ResourceId::new(resource.id.as_str()).key(), place))
        .collect();
    let outputs = outputs::by_name(client, environment, &records).await?;
    for (from, to) in across_deployments(environment, bundle, &outputs)? {
        waits.extend(
            places
                .get(&from)
                .zip(places.get(&to))
                .map(|(from, to)| (*from, *to)),
        );
    }
    for (_, _, listed) in records::latest(&records) {
        // A list may leave parts out; the thing itself never does.
        let whole = records::find(client, &scope, listed.kind, &listed.name).await;
        let Some(whole) = whole.map_err(&reading)? else {
            continue;
        };
        for dependency in dependencies(client, environment, &whole).await? {
            let Some(to) = places.get(&dependency.id.key()) else {
                continue;
            };
            let from = dependency
                .depends_on
                .iter()
                .filter_map(|id| places.get(&id.key()));
            waits.extend(from.map(|from| (*from, *to)));
        }
        let Some(deployment) = &whole.deployment_id else {
            continue;
        };
        for operation in client.operations(deployment).await.map_err(&reading)? {
            if let (Some(target), Some(duration)) = (operation.target, operation.duration) {
                *seconds.entry(target.id.key()).or_insert(0.0) += duration.as_secs_f64();
            }
        }
    }
    let node = |resource: &StatusResource| {
        let key = ResourceId::new(resource.id.as_str()).key();
        node(resource, seconds.get(&key).copied())
    };
    let nodes = status.resources.iter().map(node).collect();
    Ok(Graph::of(
        format!("Status of {}", status.environment),
        nodes,
        &waits,
    ))
}

/// What waits for what between deployments, by the keys of ids.
fn across_deployments(
    environment: &Environment,
    bundle: &Bundle,
    outputs: &BTreeMap<String, Outputs>,
) -> Result<Vec<(String, String)>, DeployError> {
    let scope = naming::scope(environment);
    let location = &environment.azure.location;
    let mut units = units(bundle, outputs)?;
    foretell(&mut units, bundle, &scope, location);
    let ids = |link: Link| match (link.from, link.to) {
        (Key::Id(from), Key::Id(to)) => Some((from, to)),
        _ => None,
    };
    let links = across(&scope, location, &units, bundle);
    Ok(links.into_iter().filter_map(ids).collect())
}

/// A stack has none of its own: those are its deployment's.
async fn dependencies(
    client: &Client,
    environment: &Environment,
    whole: &Record,
) -> Result<Vec<Dependency>, DeployError> {
    let name = whole
        .deployment_id
        .as_deref()
        .and_then(|id| id.rsplit('/').next());
    let (true, Some(name)) = (whole.dependencies.is_empty(), name) else {
        return Ok(whole.dependencies.clone());
    };
    let deployment = client.deployment(&naming::scope(environment), name).await;
    let deployment = deployment.map_err(DeployError::azure("read the deployments"))?;
    Ok(deployment
        .map(|deployment| deployment.dependencies)
        .unwrap_or_default())
}

fn node(resource: &StatusResource, seconds: Option<f64>) -> Node {
    let state = resource.state.clone().unwrap_or_default();
    let tone = match state.to_ascii_lowercase().as_str() {
        "" | "succeeded" => Tone::Kept,
        "missing" | "failed" | "canceled" => Tone::Gone,
        _ => Tone::Changed,
    };
    Node {
        resource_type: resource.resource_type.clone(),
        name: resource.name.clone(),
        note: state,
        tone,
        seconds,
        critical: false,
    }
}
