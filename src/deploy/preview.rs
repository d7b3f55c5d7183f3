//! What a template makes, told without Azure: what-if needs the resource group to exist.
//!
//! A name that cannot be told before the deployment is shown as its expression.

use serde_json::Value;

use super::changes::{Change, ChangeKind};
use super::made::{self, Made};
use super::unit::Unit;
use crate::azure::groups::GroupScope;

/// The `create` of the group itself.
pub(super) fn group(scope: &GroupScope) -> Change {
    Change {
        kind: ChangeKind::Create,
        resource_type: "Microsoft.Resources/resourceGroups".to_owned(),
        name: scope.group.clone(),
        id: Some(format!(
            "/subscriptions/{}/resourceGroups/{}",
            scope.subscription, scope.group
        )),
        delta: Vec::new(),
        reason: None,
    }
}

/// One `create` for each resource of the template.
pub(super) fn creations(scope: &GroupScope, location: &str, unit: &Unit<'_>) -> Vec<Change> {
    let create = |made: Made| Change {
        kind: ChangeKind::Create,
        resource_type: made.resource_type,
        name: made.name,
        id: made.id,
        delta: Vec::new(),
        reason: None,
    };
    made::made(scope, location, unit)
        .into_iter()
        .map(create)
        .collect()
}

/// The `create` of everything that `units` make.
pub(super) fn all(scope: &GroupScope, location: &str, units: &[Unit<'_>]) -> Vec<Change> {
    let created = units.iter().flat_map(|unit| creations(scope, location, unit));
    created.collect()
}

/// The top-level namespaces of the types in the templates: `Microsoft.EventHub`.
pub(super) fn namespaces(units: &[Unit<'_>]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for resource in units.iter().flat_map(|unit| made::resources(unit.template)) {
        let resource_type = resource.get("type").and_then(Value::as_str).unwrap_or_default();
        let namespace = resource_type.split('/').next().unwrap_or_default();
        if !namespace.is_empty() && !found.iter().any(|known| known.eq_ignore_ascii_case(namespace)) {
            found.push(namespace.to_owned());
        }
    }
    found
}
