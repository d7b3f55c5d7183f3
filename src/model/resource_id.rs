//! ARM resource ids: parsed, compared without regard to case, shown as given.
//!
//! `/subscriptions/{guid}/resourceGroups/{group}/providers/{Namespace}/{type}/{name}[/{type}/{name}…]`; an extension
//! resource appends a second `/providers/…`. Source: Azure Resource Manager, resource id format.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An id as somebody wrote it; equality ignores case, as Azure does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceId(String);

impl ResourceId {
    /// Takes an id as it is written.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The full type, as `Microsoft.EventHub/namespaces/eventhubs`; empty for a group or a subscription.
    pub fn resource_type(&self) -> String {
        let Some(tail) = self.after_providers() else {
            return String::new();
        };
        let mut segments = tail.split('/');
        let namespace = segments.next().unwrap_or_default();
        let types = segments.step_by(2);
        std::iter::once(namespace)
            .chain(types)
            .collect::<Vec<_>>()
            .join("/")
    }

    /// Whether a list of a group's resources shows it: no part of another resource, and on none.
    pub fn is_top_level(&self) -> bool {
        self.resource_type().split('/').count() == 2 && self.key().matches("/providers/").count() == 1
    }

    /// The last name segment.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// All name segments of the last provider part joined by `/`, as a template writes a child's name: `ns/hub`.
    pub fn full_name(&self) -> String {
        let tail = self.after_providers().unwrap_or(&self.0);
        tail.split('/').skip(2).step_by(2).collect::<Vec<_>>().join("/")
    }

    /// The key under which equal ids meet.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// The part behind the last `/providers/`.
    fn after_providers(&self) -> Option<&str> {
        let lower = self.0.to_ascii_lowercase();
        lower
            .rfind("/providers/")
            .map(|at| &self.0[at + "/providers/".len()..])
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for ResourceId {}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_type_and_name_of_a_child_and_of_an_extension() {
        let hub = ResourceId::new(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.EventHub/namespaces/ns/eventhubs/orders",
        );
        assert_eq!(hub.resource_type(), "Microsoft.EventHub/namespaces/eventhubs");
        assert_eq!(hub.name(), "orders");
        assert_eq!(hub.full_name(), "ns/orders");
        let role = ResourceId::new(format!(
            "{hub}/providers/Microsoft.Authorization/roleAssignments/1"
        ));
        assert_eq!(role.resource_type(), "Microsoft.Authorization/roleAssignments");
        assert_eq!(role, ResourceId::new(role.as_str().to_uppercase()));
        assert!(!hub.is_top_level() && !role.is_top_level());
        assert!(ResourceId::new("/subscriptions/s/resourceGroups/g/providers/A.B/c/d").is_top_level());
    }
}
