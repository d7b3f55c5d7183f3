//! What HDInsight says of a cluster before it is made: versions, cores, and whether it would take the request.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;

use super::call::Call;
use super::deployments::items;
use super::refusal::{get, text_of};
use super::{AzureError, Client};

/// Source: the Resource Manager contract, section 2.
const API_VERSION: &str = "2021-06-01";

/// What a region offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// As a template writes them: `5.1`.
    pub versions: Vec<String>,
    /// Cores that are left in the region, where Azure tells.
    pub cores_left: Option<u64>,
}

/// What HDInsight would say of a request to create a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validation {
    /// `code: message`
    pub errors: Vec<String>,
    pub warnings: Vec<String>,
    /// How long it would take.
    pub estimate: Option<Duration>,
}

impl Capabilities {
    fn read(body: &Value, location: &str) -> Self {
        let platforms = get(body, "versions").and_then(Value::as_object);
        let available = platforms
            .into_iter()
            .flat_map(|platforms| platforms.values())
            .flat_map(|platform| items(get(platform, "available")));
        let number = |value: &Value, name| get(value, name).and_then(Value::as_u64);
        let quota = get(body, "quota");
        let regional = quota
            .into_iter()
            .flat_map(|quota| items(get(quota, "regionalQuotas")))
            .find(|one| plain(&text_of(one, "regionName")) == plain(location))
            .and_then(|one| number(one, "coresAvailable"));
        let of_all = quota.and_then(|quota| {
            Some(number(quota, "maxCoresAllowed")?.saturating_sub(number(quota, "coresUsed")?))
        });
        Self {
            versions: available
                .map(|version| text_of(version, "friendlyName"))
                .collect(),
            cores_left: regional.or(of_all),
        }
    }
}

impl Validation {
    fn read(body: &Value) -> Self {
        let said = |name| {
            items(get(body, name))
                .map(|one| format!("{}: {}", text_of(one, "code"), text_of(one, "message")))
                .collect()
        };
        let estimate = text_of(body, "estimatedCreationDuration").parse::<SignedDuration>();
        Self {
            errors: said("validationErrors"),
            warnings: said("validationWarnings"),
            estimate: estimate.ok().and_then(|duration| duration.try_into().ok()),
        }
    }
}

impl Client {
    /// Returns what HDInsight offers in a region.
    ///
    /// # Errors
    ///
    /// Azure's refusal.
    pub async fn hdinsight_capabilities(
        &self,
        subscription: &str,
        location: &str,
    ) -> Result<Capabilities, AzureError> {
        let path = action(subscription, location, "capabilities");
        let answer = self.send(&Call::get(path, API_VERSION)).await?;
        Ok(Capabilities::read(&answer.body, location))
    }

    /// Asks whether HDInsight would create the cluster of `request`: the body of its PUT with `name` and `type`.
    ///
    /// # Errors
    ///
    /// Azure's refusal to judge; a request that would fail is no error.
    pub async fn validate_hdinsight(
        &self,
        subscription: &str,
        location: &str,
        request: Value,
    ) -> Result<Validation, AzureError> {
        let path = action(subscription, location, "validateCreateRequest");
        let answer = self.send(&Call::post(path, API_VERSION, Some(request))).await?;
        Ok(Validation::read(&answer.body))
    }
}

fn action(subscription: &str, location: &str, action: &str) -> String {
    format!("/subscriptions/{subscription}/providers/Microsoft.HDInsight/locations/{location}/{action}")
}

fn plain(location: &str) -> String {
    location.replace(' ', "").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_quota_of_the_region_wins_over_that_of_the_subscription() {
        let body = json!({
            "versions": {"iaas": {"available": [{"friendlyName": "5.1"}]}},
            "quota": {"coresUsed": 40, "maxCoresAllowed": 60,
                      "regionalQuotas": [{"regionName": "West Europe", "coresUsed": 1, "coresAvailable": 9}]},
        });
        let capabilities = Capabilities::read(&body, "westeurope");
        assert_eq!(
            (capabilities.versions, capabilities.cores_left),
            (vec!["5.1".to_owned()], Some(9))
        );
        assert_eq!(Capabilities::read(&body, "northeurope").cores_left, Some(20));
    }

    #[test]
    fn what_hdinsight_would_say_is_read_with_its_estimate() {
        let validation = Validation::read(&json!({
            "validationErrors": [{"code": "BadPassword", "message": "too short"}],
            "validationWarnings": [], "estimatedCreationDuration": "PT20M",
        }));
        assert_eq!(validation.errors, ["BadPassword: too short"]);
        assert_eq!(validation.estimate, Some(Duration::from_mins(20)));
    }
}
