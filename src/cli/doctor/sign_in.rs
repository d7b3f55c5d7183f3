//! Who this machine is for Azure, and what that identity sees. The token itself is never shown.

use super::{Check, Health, reason};
use crate::azure::AzureError;
use crate::azure::token::Identity;
use crate::cli::session::Session;
use crate::cli::world::World;
use crate::config;

/// Signs in as an environment with `credential: auto` does.
pub async fn checks(session: &Session<'_>) -> Vec<Check> {
    let world = match World::for_sign_in(session).await {
        Ok(world) => world,
        Err(failure) => return vec![missing("sign-in", failure.in_one_line())],
    };
    let credential = world.tokens.name();
    let checks = match world.client.identity().await {
        Ok(identity) => {
            let seen = world.client.subscriptions().await;
            let mut checks = vec![Check::new(
                "sign-in",
                Health::Ok,
                who(credential, identity.as_ref()),
            )];
            checks.extend(subscriptions(session, seen));
            checks
        }
        Err(error) => vec![missing("sign-in", reason(&error))],
    };
    world.close().await;
    checks
}

/// The owner of the token, in the words that the portal uses.
fn who(credential: &str, identity: Option<&Identity>) -> String {
    let Some(identity) = identity else {
        return format!("with {credential}, which does not tell whose it is");
    };
    let told = [
        ("user", &identity.user),
        ("application", &identity.application),
        ("object id", &identity.object_id),
        ("tenant", &identity.tenant),
    ];
    let told: Vec<String> = told
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)))
        .collect();
    format!("with {credential}: {}", told.join(", "))
}

/// What the identity sees, and the environments whose subscription it does not see.
fn subscriptions(session: &Session<'_>, seen: Result<Vec<(String, String)>, AzureError>) -> Vec<Check> {
    let seen = match seen {
        Ok(seen) => seen,
        Err(error) => return vec![missing("subscriptions", reason(&error))],
    };
    if seen.is_empty() {
        let text =
            "none is visible: ask for a role in one, or choose another tenant (`az login --tenant ID`)";
        return vec![missing("subscriptions", text.to_owned())];
    }
    let names: Vec<String> = seen.iter().map(|(name, id)| format!("{name} ({id})")).collect();
    let mut checks = vec![Check::new("subscriptions", Health::Ok, names.join(", "))];
    let environments = config::list(&session.global.environments).unwrap_or_default();
    let unseen = environments.iter().filter_map(|name| {
        // A folder that cannot be read has a line of its own.
        let environment = session.environment(name.as_str()).ok()?;
        let wanted = &environment.azure.subscription;
        let is_seen = seen.iter().any(|(_, id)| id.eq_ignore_ascii_case(wanted));
        (!is_seen).then(|| {
            let text = format!("its subscription {wanted} is not visible to this sign-in");
            missing(&format!("  {name}"), text)
        })
    });
    checks.extend(unseen);
    checks
}

fn missing(name: &str, text: String) -> Check {
    Check::new(name, Health::Missing, text)
}
