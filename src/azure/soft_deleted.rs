//! What was deleted and still holds its name.

use serde_json::Value;

use super::call::Call;
use super::refusal::{get, text_of};
use super::{AzureError, Client};
use crate::azure::groups::GroupScope;

/// Source: the Resource Manager contract, section 7.
const VAULTS_VERSION: &str = "2023-07-01";
const WORKSPACES_VERSION: &str = "2023-09-01";

/// A key vault that was deleted and can be recovered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedVault {
    /// When its name is free again, as Azure writes it; empty where Azure does not say.
    pub purged: String,
    /// Nobody may purge it before.
    pub is_protected: bool,
}

impl Client {
    /// Returns the deleted vault that still holds a name in a region, or `None`.
    ///
    /// # Errors
    ///
    /// Azure's refusal, also a 404 that is about the route.
    pub async fn deleted_vault(
        &self,
        subscription: &str,
        location: &str,
        name: &str,
    ) -> Result<Option<DeletedVault>, AzureError> {
        let path = format!(
            "/subscriptions/{subscription}/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{name}"
        );
        match self.send(&Call::get(path, VAULTS_VERSION)).await {
            Ok(answer) => {
                let properties = get(&answer.body, "properties").unwrap_or(&Value::Null);
                let protected = get(properties, "purgeProtectionEnabled").and_then(Value::as_bool);
                Ok(Some(DeletedVault {
                    purged: text_of(properties, "scheduledPurgeDate"),
                    is_protected: protected.unwrap_or(false),
                }))
            }
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the names of the deleted Log Analytics workspaces of a group that can be recovered.
    ///
    /// # Errors
    ///
    /// Azure's refusal.
    pub async fn deleted_workspaces(&self, scope: &GroupScope) -> Result<Vec<String>, AzureError> {
        let path = format!(
            "{}/providers/Microsoft.OperationalInsights/deletedWorkspaces",
            scope.path()
        );
        let listed = self.list(Call::get(path, WORKSPACES_VERSION)).await?;
        Ok(listed.iter().map(|one| text_of(one, "name")).collect())
    }
}
