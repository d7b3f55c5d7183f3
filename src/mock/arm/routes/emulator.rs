//! What only an emulator has: its faults, its warnings, and where Azure's hosts are on this machine.

use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::faults::{Fault, Faults};
use super::super::world::World;
use super::no_route;
use super::request::{Answer, Request};

pub fn route(world: &mut World, request: &Request) -> Result<Answer, ArmError> {
    let path = request.lower();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["landfall", "addresses"]) => Ok(Answer::ok(json!(world.settings.observer.addresses()))),
        ("GET", ["landfall", "warnings"]) => Ok(Answer::ok(json!({"value": world.warnings}))),
        ("GET", ["landfall", "faults"]) => Ok(Answer::ok(json!({"value": world.faults.list}))),
        ("PUT", ["landfall", "faults"]) => {
            let body = request.object()?;
            let list = body.get("value").cloned().unwrap_or(Value::Null);
            let faults: Vec<Fault> = serde_json::from_value(list).map_err(|error| {
                ArmError::bad_request(
                    "InvalidFaults",
                    format!("The faults cannot be understood: {error}."),
                )
            })?;
            let seed = body
                .get("seed")
                .and_then(Value::as_u64)
                .unwrap_or(world.settings.seed);
            world.faults = Faults::new(faults, seed);
            Ok(Answer::ok(json!({"value": world.faults.list, "seed": seed})))
        }
        _ => Err(no_route(request)),
    }
}
