//! What a deployment would change: each planned resource beside the one that is there.
//!
//! What a provider filled in by itself is no change: a property counts as deleted only when the last writer gave it.
//! Values that are secret, or known only at run time, are shown as their expressions and not compared.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::comparison::Comparison;
use super::links::Around;
use super::noise;
use super::prepare::{Prepared, deployed};
use super::providers;
use super::state::Stored;
use super::template::{Expanded, Level, Planned, RESOURCE_GROUP, scope_of};
use super::view::group_document;
use super::world::World;
use super::writes::known_secrets;

/// What is found while the templates of a deployment are walked.
struct Walk<'w> {
    around: Around<'w>,
    ids_only: bool,
    changes: Vec<Value>,
    /// The ids, in lower case, that templates name.
    seen: Vec<String>,
    /// The groups, in lower case, that something is deployed into: what they have beside it is shown, too.
    groups: BTreeSet<String>,
    diagnostics: Vec<Value>,
}

impl World {
    /// The result of a what-if at `scope`: `{status, properties: {correlationId, changes, diagnostics}}`.
    pub fn what_if(&self, prepared: &Prepared, scope: &str, correlation: &str, ids_only: bool) -> Value {
        let mut walk = Walk {
            around: self.around(),
            ids_only,
            changes: Vec::new(),
            seen: Vec::new(),
            groups: BTreeSet::new(),
            diagnostics: Vec::new(),
        };
        self.compare_all(&prepared.expanded, scope, &mut walk);
        let complete = prepared.mode == "Complete";
        for stored in walk.groups.iter().flat_map(|group| self.below(group)) {
            if providers::is_tracked(&stored.resource_type) && !walk.seen.contains(&stored.id.to_lowercase())
            {
                walk.changes.push(untouched(stored, complete, ids_only));
            }
        }
        let mut changes = walk.changes;
        changes.sort_by_key(|change| change["resourceId"].as_str().unwrap_or_default().to_lowercase());
        json!({
            "status": "Succeeded",
            "properties": {
                "correlationId": correlation,
                "changes": changes,
                "potentialChanges": [],
                "diagnostics": walk.diagnostics,
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

    /// The resources at a scope and below it, in order of their ids.
    pub fn below(&self, scope: &str) -> impl Iterator<Item = &Stored> {
        let prefix = format!("{}/", scope.to_lowercase());
        self.state
            .resources
            .range(prefix.clone()..)
            .take_while(move |(id, _)| id.starts_with(&prefix))
            .map(|(_, stored)| stored)
    }

    fn compare_all(&self, expanded: &Expanded, scope: &str, walk: &mut Walk<'_>) {
        if Level::of(scope) == Level::Group {
            walk.groups.insert(scope.to_lowercase());
        }
        for (index, resource) in expanded.resources.iter().enumerate() {
            if !resource.wanted || resource.existing {
                continue;
            }
            if resource.is_deployment() {
                match expanded.nested(index, &resource.body, &resource.notes, &walk.around) {
                    Ok(nested) => self.compare_all(&nested, scope_of(&resource.id), walk),
                    Err(error) => walk.unsupported(resource, &error.arm_message()),
                }
                continue;
            }
            walk.seen.push(resource.id.to_lowercase());
            let change = self.compare(resource, walk.ids_only);
            walk.changes.push(change);
        }
    }

    /// What is there under an id: a resource, or a group as if it were one.
    pub fn stored(&self, id: &str) -> Option<Cow<'_, Stored>> {
        let key = id.to_lowercase();
        if let Some(stored) = self.state.resources.get(&key) {
            return Some(Cow::Borrowed(stored));
        }
        let (_, name) = key.split_once("/resourcegroups/")?;
        let group = self.state.groups.get(name)?;
        let document = group_document(&self.settings.subscription, group);
        let mut given = document.clone();
        given
            .as_object_mut()?
            .retain(|key, _| matches!(key.as_str(), "location" | "tags" | "managedBy"));
        Some(Cow::Owned(Stored {
            id: document["id"].as_str()?.to_owned(),
            resource_type: RESOURCE_GROUP.to_owned(),
            name: group.name.clone(),
            api_version: String::new(),
            document,
            given,
            created: Timestamp::UNIX_EPOCH,
            changed: Timestamp::UNIX_EPOCH,
        }))
    }

    fn compare(&self, resource: &Planned, ids_only: bool) -> Value {
        let stored = self.stored(&resource.id);
        let after = shown(resource);
        let mut change = json!({"resourceId": stored.as_ref().map_or(&resource.id, |stored| &stored.id)});
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
        let mut delta =
            Comparison { hidden: &hidden }.resource(&stored.document, &stored.given, &resource.body);
        if self.settings.noise {
            delta.extend(noise::of(&stored, &resource.body));
        }
        change["changeType"] = if delta.is_empty() { "NoChange" } else { "Modify" }.into();
        change["before"] = stored.document.clone();
        change["after"] = after;
        change["delta"] = delta.into();
        change
    }
}

impl Walk<'_> {
    fn unsupported(&mut self, resource: &Planned, why: &str) {
        self.diagnostics.push(json!({
            "level": "Warning",
            "code": "NestedDeploymentShortCircuited",
            "message": why,
            "target": resource.id,
        }));
        self.changes.push(json!({
            "resourceId": resource.id,
            "changeType": "Unsupported",
            "unsupportedReason": why,
        }));
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
pub fn validated(expanded: &Expanded, around: &Around<'_>) -> Vec<Value> {
    let mut all = Vec::new();
    for resource in deployed(&expanded.resources) {
        all.push(json!({"id": resource.id}));
    }
    for (index, resource) in expanded.resources.iter().enumerate() {
        if resource.wanted
            && resource.is_deployment()
            && let Ok(nested) = expanded.nested(index, &resource.body, &resource.notes, around)
        {
            all.extend(validated(&nested, around));
        }
    }
    all
}
