//! Resource groups: the place of everything that an environment makes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call::Call;
use super::refusal::get;
use super::{AzureError, Client};

/// Source: the Resource Manager contract, section 2.
const API_VERSION: &str = "2025-04-01";

/// Which resource group is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupScope {
    pub subscription: String,
    pub group: String,
}

impl GroupScope {
    /// The path of the group, in the spelling that routes use.
    pub fn path(&self) -> String {
        format!(
            "/subscriptions/{}/resourcegroups/{}",
            self.subscription, self.group
        )
    }
}

/// A resource group as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub location: String,
    pub tags: BTreeMap<String, String>,
    pub state: String,
}

impl Group {
    fn read(body: &Value) -> Self {
        let text = |name| {
            get(body, name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let state = get(body, "properties").and_then(|properties| get(properties, "provisioningState"));
        Self {
            name: text("name"),
            location: text("location"),
            tags: tags(body),
            state: state.and_then(Value::as_str).unwrap_or_default().to_owned(),
        }
    }
}

impl Client {
    /// Returns the group, or `None` when there is none.
    ///
    /// # Errors
    ///
    /// Every refusal other than 404, and whatever keeps a call from being answered.
    pub async fn group(&self, scope: &GroupScope) -> Result<Option<Group>, AzureError> {
        match self.send(&Call::get(scope.path(), API_VERSION)).await {
            Ok(answer) => Ok(Some(Group::read(&answer.body))),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes the group, or sets the tags of the one that is there.
    ///
    /// # Errors
    ///
    /// Azure's refusal, `InvalidResourceGroupLocation` among them.
    pub async fn put_group(
        &self,
        scope: &GroupScope,
        location: &str,
        tags: &BTreeMap<String, String>,
    ) -> Result<Group, AzureError> {
        let body = json!({ "location": location, "tags": tags });
        let answer = self.send(&Call::put(scope.path(), API_VERSION, body)).await?;
        Ok(Group::read(&answer.body))
    }

    /// Deletes the group with all that is in it and waits until it is gone; a group that is not there is gone.
    ///
    /// # Errors
    ///
    /// Azure's refusal, `ScopeLocked` among them.
    pub async fn delete_group(&self, scope: &GroupScope) -> Result<(), AzureError> {
        self.delete_wholly(&scope.path(), API_VERSION).await
    }
}

/// The tags of a group, a resource or a deployment.
pub(super) fn tags(body: &Value) -> BTreeMap<String, String> {
    let object = get(body, "tags").and_then(Value::as_object);
    let pair = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    object.into_iter().flatten().filter_map(pair).collect()
}
