//! What is asked before a resource is written: registration, group, parent, and its provider.

use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::providers::{self, Request};
use super::super::world::World;
use super::{Put, group_of, names_of, parent_of};
use crate::model::resource_id::ResourceId;

impl World {
    /// Registration, group and parent.
    pub(super) fn check_surroundings(&self, put: &Put) -> Result<(), ArmError> {
        let namespace = put.resource_type.split('/').next().unwrap_or_default();
        self.check_registration(namespace)?;
        if let Some(group) = group_of(&put.id) {
            let found = self.state.groups.get(&group.to_lowercase());
            let found = found.ok_or_else(|| no_group(group))?;
            if found.deleting {
                let message = format!(
                    "The resource group '{group}' is in deprovisioning state and cannot perform this operation."
                );
                return Err(ArmError::conflict("ResourceGroupBeingDeleted", message));
            }
        }
        match parent_of(&put.id) {
            Some(_) if self.vault_from_before(put).is_some() => Ok(()),
            Some(parent) if !self.state.resources.contains_key(&parent.to_lowercase()) => {
                let name = ResourceId::new(&parent).full_name();
                let message = format!(
                    "Can not perform requested operation on nested resource. Parent resource '{name}' not found."
                );
                Err(ArmError::not_found("ParentResourceNotFound", message))
            }
            _ => Ok(()),
        }
    }

    /// The key vault that a role is assigned on, when the emulator does not know it: vaults and their secrets are there
    /// before anything is deployed, so it is taken as existing.
    pub(super) fn vault_from_before(&self, put: &Put) -> Option<String> {
        if !put
            .resource_type
            .eq_ignore_ascii_case("Microsoft.Authorization/roleAssignments")
        {
            return None;
        }
        let parent = parent_of(&put.id)?;
        let is_vault = ResourceId::new(&parent)
            .resource_type()
            .eq_ignore_ascii_case("Microsoft.KeyVault/vaults");
        (is_vault && !self.state.resources.contains_key(&parent.to_lowercase())).then_some(parent)
    }

    /// Refuses a namespace that the subscription is not registered for.
    pub fn check_registration(&self, namespace: &str) -> Result<(), ArmError> {
        let state = self.state.registrations.get(&namespace.to_lowercase());
        if state.is_none_or(|state| state == "Registered" || state == "Unregistering") {
            return Ok(());
        }
        let message = format!(
            "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions."
        );
        let detail =
            json!({"code": "MissingSubscriptionRegistration", "target": namespace, "message": message});
        Err(ArmError::conflict("MissingSubscriptionRegistration", message.clone()).because(vec![detail]))
    }

    /// What the provider says of the body.
    pub fn check_body(&self, id: &str, resource_type: &str, body: &Value) -> Result<(), ArmError> {
        providers::check_location(resource_type, body)?;
        let key = id.to_lowercase();
        let parent = parent_of(id).map(|parent| parent.to_lowercase());
        let parent = parent.and_then(|parent| self.state.resources.get(&parent));
        let prefix = key
            .rsplit_once('/')
            .map(|(prefix, _)| format!("{prefix}/"))
            .unwrap_or_default();
        let siblings = self
            .state
            .resources
            .range(prefix.clone()..)
            .take_while(|(other, _)| other.starts_with(&prefix));
        let siblings = siblings
            .filter(|(other, _)| !other[prefix.len()..].contains('/'))
            .count();
        let names = names_of(id);
        let request = Request {
            id,
            names: &names,
            body,
            before: self.state.resources.get(&key).map(|stored| &stored.document),
            parent: parent.map(|parent| &parent.document),
            siblings,
        };
        providers::find(resource_type).map_or(Ok(()), |row| (row.check)(&request))
    }
}

/// The 404 of a group.
pub fn no_group(group: &str) -> ArmError {
    ArmError::not_found(
        "ResourceGroupNotFound",
        format!("Resource group '{group}' could not be found."),
    )
}
