//! What only an emulator has: its faults, its noise, its log and counters, its warnings, where hosts are on this machine.

use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::faults::Script;
use super::super::metrics;
use super::super::requests::Filter;
use super::super::world::World;
use super::no_route;
use super::request::{Answer, Request};

pub fn route(world: &mut World, request: &Request) -> Result<Answer, ArmError> {
    let path = request.lower();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["landfall", "addresses"]) => Ok(Answer::ok(json!(world.settings.observer.addresses()))),
        ("GET", ["landfall", "warnings"]) => Ok(Answer::ok(json!({"value": warnings(world)}))),
        ("GET", ["landfall", "faults"]) => Ok(faults(world)),
        ("PUT", ["landfall", "noise"]) => {
            world.settings.noise = request.object()?.get("value") == Some(&Value::Bool(true));
            Ok(Answer::ok(json!({"value": world.settings.noise})))
        }
        ("PUT", ["landfall", "faults"]) => {
            let script = script(request)?;
            let seed = script.seed.unwrap_or(world.settings.seed);
            world.faults.replace(script.faults, seed);
            Ok(faults(world))
        }
        ("POST", ["landfall", "faults"]) => {
            world.faults.add(script(request)?.faults);
            Ok(faults(world))
        }
        ("DELETE", ["landfall", "faults"]) => {
            world.faults.replace(Vec::new(), world.settings.seed);
            Ok(faults(world))
        }
        ("GET", ["landfall", "requests"]) => {
            let entries = world.requests.entries(&filter(request)?);
            Ok(Answer::ok(json!({ "value": entries })))
        }
        ("GET", ["landfall", "metrics"]) => Ok(Answer::text(metrics::CONTENT_TYPE, metrics::text(world))),
        _ => Err(no_route(request)),
    }
}

fn warnings(world: &World) -> Vec<String> {
    world
        .warnings
        .iter()
        .cloned()
        .chain(world.requests.failure())
        .collect()
}

fn faults(world: &World) -> Answer {
    Answer::ok(json!({"value": world.faults.list(), "seed": world.faults.seed()}))
}

fn script(request: &Request) -> Result<Script, ArmError> {
    serde_json::from_value(request.object()?.clone()).map_err(|error| {
        ArmError::bad_request(
            "InvalidFaults",
            format!("The faults cannot be understood: {error}."),
        )
    })
}

/// `?method=&path=&since=&last=`
fn filter(request: &Request) -> Result<Filter, ArmError> {
    let word = |name: &str| request.query.get(name).filter(|value| !value.is_empty());
    let wrong = |name: &str, value: &str, wanted: &str| {
        ArmError::bad_request(
            "InvalidFilter",
            format!("`{name}` is '{value}', and not {wanted}."),
        )
    };
    let since = word("since").map(|text| {
        let parsed = text.parse();
        parsed.map_err(|_| wrong("since", text, "a time such as 2026-01-31T12:00:00Z"))
    });
    let last = word("last").map(|text| text.parse().map_err(|_| wrong("last", text, "a number")));
    Ok(Filter {
        method: word("method").cloned(),
        path: word("path").cloned(),
        since: since.transpose()?,
        last: last.transpose()?,
    })
}
