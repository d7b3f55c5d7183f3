//! What is asked before a resource is written: registration, group, parent, and its provider.

use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::locks;
use super::super::parts::part_of;
use super::super::providers::{self, Request};
use super::super::world::World;
use super::{Put, group_of, names_of, parent_of};
use crate::model::resource_id::ResourceId;

const ASSIGNMENTS: &str = "Microsoft.Authorization/roleAssignments";

impl World {
    /// Refuses to give a principal a role that it has at the same scope under another name.
    pub(super) fn check_assignment(&self, put: &Put) -> Result<(), ArmError> {
        if !put.resource_type.eq_ignore_ascii_case(ASSIGNMENTS) {
            return Ok(());
        }
        let key = put.id.to_lowercase();
        let scope = key.rsplit_once('/').map_or("", |(scope, _)| scope);
        let text = |body: &Value, name: &str| {
            let value = body
                .pointer(&format!("/properties/{name}"))
                .and_then(Value::as_str);
            value.unwrap_or_default().to_lowercase()
        };
        let role = |body: &Value| {
            text(body, "roleDefinitionId")
                .rsplit('/')
                .next()
                .map(str::to_owned)
        };
        let others = self.state.resources.range(format!("{scope}/")..);
        let mut others = others.take_while(|(other, _)| other.starts_with(scope));
        let twin = others.find(|(other, stored)| {
            **other != key
                && role(&stored.document) == role(&put.body)
                && text(&stored.document, "principalId") == text(&put.body, "principalId")
        });
        let Some((_, twin)) = twin else {
            return Ok(());
        };
        let message = format!(
            "The role assignment already exists. The ID of the existing role assignment is {}.",
            ResourceId::new(&twin.id).name().replace('-', "")
        );
        Err(ArmError::conflict("RoleAssignmentExists", message))
    }

    /// Registration, group and parent.
    pub(super) fn check_surroundings(&self, put: &Put) -> Result<(), ArmError> {
        let namespace = put.resource_type.split('/').next().unwrap_or_default();
        let location = put
            .body
            .get("location")
            .and_then(Value::as_str)
            .unwrap_or_default();
        self.check_known(&put.resource_type, &put.api_version, location)?;
        self.check_registration(namespace)?;
        locks::may_write(self, &put.id)?;
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
            // Management groups are there before anything is deployed.
            Some(parent) if is_management_group(&parent) || makes_itself(&parent) => Ok(()),
            Some(parent) if part_of(&self.state, &parent).is_some() => Ok(()),
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
        if !put.resource_type.eq_ignore_ascii_case(ASSIGNMENTS) {
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
        self.check_twin(id, resource_type, body)?;
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

fn is_management_group(id: &str) -> bool {
    let kind = ResourceId::new(id).resource_type();
    kind.eq_ignore_ascii_case("Microsoft.Management/managementGroups")
}

/// The 404 of a group.
pub fn no_group(group: &str) -> ArmError {
    ArmError::not_found(
        "ResourceGroupNotFound",
        format!("Resource group '{group}' could not be found."),
    )
}

/// Whether a parent is none that anybody writes: a part of an address, or there as soon as its own parent is.
fn makes_itself(parent: &str) -> bool {
    const KINDS: [&str; 5] = [
        "microsoft.documentdb/databaseaccounts/apis",
        "microsoft.recoveryservices/vaults/backupfabrics",
        "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers",
        "microsoft.devices/iothubs/eventhubendpoints",
        "microsoft.network/networkwatchers",
    ];
    let kind = ResourceId::new(parent).resource_type().to_lowercase();
    KINDS.contains(&kind.as_str())
}
