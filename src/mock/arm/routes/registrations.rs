//! Which resource providers the subscription may use.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::providers;
use super::super::state::Work;
use super::super::world::World;
use super::no_method;
use super::request::{Answer, Request, page};

const REGISTRATION: Duration = Duration::from_mins(1);

fn document(world: &World, namespace: &str) -> Value {
    let state = world
        .state
        .registrations
        .get(&namespace.to_lowercase())
        .map_or("Registered", String::as_str);
    let types = providers::offers(namespace).into_iter().map(|mut offer| {
        offer["capabilities"] = "SupportsTags, SupportsLocation".into();
        offer
    });
    json!({
        "id": format!("/subscriptions/{}/providers/{namespace}", world.settings.subscription),
        "namespace": namespace,
        "registrationPolicy": "RegistrationRequired",
        "registrationState": state,
        "resourceTypes": types.chain(checks_names(namespace)).collect::<Vec<_>>(),
    })
}

/// Azure lists the actions of a provider among its types; a client finds out there whether names can be checked.
fn checks_names(namespace: &str) -> Option<Value> {
    namespace.eq_ignore_ascii_case("Microsoft.EventHub").then(|| {
        json!({"resourceType": "checkNameAvailability", "locations": [], "apiVersions": providers::versions("Microsoft.EventHub/namespaces"), "capabilities": "None"})
    })
}

pub fn list(world: &World, request: &Request) -> Result<Answer, ArmError> {
    if request.method != "GET" {
        return Err(no_method(request));
    }
    let all = providers::namespaces()
        .into_iter()
        .map(|namespace| document(world, namespace))
        .collect();
    Ok(page(request, all, world.settings.page))
}

/// The namespace in Azure's spelling.
fn spelled(namespace: &str) -> Result<&'static str, ArmError> {
    let found = providers::namespaces()
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(namespace));
    found.ok_or_else(|| {
        ArmError::not_found(
            "InvalidResourceNamespace",
            format!("The resource namespace '{namespace}' is invalid."),
        )
    })
}

pub fn one(world: &World, request: &Request, namespace: &str) -> Result<Answer, ArmError> {
    if request.method != "GET" {
        return Err(no_method(request));
    }
    let body = document(world, spelled(namespace)?);
    let unfinished = matches!(
        body["registrationState"].as_str(),
        Some("Registering" | "Unregistering")
    );
    Ok(Answer::ok(body).unfinished(unfinished))
}

/// `register` and `unregister` answer at once and are done later.
pub fn change(
    world: &mut World,
    request: &Request,
    namespace: &str,
    action: &str,
) -> Result<Answer, ArmError> {
    if request.method != "POST" {
        return Err(no_method(request));
    }
    let namespace = spelled(namespace)?;
    let (now, then) = if action == "register" {
        ("Registering", "Registered")
    } else {
        ("Unregistering", "NotRegistered")
    };
    let key = namespace.to_lowercase();
    let current = world
        .state
        .registrations
        .get(&key)
        .map_or("Registered", String::as_str);
    if current != then {
        world.state.registrations.insert(key.clone(), now.to_owned());
        world.schedule(
            Work::Register {
                namespace: key,
                state: then.to_owned(),
            },
            REGISTRATION,
        );
    }
    Ok(Answer::ok(document(world, namespace)))
}
