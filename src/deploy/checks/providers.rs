//! The resource providers that the templates need: registered, and offering each type where it is to be.

use futures_util::future::join_all;

use super::{Asked, Check, Verdict, same_location};
use crate::azure::AzureError;
use crate::azure::providers::{Provider, ProviderType};
use crate::deploy::made::Made;
use crate::deploy::preview;

/// Whether each provider is registered; the ones that Azure told about come with it.
pub(super) async fn providers(asked: &Asked<'_>) -> Result<(Vec<Check>, Vec<Provider>), AzureError> {
    let namespaces = preview::namespaces(asked.units);
    let questions = namespaces
        .iter()
        .map(|namespace| asked.client.provider(&asked.scope.subscription, namespace));
    let mut checks = Vec::new();
    let mut providers = Vec::new();
    for (namespace, answer) in namespaces.iter().zip(join_all(questions).await) {
        let name = format!("provider {namespace}");
        match answer {
            Ok(provider) => {
                checks.push(registration(&name, namespace, &provider));
                providers.push(Provider {
                    namespace: namespace.clone(),
                    ..provider
                });
            }
            Err(error) if error.is_not_found() => {
                let detail = format!("azure has no resource provider `{namespace}`");
                checks.push(Check::new(&name, Verdict::Failed, detail));
            }
            Err(error) => checks.push(super::unknown(&name, error)?),
        }
    }
    checks.extend(regions(&asked.made, &providers, asked.location));
    Ok((checks, providers))
}

fn registration(name: &str, namespace: &str, provider: &Provider) -> Check {
    if provider.is_registered() {
        return Check::new(name, Verdict::Passed, "registered".to_owned());
    }
    let detail = format!(
        "`{namespace}` is not registered in the subscription ({}): `up` registers it",
        provider.state
    );
    Check::new(name, Verdict::Warning, detail)
}

/// Whether each type is offered in its region, and in the zones that the template uses.
fn regions(made: &[Made], providers: &[Provider], home: &str) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    let mut offered = 0;
    for one in made {
        let Some(known) = of_type(one, providers) else {
            continue;
        };
        let location = one.text("/location").unwrap_or(home);
        let check = match (is_offered(known, location), missing_zones(one, known, location)) {
            (false, _) => format!(
                "`{}` is not offered in {location}, but in {}: choose another `azure.location`",
                one.resource_type,
                some(&known.locations)
            ),
            (true, missing) if !missing.is_empty() => format!(
                "`{}` has no zone {} in {location}: choose other zones",
                one.resource_type,
                missing.join(", ")
            ),
            _ => {
                offered += 1;
                continue;
            }
        };
        let check = Check::new(&format!("region {}", one.resource_type), Verdict::Failed, check);
        if !checks.contains(&check) {
            checks.push(check);
        }
    }
    if checks.is_empty() && offered > 0 {
        let detail = format!("every type of the templates is offered in {home}");
        checks.push(Check::new("region", Verdict::Passed, detail));
    }
    checks
}

fn of_type<'a>(made: &Made, providers: &'a [Provider]) -> Option<&'a ProviderType> {
    let (namespace, kind) = made.resource_type.split_once('/')?;
    let provider = providers
        .iter()
        .find(|known| known.namespace.eq_ignore_ascii_case(namespace))?;
    provider.of_type(kind)
}

/// What is in no region is offered everywhere.
fn is_offered(known: &ProviderType, location: &str) -> bool {
    let regions = &known.locations;
    same_location(location, "global")
        || regions.is_empty()
        || regions
            .iter()
            .any(|one| same_location(one, location) || same_location(one, "global"))
}

/// Zones of the template that the type does not have; Azure tells of zones for some types alone.
fn missing_zones(made: &Made, known: &ProviderType, location: &str) -> Vec<String> {
    let here = known
        .zones
        .iter()
        .find(|(place, _)| same_location(place, location));
    match here {
        Some((_, zones)) => made
            .zones()
            .filter(|zone| !zones.iter().any(|known| known == zone))
            .map(str::to_owned)
            .collect(),
        None => Vec::new(),
    }
}

fn some(locations: &[String]) -> String {
    let shown = locations.iter().take(5).map(String::as_str).collect::<Vec<_>>();
    match locations.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn provider() -> Provider {
        Provider {
            namespace: "A.B".into(),
            state: "Registered".into(),
            types: vec![ProviderType {
                name: "machines".into(),
                locations: vec!["West Europe".into(), "North Europe".into()],
                zones: vec![("West Europe".into(), vec!["1".into(), "2".into()])],
                ..ProviderType::default()
            }],
        }
    }

    fn judged(location: &str, zones: &[&str]) -> Check {
        let made = Made::of(
            "A.B/machines",
            "m",
            json!({ "location": location, "zones": zones }),
        );
        regions(&[made], &[provider()], "westeurope").remove(0)
    }

    #[test]
    fn a_type_must_be_offered_in_its_region_and_zones() {
        assert_eq!(judged("westeurope", &["1", "2"]).verdict, Verdict::Passed);
        let elsewhere = judged("eastus", &[]);
        assert_eq!(elsewhere.verdict, Verdict::Failed);
        assert_eq!(
            elsewhere.detail,
            "`A.B/machines` is not offered in eastus, but in West Europe, North Europe: choose another `azure.location`"
        );
        let zone = judged("westeurope", &["1", "3"]);
        assert_eq!(
            (zone.verdict, zone.detail.as_str()),
            (
                Verdict::Failed,
                "`A.B/machines` has no zone 3 in westeurope: choose other zones"
            )
        );
    }
}
