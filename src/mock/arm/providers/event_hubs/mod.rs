//! `Microsoft.EventHub`: namespaces, hubs, rules, consumer groups, network rules.

mod checks;
mod tiers;

use serde_json::{Map, Value, json};

use super::{Provider, Settled, accept, add_nothing, default, plain, seconds};
use checks::{check_consumer_group, check_hub, check_namespace, check_network_rules, check_rule};

pub use checks::is_namespace_name;

pub const TABLE: &[Provider] = &[
    Provider {
        resource_type: "Microsoft.EventHub/namespaces",
        takes: seconds(45),
        tracked: true,
        check: check_namespace,
        complete: complete_namespace,
    },
    Provider {
        resource_type: "Microsoft.EventHub/namespaces/eventhubs",
        takes: None,
        tracked: false,
        check: check_hub,
        complete: complete_hub,
    },
    Provider {
        resource_type: "Microsoft.EventHub/namespaces/eventhubs/consumergroups",
        takes: None,
        tracked: false,
        check: check_consumer_group,
        complete: dated,
    },
    Provider {
        resource_type: "Microsoft.EventHub/namespaces/authorizationRules",
        takes: None,
        tracked: false,
        check: check_rule,
        complete: add_nothing,
    },
    Provider {
        resource_type: "Microsoft.EventHub/namespaces/eventhubs/authorizationRules",
        takes: None,
        tracked: false,
        check: check_rule,
        complete: add_nothing,
    },
    Provider {
        resource_type: "Microsoft.EventHub/namespaces/networkRuleSets",
        takes: None,
        tracked: false,
        check: check_network_rules,
        complete: complete_network_rules,
    },
    Provider {
        resource_type: "Microsoft.EventHub/clusters",
        takes: seconds(900),
        tracked: true,
        check: accept,
        complete: dated,
    },
    plain("Microsoft.EventHub/namespaces/schemagroups", None, false),
    plain("Microsoft.EventHub/namespaces/applicationGroups", None, false),
    plain(
        "Microsoft.EventHub/namespaces/disasterRecoveryConfigs",
        None,
        false,
    ),
    plain(
        "Microsoft.EventHub/namespaces/privateEndpointConnections",
        None,
        false,
    ),
];

fn properties(document: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    document
        .entry("properties")
        .or_insert_with(|| json!({}))
        .as_object_mut()
}

fn complete_namespace(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let name = settled.names.first().cloned().unwrap_or_default();
    if let Some(sku) = document
        .entry("sku")
        .or_insert_with(|| json!({"name": "Standard"}))
        .as_object_mut()
    {
        let tier = sku.get("name").cloned().unwrap_or_else(|| json!("Standard"));
        default(sku, "tier", tier);
        default(sku, "capacity", 1);
    }
    default(document, "tags", json!({}));
    let Some(properties) = properties(document) else {
        return;
    };
    for (key, value) in [
        ("minimumTlsVersion", json!("1.2")),
        ("publicNetworkAccess", json!("Enabled")),
        ("disableLocalAuth", json!(false)),
        ("zoneRedundant", json!(true)),
        ("isAutoInflateEnabled", json!(false)),
        ("maximumThroughputUnits", json!(0)),
        ("kafkaEnabled", json!(true)),
    ] {
        default(properties, key, value);
    }
    let state = if settled.done { "Active" } else { "Creating" };
    properties.insert("status".into(), state.into());
    properties.insert(
        "serviceBusEndpoint".into(),
        format!("https://{name}.servicebus.windows.net:443/").into(),
    );
    properties.insert(
        "metricId".into(),
        format!("{}:{}", settled.subscription, name.to_lowercase()).into(),
    );
    stamp(settled, properties);
}

fn stamp(settled: &Settled<'_>, properties: &mut Map<String, Value>) {
    properties.insert("createdAt".into(), settled.created.to_string().into());
    properties.insert("updatedAt".into(), settled.now.to_string().into());
}

fn dated(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    if let Some(properties) = properties(document) {
        stamp(settled, properties);
    }
}

fn complete_hub(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let Some(properties) = properties(document) else {
        return;
    };
    default(properties, "partitionCount", 4);
    default(properties, "status", "Active");
    let count = properties
        .get("partitionCount")
        .and_then(Value::as_i64)
        .unwrap_or(0);
    let ids: Vec<Value> = (0..count.clamp(0, 1024))
        .map(|id| id.to_string().into())
        .collect();
    properties.insert("partitionIds".into(), ids.into());
    let days = properties.get("messageRetentionInDays").and_then(Value::as_i64);
    if let Some(retention) = properties
        .entry("retentionDescription")
        .or_insert_with(|| json!({}))
        .as_object_mut()
    {
        default(retention, "cleanupPolicy", "Delete");
        if retention.get("cleanupPolicy") == Some(&json!("Delete")) {
            default(retention, "retentionTimeInHours", days.unwrap_or(7) * 24);
        }
    }
    let hours = properties
        .get("retentionDescription")
        .and_then(|r| r.get("retentionTimeInHours"))
        .and_then(Value::as_i64);
    default(
        properties,
        "messageRetentionInDays",
        hours.map_or(7, |hours| (hours / 24).max(1)),
    );
    stamp(settled, properties);
}

fn complete_network_rules(_: &Settled<'_>, document: &mut Map<String, Value>) {
    let Some(properties) = properties(document) else {
        return;
    };
    default(properties, "defaultAction", "Deny");
    default(properties, "publicNetworkAccess", "Enabled");
    default(properties, "trustedServiceAccessEnabled", false);
    default(properties, "ipRules", json!([]));
    default(properties, "virtualNetworkRules", json!([]));
}
