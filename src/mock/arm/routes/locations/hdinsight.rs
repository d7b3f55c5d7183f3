//! What HDInsight offers in a region, and whether it would take a cluster.
//!
//! Source: Microsoft.HDInsight 2021-06-01; learn.microsoft.com, HDInsight component versions and node sizes.

use serde_json::{Value, json};

use super::super::super::error::ArmError;
use super::super::super::providers::{self, REGIONS, region};
use super::super::super::world::World;
use super::super::request::{Answer, Request};
use super::super::{no_method, read_only};
use super::names;

const CLUSTERS: &str = "Microsoft.HDInsight/clusters";
/// Cores that a subscription has in a region as a rule.
const CORES: i64 = 200;
/// Version, and its Kafka. The last is the default. HDInsight 4.0 and 5.0 are retired: none is made any more.
const VERSIONS: [(&str, &str); 1] = [("5.1", "3.2")];
const KINDS: [&str; 6] = ["KAFKA", "HADOOP", "HBASE", "SPARK", "INTERACTIVEHIVE", "LLAP"];
/// Families of sizes: what stands before the number of cores, and behind it. Those of Dv2 and Av1 are retired.
const FAMILIES: [(&str, &str, &[i64]); 4] = [
    ("standard_e", "ads_v5", &[2, 4, 8, 16, 20, 32, 48, 64]),
    ("standard_e", "as_v4", &[2, 4, 8, 16, 20, 32, 48, 64]),
    ("standard_e", "_v3", &[2, 4, 8, 16, 20, 32, 48, 64]),
    ("standard_a", "_v2", &[2, 4, 8]),
];
/// Roles whose number of nodes is fixed.
const FIXED: [(&str, i64); 2] = [("headnode", 2), ("zookeepernode", 3)];

pub fn routed(
    world: &World,
    request: &Request,
    location: &str,
    path: &[&str],
) -> Option<Result<Answer, ArmError>> {
    match path {
        ["capabilities"] => Some(read_only(request).map(|()| capabilities(world))),
        ["usages"] => Some(read_only(request).map(|()| usages(world, location))),
        ["checknameavailability"] => Some(names::cluster(world, request)),
        ["validatecreaterequest"] => Some(validate(world, request, location)),
        _ => None,
    }
}

fn capabilities(world: &World) -> Answer {
    let last = VERSIONS.len() - 1;
    let versions = VERSIONS.iter().enumerate().map(|(index, (version, kafka))| {
        json!({
            "friendlyName": version,
            "displayName": format!("HDInsight {version}"),
            "isDefault": index == last,
            "componentVersions": {"Kafka": kafka},
        })
    });
    let regions: Vec<&str> = REGIONS.iter().map(|(_, shown, _)| *shown).collect();
    let quotas = REGIONS.iter().map(|(name, shown, _)| {
        let used = cores_used(world, name);
        json!({"regionName": shown, "coresUsed": used, "coresAvailable": CORES - used})
    });
    let used: i64 = REGIONS.iter().map(|(name, _, _)| cores_used(world, name)).sum();
    Answer::ok(json!({
        "versions": {"iaas": {"available": versions.collect::<Vec<_>>()}},
        "regions": {"iaas": {"available": regions}},
        "features": [],
        "quota": {"coresUsed": used, "maxCoresAllowed": CORES, "regionalQuotas": quotas.collect::<Vec<_>>()},
    }))
}

fn usages(world: &World, location: &str) -> Answer {
    Answer::ok(json!({"value": [{
        "unit": "Count",
        "currentValue": cores_used(world, &region(location)),
        "limit": CORES,
        "name": {"value": "cores", "localizedValue": "Total HDInsight Cores"},
    }]}))
}

fn cores_used(world: &World, location: &str) -> i64 {
    let all = world.state.resources.values();
    let clusters = all.filter(|stored| {
        stored.resource_type.eq_ignore_ascii_case(CLUSTERS)
            && stored.document["location"].as_str() == Some(location)
    });
    clusters.map(|stored| cores(&stored.document)).sum()
}

fn roles(body: &Value) -> impl Iterator<Item = &Value> {
    let roles = body.pointer("/properties/computeProfile/roles");
    roles.and_then(Value::as_array).into_iter().flatten()
}

/// The cores of a node of a role; `None` for a size that HDInsight does not offer.
fn cores_of_node(role: &Value) -> Option<i64> {
    let size = role.pointer("/hardwareProfile/vmSize")?.as_str()?.to_lowercase();
    FAMILIES.iter().find_map(|(start, end, sizes)| {
        let cores = size.strip_prefix(start)?.strip_suffix(end)?;
        sizes.iter().copied().find(|known| known.to_string() == cores)
    })
}

fn count(role: &Value) -> i64 {
    role["targetInstanceCount"].as_i64().unwrap_or(0)
}

fn cores(body: &Value) -> i64 {
    let each = roles(body).map(|role| cores_of_node(role).unwrap_or(0).saturating_mul(count(role)));
    each.fold(0, i64::saturating_add)
}

fn problem(code: &str, resource: &str, message: &str) -> Value {
    json!({"code": code, "message": message, "errorResource": resource, "messageArguments": []})
}

