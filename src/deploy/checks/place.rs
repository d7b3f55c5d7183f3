//! The subscription and the resource group.

use super::{Check, Verdict, same_location};
use crate::azure::groups::{Group, GroupScope};
use crate::azure::{AzureError, Client};
use crate::deploy::records::Record;

/// Whether the token sees the subscription.
pub(in crate::deploy) async fn subscription(client: &Client, id: &str) -> Result<Check, AzureError> {
    let name = "subscription";
    Ok(match client.subscription(id).await? {
        Some(title) => Check::new(name, Verdict::Passed, format!("`{title}` is visible")),
        None => Check::new(
            name,
            Verdict::Failed,
            format!("the subscription `{id}` does not exist or is not visible to this sign-in"),
        ),
    })
}

/// Whether the resource group is there, and in which state.
pub(super) fn group(scope: &GroupScope, location: &str, found: Option<&Group>) -> Check {
    let name = "resource-group";
    match found {
        None => Check::new(
            name,
            Verdict::Passed,
            format!("`{}` will be made in {location}", scope.group),
        ),
        Some(group) if group.state.eq_ignore_ascii_case("deleting") => Check::new(
            name,
            Verdict::Failed,
            format!("the resource group `{}` is being deleted", scope.group),
        ),
        Some(group) if !same_location(&group.location, location) => Check::new(
            name,
            Verdict::Warning,
            format!(
                "`{}` exists in {}, the environment is in {location}",
                scope.group, group.location
            ),
        ),
        Some(_) => Check::new(name, Verdict::Passed, format!("`{}` exists", scope.group)),
    }
}

/// A deployment that is not over.
pub(in crate::deploy) fn running(record: &Record) -> Check {
    let since = record.at.map(|at| format!(" since {at:.0}")).unwrap_or_default();
    let by = record
        .by
        .as_ref()
        .map(|by| format!(", started by `{by}`"))
        .unwrap_or_default();
    let detail = format!(
        "it runs{since}{by}: `up` follows it to its end where it began here, and waits for nobody else's"
    );
    Check::new(&format!("deployment {}", record.name), Verdict::Warning, detail)
}
