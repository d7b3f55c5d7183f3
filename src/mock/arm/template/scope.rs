//! Where and when a template is evaluated: the subscription, the group, the deployment and the moment.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The surroundings of one deployment at resource-group scope.
#[derive(Clone, Debug)]
pub struct Scope {
    pub subscription: String,
    pub tenant: String,
    pub group: String,
    pub group_location: String,
    pub group_tags: Map<String, Value>,
    /// The name of the deployment.
    pub deployment: String,
    /// What `utcNow` gives.
    pub now: Timestamp,
    /// From what `newGuid` is drawn.
    pub seed: u64,
}

impl Scope {
    pub fn subscription_id(&self) -> String {
        format!("/subscriptions/{}", self.subscription)
    }

    pub fn group_id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}",
            self.subscription, self.group
        )
    }

    /// The same moment in another group, for a nested deployment.
    pub fn elsewhere(&self, subscription: Option<&str>, group: Option<&str>, deployment: &str) -> Self {
        let mut scope = self.clone();
        if let Some(subscription) = subscription {
            subscription.clone_into(&mut scope.subscription);
        }
        if let Some(group) = group {
            group.clone_into(&mut scope.group);
        }
        deployment.clone_into(&mut scope.deployment);
        scope
    }

    pub fn resource_group(&self) -> Value {
        json!({
            "id": self.group_id(),
            "name": self.group,
            "type": "Microsoft.Resources/resourceGroups",
            "location": self.group_location,
            "tags": self.group_tags,
            "properties": {"provisioningState": "Succeeded"},
        })
    }

    pub fn subscription_object(&self) -> Value {
        json!({
            "id": self.subscription_id(),
            "subscriptionId": self.subscription,
            "tenantId": self.tenant,
            "displayName": "Landfall rehearsal",
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
