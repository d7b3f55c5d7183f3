//! What can be asked of a resource beside itself: its keys, its hosts, how its machine is.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::keys;
use super::lists;
use super::state::{State, Stored};
use crate::model::resource_id::ResourceId;

/// The answer of `GET` or `POST {id}/{action}`, and of `list…` in a template.
///
/// # Errors
///
/// A sentence when the type has no such action.
pub fn answer(state: &State, token: &SecretString, of: &Stored, action: &str) -> Result<Value, String> {
    let resource_type = of.resource_type.to_lowercase();
    match (resource_type.as_str(), action.to_lowercase().as_str()) {
        (rule, "listkeys") if rule.ends_with("/authorizationrules") => {
            keys::list_keys(token, &state.renewals, &of.id)
        }
        // Templates know it by the one name, clients by the other.
        ("microsoft.operationalinsights/workspaces", "sharedkeys" | "listkeys") => {
            Ok(keys::shared_keys(token, &of.id))
        }
        ("microsoft.storage/storageaccounts", "listkeys") => {
            Ok(keys::account_keys(token, &state.renewals, &of.id))
        }
        ("microsoft.compute/virtualmachines", "instanceview") => Ok(machine(of)),
        ("microsoft.hdinsight/clusters", "listhosts") => Ok(hosts(of)),
        _ => {
            let listed = if modelled(&resource_type) {
                None
            } else {
                lists::stand_in(token, &of.id, action)
            };
            listed.ok_or_else(|| format!("the action '{action}' is not supported on '{}'", of.resource_type))
        }
    }
}

/// Whether every action of a type is known here.
fn modelled(resource_type: &str) -> bool {
    let namespaces = [
        "microsoft.eventhub/",
        "microsoft.hdinsight/",
        "microsoft.network/",
    ];
    namespaces
        .iter()
        .any(|namespace| resource_type.starts_with(namespace))
}

/// Makes the key anew that `keyType` names.
///
/// # Errors
///
/// A sentence when it names none.
pub fn renew(state: &mut State, id: &str, request: &Value) -> Result<(), String> {
    let which = match request.get("keyType").and_then(Value::as_str) {
        Some(kind) if kind.eq_ignore_ascii_case("PrimaryKey") => "primary",
        Some(kind) if kind.eq_ignore_ascii_case("SecondaryKey") => "secondary",
        _ => return Err("keyType must be PrimaryKey or SecondaryKey".to_owned()),
    };
    let own = state.renewals.entry(id.to_lowercase()).or_default();
    *own.entry(which.to_owned()).or_default() += 1;
    Ok(())
}

fn machine(of: &Stored) -> Value {
    let state = of.document["properties"]["provisioningState"]
        .as_str()
        .unwrap_or_default()
        .to_lowercase();
    let mut statuses =
        vec![json!({"code": format!("ProvisioningState/{state}"), "level": "Info", "displayStatus": state})];
    if state == "succeeded" {
        statuses.push(json!({"code": "PowerState/running", "level": "Info", "displayStatus": "VM running"}));
    }
    json!({"statuses": statuses})
}

/// The hosts of a cluster, as many of each role as it has: the role in short, and the start of the cluster's name.
fn hosts(of: &Stored) -> Value {
    let cluster = ResourceId::new(&of.id).name().to_lowercase();
    let letters: String = cluster
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(6)
        .collect();
    let roles = of.document.pointer("/properties/computeProfile/roles");
    let mut all = Vec::new();
    for role in roles.and_then(Value::as_array).into_iter().flatten() {
        let name = role["name"].as_str().unwrap_or_default().to_lowercase();
        let short = match name.as_str() {
            "headnode" => "hn",
            "workernode" => "wn",
            "zookeepernode" => "zk",
            // They serve Kafka's REST proxy.
            "kafkamanagementnode" => "km",
            _ => "ed",
        };
        let count = role["targetInstanceCount"].as_i64().unwrap_or(0).clamp(0, 64);
        for number in 0..count {
            all.push(json!({
                "name": format!("{short}{number}-{letters}"),
                "fqdn": format!("{short}{number}-{letters}.internal.cloudapp.net"),
                "effectiveDiskEncryptionKeyUrl": null,
            }));
        }
    }
    Value::Array(all)
}
