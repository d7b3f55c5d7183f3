//! Deployment stacks, at the scope of a group and of the subscription.

mod previews;

use std::time::Duration;

use serde_json::json;

use super::super::error::ArmError;
use super::super::stacks::{STACK, Stack, StackScope, delete_action, document};
use super::super::state::{Outcome, Work};
use super::super::what_if::validated;
use super::super::world::World;
use super::super::writes::no_group;
use super::request::{Answer, Request, page};
use super::{no_method, no_route, read_only};

/// Source: recorded validations took 15 to 46 s.
const VALIDATION: Duration = Duration::from_secs(15);
/// Source: Microsoft.Resources, resource type deploymentStacks.
const VERSIONS: [&str; 3] = ["2025-07-01", "2024-03-01", "2022-08-01-preview"];

/// The answer to a path below a subscription that is about stacks; `None` for others.
pub fn routed(world: &mut World, request: &Request, path: &[&str]) -> Option<Result<Answer, ArmError>> {
    if let Some(answer) = previews::routed(world, request, path) {
        return Some(answer);
    }
    if let Some((scope, rest)) = scope_of(path, "deploymentstacks") {
        return Some(route(world, request, &scope, rest));
    }
    let ["providers", "microsoft.resources", "locations", _, kind, token] = path else {
        return None;
    };
    match *kind {
        "deploymentstackoperationstatus" => Some(status(world, request, token)),
        "deploymentstackoperationresults" => Some(result(world, request, token)),
        _ => None,
    }
}

/// The scope of a path about `kind`, and what follows.
pub fn scope_of<'p>(path: &'p [&'p str], kind: &str) -> Option<(StackScope, &'p [&'p str])> {
    match path {
        ["providers", "microsoft.resources", own, rest @ ..] if *own == kind => {
            Some((StackScope::Subscription, rest))
        }
        [
            "resourcegroups",
            group,
            "providers",
            "microsoft.resources",
            own,
            rest @ ..,
        ] if *own == kind => Some((StackScope::Group((*group).to_owned()), rest)),
        _ => None,
    }
}

/// The name in the path, as it is written.
pub fn name_in(request: &Request, scope: &StackScope) -> String {
    let before = match scope {
        StackScope::Group(_) => 8,
        StackScope::Subscription => 6,
    };
    request.path.split('/').nth(before).unwrap_or_default().to_owned()
}

fn check_version(request: &Request) -> Result<(), ArmError> {
    let version = request.api_version().unwrap_or_default();
    if VERSIONS.contains(&version) {
        return Ok(());
    }
    Err(ArmError::bad_request(
        "InvalidResourceType",
        format!(
            "The resource type 'deploymentStacks' could not be found in the namespace 'Microsoft.Resources' for api version '{version}'. \
             The supported api-versions are '{}'.",
            VERSIONS.join(",")
        ),
    ))
}

fn route(
    world: &mut World,
    request: &Request,
    scope: &StackScope,
    path: &[&str],
) -> Result<Answer, ArmError> {
    check_version(request)?;
    if let StackScope::Group(key) = scope
        && !world.state.groups.contains_key(key)
    {
        return Err(no_group(key));
    }
    let name = name_in(request, scope);
    let key = scope.stack_id(world, &name)?.to_lowercase();
    match (request.method.as_str(), path) {
        ("GET", []) => list(world, request, scope),
        ("PUT", [_]) => put(world, request, scope, &name),
        ("GET", [_]) => {
            let stack = find(world, &key, &name)?;
            Ok(Answer::ok(document(world, stack)).unfinished(!stack.phase.is_over()))
        }
        ("HEAD", [_]) => Ok(Answer::empty(if find(world, &key, &name).is_ok() {
            204
        } else {
            404
        })),
        ("DELETE", [_]) => delete(world, request, &key),
        ("POST", [_, "validate"]) => validate(world, request, scope, &name),
        ("POST", [_, "exporttemplate"]) => {
            find(world, &key, &name).map(|stack| Answer::ok(json!({"template": stack.template})))
        }
        (_, [] | [_]) => Err(no_method(request)),
        _ => Err(no_route(request)),
    }
}

fn find<'w>(world: &'w World, key: &str, name: &str) -> Result<&'w Stack, ArmError> {
    world.state.stacks.all.get(key).ok_or_else(|| {
        let message = format!("The deployment stack '{name}' could not be found.");
        ArmError::not_found("DeploymentStackNotFound", message)
    })
}

fn list(world: &World, request: &Request, scope: &StackScope) -> Result<Answer, ArmError> {
    let prefix = scope.stack_id(world, "")?.to_lowercase();
    let own = world.state.stacks.all.range(prefix.clone()..);
    let own = own.take_while(|(key, _)| key.starts_with(&prefix));
    let all = own.map(|(_, stack)| document(world, stack)).collect();
    Ok(page(request, all, world.settings.page))
}

/// The client's correlation id, or a fresh one.
pub fn correlation(world: &mut World, request: &Request) -> String {
    match request.correlation() {
        Some(correlation) => correlation,
        None => world.fresh_guid(),
    }
}

