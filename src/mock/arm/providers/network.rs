//! `Microsoft.Network`: virtual networks, private endpoints, private DNS.

use serde_json::{Map, Value, json};

use super::{Provider, Request, Settled, accept, add_nothing, default, plain, seconds};
use crate::mock::arm::error::ArmError;

pub const TABLE: &[Provider] = &[
    Provider {
        resource_type: "Microsoft.Network/virtualNetworks",
        takes: seconds(5),
        tracked: true,
        check: check_network,
        complete: complete_network,
    },
    Provider {
        resource_type: "Microsoft.Network/virtualNetworks/subnets",
        takes: seconds(4),
        tracked: false,
        check: accept,
        complete: complete_subnet,
    },
    Provider {
        resource_type: "Microsoft.Network/privateEndpoints",
        takes: seconds(40),
        tracked: true,
        check: accept,
        complete: complete_endpoint,
    },
    Provider {
        resource_type: "Microsoft.Network/privateDnsZones",
        takes: seconds(30),
        tracked: true,
        check: accept,
        complete: complete_zone,
    },
    Provider {
        resource_type: "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
        takes: seconds(30),
        tracked: true,
        check: accept,
        complete: complete_link,
    },
    plain(
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
        seconds(5),
        false,
    ),
    plain("Microsoft.Network/privateDnsZones/A", None, false),
    plain("Microsoft.Network/networkSecurityGroups", seconds(3), true),
    plain("Microsoft.Network/networkInterfaces", seconds(4), true),
    plain("Microsoft.Network/publicIPAddresses", seconds(4), true),
    plain("Microsoft.Network/natGateways", seconds(10), true),
    plain("Microsoft.Network/routeTables", seconds(3), true),
    Provider {
        resource_type: "Microsoft.Network/loadBalancers",
        takes: seconds(5),
        tracked: true,
        check: accept,
        complete: add_nothing,
    },
];

fn check_network(request: &Request<'_>) -> Result<(), ArmError> {
    let prefixes = request.property("/addressSpace/addressPrefixes").as_array();
    if prefixes.is_none_or(Vec::is_empty) {
        let message = "The address space of a virtual network needs at least one address prefix.";
        return Err(ArmError::bad_request("InvalidRequestFormat", message).about(request.id));
    }
    Ok(())
}

fn properties(document: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    document
        .entry("properties")
        .or_insert_with(|| json!({}))
        .as_object_mut()
}

fn complete_network(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let Some(properties) = properties(document) else {
        return;
    };
    default(properties, "enableDdosProtection", false);
    default(properties, "subnets", json!([]));
    properties.insert("resourceGuid".into(), settled.guid("network").into());
    for subnet in properties
        .get_mut("subnets")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let name = subnet
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        if let Some(subnet) = subnet.as_object_mut() {
            subnet.insert("id".into(), format!("{}/subnets/{name}", settled.id).into());
            subnet.insert("type".into(), "Microsoft.Network/virtualNetworks/subnets".into());
        }
    }
}

fn complete_subnet(_: &Settled<'_>, document: &mut Map<String, Value>) {
    let Some(properties) = properties(document) else {
        return;
    };
    default(properties, "delegations", json!([]));
    default(properties, "privateEndpointNetworkPolicies", "Disabled");
    default(properties, "privateLinkServiceNetworkPolicies", "Enabled");
}

fn complete_endpoint(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let Some(properties) = properties(document) else {
        return;
    };
    properties.insert("resourceGuid".into(), settled.guid("endpoint").into());
    let card = format!("{}.nic.{}", settled.names.join("-"), settled.guid("nic"));
    let group = settled.id.split("/providers/").next().unwrap_or_default();
    let card = format!("{group}/providers/Microsoft.Network/networkInterfaces/{card}");
    properties.insert("networkInterfaces".into(), json!([{"id": card}]));
    default(properties, "manualPrivateLinkServiceConnections", json!([]));
    default(properties, "customDnsConfigs", json!([]));
    let connections = properties
        .get_mut("privateLinkServiceConnections")
        .and_then(Value::as_array_mut);
    for connection in connections.into_iter().flatten() {
        if let Some(inner) = connection.get_mut("properties").and_then(Value::as_object_mut) {
            let state =
                json!({"status": "Approved", "description": "Auto-approved", "actionsRequired": "None"});
            default(inner, "privateLinkServiceConnectionState", state);
        }
    }
}

fn complete_zone(_: &Settled<'_>, document: &mut Map<String, Value>) {
    let Some(properties) = properties(document) else {
        return;
    };
    default(properties, "maxNumberOfRecordSets", 25000);
    default(properties, "numberOfRecordSets", 1);
    default(properties, "numberOfVirtualNetworkLinks", 0);
}

fn complete_link(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let Some(properties) = properties(document) else {
        return;
    };
    let state = if settled.done { "Completed" } else { "InProgress" };
    properties.insert("virtualNetworkLinkState".into(), state.into());
}
