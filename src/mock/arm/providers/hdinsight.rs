//! `Microsoft.HDInsight`: clusters.
//!
//! Source: the 2021-06-01 contract, and what its clients read back.

use serde_json::{Map, Value, json};

use super::{Provider, Request, Settled, accept, plain, seconds};
use crate::mock::arm::error::ArmError;

pub const TABLE: &[Provider] = &[
    Provider {
        resource_type: "Microsoft.HDInsight/clusters",
        takes: seconds(1200),
        tracked: true,
        check: check_cluster,
        complete: complete_cluster,
    },
    plain("Microsoft.HDInsight/clusters/applications", seconds(600), false),
    Provider {
        resource_type: "Microsoft.HDInsight/clusters/extensions",
        takes: seconds(120),
        tracked: false,
        check: accept,
        complete: complete_extension,
    },
];

/// The extensions that watch a cluster. What is read of one is flat: no `properties`, and no key.
const MONITORS: [&str; 3] = ["clustermonitoring", "azuremonitor", "azuremonitoragent"];

/// Whether an extension of this name watches the cluster.
pub fn is_monitor(name: &str) -> bool {
    MONITORS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn complete_extension(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    if settled.names.last().is_some_and(|name| is_monitor(name)) {
        document.insert("clusterMonitoringEnabled".into(), settled.done.into());
    }
}

fn check_cluster(request: &Request<'_>) -> Result<(), ArmError> {
    let refuse = |code: &str, message: String| Err(ArmError::bad_request(code, message).about(request.id));
    let name = request.names.last().map(String::as_str).unwrap_or_default();
    let fits = (3..=59).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if !fits {
        return refuse(
            "InvalidClusterName",
            format!("The cluster name '{name}' is not valid: 3 to 59 letters, digits and hyphens."),
        );
    }
    let roles = request.property("/computeProfile/roles").as_array();
    let role = |wanted: &str| {
        let named = |role: &&Value| {
            role["name"]
                .as_str()
                .is_some_and(|name| name.eq_ignore_ascii_case(wanted))
        };
        roles.into_iter().flatten().find(named)
    };
    // ZooKeeper nodes that nobody mentions get the size that the service chooses.
    for wanted in ["headnode", "workernode"] {
        if role(wanted).is_none() {
            return refuse(
                "RoleNotSpecified",
                format!("The role '{wanted}' is missing in the compute profile."),
            );
        }
    }
    let is_kafka = request
        .property("/clusterDefinition/kind")
        .as_str()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("kafka"));
    let disks = role("workernode").and_then(|role| role["dataDisksGroups"].as_array());
    if is_kafka && disks.is_none_or(Vec::is_empty) {
        return refuse(
            "DataDisksGroupsRequired",
            "A Kafka cluster needs managed disks: give the role 'workernode' dataDisksGroups.".to_owned(),
        );
    }
    Ok(())
}

/// Passwords and keys are never given back.
fn complete_cluster(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let name = settled.names.first().cloned().unwrap_or_default();
    let properties = document.entry("properties").or_insert_with(|| json!({}));
    for role in properties
        .pointer_mut("/computeProfile/roles")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(profile) = role
            .pointer_mut("/osProfile/linuxOperatingSystemProfile")
            .and_then(Value::as_object_mut)
        {
            profile.shift_remove("password");
        }
    }
    if let Some(definition) = properties
        .pointer_mut("/clusterDefinition")
        .and_then(Value::as_object_mut)
    {
        definition.shift_remove("configurations");
    }
    for account in properties
        .pointer_mut("/storageProfile/storageaccounts")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        account.shift_remove("key");
        account.shift_remove("saskey");
    }
    let Some(properties) = properties.as_object_mut() else {
        return;
    };
    let state = if settled.done { "Running" } else { "Accepted" };
    properties.insert("clusterState".into(), state.into());
    properties.insert(
        "clusterId".into(),
        settled.guid("cluster").replace('-', "").into(),
    );
    properties.insert("createdDate".into(), settled.created.to_string().into());
    properties.insert(
        "connectivityEndpoints".into(),
        json!([
            {"name": "SSH", "protocol": "TCP", "location": format!("{name}-ssh.azurehdinsight.net"), "port": 22},
            {"name": "HTTPS", "protocol": "TCP", "location": format!("{name}.azurehdinsight.net"), "port": 443},
        ]),
    );
}
