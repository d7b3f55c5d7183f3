//! Deployments, at whatever scope: `scope` is the id of one in Azure's spelling.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::super::Site;
use super::super::error::ArmError;
use super::super::links;
use super::super::stacks::of_deployment;
use super::super::state::{Deployment, Work};
use super::super::view;
use super::super::world::World;
use super::super::writes::{group_of, no_group};
use super::request::{Answer, Request, page};
use super::{no_method, no_route, operations, previews};

const DELETION: Duration = Duration::from_secs(5);

pub fn key_of(scope: &str, name: &str) -> String {
    id_of(scope, name).to_lowercase()
}

pub fn id_of(scope: &str, name: &str) -> String {
    format!("{scope}/providers/Microsoft.Resources/deployments/{name}")
}

pub fn missing(name: &str) -> ArmError {
    ArmError::not_found(
        "DeploymentNotFound",
        format!("Deployment '{name}' could not be found."),
    )
}

pub fn find<'w>(world: &'w World, scope: &str, name: &str) -> Result<&'w Deployment, ArmError> {
    world
        .state
        .deployments
        .get(&key_of(scope, name))
        .ok_or_else(|| missing(name))
}

/// `path` is what follows `…/deployments`, in lower case.
pub fn route(world: &mut World, request: &Request, scope: &str, path: &[&str]) -> Result<Answer, ArmError> {
    let scope = &world.spelled(scope);
    if let Some(group) =
        group_of(scope).filter(|group| !world.state.groups.contains_key(&group.to_lowercase()))
    {
        return if request.method == "HEAD" {
            Ok(Answer::empty(404))
        } else {
            Err(no_group(group))
        };
    }
    let segments: Vec<&str> = request.path.split('/').collect();
    let name = segments[segments.len() - path.len()..]
        .first()
        .copied()
        .unwrap_or_default();
    match (request.method.as_str(), path) {
        ("GET", []) => Ok(list(world, request, scope)),
        ("PUT", [_]) => put(world, request, scope, name),
        ("GET", [_]) => {
            let deployment = find(world, scope, name)?;
            Ok(Answer::ok(view::document(deployment)).unfinished(!deployment.is_over()))
        }
        ("HEAD", [_]) => Ok(Answer::empty(if find(world, scope, name).is_ok() {
            204
        } else {
            404
        })),
        ("DELETE", [_]) => delete(world, request, scope, name),
        ("POST", [_, "validate"]) => Ok(previews::validate(world, request, scope, name)),
        ("POST", [_, "whatif"]) => previews::what_if(world, request, scope, name),
        ("POST", [_, "cancel"]) => cancel(world, scope, name),
        ("POST", [_, "exporttemplate"]) => {
            find(world, scope, name).map(|found| Answer::ok(json!({"template": found.template})))
        }
        ("POST", [_, "listoutputswithsecurevalues"]) => {
            let deployment = find(world, scope, name)?;
            let outputs = world.view().outputs(&key_of(scope, name), deployment);
            outputs
                .map(Answer::ok)
                .map_err(|message| ArmError::conflict("SecureOutputsNotAvailable", message))
        }
        ("GET", [_, "operationstatuses", token]) => operations::of_status(world, request, scope, name, token),
        ("GET", [_, "operations", rest @ ..]) => {
            operations::of_deployment(world, request, scope, name, rest.first().copied())
        }
        (_, [] | [_]) => Err(no_method(request)),
        _ => Err(no_route(request)),
    }
}

fn list(world: &World, request: &Request, scope: &str) -> Answer {
    let prefix = key_of(scope, "");
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

fn put(world: &mut World, request: &Request, scope: &str, name: &str) -> Result<Answer, ArmError> {
    let id = id_of(scope, name);
    let key = id.to_lowercase();
    let group = group_of(scope).map(str::to_lowercase);
    if let Some(group) =
        group.filter(|group| world.state.groups.get(group).is_some_and(|group| group.deleting))
    {
        let message = format!(
            "The resource group '{group}' is in deprovisioning state and cannot perform this operation."
        );
        return Err(ArmError::conflict("ResourceGroupBeingDeleted", message));
    }
    replay_refusal(world, request)?;
    world.check_active(&key)?;
    let seed = seed(world);
    let prepared = world.prepare(scope, name, request.object()?, seed)?;
    check_location(world, &key, prepared.location.as_deref())?;
    world.check_rollback(&id, &prepared)?;
    let checked = world.preflight(&prepared, name);
    remember_refusal(world, request, checked)?;
    world.make_room(&id, prepared.location.as_deref())?;
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
    let deployment = find(world, scope, name)?;
    let url = operations::signed_url(world, request, deployment);
    Ok(Answer::new(status, view::document(deployment))
        .header("Azure-AsyncOperation", url)
        .header("x-ms-deployment-engine-version", "1.628.3")
        .paced(world))
}

/// A deployment stays where it was first kept.
fn check_location(world: &World, key: &str, location: Option<&str>) -> Result<(), ArmError> {
    let before = world.state.deployments.get(key);
    let before = before.and_then(|one| Some((&one.name, one.location.as_deref()?)));
    match (before, location) {
        (Some((name, before)), Some(location)) if before != location => {
            let message = format!(
                "Invalid deployment location '{location}'. The deployment '{name}' already exists in location '{before}'."
            );
            Err(ArmError::conflict("InvalidDeploymentLocation", message))
        }
        _ => Ok(()),
    }
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

fn cancel(world: &mut World, scope: &str, name: &str) -> Result<Answer, ArmError> {
    let deployment = find(world, scope, name)?;
    if deployment.is_over() {
        let message = format!(
            "The deployment '{}' cannot be cancelled: it is in the state '{}'. Only deployments in the states Accepted and Running can be.",
            deployment.name, deployment.state
        );
        return Err(ArmError::conflict("DeploymentCannotBeCancelled", message));
    }
    let at = world.now();
    world.cancel(&key_of(scope, name), at);
    Ok(Answer::empty(204))
}

fn delete(world: &mut World, request: &Request, scope: &str, name: &str) -> Result<Answer, ArmError> {
    let key = key_of(scope, name);
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

/// Reads what the deployment of a request links to, if the request may be made at all.
pub async fn gather(site: &Arc<Site>, request: &Request) {
    const KINDS: [&str; 3] = [
        "/providers/microsoft.resources/deployments/",
        "/providers/microsoft.resources/deploymentstacks/",
        "/providers/microsoft.resources/deploymentstackswhatifresults/",
    ];
    let path = request.path.to_lowercase();
    let at = KINDS.iter().find_map(|kind| Some((path.find(kind)?, kind.len())));
    let (Some((at, length)), Ok(body), "PUT" | "POST") = (at, request.object(), request.method.as_str())
    else {
        return;
    };
    if request.bearer.as_deref() != Some(site.world.lock().await.settings.token.expose_secret()) {
        return;
    }
    let name = request.path[at + length..].split('/').next().unwrap_or_default();
    let own = &request.path[..at];
    if path[at..].starts_with(KINDS[0]) {
        return links::gather(site, own, name, body).await;
    }
    let scope = body.pointer("/properties/deploymentScope");
    let scope = scope.and_then(Value::as_str).unwrap_or(own);
    links::gather(site, scope, name, &of_deployment(body, scope)).await;
}
