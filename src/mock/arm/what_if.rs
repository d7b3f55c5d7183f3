//! What a deployment would change: each planned resource beside the one that is there.
//!
//! What a provider filled in by itself is no change: a property counts as deleted only when the last writer gave it.
//! Values that are secret, or known only at run time, are shown as their expressions and not compared.

use serde_json::{Map, Value, json};

use super::comparison::Comparison;
use super::prepare::{Prepared, deployed};
use super::providers;
use super::state::Stored;
use super::template::{Expanded, Planned};
use super::world::World;
use super::writes::known_secrets;

impl World {
    /// The result of a what-if: `{status, properties: {correlationId, changes, diagnostics}}`.
    pub fn what_if(&self, prepared: &Prepared, group: &str, correlation: &str, ids_only: bool) -> Value {
        let mut changes = Vec::new();
        let mut seen = Vec::new();
        let mut diagnostics = Vec::new();
        self.compare_all(
            &prepared.expanded,
            ids_only,
            &mut changes,
            &mut seen,
            &mut diagnostics,
        );
        let complete = prepared.mode == "Complete";
        for stored in self
            .in_group(group)
            .filter(|stored| providers::is_tracked(&stored.resource_type))
        {
            if !seen.contains(&stored.id.to_lowercase()) {
                changes.push(untouched(stored, complete, ids_only));
            }
        }
        changes.sort_by_key(|change| change["resourceId"].as_str().unwrap_or_default().to_lowercase());
        json!({
            "status": "Succeeded",
            "properties": {
                "correlationId": correlation,
                "changes": changes,
                "potentialChanges": [],
                "diagnostics": diagnostics,
            },
        })
    }

    /// The extensions of one type on `scope` or on anything below it, as Azure lists them.
    pub fn at_or_below(&self, scope: &str, resource_type: &str) -> impl Iterator<Item = &Stored> {
        let prefix = format!("{}/", scope.to_lowercase());
        self.state
            .resources
            .range(prefix.clone()..)
            .take_while(move |(id, _)| id.starts_with(&prefix))
            .map(|(_, stored)| stored)
            .filter(move |stored| stored.resource_type.eq_ignore_ascii_case(resource_type))
    }

    /// The resources of a group, in order of their ids.
    pub fn in_group(&self, group: &str) -> impl Iterator<Item = &Stored> {
        let prefix = format!(
            "/subscriptions/{}/resourcegroups/{}/",
            self.settings.subscription, group
        )
        .to_lowercase();
        self.state
            .resources
            .range(prefix.clone()..)
            .take_while(move |(id, _)| id.starts_with(&prefix))
            .map(|(_, stored)| stored)
    }

    fn compare_all(
        &self,
        expanded: &Expanded,
        ids_only: bool,
        changes: &mut Vec<Value>,
        seen: &mut Vec<String>,
        diagnostics: &mut Vec<Value>,
    ) {
        for (index, resource) in expanded.resources.iter().enumerate() {
            if !resource.wanted || resource.existing {
                continue;
            }
            if resource.is_deployment() {
                match expanded.nested(index, &resource.body, &resource.notes) {
                    Ok(nested) => self.compare_all(&nested, ids_only, changes, seen, diagnostics),
                    Err(error) => {
                        diagnostics.push(json!({
                            "level": "Warning",
                            "code": "NestedDeploymentShortCircuited",
                            "message": error.arm_message(),
                            "target": resource.id,
                        }));
                        changes.push(json!({
                            "resourceId": resource.id,
                            "changeType": "Unsupported",
                            "unsupportedReason": error.arm_message(),
                        }));
                    }
                }
                continue;
            }
            seen.push(resource.id.to_lowercase());
            changes.push(self.compare(resource, ids_only));
        }
    }

    fn compare(&self, resource: &Planned, ids_only: bool) -> Value {
        let stored = self.state.resources.get(&resource.id.to_lowercase());
        let after = shown(resource);
        let mut change = json!({"resourceId": stored.map_or(&resource.id, |stored| &stored.id)});
        if let Some(symbolic) = &resource.symbolic {
            change["symbolicName"] = symbolic.as_str().into();
        }
        if ids_only {
            change["changeType"] = if stored.is_some() { "Deploy" } else { "Create" }.into();
            return change;
        }
        let Some(stored) = stored else {
            change["changeType"] = "Create".into();
            change["after"] = after;
            return change;
        };
        let hidden: Vec<String> = resource
            .notes
            .later
            .iter()
            .chain(&resource.notes.secret)
            .cloned()
            // What is not stored cannot be compared.
            .chain(known_secrets(&resource.body))
            .collect();
        let delta = Comparison { hidden: &hidden }.resource(&stored.document, &stored.given, &resource.body);
        change["changeType"] = if delta.is_empty() { "NoChange" } else { "Modify" }.into();
        change["before"] = stored.document.clone();
        change["after"] = after;
        change["delta"] = delta.into();
        change
    }
}

/// The resource as planned, with expressions in the place of secrets.
fn shown(resource: &Planned) -> Value {
    let mut body = resource.body.clone();
    for pointer in &resource.notes.secret {
        let written = resource.source().pointer(pointer).cloned();
        if let Some(place) = body.pointer_mut(pointer) {
            *place = written
                .filter(Value::is_string)
                .unwrap_or_else(|| json!("[secure value]"));
        }
    }
    let mut fields = Map::new();
    fields.insert("id".into(), resource.id.as_str().into());
    fields.insert(
        "name".into(),
        resource.id.rsplit('/').next().unwrap_or_default().into(),
    );
    fields.insert("type".into(), resource.resource_type.as_str().into());
    fields.insert("apiVersion".into(), resource.api_version.as_str().into());
    if let Value::Object(body) = body {
        fields.extend(body);
    }
    Value::Object(fields)
}

fn untouched(stored: &Stored, complete: bool, ids_only: bool) -> Value {
    let mut change = json!({
        "resourceId": stored.id,
        "changeType": if complete { "Delete" } else { "Ignore" },
    });
    if !ids_only {
        change["before"] = stored.document.clone();
        if !complete {
            change["after"] = stored.document.clone();
        }
    }
    change
}

/// `validatedResources` of a validation: every id that a run would write, nested ones included.
pub fn validated(expanded: &Expanded) -> Vec<Value> {
    let mut all = Vec::new();
    for resource in deployed(&expanded.resources) {
        all.push(json!({"id": resource.id}));
    }
    for (index, resource) in expanded.resources.iter().enumerate() {
        if resource.wanted
            && resource.is_deployment()
            && let Ok(nested) = expanded.nested(index, &resource.body, &resource.notes)
        {
            all.extend(validated(&nested));
        }
    }
    all
}
