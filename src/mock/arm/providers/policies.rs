//! `Microsoft.Authorization`: policies. Their rules are checked where they are evaluated.

use serde_json::{Map, Value, json};

use super::{Provider, Settled, accept, default};

pub const TABLE: &[Provider] = &[
    Provider {
        resource_type: "Microsoft.Authorization/policyDefinitions",
        takes: None,
        tracked: false,
        check: accept,
        complete: complete_definition,
    },
    Provider {
        resource_type: "Microsoft.Authorization/policyAssignments",
        takes: None,
        tracked: false,
        check: accept,
        complete: complete_assignment,
    },
];

fn complete_definition(_: &Settled<'_>, document: &mut Map<String, Value>) {
    let properties = document.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        properties.insert("policyType".into(), "Custom".into());
        default(properties, "mode", "Indexed");
    }
}

fn complete_assignment(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let scope = settled.id.rsplit_once("/providers/").map(|(scope, _)| scope);
    let properties = document.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        properties.insert("scope".into(), scope.unwrap_or_default().into());
        default(properties, "enforcementMode", "Default");
    }
}
