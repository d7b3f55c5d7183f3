//! Lists of resources: of a type below its parent, of a group, of the subscription.

use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::locks;
use super::super::providers;
use super::super::state::Stored;
use super::super::view::stamp;
use super::super::world::World;
use super::super::writes::{group_of, no_group};
use super::read_only;
use super::request::{Answer, Request, literal, page, page_of};

/// The resources of one type below a parent.
pub fn children(world: &World, request: &Request) -> Answer {
    let prefix = format!("{}/", request.path.to_lowercase());
    // Locks are listed with those of everything below.
    if let Some(scope) = request
        .path
        .to_lowercase()
        .strip_suffix("/providers/microsoft.authorization/locks")
    {
        let locks = world
            .at_or_below(scope, locks::LOCKS)
            .map(|stored| stored.document.clone())
            .collect();
        return page(request, locks, world.settings.page);
    }
    if let Some(answer) = super::roles::assignments(world, request) {
        return answer;
    }
    let own = world
        .state
        .resources
        .range(prefix.clone()..)
        .take_while(|(key, _)| key.starts_with(&prefix));
    let own = own.filter(|(key, _)| !key[prefix.len()..].contains('/'));
    page_of(
        request,
        own.map(|(_, stored)| stored).collect(),
        world.settings.page,
        |stored| stored.document.clone(),
    )
}

/// `GET /subscriptions/{id}/providers/{type}`: every resource of a type, in whichever group.
pub fn of_type(world: &World, request: &Request, resource_type: &str) -> Result<Answer, ArmError> {
    read_only(request)?;
    let all = world.state.resources.values();
    let all = all.filter(|stored| stored.resource_type.eq_ignore_ascii_case(resource_type));
    let all: Vec<Value> = all.map(|stored| stored.document.clone()).collect();
    if all.is_empty() && providers::find(resource_type).is_none() {
        return Err(super::no_route(request));
    }
    Ok(page(request, all, world.settings.page))
}

/// `GET …/resources` of a group or of the subscription: tracked resources, without their properties.
pub fn list(world: &World, request: &Request, group: Option<&str>) -> Result<Answer, ArmError> {
    read_only(request)?;
    if let Some(group) = group.filter(|group| !world.state.groups.contains_key(*group)) {
        return Err(no_group(group));
    }
    let filter = request.filter();
    let expand = request
        .query
        .get("$expand")
        .map(|expand| expand.to_lowercase())
        .unwrap_or_default();
    let shown = world
        .state
        .resources
        .values()
        .filter(|stored| providers::is_tracked(&stored.resource_type))
        .filter(|stored| {
            group.is_none_or(|group| group_of(&stored.id).is_some_and(|own| own.eq_ignore_ascii_case(group)))
        })
        .filter(|stored| filter.is_empty() || passes(stored, filter))
        .collect();
    let size = world.settings.page;
    Ok(page_of(request, shown, size, |stored| summary(stored, &expand)))
}

/// `resourceType eq '…'`, `name eq '…'` and the tag filter; others let everything through.
fn passes(stored: &Stored, filter: &str) -> bool {
    if let Some(wanted) =
        literal(filter, "resourceType").filter(|wanted| !wanted.eq_ignore_ascii_case(&stored.resource_type))
    {
        return wanted.is_empty();
    }
    if let Some((key, value)) = super::groups::tag_filter(filter) {
        let found = stored
            .document
            .pointer("/tags")
            .and_then(|tags| tags.get(&key))
            .and_then(Value::as_str);
        return found.is_some_and(|found| value.is_none_or(|value| value == found));
    }
    literal(filter, "name").is_none_or(|wanted| wanted.eq_ignore_ascii_case(&stored.name))
}

fn summary(stored: &Stored, expand: &str) -> Value {
    let mut row = json!({"id": stored.id, "name": stored.name, "type": stored.resource_type});
    for key in ["location", "tags", "sku", "kind", "identity", "zones"] {
        if let Some(value) = stored.document.get(key) {
            row[key] = value.clone();
        }
    }
    if expand.contains("createdtime") {
        row["createdTime"] = stamp(stored.created).into();
    }
    if expand.contains("changedtime") {
        row["changedTime"] = stamp(stored.changed).into();
    }
    if expand.contains("provisioningstate") {
        row["provisioningState"] = stored.document["properties"]["provisioningState"].clone();
    }
    row
}
