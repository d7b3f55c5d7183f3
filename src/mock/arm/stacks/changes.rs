//! The changes of a stack's what-if: of resources, of who may touch them, of what is denied.
//!
//! A difference that was there right after the last deploy is no change: the stack remembers it as its baseline.

use serde_json::{Map, Value, json};

use super::super::template::RESOURCE_GROUP;
use super::super::world::World;
use super::managed::group_key;
use super::unmanage::is_deleted;
use super::{DenyMode, DenySettings, DenyStatus, Managed, Stack, Wish};

/// `{changes, diagnostics}`, made from a plain what-if of the same template.
pub fn of(world: &World, before: Option<&Stack>, wish: &Wish, plain: &Value) -> Value {
    let managed = |id: &str| {
        let all = before.map(|stack| stack.resources.as_slice()).unwrap_or_default();
        all.iter().find(|one| one.id.eq_ignore_ascii_case(id))
    };
    let mut named = Vec::new();
    let mut changes = Vec::new();
    for (list, certainty) in [("changes", "definite"), ("potentialChanges", "potential")] {
        for change in plain[list].as_array().into_iter().flatten() {
            let id = change["resourceId"].as_str().unwrap_or_default();
            if change["changeType"] == "Ignore" {
                continue;
            }
            named.push(id.to_lowercase());
            changes.push(planned(before, wish, managed(id), change, certainty));
        }
    }
    let lost = before.into_iter().flat_map(|stack| &stack.resources);
    for one in lost.filter(|one| !named.contains(&one.id.to_lowercase())) {
        changes.push(unmanaged(world, wish, one));
    }
    let diagnostics = plain["diagnostics"].as_array().into_iter().flatten();
    let diagnostics: Vec<Value> = diagnostics.map(lower_level).collect();
    json!({
        "changes": {
            "resourceChanges": changes,
            "denySettingsChange": deny_change(before.map(|stack| &stack.enforced), &wish.deny),
            "deploymentScopeChange": scope_change(before, wish),
        },
        "diagnostics": diagnostics,
    })
}

/// A resource that the template names.
fn planned(
    before: Option<&Stack>,
    wish: &Wish,
    managed: Option<&Managed>,
    plain: &Value,
    certainty: &str,
) -> Value {
    let id = plain["resourceId"].as_str().unwrap_or_default();
    let noise = before.and_then(|stack| stack.baseline.get(&id.to_lowercase()));
    let noise = noise
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let delta = plain["delta"].as_array().into_iter().flatten();
    let delta: Vec<Value> = delta
        .filter(|change| !noise.contains(change))
        .map(property)
        .collect();
    let kind = match plain["changeType"].as_str().unwrap_or_default() {
        "Create" => "create",
        "Unsupported" => "unsupported",
        "Modify" if !delta.is_empty() => "modify",
        _ => "noChange",
    };
    let after = match wish.deny.mode {
        DenyMode::None => DenyStatus::None,
        DenyMode::DenyDelete => DenyStatus::DenyDelete,
        DenyMode::DenyWriteAndDelete => DenyStatus::DenyWriteAndDelete,
    };
    let resource_type = match group_key(id) {
        Some(_) => RESOURCE_GROUP.to_owned(),
        None => crate::model::resource_id::ResourceId::new(id).resource_type(),
    };
    let mut change = json!({
        "id": id,
        "type": resource_type,
        "changeType": kind,
        "changeCertainty": if kind == "unsupported" { "potential" } else { certainty },
        "managementStatusChange": {
            "before": if managed.is_some() { "managed" } else { "unmanaged" },
            "after": "managed",
        },
        "denyStatusChange": {"before": managed.map(|one| one.deny).unwrap_or_default(), "after": after},
        "resourceConfigurationChanges": configuration(plain, delta),
    });
    for (key, value) in [
        ("apiVersion", plain.pointer("/after/apiVersion")),
        ("symbolicName", plain.get("symbolicName")),
        ("unsupportedReason", plain.get("unsupportedReason")),
    ] {
        if let Some(value) = value {
            change[key] = value.clone();
        }
    }
    change
}

fn configuration(plain: &Value, delta: Vec<Value>) -> Value {
    let mut record = Map::new();
    for key in ["before", "after"] {
        if let Some(value) = plain.get(key).filter(|value| value.is_object()) {
            record.insert(key.to_owned(), value.clone());
        }
    }
    record.insert("delta".to_owned(), delta.into());
    Value::Object(record)
}

