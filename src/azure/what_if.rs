//! What-if: what a deployment would change, as Azure and the providers foresee it.

use serde_json::{Value, json};

use super::call::Call;
use super::deployments::{API_VERSION, deployment_path, items, refuse_inner_error};
use super::groups::GroupScope;
use super::refusal::get;
use super::{AzureError, Client};
use crate::model::resource_id::ResourceId;

/// What would become of one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIfChange {
    pub id: ResourceId,
    /// `Create`, `Delete`, `Ignore`, `Deploy`, `NoChange`, `Modify`, `Unsupported`, or a word that is newer than this.
    pub change_type: String,
    pub unsupported_reason: Option<String>,
    pub delta: Vec<WhatIfDelta>,
}

/// What would become of one property.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIfDelta {
    pub path: String,
    /// `Create`, `Delete`, `Modify`, `Array`, `NoEffect`.
    pub change_type: String,
    pub before: Value,
    pub after: Value,
    pub children: Vec<WhatIfDelta>,
}

impl Client {
    /// Asks what a deployment would change.
    ///
    /// # Errors
    ///
    /// The refusal, which Azure gives as a status or as an `error` in a 200.
    pub async fn what_if(
        &self,
        scope: &GroupScope,
        name: &str,
        body: &Value,
    ) -> Result<Vec<WhatIfChange>, AzureError> {
        let path = format!("{}/whatIf", deployment_path(scope, name));
        let mut body = body.clone();
        body["properties"]["whatIfSettings"] = json!({ "resultFormat": "FullResourcePayloads" });
        let answer = self.send(&Call::post(&path, API_VERSION, Some(body))).await?;
        let result = self.finish(answer).await?;
        refuse_inner_error(&path, &result)?;
        let changes = get(&result, "properties").and_then(|properties| get(properties, "changes"));
        if !changes.is_some_and(Value::is_array) {
            return Err(AzureError::Incomplete {
                method: "POST".to_owned(),
                path,
                field: "properties.changes",
            });
        }
        Ok(items(changes).filter_map(change).collect())
    }
}

fn change(item: &Value) -> Option<WhatIfChange> {
    Some(WhatIfChange {
        id: ResourceId::new(get(item, "resourceId")?.as_str()?),
        change_type: text(item, "changeType"),
        unsupported_reason: get(item, "unsupportedReason")
            .and_then(Value::as_str)
            .map(str::to_owned),
        delta: items(get(item, "delta")).map(delta).collect(),
    })
}

fn delta(item: &Value) -> WhatIfDelta {
    let value = |name| get(item, name).cloned().unwrap_or_default();
    WhatIfDelta {
        path: text(item, "path"),
        change_type: text(item, "propertyChangeType"),
        before: value("before"),
        after: value("after"),
        children: items(get(item, "children")).map(delta).collect(),
    }
}

fn text(item: &Value, name: &str) -> String {
    get(item, name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
