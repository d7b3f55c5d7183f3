//! HTTP: one handler takes every request through the same checks and hands it to the route that its path names.
//!
//! Paths are compared without regard to case, so there is no router but a `match` on lower-cased segments.

mod answer;
mod arrival;
mod capacity;
mod confluent;
mod deployments;
mod emulator;
mod governance;
mod groups;
mod headers;
mod listings;
mod locations;
mod operations;
mod previews;
mod registrations;
mod request;
mod resources;
mod roles;
mod serving;
mod sizes;
mod stacks;
mod streaming;
mod subscriptions;
mod tenant;
mod trouble;

use secrecy::ExposeSecret;

use super::error::ArmError;
use super::world::World;
use request::{Answer, Request};
pub use serving::serve;

/// The checks in Azure's order, then the route.
async fn checked(world: &mut World, request: &Request) -> Result<Answer, ArmError> {
    let path = request.lower();
    if path.first() == Some(&"metadata") {
        return subscriptions::metadata(request);
    }
    // The emulator's own addresses cost no token of the subscription's budget, and no fault strikes there.
    if path.first() == Some(&"landfall") {
        return if is_signed_in(world, request) {
            emulator::route(world, request)
        } else {
            Ok(unauthenticated(world, request))
        };
    }
    let counters = match world.throttle.take(&request.method, world.settings.clock.now()) {
        Ok(counters) => counters,
        Err((error, seconds)) => return Ok(Answer::from(error).header("Retry-After", seconds.to_string())),
    };
    if !is_signed_in(world, request) {
        return Ok(unauthenticated(world, request));
    }
    if request.api_version().is_none() {
        return Err(ArmError::bad_request(
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    }
    check_api_version(request)?;
    world.check_address(&path, request.api_version().unwrap_or_default())?;
    let mut answer = routed(world, request, &path).await.unwrap_or_else(Answer::from);
    answer.headers.extend(counters);
    Ok(answer)
}

fn is_signed_in(world: &World, request: &Request) -> bool {
    request.bearer.as_deref() == Some(world.settings.token.expose_secret())
}

fn check_api_version(request: &Request) -> Result<(), ArmError> {
    let version = request.api_version().unwrap_or_default();
    let date = version.get(..10).unwrap_or_default();
    let rest = version.get(10..).unwrap_or_default();
    let shaped = date.parse::<jiff::civil::Date>().is_ok() && (rest.is_empty() || rest.starts_with('-'));
    if shaped {
        return Ok(());
    }
    Err(ArmError::bad_request(
        "InvalidApiVersionParameter",
        format!("The api-version '{version}' is invalid."),
    ))
}

fn unauthenticated(world: &World, request: &Request) -> Answer {
    let (error, message) = match request.bearer {
        None => (
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        ),
        Some(_) => ("InvalidAuthenticationToken", "The access token is invalid."),
    };
    let code = if request.bearer.is_none() {
        "InvalidAuthenticationToken"
    } else {
        error
    };
    challenged(world, ArmError::new(401, code, message))
}

/// A 401 that says where to sign in.
fn challenged(world: &World, error: ArmError) -> Answer {
    let challenge = format!(
        "Bearer authorization_uri=\"https://login.microsoftonline.com/{}\", error=\"invalid_token\", error_description=\"{}\"",
        world.settings.tenant,
        error.message.replace(['"', '\\'], "")
    );
    Answer::from(error).header("WWW-Authenticate", challenge)
}

async fn routed(world: &mut World, request: &Request, path: &[&str]) -> Result<Answer, ArmError> {
    match path {
        ["subscriptions", subscription, rest @ ..] => {
            if !subscription.eq_ignore_ascii_case(&world.settings.subscription) {
                return Err(ArmError::not_found(
                    "SubscriptionNotFound",
                    format!("The subscription '{subscription}' could not be found."),
                ));
            }
            in_subscription(world, request, rest).await
        }
        _ => tenant::route(world, request, path).await,
    }
}

async fn in_subscription(world: &mut World, request: &Request, path: &[&str]) -> Result<Answer, ArmError> {
    let beside = stacks::routed(world, request, path)
        .or_else(|| governance::routed(world, request))
        .or_else(|| locations::routed(world, request, path));
    if let Some(answer) = beside {
        return answer;
    }
    match path {
        [] => subscriptions::one(world, request),
        ["locations"] => subscriptions::locations(world, request),
        ["resources"] => listings::list(world, request, None),
        ["operationresults", token] => operations::result(world, request, token),
        ["providers"] => registrations::list(world, request),
        ["providers", namespace] => registrations::one(world, request, namespace),
        ["providers", namespace, action @ ("register" | "unregister")] => {
            registrations::change(world, request, namespace, action)
        }
        ["providers", "microsoft.eventhub", "checknameavailability"] => {
            resources::name_is_free(world, request)
        }
        ["providers", "microsoft.compute", "skus"] => capacity::sizes(request),
        ["providers", "microsoft.compute", "locations", location, "usages"] => {
            capacity::usages(world, request, location)
        }
        ["providers", "microsoft.authorization", "roleassignments"] => Ok(listings::children(world, request)),
        ["providers", "microsoft.authorization", "roledefinitions"] => resources::route(world, request).await,
        ["providers", "microsoft.resources", "deployments", rest @ ..] => {
            deployments::route(world, request, &request.start(2), rest)
        }
        ["providers", namespace, kind] => listings::of_type(world, request, &format!("{namespace}/{kind}")),
        ["resourcegroups"] => groups::list(world, request),
        ["resourcegroups", group] => groups::route(world, request, group),
        ["resourcegroups", group, "resources"] => listings::list(world, request, Some(group)),
        ["resourcegroups", _, "deployments", name, "operations", rest @ ..] => {
            operations::of_deployment(world, request, &request.start(4), name, rest.first().copied())
        }
        [
            "resourcegroups",
            _,
            "providers",
            "microsoft.resources",
            "deployments",
            rest @ ..,
        ] => deployments::route(world, request, &request.start(4), rest),
        ["resourcegroups", _, "providers", _, _, ..] | ["providers", _, _, _, ..] => {
            resources::route(world, request).await
        }
        _ => Err(no_route(request)),
    }
}

fn no_route(request: &Request) -> ArmError {
    ArmError::not_found(
        "InvalidResourceType",
        format!(
            "The emulator has no route for '{} {}'.",
            request.method, request.path
        ),
    )
}

/// Refuses everything but a GET.
fn read_only(request: &Request) -> Result<(), ArmError> {
    if request.method == "GET" {
        Ok(())
    } else {
        Err(no_method(request))
    }
}

/// The 405 of a method that a route does not take.
fn no_method(request: &Request) -> ArmError {
    ArmError::new(
        405,
        "MethodNotAllowed",
        format!(
            "The method '{}' is not supported on '{}'.",
            request.method, request.path
        ),
    )
}
