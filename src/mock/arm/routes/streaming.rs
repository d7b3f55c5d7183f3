//! `POST …/streamingjobs/{job}/start` and `/stop`.

use serde_json::Value;

use super::super::error::ArmError;
use super::super::state::Stored;
use super::super::streaming::{JOBS, Turn};
use super::super::world::World;
use super::request::{Answer, Request};
use super::resources::status_url;

/// The answer to an action of a job; `None` for every other.
pub fn routed(
    world: &mut World,
    request: &Request,
    stored: &Stored,
    action: &str,
) -> Option<Result<Answer, ArmError>> {
    let turn = Turn::named(action).filter(|_| stored.resource_type.eq_ignore_ascii_case(JOBS))?;
    Some(turned(world, request, stored, turn))
}

fn turned(world: &mut World, request: &Request, stored: &Stored, turn: Turn) -> Result<Answer, ArmError> {
    let body = if request.has_body() {
        request.object()?.clone()
    } else {
        Value::Null
    };
    let job = world.turn_job(&stored.id.to_lowercase(), turn, &body)?;
    let status = status_url(world, request, &job);
    Ok(Answer::accepted(world, request, &job).header("Azure-AsyncOperation", status))
}
