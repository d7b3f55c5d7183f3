//! Whether the names of new resources are free, wherever their provider can say so.

use futures_util::future::join_all;

use super::{Asked, Check, Verdict};
use crate::azure::AzureError;
use crate::azure::providers::Provider;
use crate::azure::resources::NameAnswer;
use crate::deploy::made::{HDINSIGHT, Made};

/// HDInsight checks names by region and calls the type by its last word alone.
/// Source: the Resource Manager contract, sections 2 and 7.
const HDINSIGHT_VERSION: &str = "2021-06-01";

/// Where a name is asked for, and as what.
struct Route {
    path: String,
    version: String,
    resource_type: String,
}

/// Asks for every new top-level resource, side by side.
pub(super) async fn names(asked: &Asked<'_>, providers: &[Provider]) -> Result<Vec<Check>, AzureError> {
    let questions = asked.new_top_level().filter_map(|made| {
        let route = route(made, providers, asked.location)?;
        Some(async move {
            let answer = asked
                .client
                .name_is_free(
                    &asked.scope.subscription,
                    &route.path,
                    &route.version,
                    &route.resource_type,
                    &made.name,
                )
                .await;
            super::or_unknown(&format!("name {}", made.name), answer, |answer| {
                vec![judge(&made.name, &answer)]
            })
        })
    });
    let answers = join_all(questions).await;
    let checks: Result<Vec<_>, _> = answers.into_iter().collect();
    Ok(checks?.concat())
}

fn judge(name: &str, answer: &NameAnswer) -> Check {
    let check = format!("name {name}");
    if answer.available {
        return Check::new(&check, Verdict::Passed, "free".to_owned());
    }
    let detail = format!(
        "the name `{name}` cannot be used: {} ({})",
        answer.message, answer.reason
    );
    Check::new(&check, Verdict::Failed, detail)
}

fn route(made: &Made, providers: &[Provider], location: &str) -> Option<Route> {
    if made.is_of(HDINSIGHT) {
        return Some(Route {
            path: format!("Microsoft.HDInsight/locations/{location}/checkNameAvailability"),
            version: HDINSIGHT_VERSION.to_owned(),
            resource_type: "clusters".to_owned(),
        });
    }
    let (namespace, _) = made.resource_type.split_once('/')?;
    let provider = providers
        .iter()
        .find(|known| known.namespace.eq_ignore_ascii_case(namespace))?;
    let (path, version) = listed(provider, location)?;
    Some(Route {
        path,
        version: version.to_owned(),
        resource_type: made.resource_type.clone(),
    })
}

/// Where a provider checks names: Azure lists the action among the provider's types.
fn listed<'a>(provider: &'a Provider, location: &str) -> Option<(String, &'a str)> {
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
                ..ProviderType::default()
            }],
        };
        let path = |name| listed(&with(name), "westeurope").map(|(path, _)| path);
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
