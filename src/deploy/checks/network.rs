//! Quotas of the network: addresses, networks and the like.

use std::collections::BTreeMap;

use super::{Asked, Check, Verdict};
use crate::azure::AzureError;
use crate::azure::capacity::Usage;
use crate::deploy::made::Made;

/// Which quota a type counts against. Source: `Microsoft.Network/locations/{location}/usages`.
const QUOTAS: [(&str, &str); 9] = [
    ("Microsoft.Network/publicIPAddresses", "PublicIPAddresses"),
    ("Microsoft.Network/virtualNetworks", "VirtualNetworks"),
    ("Microsoft.Network/networkSecurityGroups", "NetworkSecurityGroups"),
    (
        "Microsoft.Network/applicationSecurityGroups",
        "ApplicationSecurityGroups",
    ),
    ("Microsoft.Network/networkInterfaces", "NetworkInterfaces"),
    ("Microsoft.Network/loadBalancers", "LoadBalancers"),
    ("Microsoft.Network/natGateways", "NatGateways"),
    ("Microsoft.Network/privateEndpoints", "PrivateEndpoints"),
    ("Microsoft.Network/routeTables", "RouteTables"),
];

pub(super) async fn network(asked: &Asked<'_>) -> Result<Vec<Check>, AzureError> {
    let needed = needed(asked.new_top_level());
    if needed.is_empty() {
        return Ok(Vec::new());
    }
    let usages = asked
        .client
        .network_usages(&asked.scope.subscription, asked.location)
        .await;
    super::or_unknown("network quota", usages, |usages| {
        judge(&needed, &usages, asked.location)
    })
}

fn needed<'a>(made: impl Iterator<Item = &'a Made>) -> BTreeMap<&'static str, u64> {
    let mut needed = BTreeMap::new();
    for one in made {
        if let Some((_, quota)) = QUOTAS.iter().find(|(kind, _)| one.is_of(kind)) {
            *needed.entry(*quota).or_default() += 1;
        }
    }
    needed
}

/// A quota that Azure does not tell of is none.
fn judge(needed: &BTreeMap<&'static str, u64>, usages: &[Usage], location: &str) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for (name, needed) in needed {
        let usage = usages.iter().find(|usage| usage.name.eq_ignore_ascii_case(name));
        if let Some(usage) = usage.filter(|usage| usage.left() < *needed) {
            let detail = format!(
                "{needed} of `{name}` needed in {location}, {} of {} are left: remove some, or ask for more under \
                 \"Usage + quotas\" of the subscription",
                usage.left(),
                usage.limit
            );
            checks.push(Check::new(&format!("network {name}"), Verdict::Failed, detail));
        }
    }
    if checks.is_empty() {
        let detail = "enough is left of every network quota".to_owned();
        checks.push(Check::new("network quota", Verdict::Passed, detail));
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_are_counted_against_what_is_left() {
        let address = |name: &str| Made::of("microsoft.network/publicipaddresses", name, json!({}));
        let made = [address("a"), address("b")];
        let needed = needed(made.iter());
        let usage = |current| Usage {
            name: "PublicIPAddresses".into(),
            current,
            limit: 20,
        };
        assert_eq!(
            judge(&needed, &[usage(18)], "westeurope")[0].verdict,
            Verdict::Passed
        );
        let check = judge(&needed, &[usage(19)], "westeurope").remove(0);
        assert_eq!(check.verdict, Verdict::Failed);
        assert!(
            check
                .detail
                .starts_with("2 of `PublicIPAddresses` needed in westeurope, 1 of 20 are left")
        );
    }
}
