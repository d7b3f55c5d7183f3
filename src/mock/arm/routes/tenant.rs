//! What is above subscriptions: the tenant, its management groups, and deployments to them.

use super::super::error::ArmError;
use super::super::world::World;
use super::request::{Answer, Request};
use super::{deployments, governance, no_route, previews, resources, subscriptions};

pub async fn route(world: &mut World, request: &Request, path: &[&str]) -> Result<Answer, ArmError> {
    if let Some(answer) = governance::routed(world, request) {
        return answer;
    }
    match path {
        ["tenants"] => subscriptions::tenants(world, request),
        ["subscriptions"] => subscriptions::list(world, request),
        ["providers", "microsoft.resources", "calculatetemplatehash"] => previews::template_hash(request),
        ["providers", "microsoft.resources", "deployments", rest @ ..] => {
            deployments::route(world, request, "", rest)
        }
        [
            "providers",
            "microsoft.management",
            "managementgroups",
            _,
            "providers",
            "microsoft.resources",
            "deployments",
            rest @ ..,
        ] => deployments::route(world, request, &request.start(4), rest),
        ["providers", _, _, _, ..] => resources::route(world, request).await,
        _ => Err(no_route(request)),
    }
}
