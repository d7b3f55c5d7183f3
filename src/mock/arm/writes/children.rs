//! The children that Azure makes without being asked.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::state::Stored;
use super::super::world::World;
use crate::model::resource_id::ResourceId;

/// Kind, name and properties of each, by the parent's type.
fn of(parent: &str) -> Vec<(&'static str, &'static str, Value)> {
    match parent.to_lowercase().as_str() {
        "microsoft.eventhub/namespaces" => vec![
            (
                "authorizationRules",
                "RootManageSharedAccessKey",
                json!({"rights": ["Listen", "Manage", "Send"]}),
            ),
            (
                "networkRuleSets",
                "default",
                json!({
                    "defaultAction": "Allow",
                    "publicNetworkAccess": "Enabled",
                    "trustedServiceAccessEnabled": false,
                    "ipRules": [],
                    "virtualNetworkRules": [],
                }),
            ),
        ],
        "microsoft.storage/storageaccounts" => {
            ["blobServices", "fileServices", "queueServices", "tableServices"]
                .map(|kind| (kind, "default", json!({})))
                .to_vec()
        }
        "microsoft.web/sites" => vec![
            ("host", "default", json!({})),
            (
                "config",
                "publishingcredentials",
                json!({"publishingUserName": "$site"}),
            ),
        ],
        "microsoft.resources/deploymentscripts" => vec![("logs", "default", json!({"log": ""}))],
        "microsoft.eventhub/namespaces/eventhubs" => vec![("consumergroups", "$Default", json!({}))],
        _ => Vec::new(),
    }
}

impl World {
    /// Adds what is not there yet.
    pub(super) fn add_by_itself(&mut self, parent: &Stored, at: Timestamp) {
        for (kind, name, properties) in of(&parent.resource_type) {
            let id = format!("{}/{kind}/{name}", parent.id);
            let resource_type = format!("{}/{kind}", parent.resource_type);
            let document = json!({"id": id, "name": name, "type": resource_type, "properties": properties});
            self.state
                .resources
                .entry(id.to_lowercase())
                .or_insert_with(|| Stored {
                    name: ResourceId::new(&id).full_name(),
                    id,
                    resource_type,
                    api_version: parent.api_version.clone(),
                    given: json!({"properties": properties}),
                    document,
                    created: at,
                    changed: at,
                });
        }
    }
}
