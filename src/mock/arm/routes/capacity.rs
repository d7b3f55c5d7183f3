//! Sizes of machines, and how many cores the subscription has left.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::providers::{REGIONS, region};
use super::super::world::World;
use super::read_only;
use super::request::{Answer, Request, literal, page};
use super::sizes;

/// Cores that a subscription of an enterprise has in a region as a rule, in all and in one family.
const CORES: i64 = 350;

/// Source: learn.microsoft.com/azure/reliability/regions-list.
const WITHOUT_ZONES: [&str; 7] = [
    "westus",
    "northcentralus",
    "westcentralus",
    "canadaeast",
    "ukwest",
    "southindia",
    "australiasoutheast",
];

/// `GET …/Microsoft.Compute/skus`: one row for each size and region, or for the region of the filter.
pub fn sizes(request: &Request) -> Result<Answer, ArmError> {
    read_only(request)?;
    let wanted = literal(request.filter(), "location").map(region);
    let regions = REGIONS
        .iter()
        .filter(|(name, _, _)| wanted.as_deref().is_none_or(|wanted| wanted == *name));
    let rows = regions.flat_map(|(location, _, _)| {
        let zones = if WITHOUT_ZONES.contains(location) {
            json!([])
        } else {
            json!(["1", "2", "3"])
        };
        sizes::all().map(move |size| {
            let name = &size.name;
            json!({
                "resourceType": "virtualMachines",
                "name": name,
                "tier": "Standard",
                "size": name.trim_start_matches("Standard_"),
                "family": size.family,
                "locations": [location],
                "locationInfo": [{"location": location, "zones": zones, "zoneDetails": []}],
                "capabilities": [
                    {"name": "vCPUs", "value": size.cores.to_string()},
                    {"name": "MemoryGB", "value": size.memory_gib.to_string()},
                    {"name": "PremiumIO", "value": if name.contains('s') { "True" } else { "False" }},
                ],
                "restrictions": [],
            })
        })
    });
    Ok(page(request, rows.collect(), usize::MAX))
}

/// `GET …/Microsoft.Compute/locations/{location}/usages`: cores in all and by family, counted from what is there.
pub fn usages(world: &World, request: &Request, location: &str) -> Result<Answer, ArmError> {
    read_only(request)?;
    let mut used: BTreeMap<&str, i64> = sizes::all().map(|size| (size.family, 0)).collect();
    for stored in world.state.resources.values() {
        if stored.document["location"].as_str() != Some(location) {
            continue;
        }
        if let Some((family, cores)) = taken(&stored.resource_type, &stored.document) {
            *used.entry(family).or_default() += cores;
        }
    }
    let all = used.values().sum();
    let rows = std::iter::once(("cores", all)).chain(used);
    let rows = rows.map(|(name, used)| {
        json!({
            "unit": "Count",
            "currentValue": used,
            "limit": CORES,
            "name": {"value": name, "localizedValue": name},
        })
    });
    Ok(page(request, rows.collect(), usize::MAX))
}

/// The family of a machine or a scale set, and the cores that it takes.
fn taken(resource_type: &str, document: &Value) -> Option<(&'static str, i64)> {
    let (size, count) = match resource_type.to_lowercase().as_str() {
        "microsoft.compute/virtualmachines" => (document.pointer("/properties/hardwareProfile/vmSize")?, 1),
        "microsoft.compute/virtualmachinescalesets" => {
            let capacity = document.pointer("/sku/capacity").and_then(Value::as_i64);
            (document.pointer("/sku/name")?, capacity.unwrap_or(1))
        }
        _ => return None,
    };
    let size = sizes::named(size.as_str()?)?;
    Some((size.family, size.cores * count))
}
