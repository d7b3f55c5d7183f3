//! Resources of any type, by id: list, delete, actions, and whether a name is free.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::call::Call;
use super::deployments::none_if_not_found;
use super::groups::GroupScope;
use super::refusal::get;
use super::{AzureError, Client};
use crate::model::resource_id::ResourceId;

/// Source: the Resource Manager contract, section 2.
const API_VERSION: &str = "2025-04-01";

/// A resource in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    pub id: ResourceId,
    pub resource_type: String,
    pub name: String,
    pub state: Option<String>,
    pub created: Option<Timestamp>,
}

/// What a provider says of a name that must be unique in all of Azure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAnswer {
    pub available: bool,
    pub reason: String,
    pub message: String,
}

impl Client {
    /// Returns the top-level resources of a group; none when there is no such group.
    ///
    /// # Errors
    ///
    /// Every refusal other than 404, and whatever keeps a call from being answered.
    pub async fn resources(&self, scope: &GroupScope) -> Result<Vec<Resource>, AzureError> {
        let path = format!("{}/resources", scope.path());
        let call = Call::get(path, API_VERSION).with("$expand", "createdTime,provisioningState");
        let read = |value: &Value| {
            let text = |name| get(value, name).and_then(Value::as_str).map(str::to_owned);
            let inside = get(value, "properties").and_then(|properties| get(properties, "provisioningState"));
            Some(Resource {
                id: ResourceId::new(text("id")?),
                resource_type: text("type").unwrap_or_default(),
                name: text("name").unwrap_or_default(),
                created: text("createdTime").and_then(|time| time.parse().ok()),
                state: text("provisioningState").or(inside.and_then(Value::as_str).map(str::to_owned)),
            })
        };
        match self.list(call).await {
            Ok(items) => Ok(items.iter().filter_map(read).collect()),
            Err(error) if error.is_absent() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Returns a resource whole, or `None` when it is not there.
    ///
    /// # Errors
    ///
    /// Every refusal other than 404, and whatever keeps a call from being answered.
    pub async fn read_resource(
        &self,
        id: &ResourceId,
        api_version: &str,
    ) -> Result<Option<Value>, AzureError> {
        let found = self.send(&Call::get(id.as_str(), api_version)).await;
        found.map(|answer| Some(answer.body)).or_else(none_if_not_found)
    }

    /// Deletes one resource with its children and waits until it is gone; one that is not there is gone.
    ///
    /// # Errors
    ///
    /// Azure's refusal, `ScopeLocked` and conflicts with dependents among them.
    pub async fn delete_resource(&self, id: &ResourceId, api_version: &str) -> Result<(), AzureError> {
        self.delete_wholly(id.as_str(), api_version).await
    }

    /// Asks a resource to do something that changes nothing, as `listKeys` does; the answer may hold secrets.
    ///
    /// # Errors
    ///
    /// Azure's refusal.
    pub async fn action(
        &self,
        id: &ResourceId,
        action: &str,
        api_version: &str,
    ) -> Result<Value, AzureError> {
        let path = format!("{id}/{action}");
        let answer = self.send(&Call::post(path, api_version, None)).await?;
        self.finish(answer).await
    }

    /// Asks a provider whether a name is free. `check` is the action's path behind the namespace.
    ///
    /// # Errors
    ///
    /// Azure's refusal.
    pub async fn name_is_free(
        &self,
        subscription: &str,
        check: &str,
        api_version: &str,
        resource_type: &str,
        name: &str,
    ) -> Result<NameAnswer, AzureError> {
        let path = format!("/subscriptions/{subscription}/providers/{check}");
        let body = json!({ "name": name, "type": resource_type });
        let answer = self.send(&Call::post(path, api_version, Some(body))).await?;
        let text = |name| {
            get(&answer.body, name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let available = get(&answer.body, "nameAvailable").and_then(Value::as_bool);
        Ok(NameAnswer {
            available: available.ok_or_else(|| AzureError::Incomplete {
                method: answer.method.clone(),
                path: answer.path.clone(),
                field: "nameAvailable",
            })?,
            reason: text("reason"),
            message: text("message"),
        })
    }
}
