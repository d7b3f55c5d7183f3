//! Machines: their sizes are offered to the subscription, and enough cores are left for them.
//!
//! Only new machines count: what a scale set grows by is told by Azure when it grows.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Asked, Check, Verdict};
use crate::azure::AzureError;
use crate::azure::capacity::{Size, Usage};
use crate::deploy::made::Made;

/// The quota of all cores of a region. Source: the Resource Manager contract, section 7.
const ALL_CORES: &str = "cores";

/// So many machines of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Machines {
    size: String,
    count: u64,
    zones: Vec<String>,
}

pub(super) async fn machines(asked: &Asked<'_>) -> Result<Vec<Check>, AzureError> {
    let wanted: Vec<Machines> = asked.new_top_level().flat_map(of).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let (subscription, location) = (&asked.scope.subscription, asked.location);
    let (sizes, usages) = tokio::join!(
        asked.client.sizes(subscription, location),
        asked.client.core_usages(subscription, location),
    );
    let sizes = match sizes {
        Ok(sizes) => sizes,
        Err(error) => return Ok(vec![super::unknown("machine sizes", error)?]),
    };
    let mut checks = judge_sizes(&wanted, &sizes, location);
    checks.extend(super::or_unknown("core quota", usages, |usages| {
        judge_cores(&wanted, &sizes, &usages, location)
    })?);
    Ok(checks)
}

/// The machines that a resource makes.
fn of(made: &Made) -> Vec<Machines> {
    let machines = |size: Option<&str>, count: Option<&Value>, zones: Option<&Value>| Machines {
        size: size.unwrap_or_default().to_owned(),
        count: count.and_then(Value::as_u64).unwrap_or(1),
        zones: texts(zones),
    };
    let at = |pointer| made.body.pointer(pointer);
    let found = match made.resource_type.to_ascii_lowercase().as_str() {
        "microsoft.compute/virtualmachines" => vec![machines(
            made.text("/properties/hardwareProfile/vmSize"),
            None,
            at("/zones"),
        )],
        "microsoft.compute/virtualmachinescalesets" => {
            vec![machines(
                made.text("/sku/name"),
                at("/sku/capacity"),
                at("/zones"),
            )]
        }
        "microsoft.containerservice/managedclusters" => {
            let pools = at("/properties/agentPoolProfiles").and_then(Value::as_array);
            let pool = |pool: &Value| {
                machines(
                    pool.get("vmSize").and_then(Value::as_str),
                    pool.get("count"),
                    pool.get("availabilityZones"),
                )
            };
            pools.into_iter().flatten().map(pool).collect()
        }
        _ => Vec::new(),
    };
    found.into_iter().filter(|one| !one.size.is_empty()).collect()
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn size_of<'a>(machines: &Machines, sizes: &'a [Size]) -> Option<&'a Size> {
    let is_meant = |size: &&Size| size.name.eq_ignore_ascii_case(&machines.size);
    sizes.iter().find(is_meant)
}

fn judge_sizes(wanted: &[Machines], sizes: &[Size], location: &str) -> Vec<Check> {
    let mut checks = Vec::new();
    for machines in wanted {
        let (verdict, detail) = judge_size(machines, size_of(machines, sizes), location);
        let check = Check::new(&format!("size {}", machines.size), verdict, detail);
        if !checks.contains(&check) {
            checks.push(check);
        }
    }
    checks
}

fn judge_size(machines: &Machines, size: Option<&Size>, location: &str) -> (Verdict, String) {
    let name = &machines.size;
    let Some(size) = size else {
        let detail = format!(
            "{location} has no machines of size `{name}`: `az vm list-skus --location {location}` lists what it has"
        );
        return (Verdict::Failed, detail);
    };
    if let Some(reason) = &size.closed {
        let detail = format!(
            "the size `{name}` is closed to this subscription in {location} ({reason}): choose another size, or ask \
             Azure support for access"
        );
        return (Verdict::Failed, detail);
    }
    let open = |zone: &&String| size.zones.contains(zone) && !size.closed_zones.contains(zone);
    let missing: Vec<&str> = machines
        .zones
        .iter()
        .filter(|zone| !open(zone))
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        return (Verdict::Passed, format!("offered in {location}"));
    }
    let detail = format!(
        "the size `{name}` is not offered in zone {} of {location}: choose other zones or another size",
        missing.join(", ")
    );
    (Verdict::Failed, detail)
}

