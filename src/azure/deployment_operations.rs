//! What a deployment did resource by resource, also inside the deployments nested in it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::call::Call;
use super::deployments::{API_VERSION, duration};
use super::refusal::get;
use super::{AzureError, Client, Refusal};
use crate::model::resource_id::ResourceId;

/// Deeper than Azure lets deployments nest. Source: Azure Resource Manager, template limits.
const DEEPEST: usize = 5;

const NESTED: &str = "Microsoft.Resources/deployments";

/// One operation of a deployment on one resource.
#[derive(Clone, Debug)]
pub struct DeploymentOperation {
    pub operation_id: String,
    /// `Create`, `Read`, `Action`, `EvaluateDeploymentOutput`, …
    pub kind: String,
    pub state: String,
    pub timestamp: Option<Timestamp>,
    pub duration: Option<Duration>,
    pub error: Option<Refusal>,
    pub target: Option<Target>,
}

/// The resource that an operation is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub id: ResourceId,
    pub resource_type: String,
    pub api_version: Option<String>,
}

impl Client {
    /// Returns the operations of the deployment with this id and of those nested in it; none when it is not there.
    ///
    /// # Errors
    ///
    /// Every refusal other than 404, and whatever keeps a call from being answered.
    pub async fn operations(&self, deployment_id: &str) -> Result<Vec<DeploymentOperation>, AzureError> {
        let mut all = Vec::new();
        let mut level = vec![deployment_id.to_owned()];
        for _ in 0..DEEPEST {
            let mut nested = Vec::new();
            for id in level {
                for operation in self.operations_of(&id).await? {
                    match &operation.target {
                        Some(target) if target.resource_type.eq_ignore_ascii_case(NESTED) => {
                            nested.push(target.id.as_str().to_owned());
                        }
                        _ => all.push(operation),
                    }
                }
            }
            level = nested;
        }
        Ok(all)
    }

    async fn operations_of(&self, deployment_id: &str) -> Result<Vec<DeploymentOperation>, AzureError> {
        match self
            .list(Call::get(operations_path(deployment_id), API_VERSION))
            .await
        {
            Ok(items) => Ok(items.iter().filter_map(read).collect()),
            Err(error) if error.is_absent() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// At resource-group scope, and there alone, the route has no `providers` segment.
fn operations_path(deployment_id: &str) -> String {
    let lower = deployment_id.to_ascii_lowercase();
    let plain = "/providers/microsoft.resources/deployments/";
    match lower.rfind(plain) {
        Some(at) if lower.contains("/resourcegroups/") => {
            let name = &deployment_id[at + plain.len()..];
            format!("{}/deployments/{name}/operations", &deployment_id[..at])
        }
        _ => format!("{deployment_id}/operations"),
    }
}

fn read(item: &Value) -> Option<DeploymentOperation> {
    let properties = get(item, "properties")?;
    let text = |name| {
        get(properties, name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    Some(DeploymentOperation {
        operation_id: get(item, "operationId")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        kind: text("provisioningOperation"),
        state: text("provisioningState"),
        timestamp: text("timestamp").parse().ok(),
        duration: duration(properties),
        error: get(properties, "statusMessage").and_then(Refusal::read),
        target: get(properties, "targetResource").and_then(target),
    })
}

fn target(value: &Value) -> Option<Target> {
    let id = ResourceId::new(get(value, "id")?.as_str()?);
    let stated = get(value, "resourceType").and_then(Value::as_str);
    Some(Target {
        resource_type: stated.map_or_else(|| id.resource_type(), str::to_owned),
        api_version: get(value, "apiVersion")
            .and_then(Value::as_str)
            .map(str::to_owned),
        id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_of_a_group_has_no_providers_segment() {
        assert_eq!(
            operations_path("/subscriptions/s/resourceGroups/g/providers/Microsoft.Resources/deployments/d"),
            "/subscriptions/s/resourceGroups/g/deployments/d/operations"
        );
        assert_eq!(
            operations_path("/subscriptions/s/providers/Microsoft.Resources/deployments/d"),
            "/subscriptions/s/providers/Microsoft.Resources/deployments/d/operations"
        );
    }
}
