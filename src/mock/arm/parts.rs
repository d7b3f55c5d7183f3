//! Resources that nobody wrote by themselves: the subnets of a network, the rules of a security group, the network interface
//! of a private endpoint.

use serde_json::{Value, json};

use super::providers::is_monitor;
use super::state::State;
use super::writes::parent_of;

/// A resource that came with another and has an id of its own.
pub fn part_of(state: &State, id: &str) -> Option<Value> {
    inside(state, id)
        .or_else(|| card(state, id))
        .or_else(|| monitoring(state, id))
}

fn inside(state: &State, id: &str) -> Option<Value> {
    let owner = state.resources.get(&parent_of(id)?.to_lowercase())?;
    let mut ends = id.rsplit('/');
    let (name, kind) = (ends.next()?, ends.next()?);
    let properties = owner.document.get("properties")?.as_object()?;
    let (_, parts) = properties
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(kind))?;
    let is_it = |part: &&Value| {
        let own = part.get("name").and_then(Value::as_str);
        own.is_some_and(|own| own.eq_ignore_ascii_case(name))
    };
    let mut part = parts.as_array()?.iter().find(is_it)?.clone();
    part["id"] = format!("{}/{kind}/{name}", owner.id).into();
    part["type"] = format!("{}/{kind}", owner.resource_type).into();
    if let Some(properties) = part.get_mut("properties").and_then(Value::as_object_mut) {
        properties
            .entry("provisioningState")
            .or_insert_with(|| "Succeeded".into());
    }
    Some(part)
}

/// The network interface that Azure makes for a private endpoint.
fn card(state: &State, id: &str) -> Option<Value> {
    if !id
        .to_lowercase()
        .contains("/microsoft.network/networkinterfaces/")
    {
        return None;
    }
    let is_its = |endpoint: &Value| {
        let own = endpoint.pointer("/properties/networkInterfaces/0/id");
        own.and_then(Value::as_str)
            .is_some_and(|own| own.eq_ignore_ascii_case(id))
    };
    let all = state.resources.values();
    let endpoint = all
        .map(|stored| &stored.document)
        .find(|document| is_its(document))?;
    let address =
        json!({"privateIPAddress": "10.0.0.5", "privateIPAllocationMethod": "Dynamic", "primary": true});
    Some(json!({
        "id": id,
        "name": id.rsplit('/').next(),
        "type": "Microsoft.Network/networkInterfaces",
        "location": endpoint["location"],
        "properties": {
            "provisioningState": "Succeeded",
            "ipConfigurations": [{"name": "privateEndpointIpConfig", "properties": address}],
        },
    }))
}

/// The monitoring of a cluster that nobody switched on.
///
/// Source: Microsoft.HDInsight 2021-06-01, which has no answer but 200 for it.
fn monitoring(state: &State, id: &str) -> Option<Value> {
    let (cluster, name) = id.rsplit_once('/')?;
    let cluster = cluster.to_lowercase();
    let cluster = state.resources.get(cluster.strip_suffix("/extensions")?)?;
    let is_cluster = cluster
        .resource_type
        .eq_ignore_ascii_case("Microsoft.HDInsight/clusters");
    (is_cluster && is_monitor(name)).then(|| json!({"clusterMonitoringEnabled": false}))
}