/// Cores needed against cores left, in all and by family.
fn judge_cores(wanted: &[Machines], sizes: &[Size], usages: &[Usage], location: &str) -> Vec<Check> {
    let mut needed: BTreeMap<&str, u64> = BTreeMap::new();
    for machines in wanted {
        let Some(size) = size_of(machines, sizes) else {
            continue;
        };
        let cores = size.cores.saturating_mul(machines.count);
        *needed.entry(ALL_CORES).or_default() += cores;
        *needed.entry(&size.family).or_default() += cores;
    }
    let judge = |(name, needed): (&str, u64)| {
        let usage = usages
            .iter()
            .find(|usage| usage.name.eq_ignore_ascii_case(name))?;
        let (left, limit) = (usage.left(), usage.limit);
        let quota = if name == ALL_CORES {
            "all families".to_owned()
        } else {
            format!("`{name}`")
        };
        let (verdict, detail) = if needed <= left {
            (
                Verdict::Passed,
                format!("{needed} needed, {left} of {limit} left"),
            )
        } else {
            let detail = format!(
                "{needed} cores of {quota} are needed in {location}, {left} of {limit} are left: take fewer or smaller \
                 machines, or ask for more under \"Usage + quotas\" of the subscription"
            );
            (Verdict::Failed, detail)
        };
        let name = if name == ALL_CORES {
            "of all families"
        } else {
            name
        };
        Some(Check::new(&format!("cores {name}"), verdict, detail))
    };
    needed.into_iter().filter_map(judge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn size() -> Size {
        Size {
            name: "Standard_D4s_v5".into(),
            family: "standardDSv5Family".into(),
            cores: 4,
            zones: vec!["1".into(), "2".into(), "3".into()],
            closed: None,
            closed_zones: vec!["3".into()],
        }
    }

    fn scale_set(capacity: u64, zones: &[&str]) -> Vec<Machines> {
        of(&Made::of(
            "Microsoft.Compute/virtualMachineScaleSets",
            "workers",
            json!({"sku": {"name": "standard_d4s_v5", "capacity": capacity}, "zones": zones}),
        ))
    }

    #[test]
    fn machines_are_found_wherever_a_template_makes_them() {
        let pool = json!({"vmSize": "Standard_D4s_v5", "count": 3, "availabilityZones": ["1"]});
        let aks = json!({"properties": {"agentPoolProfiles": [pool]}});
        let found = of(&Made::of(
            "Microsoft.ContainerService/managedClusters",
            "aks",
            aks,
        ));
        assert_eq!(
            (found[0].count, found[0].zones.as_slice()),
            (3, &["1".to_owned()][..])
        );
        let machine = json!({"properties": {"hardwareProfile": {"vmSize": "Standard_D4s_v5"}}});
        let found = of(&Made::of("Microsoft.Compute/virtualMachines", "vm", machine));
        assert_eq!(found[0].count, 1);
        assert!(of(&Made::of("Microsoft.EventHub/namespaces", "n", json!({}))).is_empty());
    }

    #[test]
    fn a_size_must_be_there_open_and_in_every_zone() {
        let judged = |wanted: &[Machines], sizes: &[Size]| {
            let check = judge_sizes(wanted, sizes, "westeurope").remove(0);
            (check.verdict, check.detail)
        };
        assert_eq!(judged(&scale_set(1, &["1", "2"]), &[size()]).0, Verdict::Passed);
        let (verdict, detail) = judged(&scale_set(1, &["1", "3"]), &[size()]);
        assert_eq!(verdict, Verdict::Failed);
        assert!(detail.contains("zone 3 of westeurope"), "{detail}");
        let closed = Size {
            closed: Some("NotAvailableForSubscription".into()),
            ..size()
        };
        let (verdict, detail) = judged(&scale_set(1, &[]), &[closed]);
        assert_eq!(verdict, Verdict::Failed);
        assert!(detail.contains("(NotAvailableForSubscription)"), "{detail}");
        assert_eq!(judged(&scale_set(1, &[]), &[]).0, Verdict::Failed);
    }

    #[test]
    fn cores_are_counted_in_all_and_by_family() {
        let usage = |name: &str, current| Usage {
            name: name.into(),
            current,
            limit: 100,
        };
        let usages = [usage("cores", 80), usage("StandardDSv5Family", 10)];
        let wanted = [scale_set(3, &[]), scale_set(3, &[])].concat();
        let checks = judge_cores(&wanted, &[size()], &usages, "westeurope");
        let told: Vec<_> = checks
            .iter()
            .map(|check| (check.name.as_str(), check.verdict))
            .collect();
        assert_eq!(
            told,
            [
                ("cores of all families", Verdict::Failed),
                ("cores standardDSv5Family", Verdict::Passed)
            ]
        );
        assert!(
            checks[0]
                .detail
                .starts_with("24 cores of all families are needed in westeurope, 20 of 100 are left")
        );
    }
}
