//! Deployments at the scope of a resource group.

use std::time::Duration;

use serde_json::json;

use super::super::error::ArmError;
use super::super::state::{Deployment, Work};
use super::super::view;
use super::super::world::World;
use super::super::writes::no_group;
use super::request::{Answer, Request, page};
use super::{no_method, no_route, operations, previews};

const DELETION: Duration = Duration::from_secs(5);
/// Source: Azure Resource Manager, deployment history: trimmed to 750 when it passes 775.
const HISTORY: (usize, usize) = (775, 750);

pub fn key_of(world: &World, group: &str, name: &str) -> String {
    id_of(world, group, name).to_lowercase()
}

/// The id with the group's own spelling.
pub fn id_of(world: &World, group: &str, name: &str) -> String {
    let spelled = world
        .state
        .groups
        .get(&group.to_lowercase())
        .map_or(group, |group| &group.name);
    format!(
        "/subscriptions/{}/resourceGroups/{spelled}/providers/Microsoft.Resources/deployments/{name}",
        world.settings.subscription
    )
}

pub fn missing(name: &str) -> ArmError {
    ArmError::not_found(
        "DeploymentNotFound",
        format!("Deployment '{name}' could not be found."),
    )
}

pub fn find<'w>(world: &'w World, group: &str, name: &str) -> Result<&'w Deployment, ArmError> {
    world
        .state
        .deployments
        .get(&key_of(world, group, name))
        .ok_or_else(|| missing(name))
}

pub fn route(world: &mut World, request: &Request, group: &str, path: &[&str]) -> Result<Answer, ArmError> {
    if !world.state.groups.contains_key(group) {
        return if request.method == "HEAD" {
            Ok(Answer::empty(404))
        } else {
            Err(no_group(group))
        };
    }
    let name = request.path.split('/').nth(8).unwrap_or_default().to_owned();
    match (request.method.as_str(), path) {
        ("GET", []) => Ok(list(world, request, group)),
        ("PUT", [_]) => put(world, request, group, &name),
        ("GET", [_]) => {
            let deployment = find(world, group, &name)?;
            Ok(Answer::ok(view::document(deployment)).unfinished(!deployment.is_over()))
        }
        ("HEAD", [_]) => Ok(Answer::empty(if find(world, group, &name).is_ok() {
            204
        } else {
            404
        })),
        ("DELETE", [_]) => delete(world, request, group, &name),
        ("POST", [_, "validate"]) => Ok(previews::validate(world, request, group, &name)),
        ("POST", [_, "whatif"]) => previews::what_if(world, request, group, &name),
        ("POST", [_, "cancel"]) => cancel(world, group, &name),
        ("POST", [_, "exporttemplate"]) => {
            find(world, group, &name).map(|found| Answer::ok(json!({"template": found.template})))
        }
        ("GET", [_, "operationstatuses", token]) => {
            operations::of_status(world, request, group, &name, token)
        }
        ("GET", [_, "operations", rest @ ..]) => {
            operations::of_deployment(world, request, group, &name, rest.first().copied())
        }
        (_, [] | [_]) => Err(no_method(request)),
        _ => Err(no_route(request)),
    }
}

fn list(world: &World, request: &Request, group: &str) -> Answer {
    let prefix = key_of(world, group, "");
    let wanted = request.query.get("$filter").and_then(|filter| {
        let (_, rest) = filter.split_once("provisioningState eq '")?;
        rest.split('\'').next().map(str::to_lowercase)
    });
    let own = world
        .state
        .deployments
        .range(prefix.clone()..)
        .take_while(|(key, _)| key.starts_with(&prefix));
    let own = own.map(|(_, deployment)| deployment);
    let mut own: Vec<&Deployment> = own
        .filter(|one| {
            wanted
                .as_ref()
                .is_none_or(|state| *state == one.state.to_lowercase())
        })
        .collect();
    own.sort_by_key(|one| std::cmp::Reverse(one.changed));
    page(
        request,
        own.into_iter().map(view::document).collect(),
        world.settings.page,
    )
}

