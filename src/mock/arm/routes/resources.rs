//! Resources of any type by their id, lists of them, and the few actions that targets need.

use serde_json::{Value, json};

use crate::model::resource_id::ResourceId;

use super::super::actions;
use super::super::denials;
use super::super::error::ArmError;
use super::super::locks;
use super::super::parts::part_of;
use super::super::providers;
use super::super::state::{Stored, Work};
use super::super::view::name_of;
use super::super::world::World;
use super::super::writes::{Put, group_of, no_group};
use super::request::{Answer, Request};
use super::{confluent, listings, no_method, no_route, operations, roles, streaming};

pub async fn route(world: &mut World, request: &Request) -> Result<Answer, ArmError> {
    let path = request.lower();
    if path.iter().rev().nth(1) == Some(&"operationstatuses") {
        return operations::status(world, request);
    }
    if let Some(answer) = roles::definitions(world, request) {
        return answer;
    }
    let behind = path
        .iter()
        .rposition(|segment| *segment == "providers")
        .map_or(0, |at| path.len() - at - 2);
    if request.method == "POST" {
        return action(world, request);
    }
    if behind.is_multiple_of(2) {
        return one(world, request).await;
    }
    if request.method == "GET" {
        if let Some(view) = beside(world, request) {
            return Ok(Answer::ok(view));
        }
        Ok(listings::children(world, request))
    } else {
        Err(no_route(request))
    }
}

async fn one(world: &mut World, request: &Request) -> Result<Answer, ArmError> {
    let key = request.path.to_lowercase();
    if matches!(request.method.as_str(), "PUT" | "PATCH") {
        denials::check(world, &request.path, "write", None)?;
    }
    let stored = world.state.resources.get(&key).cloned();
    match (request.method.as_str(), stored) {
        ("HEAD", stored) => Ok(Answer::empty(if stored.is_some() { 204 } else { 404 })),
        ("GET", Some(stored)) => {
            let unfinished = is_unfinished(&stored.document);
            Ok(Answer::ok(stored.document).unfinished(unfinished))
        }
        ("GET", None) => part_of(&world.state, &request.path)
            .map(Answer::ok)
            .ok_or_else(|| missing(world, &request.path)),
        ("PATCH", None) => Err(missing(world, &request.path)),
        ("PUT", _) => put(world, request, request.object()?.clone()).await,
        ("PATCH", Some(stored)) => {
            let mut body = stored.given;
            merge(&mut body, request.object()?);
            put(world, request, body).await
        }
        ("DELETE", None) => Ok(Answer::empty(204)),
        ("DELETE", Some(stored)) => {
            locks::may_delete(world, &stored.id)?;
            Ok(delete(world, request, &stored).await)
        }
        _ => Err(no_method(request)),
    }
}

fn is_unfinished(document: &Value) -> bool {
    let state = document
        .pointer("/properties/provisioningState")
        .and_then(Value::as_str);
    let job = document.pointer("/properties/jobState").and_then(Value::as_str);
    matches!(state, Some("Creating" | "Updating" | "InProgress" | "Deleting"))
        || matches!(job, Some("Starting" | "Stopping"))
}

fn missing(world: &World, id: &str) -> ArmError {
    let group = group_of(id).unwrap_or_default();
    if !group.is_empty() && !world.state.groups.contains_key(&group.to_lowercase()) {
        return no_group(group);
    }
    let kind = ResourceId::new(id).resource_type();
    ArmError::not_found(
        "ResourceNotFound",
        format!(
            "The Resource '{kind}/{}' under resource group '{group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
            name_of(id)
        ),
    )
}

