//! Resource groups.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::denials;
use super::super::error::ArmError;
use super::super::locks;
use super::super::state::{Group, Work};
use super::super::view::group_document;
use super::super::world::World;
use super::super::writes::no_group;
use super::no_method;
use super::request::{Answer, Request, literal, page};

/// Source: recorded deletions of groups took 61 to 1,861 s.
const DELETION: Duration = Duration::from_secs(90);

fn document(world: &World, group: &Group) -> Value {
    group_document(&world.settings.subscription, group)
}

pub fn list(world: &World, request: &Request) -> Result<Answer, ArmError> {
    if request.method != "GET" {
        return Err(no_method(request));
    }
    let wanted = tag_filter(request.filter());
    let matches = |group: &&Group| {
        wanted.as_ref().is_none_or(|(key, value)| {
            let found = group.tags.get(key).and_then(Value::as_str);
            found.is_some_and(|found| value.as_ref().is_none_or(|value| value == found))
        })
    };
    let groups = world
        .state
        .groups
        .values()
        .filter(matches)
        .map(|group| document(world, group))
        .collect();
    Ok(page(request, groups, world.settings.page))
}

/// `tagName eq 'k' and tagValue eq 'v'`
pub fn tag_filter(filter: &str) -> Option<(String, Option<String>)> {
    let literal = |word: &str| literal(filter, word).map(ToOwned::to_owned);
    Some((
        literal("tagName").or_else(|| literal("tagname"))?,
        literal("tagValue").or_else(|| literal("tagvalue")),
    ))
}

pub fn route(world: &mut World, request: &Request, key: &str) -> Result<Answer, ArmError> {
    let name = request.path.split('/').nth(4).unwrap_or(key).to_owned();
    if matches!(request.method.as_str(), "PUT" | "PATCH") {
        denials::check(world, &request.path, "write", None)?;
    }
    let found = world.state.groups.get(key);
    match (request.method.as_str(), found) {
        ("HEAD", found) => Ok(Answer::empty(if found.is_some() { 204 } else { 404 })),
        ("GET", Some(group)) => Ok(Answer::ok(document(world, group)).unfinished(group.deleting)),
        ("PUT", _) => put(world, request, key, &name),
        ("GET" | "PATCH" | "DELETE", None) => Err(no_group(&name)),
        ("PATCH", Some(_)) => patch(world, request, key),
        ("DELETE", Some(_)) => {
            locks::may_delete(world, &request.path)?;
            Ok(delete(world, request, key))
        }
        _ => Err(no_method(request)),
    }
}

fn put(world: &mut World, request: &Request, key: &str, name: &str) -> Result<Answer, ArmError> {
    let status = if world.put_group(name, request.object()?)? {
        201
    } else {
        200
    };
    let group = world.state.groups.get(key).ok_or_else(|| no_group(name))?;
    Ok(Answer::new(status, document(world, group)))
}

fn patch(world: &mut World, request: &Request, key: &str) -> Result<Answer, ArmError> {
    let tags = request.object()?.get("tags").and_then(Value::as_object).cloned();
    let Some(group) = world.state.groups.get_mut(key) else {
        return Err(no_group(key));
    };
    if let Some(tags) = tags {
        group.tags = tags;
    }
    let group = group.clone();
    world.dirty = true;
    Ok(Answer::ok(document(world, &group)))
}

fn delete(world: &mut World, request: &Request, key: &str) -> Answer {
    let location = world.state.groups.get_mut(key).map(|group| {
        group.deleting = true;
        group.location.clone()
    });
    let job = world.schedule(Work::DeleteGroup { key: key.to_owned() }, DELETION);
    let token = json!({
        "jobId": format!("RESOURCEGROUPDELETIONJOB-{}-{job}", key.to_uppercase().replace('-', ":2D")),
        "jobLocation": location.unwrap_or_default(),
        "job": job,
    });
    let token = URL_SAFE_NO_PAD.encode(token.to_string());
    Answer::accepted(world, request, &token)
}
