//! What the principal of the token may do somewhere. Wildcards are matched here: Azure only lists them.

use serde_json::Value;
use wildmatch::WildMatch;

use super::call::Call;
use super::deployments::items;
use super::refusal::get;
use super::{AzureError, Client};

/// Source: the Resource Manager contract, section 2.
const API_VERSION: &str = "2022-05-01-preview";

/// What one role gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// `*`, `*/read`, `Microsoft.EventHub/namespaces/write`
    pub actions: Vec<String>,
    /// What of these it does not give; another role may.
    pub not_actions: Vec<String>,
}

impl Permission {
    fn read(value: &Value) -> Self {
        let list = |name| {
            items(get(value, name))
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect()
        };
        Self {
            actions: list("actions"),
            not_actions: list("notActions"),
        }
    }

    /// Whether this alone gives the right to `action`.
    pub fn allows(&self, action: &str) -> bool {
        let names = |patterns: &[String]| {
            patterns
                .iter()
                .any(|pattern| WildMatch::new_case_insensitive(pattern).matches(action))
        };
        names(&self.actions) && !names(&self.not_actions)
    }
}

impl Client {
    /// Returns what the principal may do at `scope`: the path of a subscription, a group or a resource.
    ///
    /// # Errors
    ///
    /// Azure's refusal.
    pub async fn permissions(&self, scope: &str) -> Result<Vec<Permission>, AzureError> {
        let path = format!("{scope}/providers/Microsoft.Authorization/permissions");
        let listed = self.list(Call::get(path, API_VERSION)).await?;
        Ok(listed.iter().map(Permission::read).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_star_spans_slashes_and_what_is_taken_away_counts() {
        let contributor = Permission::read(&json!({
            "actions": ["*"],
            "notActions": ["Microsoft.Authorization/*/Write"],
        }));
        assert!(contributor.allows("Microsoft.EventHub/namespaces/eventhubs/write"));
        assert!(!contributor.allows("microsoft.authorization/roleAssignments/write"));
        let reader = Permission::read(&json!({"actions": ["*/read"]}));
        assert!(reader.allows("Microsoft.EventHub/namespaces/READ"));
        assert!(!reader.allows("Microsoft.EventHub/namespaces/write"));
    }
}
