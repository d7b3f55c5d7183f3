//! Deployments at resource-group scope: validate, what-if, put, get, list.
//!
//! A PUT whose answer was lost is never sent again blindly: the deployment is read first, and it is ours when it
//! carries our correlation id. Unknown states and change types are data, never errors.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::call::{Answer, Call};
use super::groups::{GroupScope, tags};
use super::operations::Operation;
use super::refusal::get;
use super::{AzureError, Client, Refusal};
use crate::model::resource_id::ResourceId;

/// Source: the Resource Manager contract, section 2. Kept in this one place: it will move.
pub(super) const API_VERSION: &str = "2025-04-01";

/// A deployment as Azure keeps it.
#[derive(Clone, Debug, Default)]
pub struct Deployment {
    pub id: String,
    pub name: String,
    pub tags: BTreeMap<String, String>,
    pub state: String,
    pub correlation_id: String,
    pub timestamp: Option<Timestamp>,
    pub duration: Option<Duration>,
    /// By the name that Azure gives them, which is not always the template's: `{type, value}`.
    pub outputs: Map<String, Value>,
    /// Only of a deployment that succeeded.
    pub output_resources: Vec<ResourceId>,
    /// What each resource waits for.
    pub dependencies: Vec<Dependency>,
    pub error: Option<Refusal>,
}

/// One resource of a deployment with what it waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    pub id: ResourceId,
    pub depends_on: Vec<ResourceId>,
}

impl Deployment {
    pub(super) fn read(body: &Value) -> Self {
        let empty = Value::Null;
        let properties = get(body, "properties").unwrap_or(&empty);
        let text = |value: &Value, name| {
            get(value, name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            id: text(body, "id"),
            name: text(body, "name"),
            tags: tags(body),
            state: text(properties, "provisioningState"),
            correlation_id: text(properties, "correlationId"),
            timestamp: text(properties, "timestamp").parse().ok(),
            duration: duration(properties),
            outputs: get(properties, "outputs")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
            output_resources: ids(get(properties, "outputResources")),
            dependencies: items(get(properties, "dependencies"))
                .filter_map(dependency)
                .collect(),
            error: get(properties, "error").and_then(Refusal::read),
        }
    }

    /// Whether nothing more will happen.
    pub fn is_finished(&self) -> bool {
        super::operations::is_terminal(&self.state)
    }

    /// Whether everything was made.
    pub fn succeeded(&self) -> bool {
        self.state.eq_ignore_ascii_case("succeeded")
    }
}

/// A deployment that was accepted, and how to follow it.
pub struct Accepted {
    pub deployment: Deployment,
    pub operation: Option<Operation>,
}

impl Client {
    /// Asks Azure and the providers whether a deployment would be accepted; returns the ids it would make.
    ///
    /// # Errors
    ///
    /// The refusal, which Azure gives as a 400 or as an `error` in a 200.
    pub async fn validate(
        &self,
        scope: &GroupScope,
        name: &str,
        body: &Value,
    ) -> Result<Vec<ResourceId>, AzureError> {
        let path = format!("{}/validate", deployment_path(scope, name));
        let answer = self
            .send(&Call::post(&path, API_VERSION, Some(body.clone())))
            .await?;
        let result = self.finish(answer).await?;
        refuse_inner_error(&path, &result)?;
        let validated =
            get(&result, "properties").and_then(|properties| get(properties, "validatedResources"));
        Ok(ids(validated))
    }

    /// Starts a deployment, or recognises our own when the answer to an earlier try was lost.
    ///
    /// # Errors
    ///
    /// The refusal; `DeploymentActive` when a deployment of that name, not ours, still runs.
    pub async fn put_deployment(
        &self,
        scope: &GroupScope,
        name: &str,
        body: &Value,
    ) -> Result<Accepted, AzureError> {
        let call = Call::put(deployment_path(scope, name), API_VERSION, body.clone()).unless_accepted();
        let put = || async { Ok(accepted(&self.send(&call).await?)) };
        let found = || async {
            let deployment = self.deployment(scope, name).await?;
            let ours = deployment.filter(|deployment| self.is_ours(deployment));
            Ok(ours.map(|deployment| Accepted {
                deployment,
                operation: None,
            }))
        };
        self.accepted_once(put, found).await
    }

    /// Whether this run started the deployment.
    pub fn is_ours(&self, deployment: &Deployment) -> bool {
        self.is_own_id(&deployment.correlation_id)
    }

