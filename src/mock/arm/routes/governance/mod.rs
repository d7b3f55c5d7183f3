//! Who may do what: permissions, deny assignments, policies.

mod authorization;
mod policy;

use super::super::error::ArmError;
use super::super::world::World;
use super::request::{Answer, Request};

/// The answer to a path about rights or policies, at whatever scope; `None` for others.
pub fn routed(world: &World, request: &Request) -> Option<Result<Answer, ArmError>> {
    authorization::routed(world, request).or_else(|| policy::routed(world, request))
}