fn put(world: &mut World, request: &Request, scope: &StackScope, name: &str) -> Result<Answer, ArmError> {
    let key = scope.stack_id(world, name)?.to_lowercase();
    let before = world.state.stacks.all.get(&key);
    before.map_or(Ok(()), Stack::check_over)?;
    let old_location = before.map(|before| before.location.clone());
    let asked = world.prepare_stack(scope, name, request.object()?)?;
    if let Some(old) = old_location.as_ref().filter(|old| **old != asked.location) {
        let message = format!(
            "The deployment stack '{name}' already exists in location '{old}' and cannot be updated in '{}'.",
            asked.location
        );
        return Err(ArmError::conflict("InvalidDeploymentStackLocation", message));
    }
    let correlation = correlation(world, request);
    let at = world.now();
    world.start_stack(asked, &correlation, at);
    let stack = find(world, &key, name)?;
    let status = if old_location.is_some() { 200 } else { 201 };
    let url = operation_url(world, request, stack, "deploymentStackOperationStatus");
    Ok(Answer::new(status, document(world, stack))
        .header("Azure-AsyncOperation", url)
        .header("Retry-After", "15")
        .paced(world))
}

fn delete(world: &mut World, request: &Request, key: &str) -> Result<Answer, ArmError> {
    let action = delete_action(&request.query)?;
    match world.state.stacks.all.get(key) {
        None => return Ok(Answer::empty(204)),
        Some(stack) => stack.check_over()?,
    }
    let correlation = correlation(world, request);
    let at = world.now();
    world.end_stack(key, action, &correlation, at);
    let stack = find(world, key, key)?;
    let status = operation_url(world, request, stack, "deploymentStackOperationStatus");
    let result = operation_url(world, request, stack, "deploymentStackOperationResults");
    Ok(Answer::empty(202)
        .header("Azure-AsyncOperation", status)
        .header("Location", result)
        .header("Retry-After", "15")
        .paced(world))
}

fn operation_url(world: &World, request: &Request, stack: &Stack, kind: &str) -> String {
    at_location(world, request, &stack.location, kind, &stack.operation)
}

pub fn at_location(world: &World, request: &Request, location: &str, kind: &str, token: &str) -> String {
    request.url(&format!(
        "/subscriptions/{}/providers/Microsoft.Resources/locations/{location}/{kind}/{token}?api-version={}",
        world.settings.subscription,
        request.api_version().unwrap_or_default()
    ))
}

/// A template that cannot be deployed is a 400 at once; a good one is told at the `Location`.
fn validate(
    world: &mut World,
    request: &Request,
    scope: &StackScope,
    name: &str,
) -> Result<Answer, ArmError> {
    let asked = world.prepare_stack(scope, name, request.object()?)?;
    world.preflight(&asked.prepared, &asked.deployment)?;
    let correlation = correlation(world, request);
    let parameters = super::super::stacks::lower_types(asked.prepared.expanded.parameters());
    let mut properties = json!({
        "actionOnUnmanage": asked.wish.action,
        "denySettings": asked.wish.deny,
        "correlationId": correlation,
        "parameters": parameters,
        "validatedResources": validated(&asked.prepared.expanded, &world.around()),
    });
    let optional = [
        ("description", &asked.wish.description),
        ("deploymentScope", &asked.wish.deployment_scope),
        ("validationLevel", &asked.wish.validation_level),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            properties[key] = value.as_str().into();
        }
    }
    let body = json!({"id": asked.id, "name": name, "type": STACK, "properties": properties});
    let job = world.schedule(Work::Answer { body }, VALIDATION);
    let url = at_location(
        world,
        request,
        &asked.location,
        "deploymentStackOperationResults",
        &job,
    );
    Ok(Answer::empty(202)
        .header("Location", url)
        .header("Retry-After", "15")
        .paced(world))
}

fn no_operation() -> ArmError {
    ArmError::not_found("OperationNotFound", "The operation could not be found.")
}

fn status(world: &World, request: &Request, token: &str) -> Result<Answer, ArmError> {
    read_only(request)?;
    let (body, over) = world.operation_status(token).ok_or_else(no_operation)?;
    Ok(Answer::ok(body).unfinished(!over))
}

/// The end of a validation, or of a deletion: 202 until then.
fn result(world: &World, request: &Request, token: &str) -> Result<Answer, ArmError> {
    read_only(request)?;
    let validation = world.state.jobs.get(token).map(|job| job.outcome.clone());
    let deletion = world.state.stacks.operations.get(token).map(|operation| {
        let ended = operation.ended.clone();
        ended.map(|ended| ended.map_or_else(Outcome::Failed, |()| Outcome::Done { body: None }))
    });
    match validation.or(deletion).ok_or_else(no_operation)? {
        None => {
            let version = request.api_version().unwrap_or_default();
            let again = request.url(&format!("{}?api-version={version}", request.path));
            Ok(Answer::empty(202)
                .header("Location", again)
                .header("Retry-After", "15")
                .paced(world)
                .unfinished(true))
        }
        Some(Outcome::Done { body: Some(body) }) => Ok(Answer::ok(body)),
        Some(Outcome::Done { body: None }) => Ok(Answer::empty(204)),
        Some(Outcome::Failed(error)) => Err(error),
    }
}