/// A resource that the template names no more.
fn unmanaged(world: &World, wish: &Wish, one: &Managed) -> Value {
    let kind = if is_deleted(&wish.action, one) {
        "delete"
    } else {
        "detach"
    };
    let document = world.stored(&one.id).map(|stored| stored.document.clone());
    let mut record = Map::new();
    if let Some(document) = document {
        if kind == "detach" {
            record.insert("after".to_owned(), document.clone());
        }
        record.insert("before".to_owned(), document);
    }
    record.insert("delta".to_owned(), json!([]));
    json!({
        "id": one.id,
        "type": one.resource_type,
        "apiVersion": one.api_version,
        "changeType": kind,
        "changeCertainty": "definite",
        "managementStatusChange": {"before": "managed", "after": "unmanaged"},
        "denyStatusChange": {"before": one.deny, "after": "none"},
        "resourceConfigurationChanges": record,
    })
}

/// A change of a property in the words of stacks.
fn property(plain: &Value) -> Value {
    let mut change = Map::new();
    for key in ["path", "before", "after"] {
        if let Some(value) = plain.get(key) {
            change.insert(key.to_owned(), value.clone());
        }
    }
    let kind = plain["propertyChangeType"].as_str().unwrap_or_default();
    change.insert("changeType".to_owned(), lower_first(kind).into());
    if let Some(children) = plain["children"].as_array() {
        change.insert("children".to_owned(), children.iter().map(property).collect());
    }
    Value::Object(change)
}

fn lower_first(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    text
}

fn lower_level(diagnostic: &Value) -> Value {
    let mut diagnostic = diagnostic.clone();
    if let Some(level) = diagnostic["level"].as_str().map(lower_first) {
        diagnostic["level"] = level.into();
    }
    diagnostic
}

/// Before, after and the difference, in the words that Azure uses here: `Mode`, `DenyDelete`, `True`.
fn deny_change(before: Option<&DenySettings>, after: &DenySettings) -> Value {
    let mut change = json!({"after": deny_words(after)});
    if let Some(before) = before {
        change["before"] = deny_words(before);
    }
    let mut delta = Vec::new();
    let mode = |settings: &DenySettings| deny_words(settings)["mode"].clone();
    let apply = |settings: &DenySettings| {
        json!(if settings.apply_to_child_scopes {
            "True"
        } else {
            "False"
        })
    };
    scalar("Mode", before.map(mode), &mode(after), &mut delta);
    scalar("ApplyToChildScopes", before.map(apply), &apply(after), &mut delta);
    let none = DenySettings::default();
    let old = before.unwrap_or(&none);
    list(
        "ExcludedPrincipals",
        &old.excluded_principals,
        &after.excluded_principals,
        &mut delta,
    );
    list(
        "ExcludedActions",
        &old.excluded_actions,
        &after.excluded_actions,
        &mut delta,
    );
    change["delta"] = delta.into();
    change
}

fn deny_words(settings: &DenySettings) -> Value {
    let mut words = json!(settings);
    words["mode"] = match settings.mode {
        DenyMode::None => "None",
        DenyMode::DenyDelete => "DenyDelete",
        DenyMode::DenyWriteAndDelete => "DenyWriteAndDelete",
    }
    .into();
    words
}

fn scalar(path: &str, before: Option<Value>, after: &Value, delta: &mut Vec<Value>) {
    match before {
        Some(before) if before == *after => {}
        Some(before) => {
            delta.push(json!({"path": path, "changeType": "modify", "before": before, "after": after}));
        }
        None => delta.push(json!({"path": path, "changeType": "create", "after": after})),
    }
}

fn list(path: &str, before: &[String], after: &[String], delta: &mut Vec<Value>) {
    let mut children = Vec::new();
    for index in 0..before.len().max(after.len()) {
        let path = index.to_string();
        match (before.get(index), after.get(index)) {
            (Some(old), Some(new)) if old == new => {}
            (Some(old), Some(new)) => {
                children.push(json!({"path": path, "changeType": "modify", "before": old, "after": new}));
            }
            (None, Some(new)) => children.push(json!({"path": path, "changeType": "create", "after": new})),
            (Some(old), None) => children.push(json!({"path": path, "changeType": "delete", "before": old})),
            (None, None) => {}
        }
    }
    if !children.is_empty() {
        delta.push(json!({"path": path, "changeType": "array", "children": children}));
    }
}

fn scope_change(before: Option<&Stack>, wish: &Wish) -> Value {
    let old = before.and_then(|stack| stack.wish.deployment_scope.as_ref());
    let mut change = Map::new();
    if old != wish.deployment_scope.as_ref() {
        for (key, scope) in [("before", old), ("after", wish.deployment_scope.as_ref())] {
            if let Some(scope) = scope {
                change.insert(key.to_owned(), scope.as_str().into());
            }
        }
    }
    Value::Object(change)
}
