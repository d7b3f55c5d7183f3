//! The strict emulator: it refuses a type or an api-version that it does not know, as Azure does.
//!
//! Otherwise such a resource is kept as it is written, with a warning.

use super::error::ArmError;
use super::providers::{self, REGIONS};
use super::world::World;

const GROUPS: &str = "Microsoft.Resources/resourceGroups";

impl World {
    /// Refuses, where the emulator is strict, a type or a version that Azure does not offer.
    pub fn check_known(&self, resource_type: &str, version: &str, location: &str) -> Result<(), ArmError> {
        if !self.settings.strict {
            return Ok(());
        }
        let (namespace, own) = resource_type.split_once('/').unwrap_or((resource_type, ""));
        if !providers::namespaces()
            .iter()
            .any(|known| known.eq_ignore_ascii_case(namespace))
        {
            let message = format!("The resource namespace '{namespace}' is invalid.");
            return Err(ArmError::not_found("InvalidResourceNamespace", message));
        }
        let versions = providers::versions(resource_type);
        if versions.is_empty() && providers::find(resource_type).is_none() {
            let message = format!(
                "The resource type '{own}' could not be found in the namespace '{namespace}' for api version '{version}'."
            );
            return Err(ArmError::not_found("InvalidResourceType", message));
        }
        if versions.is_empty() || versions.contains(&version) {
            return Ok(());
        }
        let regions: Vec<&str> = REGIONS.iter().map(|(name, _, _)| *name).collect();
        let message = format!(
            "No registered resource provider found for location '{location}' and API version '{version}' for type '{own}'. \
             The supported api-versions are '{}'. The supported locations are '{}'.",
            versions.join(", "),
            regions.join(", ")
        );
        Err(ArmError::bad_request("NoRegisteredProviderFound", message))
    }

    /// As [`check_known`](Self::check_known), for the address of a request: its lower-cased segments.
    pub fn check_address(&self, path: &[&str], version: &str) -> Result<(), ArmError> {
        if !self.settings.strict {
            return Ok(());
        }
        let Some(at) = path.iter().rposition(|segment| *segment == "providers") else {
            let is_group = path.get(2).is_some_and(|segment| *segment == "resourcegroups");
            return if is_group { check_group(version) } else { Ok(()) };
        };
        let Some((namespace, rest)) = path[at + 1..].split_first() else {
            return Ok(());
        };
        let types: Vec<&str> = rest.iter().step_by(2).copied().collect();
        let whole = format!("{namespace}/{}", types.join("/"));
        let is_known = |kind: &str| providers::find(kind).is_some() || !providers::versions(kind).is_empty();
        if rest.len().is_multiple_of(2) {
            // The status of an operation has the shape of a resource, and is none.
            let is_status = rest.len() > 1 && rest[rest.len() - 2].starts_with("operation");
            let is_place = rest.first() == Some(&"locations");
            return if rest.is_empty() || is_status || is_place {
                Ok(())
            } else {
                self.check_known(&whole, version, "")
            };
        }
        // A list of a type, or an action of what stands before it.
        let before = format!("{namespace}/{}", types[..types.len() - 1].join("/"));
        match (
            is_known(&whole),
            types.len() > 1 && rest.first() != Some(&"locations"),
        ) {
            (true, _) => self.check_known(&whole, version, ""),
            (false, true) => self.check_known(&before, version, ""),
            (false, false) => Ok(()),
        }
    }
}

/// Groups belong to no provider's address, and have their own error.
fn check_group(version: &str) -> Result<(), ArmError> {
    let versions = providers::versions(GROUPS);
    if versions.contains(&version) {
        return Ok(());
    }
    let message = format!(
        "The api-version '{version}' is invalid. The supported versions are '{}'.",
        versions.join(",")
    );
    Err(ArmError::bad_request("InvalidApiVersionParameter", message))
}
