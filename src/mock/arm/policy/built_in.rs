//! Definitions that Azure has by itself.

use serde_json::{Value, json};

const PREFIX: &str = "/providers/Microsoft.Authorization/policyDefinitions/";

/// Name and properties of each.
///
/// Source: Azure Policy built-in definitions, category General.
fn table() -> [(&'static str, Value); 2] {
    [
        (
            "e56962a6-4747-49cd-b67b-bf8b01975c4c",
            json!({
                "displayName": "Allowed locations",
                "policyType": "BuiltIn",
                "mode": "Indexed",
                "description": "Restricts the locations that resources can be deployed to.",
                "parameters": {"listOfAllowedLocations": {"type": "Array", "metadata": {"strongType": "location"}}},
                "policyRule": {
                    "if": {"allOf": [
                        {"field": "location", "notIn": "[parameters('listOfAllowedLocations')]"},
                        {"field": "location", "notEquals": "global"},
                        {"field": "type", "notEquals": "Microsoft.AzureActiveDirectory/b2cDirectories"},
                    ]},
                    "then": {"effect": "deny"},
                },
            }),
        ),
        (
            "6c112d4e-5bc7-47ae-a041-ea2d9dccd749",
            json!({
                "displayName": "Not allowed resource types",
                "policyType": "BuiltIn",
                "mode": "All",
                "description": "Restricts which resource types can be deployed.",
                "parameters": {
                    "listOfResourceTypesNotAllowed": {"type": "Array", "metadata": {"strongType": "resourceTypes"}},
                    "effect": {"type": "String", "defaultValue": "Deny"},
                },
                "policyRule": {
                    "if": {"field": "type", "in": "[parameters('listOfResourceTypesNotAllowed')]"},
                    "then": {"effect": "[parameters('effect')]"},
                },
            }),
        ),
    ]
}

fn document(name: &str, properties: &Value) -> Value {
    json!({
        "id": format!("{PREFIX}{name}"),
        "name": name,
        "type": "Microsoft.Authorization/policyDefinitions",
        "properties": properties,
    })
}

/// All of them.
pub fn all() -> Vec<Value> {
    table()
        .into_iter()
        .map(|(name, properties)| document(name, &properties))
        .collect()
}

/// The one with a name.
pub fn named(name: &str) -> Option<Value> {
    let found = table()
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(name, properties)| document(name, &properties))
}
