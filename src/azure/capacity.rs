//! What a region offers to a subscription: sizes of machines, and how much of each quota is used.

use serde_json::Value;

use super::call::Call;
use super::deployments::items;
use super::refusal::{get, text_of};
use super::{AzureError, Client};

/// Source: the Resource Manager contract, sections 2 and 7.
const SKUS_VERSION: &str = "2021-07-01";
const COMPUTE_VERSION: &str = "2024-11-01";
const NETWORK_VERSION: &str = "2023-09-01";

/// A size of machine in one region, and what keeps the subscription from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub name: String,
    pub family: String,
    pub cores: u64,
    pub zones: Vec<String>,
    /// `NotAvailableForSubscription` or `QuotaId`: the whole region is closed to it.
    pub closed: Option<String>,
    /// Zones that are closed to it.
    pub closed_zones: Vec<String>,
}

/// How much of a quota is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// `cores`, `standardDSv5Family`, `PublicIPAddresses`
    pub name: String,
    pub current: u64,
    pub limit: u64,
}

impl Usage {
    /// What is left.
    pub fn left(&self) -> u64 {
        self.limit.saturating_sub(self.current)
    }

    fn read(value: &Value) -> Option<Self> {
        let number = |name| get(value, name).and_then(Value::as_u64);
        Some(Self {
            name: text_of(get(value, "name")?, "value"),
            current: number("currentValue")?,
            limit: number("limit")?,
        })
    }
}

impl Size {
    fn read(value: &Value, location: &str) -> Self {
        let capabilities = items(get(value, "capabilities"));
        let cores = capabilities
            .filter(|one| text_of(one, "name").eq_ignore_ascii_case("vCPUs"))
            .find_map(|one| text_of(one, "value").parse().ok());
        let here = items(get(value, "locationInfo"))
            .find(|info| text_of(info, "location").eq_ignore_ascii_case(location));
        let mut size = Self {
            name: text_of(value, "name"),
            family: text_of(value, "family"),
            cores: cores.unwrap_or_default(),
            zones: here.map(|info| strings(get(info, "zones"))).unwrap_or_default(),
            ..Self::default()
        };
        for restriction in items(get(value, "restrictions")) {
            if text_of(restriction, "type").eq_ignore_ascii_case("zone") {
                let info = get(restriction, "restrictionInfo");
                size.closed_zones
                    .extend(strings(info.and_then(|info| get(info, "zones"))));
            } else {
                size.closed = Some(text_of(restriction, "reasonCode"));
            }
        }
        size
    }
}

impl Client {
    /// Returns the sizes of virtual machines that a region has; on Azure the answer is several megabytes long.
    ///
    /// # Errors
    ///
    /// Azure's refusal.
    pub async fn sizes(&self, subscription: &str, location: &str) -> Result<Vec<Size>, AzureError> {
        let path = format!("/subscriptions/{subscription}/providers/Microsoft.Compute/skus");
        let call = Call::get(path, SKUS_VERSION).with("$filter", format!("location eq '{location}'"));
        let rows = self.list(call).await?;
        let machines = rows
            .iter()
            .filter(|row| text_of(row, "resourceType").eq_ignore_ascii_case("virtualMachines"));
        Ok(machines.map(|row| Size::read(row, location)).collect())
    }

    /// Returns how many cores are used, in all and by family.
    ///
    /// # Errors
    ///
    /// Azure's refusal.
    pub async fn core_usages(&self, subscription: &str, location: &str) -> Result<Vec<Usage>, AzureError> {
        self.usages(subscription, "Microsoft.Compute", location, COMPUTE_VERSION)
            .await
    }

    /// Returns how many networks, addresses and the like are used.
    ///
    /// # Errors
    ///
    /// Azure's refusal.
    pub async fn network_usages(&self, subscription: &str, location: &str) -> Result<Vec<Usage>, AzureError> {
        self.usages(subscription, "Microsoft.Network", location, NETWORK_VERSION)
            .await
    }

    async fn usages(
        &self,
        subscription: &str,
        namespace: &str,
        location: &str,
        version: &str,
    ) -> Result<Vec<Usage>, AzureError> {
        let path = format!("/subscriptions/{subscription}/providers/{namespace}/locations/{location}/usages");
        let rows = self.list(Call::get(path, version)).await?;
        Ok(rows.iter().filter_map(Usage::read).collect())
    }
}

fn strings(list: Option<&Value>) -> Vec<String> {
    items(list)
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_size_tells_its_cores_its_zones_and_what_is_closed() {
        let row = json!({
            "name": "Standard_D4s_v5", "family": "standardDSv5Family",
            "capabilities": [{"name": "MemoryGB", "value": "16"}, {"name": "vCPUs", "value": "4"}],
            "locationInfo": [{"location": "WestEurope", "zones": ["3", "1"]}],
            "restrictions": [
                {"type": "Zone", "values": ["westeurope"], "reasonCode": "NotAvailableForSubscription",
                 "restrictionInfo": {"locations": ["westeurope"], "zones": ["1"]}},
            ],
        });
        let size = Size::read(&row, "westeurope");
        assert_eq!(
            (size.cores, size.zones.as_slice()),
            (4, &["3".to_owned(), "1".to_owned()][..])
        );
        assert_eq!((size.closed, size.closed_zones), (None, vec!["1".to_owned()]));
    }
}