/// `POST …/validateCreateRequest`: the body of the PUT, with the cluster's name beside it.
fn validate(world: &World, request: &Request, location: &str) -> Result<Answer, ArmError> {
    if request.method != "POST" {
        return Err(no_method(request));
    }
    let body = request.object()?;
    let name = body["name"].as_str().unwrap_or_default();
    let mut errors = Vec::new();
    let id = format!(
        "/subscriptions/{}/resourceGroups/validation/providers/{CLUSTERS}/{name}",
        world.settings.subscription
    );
    if let Err(error) = world.check_body(&id, CLUSTERS, body) {
        errors.push(problem(&error.code, name, &error.message));
    }
    if names::is_taken(world, CLUSTERS, name) {
        errors.push(problem(
            "ClusterNameTaken",
            name,
            &format!("The cluster name '{name}' is already taken."),
        ));
    }
    errors.extend(version_problems(body));
    errors.extend(roles(body).flat_map(role_problems));
    errors.extend(storage_problems(body));
    let (needed, used) = (cores(body), cores_used(world, &region(location)));
    if used + needed > CORES {
        let message = format!(
            "The cluster needs {needed} cores; {} of {CORES} are left in the region '{location}'.",
            CORES - used
        );
        errors.push(problem("InsufficientQuota", "cores", &message));
    }
    let takes = providers::find(CLUSTERS)
        .and_then(|row| row.takes)
        .unwrap_or_default();
    Ok(Answer::ok(json!({
        "validationErrors": errors,
        "validationWarnings": warnings(body),
        "estimatedCreationDuration": format!("PT{}M", takes.as_secs() / 60),
        "aaddsResourcesDetails": [],
    })))
}

fn version_problems(body: &Value) -> Vec<Value> {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let kind = text("/properties/clusterDefinition/kind");
    let mut found = Vec::new();
    if !KINDS.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
        let message = format!("The cluster kind '{kind}' is none of {}.", KINDS.join(", "));
        found.push(problem("InvalidClusterKind", "clusterDefinition.kind", &message));
    }
    let version = text("/properties/clusterVersion");
    // A version may say more than the first two numbers: `5.1.3000`.
    let known = VERSIONS
        .iter()
        .find(|(known, _)| version == *known || version.starts_with(&format!("{known}.")));
    let Some((_, kafka)) = known else {
        let message = format!("The cluster version '{version}' is not offered.");
        found.push(problem("InvalidClusterVersion", "clusterVersion", &message));
        return found;
    };
    let wanted = text("/properties/clusterDefinition/componentVersion/Kafka");
    if !wanted.is_empty() && wanted != *kafka {
        let message = format!("Kafka {wanted} is not part of HDInsight {version}, which has Kafka {kafka}.");
        found.push(problem(
            "InvalidComponentVersion",
            "clusterDefinition.componentVersion",
            &message,
        ));
    }
    found
}

fn role_problems(role: &Value) -> Vec<Value> {
    let name = role["name"].as_str().unwrap_or_default();
    let (count, mut found) = (count(role), Vec::new());
    if cores_of_node(role).is_none() {
        let size = role
            .pointer("/hardwareProfile/vmSize")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let message = format!("The size '{size}' of the role '{name}' is not offered.");
        found.push(problem("InvalidVmSize", name, &message));
    }
    let fixed = FIXED.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    if let Some((_, wanted)) = fixed.filter(|(_, wanted)| count != *wanted) {
        let message = format!("The role '{name}' has {count} nodes and needs {wanted}.");
        found.push(problem("InvalidInstanceCount", name, &message));
    } else if fixed.is_none() && count < 1 {
        let message = format!("The role '{name}' has {count} nodes and needs at least 1.");
        found.push(problem("InvalidInstanceCount", name, &message));
    }
    found
}

fn storage_problems(body: &Value) -> Option<Value> {
    let accounts = body
        .pointer("/properties/storageProfile/storageaccounts")
        .and_then(Value::as_array);
    let defaults = accounts
        .into_iter()
        .flatten()
        .filter(|account| account["isDefault"] == true)
        .count();
    (defaults != 1).then(|| {
        let message = format!("A cluster needs one default storage account, and {defaults} are given.");
        problem("InvalidStorageProfile", "storageProfile", &message)
    })
}

/// A topic with three replicas needs as many brokers.
fn warnings(body: &Value) -> Vec<Value> {
    let kind = body
        .pointer("/properties/clusterDefinition/kind")
        .and_then(Value::as_str);
    let is_kafka = kind.is_some_and(|kind| kind.eq_ignore_ascii_case("kafka"));
    let few = roles(body).filter(|role| {
        role["name"]
            .as_str()
            .is_some_and(|name| name.eq_ignore_ascii_case("workernode"))
            && count(role) < 3
    });
    let few = few.filter(|_| is_kafka);
    few.map(|role| {
        let message = format!(
            "A Kafka cluster with {} worker nodes cannot keep three replicas.",
            count(role)
        );
        problem("FewWorkerNodes", "workernode", &message)
    })
    .collect()
}
