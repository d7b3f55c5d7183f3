//! How much of a region's network a subscription has used.

use serde_json::json;

use super::super::super::error::ArmError;
use super::super::super::providers::region;
use super::super::super::world::World;
use super::super::read_only;
use super::super::request::{Answer, Request, page};

/// Name, words, type and limit. Source: learn.microsoft.com, Azure networking limits.
const LIMITS: [(&str, &str, &str, i64); 7] = [
    ("VirtualNetworks", "Virtual Networks", "virtualNetworks", 1000),
    (
        "NetworkSecurityGroups",
        "Network Security Groups",
        "networkSecurityGroups",
        5000,
    ),
    (
        "NetworkInterfaces",
        "Network Interfaces",
        "networkInterfaces",
        65536,
    ),
    (
        "PublicIPAddresses",
        "Public IP Addresses",
        "publicIPAddresses",
        1000,
    ),
    ("LoadBalancers", "Load Balancers", "loadBalancers", 1000),
    ("NatGateways", "Nat Gateways", "natGateways", 1000),
    ("RouteTables", "Route Tables", "routeTables", 200),
];

/// `GET …/Microsoft.Network/locations/{location}/usages`, counted from what is there.
pub fn usages(world: &World, request: &Request, location: &str) -> Result<Answer, ArmError> {
    read_only(request)?;
    let location = region(location);
    let count = |kind: &str| {
        let kind = format!("Microsoft.Network/{kind}");
        let all = world.state.resources.values();
        let own = all.filter(|stored| {
            stored.resource_type.eq_ignore_ascii_case(&kind)
                && stored.document["location"].as_str() == Some(&location)
        });
        own.count()
    };
    let rows = LIMITS.iter().map(|(name, words, kind, limit)| {
        json!({
            "id": format!(
                "/subscriptions/{}/providers/Microsoft.Network/locations/{location}/usages/{name}",
                world.settings.subscription
            ),
            "unit": "Count",
            "currentValue": count(kind),
            "limit": limit,
            "name": {"value": name, "localizedValue": words},
        })
    });
    Ok(page(request, rows.collect(), usize::MAX))
}
