//! Resource groups: made by a client directly, or by a deployment at the scope of the subscription.

use serde_json::Value;

use super::super::denials;
use super::super::error::ArmError;
use super::super::providers;
use super::super::state::Group;
use super::super::world::World;
use crate::model::name::ResourceGroupName;

impl World {
    /// Makes or changes the group `name`; `true` when it is new.
    ///
    /// # Errors
    ///
    /// What ARM answers: a name or location that is not one, a policy that says no, a group elsewhere, or one that is
    /// being deleted.
    pub fn put_group(&mut self, name: &str, body: &Value) -> Result<bool, ArmError> {
        let location = check_group(name, body)?;
        let id = format!(
            "/subscriptions/{}/resourceGroups/{name}",
            self.settings.subscription
        );
        self.check_policy(&id, denials::GROUP, body)?;
        let before = self.state.groups.get(&name.to_lowercase());
        if before.is_some_and(|before| before.deleting) {
            let message = format!(
                "The resource group '{name}' is in deprovisioning state and cannot perform this operation."
            );
            return Err(ArmError::conflict("ResourceGroupBeingDeleted", message));
        }
        if let Some(before) = before.filter(|before| before.location != location) {
            let message = format!(
                "Invalid resource group location '{location}'. The Resource group already exists in location '{}'.",
                before.location
            );
            return Err(ArmError::conflict("InvalidResourceGroupLocation", message));
        }
        let created = before.is_none();
        let group = Group {
            name: before.map_or(name, |before| &before.name).to_owned(),
            location,
            tags: body
                .get("tags")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
            managed_by: body
                .get("managedBy")
                .and_then(Value::as_str)
                .map(ToOwned::to_owned),
            deleting: false,
        };
        self.state.groups.insert(name.to_lowercase(), group);
        self.dirty = true;
        Ok(created)
    }
}

/// The group's location, when name and location are ones.
pub fn check_group(name: &str, body: &Value) -> Result<String, ArmError> {
    ResourceGroupName::parse(name).map_err(|error| {
        ArmError::bad_request(
            "InvalidResourceGroupName",
            format!("The provided resource group name is not valid: {error}."),
        )
    })?;
    let location = body.get("location").and_then(Value::as_str);
    let location = location.filter(|location| !location.is_empty()).ok_or_else(|| {
        ArmError::bad_request(
            "LocationRequired",
            "The location property is required for this definition.",
        )
    })?;
    providers::check_location("Microsoft.Resources/resourceGroups", body)?;
    Ok(providers::region(location))
}
