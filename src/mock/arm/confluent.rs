//! The API keys of a Confluent cluster: made on demand, their secret told once and kept nowhere.
//!
//! Source: Microsoft.Confluent 2024-07-01, `createAPIKey` and its example.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::ArmError;
use super::keys::drawn;
use super::locks;
use super::state::Stored;
use super::world::World;

pub const CLUSTERS: &str = "Microsoft.Confluent/organizations/environments/clusters";
const KEYS: &str = "Microsoft.Confluent/organizations/apiKeys";
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl World {
    /// Makes a key of a cluster and gives it with its secret.
    ///
    /// # Errors
    ///
    /// 409 when the cluster is not made yet, or a lock is on it.
    pub fn create_api_key(&mut self, cluster: &Stored, request: &Value) -> Result<Value, ArmError> {
        locks::may_write(self, &cluster.id)?;
        if cluster.document.pointer("/properties/status/phase") != Some(&json!("PROVISIONED")) {
            let message = "The Kafka cluster is not provisioned yet.";
            return Err(ArmError::conflict("Conflict", message).about(cluster.id.as_str()));
        }
        let key = letters(&self.fresh_guid());
        let at = self.now();
        let organization = cluster.id.split('/').take(9).collect::<Vec<_>>().join("/");
        let id = format!("{organization}/apiKeys/{key}");
        let document = described(cluster, &key, request, &at.to_string());
        let mut told = document.clone();
        let secret = [
            drawn(&self.settings.token, &id, "secret"),
            drawn(&self.settings.token, &id, "rest"),
        ];
        told["properties"]["spec"]["secret"] = STANDARD.encode(&secret.concat()[..48]).into();
        let stored = Stored {
            name: format!("{}/{key}", organization.rsplit('/').next().unwrap_or_default()),
            resource_type: KEYS.to_owned(),
            api_version: cluster.api_version.clone(),
            given: json!({}),
            document,
            created: at,
            changed: at,
            id,
        };
        self.state.resources.insert(stored.id.to_lowercase(), stored);
        self.dirty = true;
        Ok(told)
    }
}

/// 16 capitals and digits that are the same for the same GUID.
fn letters(guid: &str) -> String {
    let bytes = Uuid::parse_str(guid).unwrap_or_default().into_bytes();
    bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect()
}

/// A key as it can be read again and again.
fn described(cluster: &Stored, key: &str, request: &Value, at: &str) -> Value {
    let name = cluster
        .document
        .pointer("/properties/metadata/resourceName")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let (environment, id) = name.split_once("/cloud-cluster=").unwrap_or_default();
    let (organization, environment_id) = environment.split_once("/environment=").unwrap_or_default();
    let account = format!("sa-{}", &letters_of_owner(organization)[..6]);
    let owner = format!("{organization}/service-account={account}");
    let api = "https://api.confluent.cloud";
    json!({
        "id": key,
        "kind": "ApiKey",
        "properties": {
            "metadata": {
                "self": format!("{api}/iam/v2/api-keys/{key}"),
                "resourceName": format!("{owner}/api-key={key}"),
                "createdTimestamp": at,
                "updatedTimestamp": at,
            },
            "spec": {
                "name": request["name"].as_str().unwrap_or_default(),
                "description": request["description"].as_str().unwrap_or_default(),
                "owner": {
                    "id": account,
                    "kind": "ServiceAccount",
                    "related": format!("{api}/iam/v2/service-accounts/{account}"),
                    "resourceName": owner,
                },
                "resource": {
                    "id": id,
                    "kind": "cluster",
                    "environment": environment_id,
                    "related": format!("{api}/cmk/v2/clusters/{id}"),
                    "resourceName": name,
                },
            },
        },
    })
}

/// The service account that an organization's keys belong to.
fn letters_of_owner(organization: &str) -> String {
    let guid = Uuid::new_v5(
        &Uuid::NAMESPACE_URL,
        format!("{organization}#service-account").as_bytes(),
    );
    guid.simple().to_string()
}
