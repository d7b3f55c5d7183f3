//! Where and when a template is evaluated: the subscription, the group, the deployment and the moment.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::beyond::Link;
use super::level::{Level, segment};

/// The surroundings of one deployment.
#[derive(Clone, Debug)]
pub struct Scope {
    /// `/subscriptions/{id}/resourceGroups/{name}`, `/subscriptions/{id}`, or a higher scope; empty for the tenant.
    pub id: String,
    pub tenant: String,
    /// Of the resource group; above groups, of the deployment.
    pub location: String,
    pub group_tags: Map<String, Value>,
    pub group_manager: Option<String>,
    /// The name of the deployment.
    pub deployment: String,
    /// Where the template came from, if it was behind a link.
    pub link: Option<Link>,
    /// How many deployments this one is nested in.
    pub depth: u32,
    /// What `utcNow` gives.
    pub now: Timestamp,
    /// From what `newGuid` is drawn.
    pub seed: u64,
}

impl Scope {
    pub fn level(&self) -> Level {
        Level::of(&self.id)
    }

    /// The subscription's GUID; empty above subscriptions.
    pub fn subscription(&self) -> &str {
        segment(&self.id, "subscriptions").unwrap_or_default()
    }

    /// The resource group's name; empty above groups.
    pub fn group(&self) -> &str {
        segment(&self.id, "resourceGroups").unwrap_or_default()
    }

    pub fn subscription_id(&self) -> String {
        format!("/subscriptions/{}", self.subscription())
    }

    pub fn resource_group(&self) -> Value {
        let mut group = json!({
            "id": self.id,
            "name": self.group(),
            "type": "Microsoft.Resources/resourceGroups",
            "location": self.location,
            "tags": self.group_tags,
            "properties": {"provisioningState": "Succeeded"},
        });
        if let Some(manager) = &self.group_manager {
            group["managedBy"] = manager.as_str().into();
        }
        group
    }

    pub fn subscription_object(&self) -> Value {
        json!({
            "id": self.subscription_id(),
            "subscriptionId": self.subscription(),
            "tenantId": self.tenant,
            "displayName": "Landfall rehearsal",
        })
    }

    pub fn management_group(&self) -> Value {
        let name = segment(&self.id, "managementGroups").unwrap_or_default();
        json!({
            "id": self.id,
            "name": name,
            "type": "/providers/Microsoft.Management/managementGroups",
            "properties": {
                "displayName": name,
                "tenantId": self.tenant,
                "details": {"parent": {
                    "id": format!("/providers/Microsoft.Management/managementGroups/{}", self.tenant),
                    "name": self.tenant,
                    "displayName": "Tenant Root Group",
                }},
            },
        })
    }

    pub fn tenant_object(&self) -> Value {
        json!({
            "tenantId": self.tenant,
            "id": format!("/tenants/{}", self.tenant),
            "displayName": "Landfall rehearsal",
            "countryCode": "US",
        })
    }
}

/// What `environment()` gives in the public cloud.
///
/// Source: `GET https://management.azure.com/metadata/endpoints`.
pub fn cloud() -> Value {
    json!({
        "name": "AzureCloud",
        "gallery": "https://gallery.azure.com/",
        "graph": "https://graph.windows.net/",
        "portal": "https://portal.azure.com",
        "graphAudience": "https://graph.windows.net/",
        "activeDirectoryDataLake": "https://datalake.azure.net/",
        "batch": "https://batch.core.windows.net/",
        "media": "https://rest.media.azure.net",
        "sqlManagement": "https://management.core.windows.net:8443/",
        "vmImageAliasDoc": "https://raw.githubusercontent.com/Azure/azure-rest-api-specs/master/arm-compute/quickstart-templates/aliases.json",
        "resourceManager": "https://management.azure.com/",
        "authentication": {
            "loginEndpoint": "https://login.microsoftonline.com/",
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "suffixes": {
            "acrLoginServer": ".azurecr.io",
            "azureDatalakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
            "azureDatalakeStoreFileSystem": "azuredatalakestore.net",
            "azureFrontDoorEndpointSuffix": "azurefd.net",
            "keyvaultDns": ".vault.azure.net",
            "sqlServerHostname": ".database.windows.net",
            "storage": "core.windows.net",
        },
    })
}
