//! Deltas that mean nothing, as Azure's what-if is known for: what a provider filled in by itself, shown as about to be
//! deleted. Off unless [`super::Settings::noise`] asks for it.

use serde_json::{Value, json};

use super::providers::is_read_only;
use super::state::Stored;

/// What a provider tells and nobody writes: what-if knows that of Azure, and leaves it out.
const READ_ONLY: &[&str] = &[
    "provisioningState",
    "createdAt",
    "updatedAt",
    "metricId",
    "partitionIds",
    "serviceBusEndpoint",
];

/// A `Delete` for each property that neither the last writer nor `after` gives.
pub fn of(stored: &Stored, after: &Value) -> Vec<Value> {
    let there = stored.document.get("properties").and_then(Value::as_object);
    let given = |name: &str| {
        [&stored.given, after]
            .iter()
            .any(|body| body["properties"].get(name).is_some())
    };
    there
        .into_iter()
        .flatten()
        .filter(|(name, value)| !value.is_null() && !READ_ONLY.contains(&name.as_str()) && !given(name))
        .filter(|(name, _)| !is_read_only(&stored.resource_type, name))
        .map(|(name, value)| {
            json!({
                "path": format!("properties.{name}"),
                "propertyChangeType": "Delete",
                "before": value,
                "children": null,
            })
        })
        .collect()
}
