//! Resources that stand inside others: the subnets of a network, the rules of a security group.

use serde_json::Value;

use super::state::State;
use super::writes::parent_of;

/// A part of a resource that is written inside it and has an id of its own, as a subnet of a network.
pub fn part_of(state: &State, id: &str) -> Option<Value> {
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
