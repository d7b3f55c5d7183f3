//! Deleted vaults and workspaces.

use std::time::Duration;

use serde_json::Value;

use super::super::super::error::ArmError;
use super::super::super::providers::region;
use super::super::super::soft_delete::{Twin, VAULT, WORKSPACE};
use super::super::super::state::Work;
use super::super::super::world::World;
use super::super::request::{Answer, Request, page};
use super::super::{no_method, read_only};

const PURGE: Duration = Duration::from_secs(20);

pub fn routed(world: &mut World, request: &Request, path: &[&str]) -> Option<Result<Answer, ArmError>> {
    match path {
        ["providers", "microsoft.keyvault", "deletedvaults"] => Some(vaults(world, request)),
        [
            "providers",
            "microsoft.keyvault",
            "locations",
            location,
            "deletedvaults",
            name,
        ] => Some(vault(world, request, location, name)),
        [
            "providers",
            "microsoft.keyvault",
            "locations",
            location,
            "deletedvaults",
            name,
            "purge",
        ] => Some(purge(world, request, location, name)),
        ["providers", "microsoft.operationalinsights", "deletedworkspaces"] => {
            Some(workspaces(world, request, None))
        }
        [
            "resourcegroups",
            group,
            "providers",
            "microsoft.operationalinsights",
            "deletedworkspaces",
        ] => Some(workspaces(world, request, Some(group))),
        _ => None,
    }
}

fn kept<'w>(world: &'w World, resource_type: &str) -> impl Iterator<Item = &'w Twin> {
    let now = world.now();
    let all = world.state.twins.values();
    all.filter(move |twin| twin.purge > now && twin.is(resource_type))
}

fn vaults(world: &World, request: &Request) -> Result<Answer, ArmError> {
    read_only(request)?;
    let all = kept(world, VAULT).map(|twin| twin.vault(&world.settings.subscription));
    Ok(page(request, all.collect(), world.settings.page))
}

fn workspaces(world: &World, request: &Request, group: Option<&str>) -> Result<Answer, ArmError> {
    read_only(request)?;
    let all = kept(world, WORKSPACE).filter(|twin| group.is_none_or(|group| twin.is_in_group(group)));
    let all: Vec<Value> = all.map(Twin::workspace).collect();
    Ok(page(request, all, world.settings.page))
}

fn find<'w>(world: &'w World, location: &str, name: &str) -> Result<(&'w String, &'w Twin), ArmError> {
    let found = world.state.deleted_vault(name, world.now());
    let found = found.filter(|(_, twin)| region(twin.location()) == region(location));
    found.ok_or_else(|| {
        let message = format!("The specified deleted vault '{name}' does not exist.");
        ArmError::not_found("DeletedVaultNotFound", message)
    })
}

fn vault(world: &World, request: &Request, location: &str, name: &str) -> Result<Answer, ArmError> {
    read_only(request)?;
    let (_, twin) = find(world, location, name)?;
    Ok(Answer::ok(twin.vault(&world.settings.subscription)))
}

fn purge(world: &mut World, request: &Request, location: &str, name: &str) -> Result<Answer, ArmError> {
    if request.method != "POST" {
        return Err(no_method(request));
    }
    let (key, twin) = find(world, location, name)?;
    if twin.is_protected() {
        let message = "Operation \"DeletedVaultPurge\" is not allowed because purge protection is enabled for this vault. \
                       Key Vault service will automatically purge it after the retention period has passed.";
        return Err(ArmError::bad_request("MethodNotAllowed", message));
    }
    let key = key.clone();
    let job = world.schedule(Work::PurgeTwin { key }, PURGE);
    Ok(Answer::accepted(world, request, &job))
}