/// JSON merge patch (RFC 7396).
fn merge(into: &mut Value, patch: &Value) {
    let (Some(fields), Some(patch)) = (into.as_object_mut(), patch.as_object()) else {
        *into = patch.clone();
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            fields.shift_remove(key);
        } else {
            merge(fields.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

async fn put(world: &mut World, request: &Request, body: Value) -> Result<Answer, ArmError> {
    let id = request.path.clone();
    let key = id.to_lowercase();
    let resource_type = spelled(&ResourceId::new(&id).resource_type());
    let put = Put {
        resource_type: resource_type.clone(),
        api_version: request.api_version().unwrap_or_default().to_owned(),
        secret: Vec::new(),
        id,
        body,
    };
    let at = world.now();
    let begun = world.begin_put(put, at).await?;
    let status = if begun.created {
        providers::status_when_made(&resource_type)
    } else {
        200
    };
    let Some(takes) = begun.takes else {
        if let Some(error) = begun.fails {
            world.mark(&key, "Failed", at);
            return Err(error);
        }
        world.finish_put(&key, at).await?;
        return Ok(Answer::new(status, document(world, &key)));
    };
    let job = world.schedule(
        Work::PutResource {
            key: key.clone(),
            fails: begun.fails,
        },
        takes,
    );
    if begun.stuck
        && let Some(job) = world.state.jobs.get_mut(&job)
    {
        job.due = None;
    }
    Ok(Answer::new(status, document(world, &key))
        .header("Azure-AsyncOperation", status_url(world, request, &job))
        .header("Retry-After", "15")
        .paced(world))
}

fn document(world: &World, key: &str) -> Value {
    world
        .state
        .resources
        .get(key)
        .map(|stored| stored.document.clone())
        .unwrap_or_default()
}

/// Where the work of a job is followed.
pub fn status_url(world: &World, request: &Request, job: &str) -> String {
    let namespace = ResourceId::new(&request.path).resource_type();
    let namespace = namespace.split('/').next().unwrap_or_default();
    request.url(&format!(
        "/subscriptions/{}/providers/{namespace}/locations/westeurope/operationStatuses/{job}?api-version={}",
        world.settings.subscription,
        request.api_version().unwrap_or_default()
    ))
}

/// The type in the table's spelling, or as it is written.
fn spelled(resource_type: &str) -> String {
    providers::find(resource_type)
        .map_or_else(|| resource_type.to_owned(), |row| row.resource_type.to_owned())
}

async fn delete(world: &mut World, request: &Request, stored: &Stored) -> Answer {
    let key = stored.id.to_lowercase();
    let Some(takes) = world.usual_time(&stored.resource_type) else {
        world.remove(&key).await;
        return Answer::empty(200);
    };
    let at = world.now();
    world.mark(&key, "Deleting", at);
    let job = world.schedule(Work::DeleteResource { key }, takes);
    Answer::accepted(world, request, &job)
}

/// `GET {id}/instanceView` and its like: what a resource shows beside itself.
fn beside(world: &World, request: &Request) -> Option<Value> {
    let (id, action) = request.path.rsplit_once('/')?;
    let stored = world.state.resources.get(&id.to_lowercase())?;
    actions::answer(&world.state, &world.settings.token, stored, action).ok()
}

/// `POST {id}/{action}`
fn action(world: &mut World, request: &Request) -> Result<Answer, ArmError> {
    let (id, action) = request.path.rsplit_once('/').unwrap_or_default();
    let refused = |message| ArmError::bad_request("InvalidResourceOperation", message);
    let Some(stored) = world.state.resources.get(&id.to_lowercase()).cloned() else {
        return Err(missing(world, id));
    };
    denials::check(world, id, &format!("{action}/action"), None)?;
    let known = streaming::routed(world, request, &stored, action)
        .or_else(|| confluent::routed(world, request, &stored, action));
    if let Some(answer) = known {
        return answer;
    }
    let mut action = action;
    let is_rule = stored
        .resource_type
        .to_lowercase()
        .ends_with("/authorizationrules");
    if is_rule && action.eq_ignore_ascii_case("regenerateKeys") {
        actions::renew(&mut world.state, &stored.id, request.object()?).map_err(refused)?;
        world.dirty = true;
        action = "listKeys";
    }
    actions::answer(&world.state, &world.settings.token, &stored, action)
        .map(Answer::ok)
        .map_err(refused)
}

/// `POST …/Microsoft.EventHub/checkNameAvailability`
pub fn name_is_free(world: &World, request: &Request) -> Result<Answer, ArmError> {
    if request.method != "POST" {
        return Err(no_method(request));
    }
    let name = request
        .object()?
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let taken = world.state.resources.values().any(|stored| {
        stored
            .resource_type
            .eq_ignore_ascii_case("Microsoft.EventHub/namespaces")
            && stored.name.eq_ignore_ascii_case(name)
    });
    let (free, reason, message) = if !providers::is_namespace_name(name) {
        (
            false,
            "InvalidName",
            "The name has 6 to 50 letters, digits and hyphens, starts with a letter and does not end with a hyphen.",
        )
    } else if taken {
        (false, "NameInUse", "The name is already in use.")
    } else {
        (true, "None", "")
    };
    Ok(Answer::ok(
        json!({"nameAvailable": free, "reason": reason, "message": message}),
    ))
}
