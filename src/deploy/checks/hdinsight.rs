//! HDInsight clusters: version, cores, and what HDInsight itself says of the request.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Asked, Check, Verdict};
use crate::azure::AzureError;
use crate::azure::capacity::Size;
use crate::azure::hdinsight::{Capabilities, Validation};
use crate::deploy::made::{HDINSIGHT, Made};

pub(super) async fn hdinsight(asked: &Asked<'_>) -> Result<Vec<Check>, AzureError> {
    let clusters: Vec<&Made> = asked
        .new_top_level()
        .filter(|made| made.is_of(HDINSIGHT))
        .collect();
    if clusters.is_empty() {
        return Ok(Vec::new());
    }
    let (subscription, location) = (&asked.scope.subscription, asked.location);
    let (capabilities, sizes, validations) = tokio::join!(
        asked.client.hdinsight_capabilities(subscription, location),
        asked.client.sizes(subscription, location),
        join_all(clusters.iter().map(|cluster| validate(asked, cluster))),
    );
    // Without sizes nobody knows the cores: HDInsight's own validation still does.
    let sizes = sizes.unwrap_or_default();
    let mut checks = super::or_unknown("hdinsight capabilities", capabilities, |offered| {
        judge_offer(&clusters, &offered, &sizes, location)
    })?;
    for validation in validations {
        checks.extend(validation?);
    }
    Ok(checks)
}

/// Versions and cores of all clusters against what the region offers.
fn judge_offer(clusters: &[&Made], offered: &Capabilities, sizes: &[Size], location: &str) -> Vec<Check> {
    let mut checks: Vec<Check> = clusters
        .iter()
        .filter_map(|cluster| judge_version(cluster, offered, location))
        .collect();
    let cores: Option<u64> = clusters.iter().map(|cluster| cores(cluster, sizes)).sum();
    if let (Some(needed), Some(left)) = (cores, offered.cores_left) {
        checks.push(if needed <= left {
            let detail = format!("{needed} needed, {left} left in {location}");
            Check::new("hdinsight cores", Verdict::Passed, detail)
        } else {
            let detail = format!(
                "{needed} cores are needed and HDInsight has {left} left for this subscription in {location}: take \
                 fewer or smaller nodes, or ask Azure support for more"
            );
            Check::new("hdinsight cores", Verdict::Failed, detail)
        });
    }
    checks
}

fn judge_version(cluster: &Made, offered: &Capabilities, location: &str) -> Option<Check> {
    let version = cluster.text("/properties/clusterVersion")?;
    let known = &offered.versions;
    // A template may name a build too: `5.1.3000.0`.
    let is_meant = |known: &String| version == known || version.starts_with(&format!("{known}."));
    let name = format!("hdinsight version {version}");
    Some(if known.is_empty() || known.iter().any(is_meant) {
        Check::new(&name, Verdict::Passed, format!("offered in {location}"))
    } else {
        let detail = format!(
            "HDInsight {version} is not offered in {location}, but {}: choose one of them",
            known.join(", ")
        );
        Check::new(&name, Verdict::Failed, detail)
    })
}

/// The cores of all nodes; `None` where a size or a number is not known.
fn cores(cluster: &Made, sizes: &[Size]) -> Option<u64> {
    let roles = cluster
        .body
        .pointer("/properties/computeProfile/roles")?
        .as_array()?;
    let role = |role: &Value| {
        let wanted = role.pointer("/hardwareProfile/vmSize")?.as_str()?;
        let size = sizes.iter().find(|size| size.name.eq_ignore_ascii_case(wanted))?;
        Some(size.cores * role.get("targetInstanceCount")?.as_u64()?)
    };
    roles.iter().map(role).sum()
}

async fn validate(asked: &Asked<'_>, cluster: &Made) -> Result<Vec<Check>, AzureError> {
    let name = format!("hdinsight {}", cluster.name);
    let Some(mut request) = cluster.request.clone() else {
        let detail =
            "could not be checked: what it is made of is known during the deployment only".to_owned();
        return Ok(vec![Check::new(&name, Verdict::Warning, detail)]);
    };
    request["name"] = json!(cluster.name);
    request["type"] = json!(HDINSIGHT);
    let answer = asked
        .client
        .validate_hdinsight(&asked.scope.subscription, asked.location, request)
        .await;
    super::or_unknown(&name, answer, |validation| judge(&name, &validation))
}

fn judge(name: &str, validation: &Validation) -> Vec<Check> {
    let estimate = validation.estimate.map_or(String::new(), |estimate| {
        format!(
            "; it would take about {} minutes",
            estimate.as_secs().div_ceil(60)
        )
    });
    if !validation.errors.is_empty() {
        let detail = format!("HDInsight would refuse it: {}", validation.errors.join("; "));
        return vec![Check::new(name, Verdict::Failed, detail)];
    }
    if !validation.warnings.is_empty() {
        let detail = format!("HDInsight warns: {}{estimate}", validation.warnings.join("; "));
        return vec![Check::new(name, Verdict::Warning, detail)];
    }
    let detail = format!("HDInsight would take it{estimate}");
    vec![Check::new(name, Verdict::Passed, detail)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn cluster(version: &str, workers: u64) -> Made {
        let role = |name: &str, count: u64| json!({"name": name, "targetInstanceCount": count, "hardwareProfile": {"vmSize": "Standard_E4_v3"}});
        let roles = [
            role("headnode", 2),
            role("workernode", workers),
            role("zookeepernode", 3),
        ];
        let body = json!({"properties": {"clusterVersion": version, "computeProfile": {"roles": roles}}});
        Made::of(HDINSIGHT, "kafka", body)
    }

    #[test]
    fn version_and_cores_are_held_against_the_offer() {
        let sizes = [Size {
            name: "standard_e4_v3".into(),
            cores: 4,
            ..Size::default()
        }];
        let offered = Capabilities {
            versions: vec!["5.1".into()],
            cores_left: Some(40),
        };
        let judged = |version, workers| {
            let cluster = cluster(version, workers);
            judge_offer(&[&cluster], &offered, &sizes, "westeurope")
                .into_iter()
                .map(|check| check.verdict)
                .collect::<Vec<_>>()
        };
        assert_eq!(judged("5.1.3000.0", 5), [Verdict::Passed, Verdict::Passed]);
        assert_eq!(judged("4.0", 6), [Verdict::Failed, Verdict::Failed]);
    }

    #[test]
    fn errors_fail_warnings_warn_and_the_estimate_is_told() {
        let estimate = Some(Duration::from_secs(1150));
        let said = |errors: &[&str], warnings: &[&str]| Validation {
            errors: errors.iter().map(ToString::to_string).collect(),
            warnings: warnings.iter().map(ToString::to_string).collect(),
            estimate,
        };
        let verdict = |validation: &Validation| judge("hdinsight kafka", validation).remove(0);
        assert_eq!(verdict(&said(&["A: b"], &["C: d"])).verdict, Verdict::Failed);
        let warned = verdict(&said(&[], &["C: d"]));
        assert_eq!(warned.verdict, Verdict::Warning);
        assert_eq!(
            warned.detail,
            "HDInsight warns: C: d; it would take about 20 minutes"
        );
        assert_eq!(
            verdict(&said(&[], &[])).detail,
            "HDInsight would take it; it would take about 20 minutes"
        );
    }
}
