//! Availability zones and resource providers, as templates ask for them.

use serde_json::{Value, json};

use super::super::providers;
use super::error::Halt;
use super::evaluator::Evaluator;
use super::functions::display;

impl Evaluator<'_> {
    /// `pickZones(namespace, type, region[, count[, offset]])`.
    pub(super) fn zones(&self, values: &[Value]) -> Result<Value, Halt> {
        let number = |index: usize, absent: usize| {
            let given = values.get(index).and_then(Value::as_u64);
            given
                .and_then(|given| usize::try_from(given).ok())
                .unwrap_or(absent)
        };
        let (count, offset) = (number(3, 1), number(4, 0));
        if !(1..=3).contains(&count) || offset > 3 {
            return Err(self.failed("'pickZones' gives 1 to 3 zones, and leaves out at most 3"));
        }
        Ok((0..count)
            .map(|index| Value::from(((index + offset) % 3 + 1).to_string()))
            .collect())
    }

    /// `toLogicalZone(subscription, region, 'region-az1')` and `toPhysicalZone(subscription, region, '1')`.
    ///
    /// Here the numbers of both are the same; in Azure they differ by subscription.
    pub(super) fn zone(&self, function: &str, region: &str, zone: &str) -> Result<String, Halt> {
        let region = region.to_lowercase().replace(' ', "");
        let found = match function {
            "tologicalzone" | "tologicalzones" => zone
                .strip_prefix(&format!("{region}-az"))
                .filter(|zone| is_zone(zone))
                .map(ToOwned::to_owned),
            _ => is_zone(zone).then(|| format!("{region}-az{zone}")),
        };
        found.ok_or_else(|| {
            self.failed(format!(
                "'{zone}' is no availability zone of the region '{region}'"
            ))
        })
    }

    pub(super) fn all_zones(
        &self,
        function: &str,
        region: &str,
        zones: Option<&Value>,
    ) -> Result<Value, Halt> {
        let zones = zones
            .and_then(Value::as_array)
            .ok_or_else(|| self.failed(format!("'{function}' expects an array of zones as argument 3")))?;
        zones
            .iter()
            .map(|zone| self.zone(function, region, &display(zone)).map(Value::from))
            .collect()
    }

    /// `externalInputs('key')`: what the client of a `.bicepparam` file found outside it.
    pub(super) fn external_input(&self, key: &str) -> Result<Value, Halt> {
        let found = self.frame.inputs.get(key).and_then(|input| input.get("value"));
        found
            .cloned()
            .ok_or_else(|| self.failed(format!("The external input '{key}' is not found")))
    }
}

fn is_zone(zone: &str) -> bool {
    matches!(zone, "1" | "2" | "3")
}

/// `providers(namespace[, type])`, of which Azure advises against: what `GET …/providers/{namespace}` tells.
pub(super) fn provider(namespace: &str, kind: Option<&str>) -> Value {
    let offers = providers::offers(namespace);
    let Some(kind) = kind else {
        return json!({"namespace": namespace, "resourceTypes": offers});
    };
    let is_kind = |offer: &Value| {
        let own = offer["resourceType"].as_str();
        own.is_some_and(|own| own.eq_ignore_ascii_case(kind))
    };
    let found = offers.into_iter().find(is_kind);
    found.unwrap_or_else(|| json!({"resourceType": kind, "locations": [], "apiVersions": []}))
}