    /// Whether a correlation id is this run's.
    pub(super) fn is_own_id(&self, correlation_id: &str) -> bool {
        correlation_id.eq_ignore_ascii_case(&self.correlation_id().to_string())
    }

    /// Returns a deployment, or `None` when there is none of that name.
    ///
    /// # Errors
    ///
    /// Every refusal other than 404, and whatever keeps a call from being answered.
    pub async fn deployment(&self, scope: &GroupScope, name: &str) -> Result<Option<Deployment>, AzureError> {
        self.deployment_at(&deployment_path(scope, name)).await
    }

    /// As [`Client::deployment`], by its whole id.
    ///
    /// # Errors
    ///
    /// As [`Client::deployment`].
    pub async fn deployment_at(&self, id: &str) -> Result<Option<Deployment>, AzureError> {
        let found = self.send(&Call::get(id, API_VERSION)).await;
        found
            .map(|answer| Some(Deployment::read(&answer.body)))
            .or_else(none_if_not_found)
    }

    /// Returns the deployments of a group, newest first; none when there is no such group.
    ///
    /// # Errors
    ///
    /// Every refusal other than 404, and whatever keeps a call from being answered.
    pub async fn deployments(&self, scope: &GroupScope) -> Result<Vec<Deployment>, AzureError> {
        let path = format!("{}/providers/Microsoft.Resources/deployments/", scope.path());
        let found = self.list(Call::get(path, API_VERSION)).await;
        let items = found.map(Some).or_else(none_if_not_found)?.unwrap_or_default();
        let mut deployments: Vec<Deployment> = items.iter().map(Deployment::read).collect();
        deployments.sort_by_key(|deployment| std::cmp::Reverse(deployment.timestamp));
        Ok(deployments)
    }

    /// Cancels the deployment with this id: what runs is not undone, what waits never starts. One that has ended already
    /// stays as it ended.
    ///
    /// # Errors
    ///
    /// Every refusal but the conflict of a deployment that is over, and whatever keeps a call from being answered.
    pub async fn cancel_deployment(&self, id: &str) -> Result<(), AzureError> {
        match self
            .send(&Call::post(format!("{id}/cancel"), API_VERSION, None))
            .await
        {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.status(), Some(404 | 409)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Removes a deployment's record; what it made stays.
    ///
    /// # Errors
    ///
    /// Azure's refusal: a running deployment keeps its record.
    pub async fn forget_deployment(&self, scope: &GroupScope, name: &str) -> Result<(), AzureError> {
        self.delete_wholly(&deployment_path(scope, name), API_VERSION)
            .await
    }
}

pub(super) fn deployment_path(scope: &GroupScope, name: &str) -> String {
    format!(
        "{}/providers/Microsoft.Resources/deployments/{name}",
        scope.path()
    )
}

/// An `error` in a body that came with a 200 is a refusal all the same.
pub(super) fn refuse_inner_error(path: &str, result: &Value) -> Result<(), AzureError> {
    match get(result, "error")
        .filter(|error| !error.is_null())
        .and_then(Refusal::read)
    {
        None => Ok(()),
        Some(source) => Err(AzureError::Refused {
            method: "POST".to_owned(),
            path: path.to_owned(),
            status: 400,
            request_id: None,
            retry_after: None,
            source: Box::new(source),
        }),
    }
}

pub(super) fn items(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}

/// An ISO 8601 duration, as `PT34.6060012S`.
pub(super) fn duration(properties: &Value) -> Option<Duration> {
    let text = get(properties, "duration")?.as_str()?;
    let duration: SignedDuration = text.parse().ok()?;
    duration.try_into().ok()
}

fn accepted(answer: &Answer) -> Accepted {
    Accepted {
        deployment: Deployment::read(&answer.body),
        operation: Operation::of(answer),
    }
}

pub(super) fn none_if_not_found<T>(error: AzureError) -> Result<Option<T>, AzureError> {
    if error.is_absent() { Ok(None) } else { Err(error) }
}

fn ids(list: Option<&Value>) -> Vec<ResourceId> {
    items(list)
        .filter_map(|item| get(item, "id")?.as_str().map(ResourceId::new))
        .collect()
}

fn dependency(item: &Value) -> Option<Dependency> {
    Some(Dependency {
        id: ResourceId::new(get(item, "id")?.as_str()?),
        depends_on: ids(get(item, "dependsOn")),
    })
}
