//! What the subscription can do: whether the token sees it, and which resource providers are registered there.

use serde_json::Value;

use super::call::Call;
use super::operations::Pace;
use super::refusal::{get, text_of};
use super::{AzureError, Client};

/// Source: the Resource Manager contract, section 2.
const API_VERSION: &str = "2025-04-01";
const SUBSCRIPTIONS_VERSION: &str = "2022-12-01";

/// A resource provider as the subscription sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provider {
    pub namespace: String,
    /// `Registered`, `NotRegistered`, `Registering`, `Unregistering`.
    pub state: String,
    pub types: Vec<ProviderType>,
}

/// One resource type, or an action such as `checkNameAvailability`, with its versions, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderType {
    pub name: String,
    pub api_versions: Vec<String>,
    /// Where it is offered, as Azure shows it: `West Europe`; empty for what is in no region.
    pub locations: Vec<String>,
    /// The zones of each location that has any.
    pub zones: Vec<(String, Vec<String>)>,
}

impl Provider {
    fn read(body: &Value) -> Self {
        let read_type = |value: &Value| {
            let mut api_versions = strings(value, "apiVersions");
            api_versions.sort_by(|a, b| b.cmp(a));
            let mapped = get(value, "zoneMappings").and_then(Value::as_array);
            let zones = |one: &Value| (text_of(one, "location"), strings(one, "zones"));
            ProviderType {
                name: text_of(value, "resourceType"),
                api_versions,
                locations: strings(value, "locations"),
                zones: mapped.into_iter().flatten().map(zones).collect(),
            }
        };
        let types = get(body, "resourceTypes").and_then(Value::as_array);
        Self {
            namespace: text_of(body, "namespace"),
            state: text_of(body, "registrationState"),
            types: types.into_iter().flatten().map(read_type).collect(),
        }
    }

    /// Whether resources of this provider can be made.
    pub fn is_registered(&self) -> bool {
        self.state.eq_ignore_ascii_case("registered")
    }

    /// What the provider says of a type: `namespaces/eventhubs`.
    pub fn of_type(&self, name: &str) -> Option<&ProviderType> {
        let is_meant = |known: &&ProviderType| known.name.eq_ignore_ascii_case(name);
        self.types.iter().find(is_meant)
    }

    /// The newest stable version of a type, or the newest of all where none is stable.
    pub fn api_version(&self, name: &str) -> Option<&str> {
        let found = self.of_type(name)?;
        let stable = found
            .api_versions
            .iter()
            .find(|version| !version.contains("preview"));
        stable.or(found.api_versions.first()).map(String::as_str)
    }
}

impl Client {
    /// Returns the display name of a subscription, or `None` when the token does not see it.
    ///
    /// # Errors
    ///
    /// Every refusal other than 404, and whatever keeps a call from being answered.
    pub async fn subscription(&self, id: &str) -> Result<Option<String>, AzureError> {
        let path = format!("/subscriptions/{id}");
        match self.send(&Call::get(path, SUBSCRIPTIONS_VERSION)).await {
            Ok(answer) => {
                let name = get(&answer.body, "displayName").and_then(Value::as_str);
                Ok(Some(name.unwrap_or(id).to_owned()))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the name and the id of every subscription that the token sees.
    ///
    /// # Errors
    ///
    /// A refusal, and whatever keeps a call from being answered.
    pub async fn subscriptions(&self) -> Result<Vec<(String, String)>, AzureError> {
        let seen = self
            .list(Call::get("/subscriptions", SUBSCRIPTIONS_VERSION))
            .await?;
        Ok(seen
            .iter()
            .map(|one| (text_of(one, "displayName"), text_of(one, "subscriptionId")))
            .collect())
    }

    /// Returns a resource provider with its types.
    ///
    /// # Errors
    ///
    /// Azure's refusal, `InvalidResourceNamespace` among them.
    pub async fn provider(&self, subscription: &str, namespace: &str) -> Result<Provider, AzureError> {
        let path = format!("/subscriptions/{subscription}/providers/{namespace}");
        let answer = self.send(&Call::get(path, API_VERSION)).await?;
        Ok(Provider::read(&answer.body))
    }

    /// Registers a resource provider and waits until it can be used, which can take minutes.
    ///
    /// # Errors
    ///
    /// Azure's refusal: it needs the right `*/register/action` on the subscription.
    pub async fn register(&self, subscription: &str, namespace: &str) -> Result<(), AzureError> {
        let path = format!("/subscriptions/{subscription}/providers/{namespace}/register");
        self.send(&Call::post(path, API_VERSION, None)).await?;
        let pace = Pace::of(self.rhythm());
        while !self.provider(subscription, namespace).await?.is_registered() {
            tokio::time::sleep(pace.wait(None)).await;
        }
        Ok(())
    }
}

fn strings(value: &Value, name: &str) -> Vec<String> {
    let list = get(value, name).and_then(Value::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_stable_version_is_preferred() {
        let provider = Provider::read(&json!({"registrationState": "Registered", "resourceTypes": [
            {"resourceType": "namespaces", "apiVersions": ["2024-01-01", "2026-07-01-preview", "2026-01-01"]},
            {"resourceType": "clusters", "apiVersions": ["2026-07-01-preview"]},
        ]}));
        assert!(provider.is_registered());
        assert_eq!(provider.api_version("Namespaces"), Some("2026-01-01"));
        assert_eq!(provider.api_version("clusters"), Some("2026-07-01-preview"));
        assert_eq!(provider.api_version("disks"), None);
    }
}
