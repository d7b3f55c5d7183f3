//! What is looked at before anything is sent: each check has a name, a verdict, and one sentence.

use futures_util::future::join_all;
use serde::Serialize;

use super::changes::{Change, ChangeKind};
use super::preview;
use super::records::Record;
use super::unit::Unit;
use crate::azure::groups::{Group, GroupScope};
use crate::azure::providers::Provider;
use crate::azure::{AzureError, Client};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    pub name: String,
    pub verdict: Verdict,
    pub detail: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Passed,
    /// Worth knowing; the plan can be carried out.
    Warning,
    /// The change can be previewed, and Azure is known to refuse it.
    Blocked,
    /// The plan cannot be carried out before this is put right.
    Failed,
}

impl Check {
    fn new(name: &str, verdict: Verdict, detail: String) -> Self {
        Self {
            name: name.to_owned(),
            verdict,
            detail,
        }
    }
}

/// Whether the token sees the subscription.
pub(super) async fn subscription(client: &Client, id: &str) -> Result<Check, AzureError> {
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

/// `West Europe` and `westeurope` are the same place.
fn same_location(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    plain(one) == plain(other)
}

/// A deployment that is not over.
pub(super) fn running(record: &Record) -> Check {
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

/// The providers that the template needs, and whether each is registered.
pub(super) async fn providers(
    client: &Client,
    subscription: &str,
    units: &[Unit<'_>],
) -> Result<(Vec<Check>, Vec<Provider>), AzureError> {
    let namespaces = preview::namespaces(units);
    let asked = namespaces
        .iter()
        .map(|namespace| client.provider(subscription, namespace));
    let mut checks = Vec::new();
    let mut providers = Vec::new();
    for (namespace, answer) in namespaces.iter().zip(join_all(asked).await) {
        let name = format!("provider {namespace}");
        match answer {
            Ok(provider) if provider.is_registered() => {
                checks.push(Check::new(&name, Verdict::Passed, "registered".to_owned()));
                providers.push(Provider {
                    namespace: namespace.clone(),
                    ..provider
                });
            }
            Ok(provider) => {
                let detail = format!(
                    "`{namespace}` is not registered in the subscription ({}): `up` registers it",
                    provider.state
                );
                checks.push(Check::new(&name, Verdict::Warning, detail));
                providers.push(Provider {
                    namespace: namespace.clone(),
                    ..provider
                });
            }
            Err(error) if error.is_not_found() => {
                let detail = format!("azure has no resource provider `{namespace}`");
                checks.push(Check::new(&name, Verdict::Failed, detail));
            }
            Err(error) => return Err(error),
        }
    }
    Ok((checks, providers))
}

/// Whether the names of new top-level resources are free, wherever their provider can say so.
pub(super) async fn names(
    client: &Client,
    subscription: &str,
    location: &str,
    changes: &[Change],
    providers: &[Provider],
) -> Result<Vec<Check>, AzureError> {
    let mut checks = Vec::new();
    for change in changes
        .iter()
        .filter(|change| change.kind == ChangeKind::Create && change.id.is_some())
    {
        let Some((namespace, kind)) = change.resource_type.split_once('/') else {
            continue;
        };
        let provider = providers
            .iter()
            .find(|known| known.namespace.eq_ignore_ascii_case(namespace));
        let Some((path, version)) = provider
            .filter(|_| !kind.contains('/'))
            .and_then(|known| route(known, location))
        else {
            continue;
        };
        let answer = client
            .name_is_free(subscription, &path, version, &change.resource_type, &change.name)
            .await?;
        let name = format!("name {}", change.name);
        checks.push(if answer.available {
            Check::new(&name, Verdict::Passed, "free".to_owned())
        } else {
            let detail = format!(
                "the name `{}` cannot be used: {} ({})",
                change.name, answer.message, answer.reason
            );
            Check::new(&name, Verdict::Failed, detail)
        });
    }
    Ok(checks)
}

/// Changes of what cannot change in place.
pub(super) fn fixed(units: &[Unit<'_>], changes: &[Change]) -> Vec<Check> {
    let modified = changes.iter().filter(|change| change.kind == ChangeKind::Modify);
    let touched = modified.flat_map(|change| change.delta.iter().map(move |delta| (change, delta)));
    let blocked = touched.filter_map(|(change, delta)| {
        let fixed = units.iter().flat_map(|unit| unit.fixed).find(|fixed| {
            fixed.resource_type.eq_ignore_ascii_case(&change.resource_type) && fixed.property == delta.path
        })?;
        let detail = format!(
            "`{}` cannot change from {} to {} once it exists; {} ({})",
            fixed.property, delta.before, delta.after, fixed.way_out, fixed.source
        );
        Some(Check::new(
            &format!("fixed {}", change.name),
            Verdict::Blocked,
            detail,
        ))
    });
    blocked.collect()
}

/// Where a provider checks names: Azure lists the action among the provider's types.
fn route<'a>(provider: &'a Provider, location: &str) -> Option<(String, &'a str)> {
    let namespace = &provider.namespace;
    let here = provider.api_version("checkNameAvailability");
    let by_location = || provider.api_version("locations/checkNameAvailability");
    match here {
        Some(version) => Some((format!("{namespace}/checkNameAvailability"), version)),
        None => by_location().map(|version| {
            let path = format!("{namespace}/locations/{location}/checkNameAvailability");
            (path, version)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::providers::ProviderType;

    #[test]
    fn where_names_are_checked_is_read_from_the_provider() {
        let with = |name: &str| Provider {
            namespace: "A.B".into(),
            state: "Registered".into(),
            types: vec![ProviderType {
                name: name.into(),
                api_versions: vec!["2026-01-01".into()],
            }],
        };
        let path = |name| route(&with(name), "westeurope").map(|(path, _)| path);
        assert_eq!(
            path("checkNameAvailability").as_deref(),
            Some("A.B/checkNameAvailability")
        );
        assert_eq!(
            path("locations/CheckNameAvailability").as_deref(),
            Some("A.B/locations/westeurope/checkNameAvailability")
        );
        assert_eq!(path("disks"), None);
    }
}
