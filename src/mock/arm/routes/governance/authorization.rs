//! What the caller may do, and what stacks forbid: both can only be read.

use serde_json::json;

use super::super::super::denials;
use super::super::super::error::ArmError;
use super::super::super::world::World;
use super::super::super::writes::{group_of, no_group};
use super::super::read_only;
use super::super::request::{Answer, Request, page};

const PERMISSIONS: &str = "/providers/microsoft.authorization/permissions";
const DENIALS: &str = "/providers/microsoft.authorization/denyassignments";

/// The answer to `{scope}/providers/Microsoft.Authorization/permissions` or `…/denyAssignments[/{name}]`.
pub fn routed(world: &World, request: &Request) -> Option<Result<Answer, ArmError>> {
    let path = request.path.to_lowercase();
    if let Some(scope) = path.strip_suffix(PERMISSIONS) {
        return Some(permissions(world, request, scope));
    }
    let (scope, rest) = path.split_once(DENIALS)?;
    match rest.strip_prefix('/') {
        None if rest.is_empty() => Some(list(world, request, scope)),
        Some(name) if !name.contains('/') => Some(one(world, request, name)),
        _ => None,
    }
}

fn check(world: &World, request: &Request, scope: &str) -> Result<(), ArmError> {
    read_only(request)?;
    match group_of(scope).filter(|group| !world.state.groups.contains_key(*group)) {
        Some(group) => Err(no_group(group)),
        None => Ok(()),
    }
}

/// The emulator's token stands for an owner.
fn permissions(world: &World, request: &Request, scope: &str) -> Result<Answer, ArmError> {
    check(world, request, scope)?;
    let all = json!({"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []});
    Ok(page(request, vec![all], world.settings.page))
}

fn list(world: &World, request: &Request, scope: &str) -> Result<Answer, ArmError> {
    check(world, request, scope)?;
    let below = !request.filter().to_lowercase().contains("atscope()");
    let found = denials::all(world).filter(|denial| denial.touches(scope, below));
    let found = found.map(|denial| denial.document()).collect();
    Ok(page(request, found, world.settings.page))
}

fn one(world: &World, request: &Request, name: &str) -> Result<Answer, ArmError> {
    read_only(request)?;
    let found = denials::all(world).find(|denial| denial.is_named(name));
    let found = found.ok_or_else(|| {
        let message = format!("The deny assignment '{name}' could not be found.");
        ArmError::not_found("DenyAssignmentNotFound", message)
    })?;
    Ok(Answer::ok(found.document()))
}
