//! Groups and deployments as documents: what a reader gets.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::state::{Deployment, Group, Progress, Step};
use crate::model::resource_id::ResourceId;

/// A resource group as a GET gives it.
pub fn group_document(subscription: &str, group: &Group) -> Value {
    let mut document = json!({
        "id": format!("/subscriptions/{subscription}/resourceGroups/{}", group.name),
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
    });
    if !group.tags.is_empty() {
        document["tags"] = Value::Object(group.tags.clone());
    }
    if let Some(manager) = &group.managed_by {
        document["managedBy"] = manager.as_str().into();
    }
    document["properties"] =
        json!({"provisioningState": if group.deleting { "Deleting" } else { "Succeeded" }});
    document
}

/// RFC 3339 with seven digits, as ARM writes it.
pub fn stamp(at: Timestamp) -> String {
    let civil = at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    format!(
        "{}.{:07}Z",
        civil.strftime("%Y-%m-%dT%H:%M:%S"),
        civil.subsec_nanosecond() / 100
    )
}

/// ISO 8601 with fractions of a second: `PT34.6060012S`.
pub fn duration(from: Timestamp, to: Timestamp) -> String {
    let passed = to.duration_since(from);
    let seconds = passed.as_secs().max(0);
    let fraction = format!(".{:07}", passed.subsec_nanos().max(0) / 100);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let part = |number: i64, letter: &str| {
        if number > 0 {
            format!("{number}{letter}")
        } else {
            String::new()
        }
    };
    format!("PT{}{}{seconds}{fraction}S", part(hours, "H"), part(minutes, "M"))
}

/// A deployment as a GET gives it.
pub fn document(deployment: &Deployment) -> Value {
    let mut properties = json!({
        "templateHash": deployment.template_hash,
        "parameters": deployment.parameters,
        "mode": deployment.mode,
        "provisioningState": deployment.state,
        "timestamp": stamp(deployment.changed),
        "duration": duration(deployment.started, deployment.changed),
        "correlationId": deployment.correlation_id,
        "providers": providers(&deployment.steps),
        "dependencies": dependencies(&deployment.steps),
    });
    let mut add = |key: &str, value: Value| properties[key] = value;
    for (key, value) in &deployment.echo {
        add(key, value.clone());
    }
    if !deployment.diagnostics.is_empty() {
        add("diagnostics", deployment.diagnostics.clone().into());
    }
    if let Some(outputs) = &deployment.outputs {
        add("outputs", Value::Object(outputs.clone()));
        let made = deployment.steps.iter().filter(|step| !step.silent);
        add(
            "outputResources",
            made.map(|step| json!({"id": step.id})).collect(),
        );
    }
    if let Some(error) = &deployment.error {
        add("error", error.object());
    }
    let mut document = json!({
        "id": deployment.id,
        "name": deployment.name,
        "type": "Microsoft.Resources/deployments",
    });
    if let Some(location) = &deployment.location {
        document["location"] = location.as_str().into();
    }
    if !deployment.tags.is_empty() {
        document["tags"] = Value::Object(deployment.tags.clone());
    }
    document["properties"] = properties;
    document
}

fn providers(steps: &[Step]) -> Value {
    let mut namespaces: Map<String, Value> = Map::new();
    for step in steps.iter().filter(|step| !step.silent) {
        let Some((namespace, kind)) = step.resource_type.split_once('/') else {
            continue;
        };
        let types = namespaces.entry(namespace).or_insert_with(|| json!([]));
        let row = json!({"resourceType": kind, "locations": [step.location]});
        if let Some(types) = types.as_array_mut().filter(|types| !types.contains(&row)) {
            types.push(row);
        }
    }
    namespaces
        .into_iter()
        .map(|(namespace, types)| json!({"namespace": namespace, "resourceTypes": types}))
        .collect()
}

/// The edges of the graph, so that it can be read back without the template.
pub fn dependencies(steps: &[Step]) -> Value {
    let named =
        |step: &Step| json!({"id": step.id, "resourceType": step.resource_type, "resourceName": step.name});
    let dependent = steps
        .iter()
        .filter(|step| !step.silent && !step.depends_on.is_empty());
    dependent
        .map(|step| {
            let before: Vec<Value> = step
                .depends_on
                .iter()
                .filter_map(|index| steps.get(*index))
                .map(named)
                .collect();
            let mut row = json!({"dependsOn": before});
            if let (Some(row), Value::Object(own)) = (row.as_object_mut(), named(step)) {
                row.extend(own);
            }
            row
        })
        .collect()
}

/// The operations of a deployment, as many as have begun; the last is the evaluation of the outputs.
pub fn operations(deployment: &Deployment) -> Vec<Value> {
    let begun = deployment
        .steps
        .iter()
        .filter(|step| !step.silent && step.started.is_some());
    let mut all: Vec<Value> = begun.map(|step| operation(deployment, step)).collect();
    if deployment.is_over() && deployment.state != "Canceled" {
        let id = deployment.operation.replace('-', "").to_uppercase();
        let failed = deployment.state == "Failed"
            && deployment
                .steps
                .iter()
                .all(|step| step.progress != Progress::Failed);
        all.push(json!({
            "id": format!("{}/operations/{id}", deployment.id),
            "operationId": id,
            "properties": {
                "provisioningOperation": "EvaluateDeploymentOutput",
                "provisioningState": if failed { "Failed" } else { "Succeeded" },
                "timestamp": stamp(deployment.changed),
                "duration": "PT0.0000000S",
                "statusCode": if failed { "BadRequest" } else { "OK" },
            },
        }));
    }
    all
}

fn operation(deployment: &Deployment, step: &Step) -> Value {
    let started = step.started.unwrap_or(deployment.started);
    let changed = step.changed.unwrap_or(started);
    let (state, code) = match step.progress {
        Progress::Succeeded if step.created => ("Succeeded", "Created"),
        Progress::Succeeded => ("Succeeded", "OK"),
        Progress::Failed => (
            "Failed",
            step.error
                .as_ref()
                .map_or("Conflict", super::error::ArmError::status_name),
        ),
        Progress::Canceled => ("Canceled", "OK"),
        Progress::Running | Progress::Waiting if step.created => ("Running", "Created"),
        Progress::Running | Progress::Waiting => ("Running", "OK"),
    };
    let mut target = json!({"id": step.id, "resourceType": step.resource_type, "resourceName": step.name});
    if let Some(symbolic) = &step.symbolic {
        target["symbolicName"] = symbolic.as_str().into();
    }
    target["apiVersion"] = step.api_version.as_str().into();
    let mut properties = json!({
        "provisioningOperation": "Create",
        "provisioningState": state,
        "timestamp": stamp(changed),
        "duration": duration(started, changed),
        "trackingId": step.operation_id,
        "serviceRequestId": step.operation_id,
        "statusCode": code,
        "targetResource": target,
    });
    if let (Progress::Failed, Some(error)) = (step.progress, &step.error) {
        properties["statusMessage"] = step.failure(error);
    }
    let id = step.operation_id.replace('-', "").to_uppercase();
    json!({"id": format!("{}/operations/{id}", deployment.id), "operationId": id, "properties": properties})
}

impl Step {
    /// How the operation tells its failure: later ones name the resource's state first.
    pub fn failure(&self, error: &super::error::ArmError) -> Value {
        if self.late {
            super::error::failed_later(error)
        } else {
            error.body()
        }
    }
}

/// The last name of an id, for messages.
pub fn name_of(id: &str) -> String {
    ResourceId::new(id).full_name()
}
