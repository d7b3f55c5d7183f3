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
    Provider {
        resource_type: "Microsoft.Network/networkSecurityGroups",
        takes: seconds(3),
        tracked: true,
        check: check_rules,
        complete: add_nothing,
    },
    Provider {
        resource_type: "Microsoft.Network/networkInterfaces",
        takes: seconds(4),
        tracked: true,
        check: accept,
        complete: complete_interface,
    },
    Provider {
        resource_type: "Microsoft.Network/publicIPAddresses",
        takes: seconds(4),
        tracked: true,
        check: accept,
        complete: complete_address,
    },
    plain("Microsoft.Network/natGateways", seconds(10), true),
    plain("Microsoft.Network/routeTables", seconds(3), true),
    Provider {
        resource_type: "Microsoft.Network/loadBalancers",
        takes: seconds(5),
        tracked: true,
        check: accept,
        complete: complete_balancer,
    },
    plain(
        "Microsoft.Network/loadBalancers/backendAddressPools",
        seconds(2),
        false,
    ),
    plain("Microsoft.Network/applicationSecurityGroups", seconds(2), true),
    plain(
        "Microsoft.Network/networkSecurityGroups/securityRules",
        seconds(2),
        false,
    ),
];

fn check_network(request: &Request<'_>) -> Result<(), ArmError> {
    let prefixes = request.property("/addressSpace/addressPrefixes").as_array();
    if prefixes.is_none_or(Vec::is_empty) {
        let message = "The address space of a virtual network needs at least one address prefix.";
        return Err(ArmError::bad_request("InvalidRequestFormat", message).about(request.id));
    }
    Ok(())
}

/// Two rules of one direction must differ in priority; a rule says where from in one way.
fn check_rules(request: &Request<'_>) -> Result<(), ArmError> {
    let rules = request.property("/securityRules").as_array();
    let mut seen = Vec::new();
    for rule in rules.into_iter().flatten() {
        let name = rule["name"].as_str().unwrap_or_default();
        let (direction, priority) = (&rule["properties"]["direction"], &rule["properties"]["priority"]);
        let priority_fits = priority
            .as_u64()
            .is_some_and(|number| (100..=4096).contains(&number));
        if !priority_fits {
            let message = format!(
                "Security rule has invalid Priority. Value provided: {priority} Allowed range 100-4096. ({name})"
            );
            return Err(ArmError::bad_request("SecurityRuleInvalidPriority", message).about(request.id));
        }
        if seen.contains(&(direction, priority)) {
            let message = format!("Security rule {name} conflicts with another rule of priority {priority}.");
            return Err(ArmError::bad_request("SecurityRuleConflict", message).about(request.id));
        }
        seen.push((direction, priority));
    }
    Ok(())
}

/// A frontend in a subnet gets an address of its own; every part gets an id.
fn complete_balancer(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let id = settled.id.to_owned();
    let address = private_address(settled);
    let Some(properties) = properties(document) else {
        return;
    };
    for kind in [
        "frontendIPConfigurations",
        "backendAddressPools",
        "probes",
        "loadBalancingRules",
    ] {
        let parts = properties.get_mut(kind).and_then(Value::as_array_mut);
        for part in parts.into_iter().flatten() {
            let name = part["name"].as_str().unwrap_or_default().to_owned();
            part["id"] = format!("{id}/{kind}/{name}").into();
            let in_subnet = kind == "frontendIPConfigurations" && part["properties"].get("subnet").is_some();
            if let (true, Some(inner)) = (in_subnet, part["properties"].as_object_mut()) {
                default(inner, "privateIPAddress", address.as_str());
            }
        }
    }
}

/// Each configuration without an address of its own gets one.
fn complete_interface(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let (id, address) = (settled.id.to_owned(), private_address(settled));
    let Some(properties) = properties(document) else {
        return;
    };
    let parts = properties
        .get_mut("ipConfigurations")
        .and_then(Value::as_array_mut);
    for (index, part) in parts.into_iter().flatten().enumerate() {
        let name = part["name"].as_str().unwrap_or_default().to_owned();
        part["id"] = format!("{id}/ipConfigurations/{name}").into();
        if let Some(inner) = part["properties"].as_object_mut() {
            default(inner, "privateIPAddress", address.as_str());
            default(inner, "primary", index == 0);
        }
    }
    default(properties, "macAddress", "00-0D-3A-00-00-01");
}

/// An address in a network of nobody's, the same whenever it is asked for.
fn private_address(settled: &Settled<'_>) -> String {
    let last: u64 = settled.guid("address").bytes().map(u64::from).sum();
    format!("10.0.0.{}", 4 + last % 200)
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

/// An address of the block for documentation (RFC 5737), the same whenever it is asked for.
fn complete_address(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let location = document
        .get("location")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let Some(properties) = properties(document) else {
        return;
    };
    default(properties, "publicIPAddressVersion", "IPv4");
    default(properties, "publicIPAllocationMethod", "Dynamic");
    default(properties, "idleTimeoutInMinutes", 4);
    let last = u32::from_str_radix(&settled.guid("address")[..4], 16).unwrap_or_default() % 254 + 1;
    properties.insert("ipAddress".into(), format!("203.0.113.{last}").into());
    if let Some(names) = properties.get_mut("dnsSettings").and_then(Value::as_object_mut)
        && let Some(label) = names.get("domainNameLabel").and_then(Value::as_str)
    {
        let name = format!("{label}.{location}.cloudapp.azure.com");
        names.insert("fqdn".into(), name.into());
    }
}
