//! Vaults and workspaces that are deleted, but kept for a while under their name.
//!
//! A vault's name is taken everywhere until it is recovered or purged; a workspace of the same id is simply recovered.
//! Source: learn.microsoft.com, Key Vault soft-delete overview; Azure Monitor, delete and recover a workspace.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::clock::after;
use super::error::ArmError;
use super::state::{State, Stored};
use super::view::stamp;
use super::world::World;
use super::writes::Put;

pub const VAULT: &str = "Microsoft.KeyVault/vaults";
pub const WORKSPACE: &str = "Microsoft.OperationalInsights/workspaces";
const VAULT_DAYS: u64 = 90;
const WORKSPACE_DAYS: u64 = 14;

/// What was deleted, with everything below it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Twin {
    /// The resource itself first.
    pub stored: Vec<Stored>,
    pub deleted: Timestamp,
    pub purge: Timestamp,
}

impl Twin {
    fn root(&self) -> Option<&Stored> {
        self.stored.first()
    }

    fn property(&self, name: &str) -> Value {
        self.root()
            .map(|root| root.document["properties"][name].clone())
            .unwrap_or_default()
    }

    pub fn location(&self) -> &str {
        self.root()
            .and_then(|root| root.document["location"].as_str())
            .unwrap_or_default()
    }

    pub fn is(&self, resource_type: &str) -> bool {
        self.root()
            .is_some_and(|root| root.resource_type.eq_ignore_ascii_case(resource_type))
    }

    pub fn is_in_group(&self, group: &str) -> bool {
        let own = self.root().and_then(|root| super::writes::group_of(&root.id));
        own.is_some_and(|own| own.eq_ignore_ascii_case(group))
    }

    /// Whether it can go before its time.
    pub fn is_protected(&self) -> bool {
        self.property("enablePurgeProtection") == true
    }

    /// A deleted vault as a reader gets it.
    pub fn vault(&self, subscription: &str) -> Value {
        let Some(root) = self.root() else {
            return Value::Null;
        };
        let mut properties = json!({
            "vaultId": root.id,
            "location": self.location(),
            "tags": root.document.get("tags").cloned().unwrap_or_else(|| json!({})),
            "deletionDate": stamp(self.deleted),
            "scheduledPurgeDate": stamp(self.purge),
        });
        if self.is_protected() {
            properties["purgeProtectionEnabled"] = true.into();
        }
        json!({
            "id": format!(
                "/subscriptions/{subscription}/providers/Microsoft.KeyVault/locations/{}/deletedVaults/{}",
                self.location(), root.name
            ),
            "name": root.name,
            "type": "Microsoft.KeyVault/deletedVaults",
            "properties": properties,
        })
    }

    /// A deleted workspace as a reader gets it: itself.
    pub fn workspace(&self) -> Value {
        self.root().map(|root| root.document.clone()).unwrap_or_default()
    }
}

/// The key under which a twin is found: a vault's name is its own everywhere, a workspace has its id.
fn key_of(resource_type: &str, id: &str) -> Option<String> {
    let id = id.to_lowercase();
    if resource_type.eq_ignore_ascii_case(VAULT) {
        return Some(format!("vault/{}", id.rsplit('/').next().unwrap_or_default()));
    }
    resource_type.eq_ignore_ascii_case(WORKSPACE).then_some(id)
}

impl State {
    /// The twin of a vault by its name.
    pub fn deleted_vault(&self, name: &str, now: Timestamp) -> Option<(&String, &Twin)> {
        let key = format!("vault/{}", name.to_lowercase());
        self.twins
            .get_key_value(&key)
            .filter(|(_, twin)| twin.purge > now)
    }
}

impl World {
    /// Keeps what is about to be removed, if Azure would.
    pub(super) fn keep_twin(&mut self, key: &str) {
        let Some(root) = self.state.resources.get(key) else {
            return;
        };
        let Some(kept) = key_of(&root.resource_type, &root.id) else {
            return;
        };
        let properties = &root.document["properties"];
        let is_vault = root.resource_type.eq_ignore_ascii_case(VAULT);
        if properties["enableSoftDelete"] == false {
            return;
        }
        let days = properties["softDeleteRetentionInDays"]
            .as_u64()
            .filter(|_| is_vault);
        let days = days.unwrap_or(if is_vault { VAULT_DAYS } else { WORKSPACE_DAYS });
        let below = format!("{key}/");
        let mut stored = vec![root.clone()];
        let children = self.state.resources.range(below.clone()..);
        let children = children.take_while(|(id, _)| id.starts_with(&below));
        stored.extend(children.map(|(_, stored)| stored.clone()));
        let deleted = self.now();
        let purge = after(deleted, Duration::from_hours(days.saturating_mul(24)));
        let twin = Twin {
            stored,
            deleted,
            purge,
        };
        self.state.twins.insert(kept, twin);
    }

    /// Refuses a vault whose name a deleted one still has, and to recover one that is not there.
    ///
    /// # Errors
    ///
    /// 409 `ConflictError`, or 404 `VaultNotFound`.
    pub(super) fn check_twin(&self, id: &str, resource_type: &str, body: &Value) -> Result<(), ArmError> {
        if !resource_type.eq_ignore_ascii_case(VAULT) || self.state.resources.contains_key(&id.to_lowercase())
        {
            return Ok(());
        }
        let name = id.rsplit('/').next().unwrap_or_default();
        let twin = self.state.deleted_vault(name, self.now());
        match (twin, is_recovery(body)) {
            (None, false) => Ok(()),
            (Some((_, twin)), true) if twin.root().is_some_and(|root| root.id.eq_ignore_ascii_case(id)) => {
                Ok(())
            }
            (_, true) => {
                let message =
                    format!("The deleted vault '{name}' could not be found; nothing can be recovered.");
                Err(ArmError::not_found("VaultNotFound", message).about(id))
            }
            (Some(_), false) => {
                let message = "A vault with the same name already exists in deleted state. You need to either recover or purge \
                               existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more \
                               information on soft delete.";
                Err(ArmError::conflict("ConflictError", message).about(id))
            }
        }
    }

    /// Brings a twin back when that is what is asked: a vault that is recovered, or a workspace of the same id.
    pub(super) fn recover(&mut self, put: &mut Put) {
        let id = put.id.to_lowercase();
        let Some(kept) =
            key_of(&put.resource_type, &put.id).filter(|_| !self.state.resources.contains_key(&id))
        else {
            return;
        };
        let recovery = is_recovery(&put.body);
        if put.resource_type.eq_ignore_ascii_case(VAULT) && !recovery {
            return;
        }
        let Some(twin) = self
            .state
            .twins
            .remove(&kept)
            .filter(|twin| twin.purge > self.now())
        else {
            return;
        };
        if recovery && let Some(root) = twin.root() {
            put.body = root.given.clone();
        }
        for stored in twin.stored {
            self.state.resources.insert(stored.id.to_lowercase(), stored);
        }
        self.dirty = true;
    }
}

fn is_recovery(body: &Value) -> bool {
    let mode = body["properties"]["createMode"].as_str();
    mode.is_some_and(|mode| mode.eq_ignore_ascii_case("recover"))
}
