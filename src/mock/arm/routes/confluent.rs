//! `POST …/environments/{environment}/clusters/{cluster}/createAPIKey`.

use super::super::confluent::CLUSTERS;
use super::super::error::ArmError;
use super::super::state::Stored;
use super::super::world::World;
use super::request::{Answer, Request};

/// The answer to an action of a cluster; `None` for every other.
pub fn routed(
    world: &mut World,
    request: &Request,
    stored: &Stored,
    action: &str,
) -> Option<Result<Answer, ArmError>> {
    let is_it =
        stored.resource_type.eq_ignore_ascii_case(CLUSTERS) && action.eq_ignore_ascii_case("createAPIKey");
    is_it.then(|| {
        let body = request.object()?;
        world.create_api_key(stored, body).map(Answer::ok)
    })
}
