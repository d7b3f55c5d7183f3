//! Monitoring, and the types of other targets that are kept as they are written.

use serde_json::{Map, Value, json};

use super::{Provider, Request, Settled, accept, add_nothing, default, plain, region, seconds};
use crate::mock::arm::error::ArmError;

pub const TABLE: &[Provider] = &[
    Provider {
        resource_type: "Microsoft.OperationalInsights/workspaces",
        takes: seconds(15),
        tracked: true,
        check: accept,
        complete: complete_workspace,
    },
    plain(
        "Microsoft.OperationalInsights/workspaces/tables",
        seconds(10),
        false,
    ),
    Provider {
        resource_type: "Microsoft.Insights/diagnosticSettings",
        takes: None,
        tracked: false,
        check: check_diagnostics,
        complete: add_nothing,
    },
    plain("Microsoft.Insights/actionGroups", None, true),
    plain("Microsoft.Insights/metricAlerts", None, true),
    plain("Microsoft.Insights/scheduledQueryRules", None, true),
    plain("Microsoft.Insights/dataCollectionRules", None, true),
    plain("Microsoft.Insights/dataCollectionEndpoints", seconds(5), true),
    Provider {
        resource_type: "Microsoft.Storage/storageAccounts",
        takes: seconds(20),
        tracked: true,
        check: accept,
        complete: complete_account,
    },
    plain("Microsoft.Storage/storageAccounts/blobServices", None, false),
    plain(
        "Microsoft.Storage/storageAccounts/blobServices/containers",
        None,
        false,
    ),
    Provider {
        resource_type: "Microsoft.ContainerService/managedClusters",
        takes: seconds(300),
        tracked: true,
        check: accept,
        complete: complete_kubernetes,
    },
    plain(
        "Microsoft.ContainerService/managedClusters/agentPools",
        seconds(180),
        false,
    ),
    Provider {
        resource_type: "Microsoft.Monitor/accounts",
        takes: seconds(30),
        tracked: true,
        check: accept,
        complete: complete_monitor,
    },
    plain("Microsoft.Synapse/workspaces", seconds(120), true),
    plain("Microsoft.Synapse/workspaces/firewallRules", seconds(5), false),
    plain("Microsoft.Synapse/workspaces/administrators", seconds(5), false),
    plain("Microsoft.Synapse/workspaces/auditingSettings", None, false),
    plain("Microsoft.Synapse/workspaces/bigDataPools", seconds(120), true),
    plain("Microsoft.Synapse/workspaces/sqlPools", seconds(180), true),
    plain(
        "Microsoft.Synapse/workspaces/sqlPools/transparentDataEncryption",
        None,
        false,
    ),
    plain("Microsoft.Dashboard/grafana", seconds(180), true),
    plain("Microsoft.KubernetesConfiguration/extensions", seconds(60), false),
    plain(
        "Microsoft.KubernetesConfiguration/fluxConfigurations",
        seconds(30),
        false,
    ),
];

fn properties(document: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    document
        .entry("properties")
        .or_insert_with(|| json!({}))
        .as_object_mut()
}

fn complete_workspace(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let Some(properties) = properties(document) else {
        return;
    };
    properties.insert("customerId".into(), settled.guid("workspace").into());
    default(properties, "sku", json!({"name": "PerGB2018"}));
    default(properties, "retentionInDays", 30);
    default(properties, "publicNetworkAccessForIngestion", "Enabled");
    default(properties, "publicNetworkAccessForQuery", "Enabled");
    properties.insert("createdDate".into(), settled.created.to_string().into());
    properties.insert("modifiedDate".into(), settled.now.to_string().into());
}

/// An Azure Monitor workspace: where its metrics are asked for.
///
/// Source: the 2025-10-03 contract of `Microsoft.Monitor`.
fn complete_monitor(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let name = settled.names.first().cloned().unwrap_or_default();
    let location = region(
        document
            .get("location")
            .and_then(Value::as_str)
            .unwrap_or_default(),
    );
    let Some(properties) = properties(document) else {
        return;
    };
    let account = settled.guid("account");
    let endpoint = format!(
        "https://{name}-{}.{location}.prometheus.monitor.azure.com",
        &account[..4]
    );
    let internal = format!("mac_{account}");
    properties.insert("accountId".into(), account.into());
    properties.insert(
        "metrics".into(),
        json!({ "prometheusQueryEndpoint": endpoint, "internalId": internal }),
    );
    default(properties, "publicNetworkAccess", "Enabled");
}

fn complete_account(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let name = settled.names.first().cloned().unwrap_or_default();
    let location = document.get("location").cloned().unwrap_or_default();
    let Some(properties) = properties(document) else {
        return;
    };
    let endpoints: Map<String, Value> = ["blob", "dfs", "file", "queue", "table"]
        .iter()
        .map(|service| {
            let address = format!("https://{name}.{service}.core.windows.net/");
            ((*service).to_owned(), address.into())
        })
        .collect();
    properties.insert("primaryEndpoints".into(), endpoints.into());
    properties.insert("primaryLocation".into(), location);
    properties.insert("statusOfPrimary".into(), "available".into());
    properties.insert("creationTime".into(), settled.created.to_string().into());
}

/// Source: the managed clusters of Container Service, read-only properties; the name of the node group as AKS forms it.
fn complete_kubernetes(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let name = settled.names.first().cloned().unwrap_or_default();
    let group = settled.id.split('/').nth(4).unwrap_or_default();
    let location = document
        .get("location")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let nodes = format!("MC_{group}_{name}_{location}");
    let Some(properties) = properties(document) else {
        return;
    };
    default(properties, "nodeResourceGroup", nodes);
    let nodes = properties["nodeResourceGroup"].as_str().unwrap_or_default();
    let kubelet = format!(
        "/subscriptions/{}/resourceGroups/{nodes}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}-agentpool",
        settled.subscription
    );
    let identity = json!({
        "resourceId": kubelet, "clientId": settled.guid("kubelet client"), "objectId": settled.guid("kubelet object"),
    });
    default(
        properties,
        "identityProfile",
        json!({"kubeletidentity": identity}),
    );
    let version = properties.get("kubernetesVersion").cloned();
    if let Some(version) = version {
        default(properties, "currentKubernetesVersion", version);
    }
}

fn check_diagnostics(request: &Request<'_>) -> Result<(), ArmError> {
    let sinks = [
        "/workspaceId",
        "/storageAccountId",
        "/eventHubAuthorizationRuleId",
        "/marketplacePartnerId",
    ];
    if sinks.iter().all(|sink| request.property(sink).is_null()) {
        let message = "At least one data sink needs to be specified.";
        return Err(ArmError::bad_request("BadRequest", message).about(request.id));
    }
    Ok(())
}
