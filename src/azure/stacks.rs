//! Deployment stacks of a resource group: put, get, list, delete.
//!
//! A stack is a deployment that Azure goes on knowing: what it manages, what it gave back, who may not touch it. Its
//! PUT and DELETE run long; a PUT whose answer was lost is recognised by its correlation id and never sent blindly.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::deletions::gone;
use super::deployments::{duration, items, none_if_not_found};
use super::groups::{GroupScope, tags};
use super::operations::Operation;
use super::refusal::get;
use super::{AzureError, Client, Refusal};
use crate::model::resource_id::ResourceId;

/// Source: the Resource Manager contract, sections 2 and 5.
const API_VERSION: &str = "2025-07-01";

/// A deployment stack as Azure keeps it.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    pub id: String,
    pub name: String,
    pub tags: BTreeMap<String, String>,
    /// `creating`, `deploying`, `deletingResources`, `succeeded`, `failed`, … in lower case.
    pub state: String,
    pub correlation_id: String,
    pub duration: Option<Duration>,
    pub created: Option<Timestamp>,
    pub changed: Option<Timestamp>,
    /// Who changed it last, as Azure names a principal.
    pub changed_by: Option<String>,
    /// By the name that Azure gives them, which is not always the template's: `{type, value}`.
    pub outputs: Map<String, Value>,
    /// What it manages.
    pub resources: Vec<ResourceId>,
    /// The deployment that runs for it, or ran last.
    pub deployment_id: Option<String>,
    /// What its last change could not delete.
    pub failed_resources: Vec<ResourceId>,
    /// `actionOnUnmanage` and `denySettings`.
    pub rules: Value,
    pub error: Option<Refusal>,
}

impl Stack {
    fn read(body: &Value) -> Self {
        let empty = Value::Null;
        let properties = get(body, "properties").unwrap_or(&empty);
        let system = get(body, "systemData").unwrap_or(&empty);
        let text = |value: &Value, name| get(value, name).and_then(Value::as_str).map(str::to_owned);
        let time = |name| text(system, name).and_then(|time| time.parse().ok());
        Self {
            id: text(body, "id").unwrap_or_default(),
            name: text(body, "name").unwrap_or_default(),
            tags: tags(body),
            state: text(properties, "provisioningState").unwrap_or_default(),
            correlation_id: text(properties, "correlationId").unwrap_or_default(),
            duration: duration(properties),
            created: time("createdAt"),
            changed: time("lastModifiedAt"),
            changed_by: text(system, "lastModifiedBy"),
            outputs: get(properties, "outputs")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
            resources: ids(get(properties, "resources")),
            deployment_id: text(properties, "deploymentId"),
            failed_resources: ids(get(properties, "failedResources")),
            rules: json!({
                "actionOnUnmanage": get(properties, "actionOnUnmanage"),
                "denySettings": get(properties, "denySettings"),
            }),
            error: get(properties, "error").and_then(Refusal::read),
        }
    }
}

impl Client {
    /// Starts a change of a stack, or recognises our own when the answer to an earlier try was lost.
    ///
    /// # Errors
    ///
    /// The refusal; a conflict when a change that is not ours still runs.
    pub async fn put_stack(
        &self,
        scope: &GroupScope,
        name: &str,
        body: &Value,
    ) -> Result<(Stack, Option<Operation>), AzureError> {
        let call = Call::put(stack_path(scope, name), API_VERSION, body.clone()).unless_accepted();
        let put = || async {
            let answer = self.send(&call).await?;
            Ok((Stack::read(&answer.body), Operation::of(&answer)))
        };
        let found = || async {
            let stack = self.stack(scope, name).await?;
            let ours = stack.filter(|stack| self.is_own_id(&stack.correlation_id));
            Ok(ours.map(|stack| (stack, None)))
        };
        self.accepted_once(put, found).await
    }

    /// Returns a stack, or `None` when there is none of that name.
    ///
    /// # Errors
    ///
    /// Every refusal other than 404, and whatever keeps a call from being answered.
    pub async fn stack(&self, scope: &GroupScope, name: &str) -> Result<Option<Stack>, AzureError> {
        let found = self.send(&Call::get(stack_path(scope, name), API_VERSION)).await;
        found
            .map(|answer| Some(Stack::read(&answer.body)))
            .or_else(none_if_not_found)
    }

    /// Returns the stacks of a group; none when there is no such group.
    ///
    /// # Errors
    ///
    /// Every refusal other than 404, and whatever keeps a call from being answered.
    pub async fn stacks(&self, scope: &GroupScope) -> Result<Vec<Stack>, AzureError> {
        let found = self.list(Call::get(stacks_path(scope), API_VERSION)).await;
        let items = found.map(Some).or_else(none_if_not_found)?.unwrap_or_default();
        Ok(items.iter().map(Stack::read).collect())
    }

    /// Starts the deletion of a stack, with what it manages or without; `None` when it is gone already.
    ///
    /// # Errors
    ///
    /// Azure's refusal: locks, and a change that still runs.
    pub async fn delete_stack(
        &self,
        scope: &GroupScope,
        name: &str,
        with_resources: bool,
    ) -> Result<Option<Operation>, AzureError> {
        let resources = if with_resources { "delete" } else { "detach" };
        let call = Call::delete(stack_path(scope, name), API_VERSION)
            .with("unmanageAction.Resources", resources)
            .with("unmanageAction.ResourceGroups", "detach")
            .with("unmanageAction.ManagementGroups", "detach");
        match self.send(&call).await {
            Ok(answer) => Ok(Operation::of(&answer)),
            Err(error) => gone(Err(error)).map(|()| None),
        }
    }
}

fn stacks_path(scope: &GroupScope) -> String {
    format!("{}/providers/Microsoft.Resources/deploymentStacks", scope.path())
}

fn stack_path(scope: &GroupScope, name: &str) -> String {
    format!("{}/{name}", stacks_path(scope))
}

fn ids(list: Option<&Value>) -> Vec<ResourceId> {
    let id = |item: &Value| get(item, "id")?.as_str().map(ResourceId::new);
    items(list).filter_map(id).collect()
}
