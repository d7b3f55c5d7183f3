//! The what-if of stacks: a result that is made, read and forgotten like any resource.

use std::time::Duration;

use super::super::super::error::ArmError;
use super::super::super::stacks::{PREVIEW, Preview, StackScope, check_name};
use super::super::super::state::Work;
use super::super::super::world::World;
use super::super::request::{Answer, Request, page};
use super::super::{no_method, no_route};
use super::{at_location, correlation, name_in, scope_of};

/// The only api-version that has it.
const VERSION: &str = "2025-07-01";
const TAKES: Duration = Duration::from_secs(15);

/// The answer to a path below a subscription that is about such results; `None` for others.
pub fn routed(world: &mut World, request: &Request, path: &[&str]) -> Option<Result<Answer, ArmError>> {
    let (scope, rest) = scope_of(path, "deploymentstackswhatifresults")?;
    Some(route(world, request, &scope, rest))
}

fn id_of(world: &World, scope: &StackScope, name: &str) -> Result<String, ArmError> {
    Ok(format!("{}/providers/{PREVIEW}/{name}", scope.id(world)?))
}

fn route(
    world: &mut World,
    request: &Request,
    scope: &StackScope,
    path: &[&str],
) -> Result<Answer, ArmError> {
    if request.api_version() != Some(VERSION) {
        let message = format!(
            "The resource type 'deploymentStacksWhatIfResults' could not be found in the namespace 'Microsoft.Resources' for api version '{}'. The supported api-versions are '{VERSION}'.",
            request.api_version().unwrap_or_default()
        );
        return Err(ArmError::bad_request("InvalidResourceType", message));
    }
    world.expire_previews();
    let name = name_in(request, scope);
    let id = id_of(world, scope, &name)?;
    let key = id.to_lowercase();
    match (request.method.as_str(), path) {
        ("GET", []) => list(world, request, scope),
        ("PUT", [_]) => put(world, request, scope, &id),
        ("GET", [_]) => {
            let preview = find(world, &key)?;
            Ok(Answer::ok(preview.document(false)).unfinished(preview.due.is_some()))
        }
        ("DELETE", [_]) => {
            find(world, &key).map_or(Ok(()), check_over)?;
            world.dirty = true;
            let gone = world.state.stacks.previews.remove(&key);
            Ok(Answer::empty(if gone.is_some() { 200 } else { 204 }))
        }
        ("POST", [_, "whatif"]) => whole(world, request, &key),
        (_, [] | [_]) => Err(no_method(request)),
        _ => Err(no_route(request)),
    }
}

fn find<'w>(world: &'w World, key: &str) -> Result<&'w Preview, ArmError> {
    world.state.stacks.previews.get(key).ok_or_else(|| {
        let name = key.rsplit('/').next().unwrap_or_default();
        let message = format!("The deployment stack what-if result '{name}' could not be found.");
        ArmError::not_found("DeploymentStackWhatIfResultNotFound", message)
    })
}

fn check_over(preview: &Preview) -> Result<(), ArmError> {
    if preview.due.is_none() {
        return Ok(());
    }
    Err(ArmError::conflict(
        "DeploymentStackInNonTerminalState",
        format!(
            "The deployment stack what-if result '{}' could not be updated as it is currently in a non-terminal state '{}'.",
            preview.id,
            preview.word()
        ),
    ))
}

fn list(world: &World, request: &Request, scope: &StackScope) -> Result<Answer, ArmError> {
    let prefix = id_of(world, scope, "")?.to_lowercase();
    let own = world.state.stacks.previews.range(prefix.clone()..);
    let own = own.take_while(|(key, _)| key.starts_with(&prefix));
    let all = own.map(|(_, preview)| preview.document(false)).collect();
    Ok(page(request, all, world.settings.page))
}

fn put(world: &mut World, request: &Request, scope: &StackScope, id: &str) -> Result<Answer, ArmError> {
    let key = id.to_lowercase();
    find(world, &key).map_or(Ok(()), check_over)?;
    let name = id.rsplit('/').next().unwrap_or_default();
    check_name(name)?;
    let status = if find(world, &key).is_ok() { 200 } else { 201 };
    let body = request.object()?;
    let asked = world.prepare_stack(scope, name, body)?;
    let correlation = correlation(world, request);
    let at = world.now();
    world.start_preview(id, &asked, body, &correlation, at)?;
    let preview = find(world, &key)?;
    let kind = "deploymentStackOperationStatus";
    let url = at_location(world, request, &preview.location, kind, &preview.operation);
    Ok(Answer::new(status, preview.document(false))
        .header("Azure-AsyncOperation", url)
        .header("Retry-After", "15")
        .paced(world))
}

/// The result with the changes of every property.
fn whole(world: &mut World, request: &Request, key: &str) -> Result<Answer, ArmError> {
    let preview = find(world, key)?;
    check_over(preview)?;
    let (body, location) = (preview.document(true), preview.location.clone());
    let job = world.schedule(Work::Answer { body }, TAKES);
    let url = at_location(world, request, &location, "deploymentStackOperationResults", &job);
    Ok(Answer::empty(202)
        .header("Location", url)
        .header("Retry-After", "15")
        .paced(world))
}
