//! What a provider is asked in a region, or of a name, before anything is made; and what it keeps when it was deleted.

mod deleted;
mod hdinsight;
mod names;
mod networks;

use super::super::error::ArmError;
use super::super::world::World;
use super::request::{Answer, Request};

/// The answer to a path below a subscription; `None` for what is asked elsewhere.
pub fn routed(world: &mut World, request: &Request, path: &[&str]) -> Option<Result<Answer, ArmError>> {
    match path {
        ["providers", "microsoft.storage", "checknameavailability"] => Some(names::storage(world, request)),
        ["providers", "microsoft.keyvault", "checknameavailability"] => Some(names::vault(world, request)),
        [
            "providers",
            "microsoft.hdinsight",
            "locations",
            location,
            rest @ ..,
        ] => hdinsight::routed(world, request, location, rest),
        ["providers", "microsoft.network", "locations", location, "usages"] => {
            Some(networks::usages(world, request, location))
        }
        _ => deleted::routed(world, request, path),
    }
}