/// A number that the deployment's `newGuid` is drawn from.
pub fn seed(world: &mut World) -> u64 {
    world.state.counter += 1;
    world.state.counter
}

fn put(world: &mut World, request: &Request, group: &str, name: &str) -> Result<Answer, ArmError> {
    let id = id_of(world, group, name);
    let key = id.to_lowercase();
    if world.state.groups.get(group).is_some_and(|group| group.deleting) {
        let message = format!(
            "The resource group '{group}' is in deprovisioning state and cannot perform this operation."
        );
        return Err(ArmError::conflict("ResourceGroupBeingDeleted", message));
    }
    replay_refusal(world, request)?;
    world.check_active(&key)?;
    let seed = seed(world);
    let prepared = world.prepare(group, name, request.object()?, seed)?;
    let checked = world.preflight(&prepared, name);
    remember_refusal(world, request, checked)?;
    let status = if world.state.deployments.contains_key(&key) {
        200
    } else {
        201
    };
    let correlation = match request.correlation() {
        Some(correlation) => correlation,
        None => world.fresh_guid(),
    };
    let at = world.now();
    world.record(&id, &prepared, &correlation, None, at);
    trim(world, group);
    let deployment = find(world, group, name)?;
    let url = operations::signed_url(world, request, deployment);
    Ok(Answer::new(status, view::document(deployment))
        .header("Azure-AsyncOperation", url)
        .header("x-ms-deployment-engine-version", "1.628.3")
        .paced(world))
}

/// Azure gives the stored refusal again for a request id that was refused for want of registration.
fn replay_refusal(world: &World, request: &Request) -> Result<(), ArmError> {
    let known = request
        .header("x-ms-client-request-id")
        .is_some_and(|id| world.refused.contains(id));
    if known {
        let message = "The subscription is not registered to use a namespace (replayed for the same x-ms-client-request-id).";
        return Err(ArmError::conflict("MissingSubscriptionRegistration", message));
    }
    Ok(())
}

fn remember_refusal(
    world: &mut World,
    request: &Request,
    checked: Result<(), ArmError>,
) -> Result<(), ArmError> {
    if let (Err(error), Some(id)) = (&checked, request.header("x-ms-client-request-id"))
        && &*error.code == "MissingSubscriptionRegistration"
    {
        world.refused.insert(id.to_owned());
    }
    checked
}

/// Forgets the oldest finished deployments of a group that has too many.
fn trim(world: &mut World, group: &str) {
    let prefix = key_of(world, group, "");
    let own = world
        .state
        .deployments
        .iter()
        .filter(|(key, _)| key.starts_with(&prefix));
    let count = own.clone().count();
    if count <= HISTORY.0 {
        return;
    }
    let mut over: Vec<_> = own
        .filter(|(_, one)| one.is_over())
        .map(|(key, one)| (one.changed, key.clone()))
        .collect();
    over.sort();
    for (_, key) in over.into_iter().take(count - HISTORY.1) {
        world.state.deployments.remove(&key);
    }
}

fn cancel(world: &mut World, group: &str, name: &str) -> Result<Answer, ArmError> {
    let deployment = find(world, group, name)?;
    if deployment.is_over() {
        let message = format!(
            "The deployment '{}' cannot be cancelled: it is in the state '{}'. Only deployments in the states Accepted and Running can be.",
            deployment.name, deployment.state
        );
        return Err(ArmError::conflict("DeploymentCannotBeCancelled", message));
    }
    let at = world.now();
    world.cancel(&key_of(world, group, name), at);
    Ok(Answer::empty(204))
}

fn delete(world: &mut World, request: &Request, group: &str, name: &str) -> Result<Answer, ArmError> {
    let key = key_of(world, group, name);
    match world.state.deployments.get(&key) {
        None => return Ok(Answer::empty(204)),
        Some(one) if !one.is_over() => {
            let message = format!("The deployment '{name}' is still active and cannot be deleted.");
            return Err(ArmError::conflict("DeploymentBeingActive", message));
        }
        Some(_) => {}
    }
    let job = world.schedule(Work::DeleteDeployment { key }, DELETION);
    Ok(Answer::accepted(world, request, &job))
}
