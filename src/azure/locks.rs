//! Locks: what must not be deleted or changed, whoever asks.

use serde_json::Value;

use super::call::Call;
use super::groups::GroupScope;
use super::refusal::{get, text_of};
use super::{AzureError, Client};
use crate::model::resource_id::ResourceId;

/// Source: the Resource Manager contract, section 2.
const API_VERSION: &str = "2016-09-01";

/// A lock, and what it forbids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    pub id: ResourceId,
    /// `CanNotDelete` or `ReadOnly`.
    pub level: String,
}

impl Lock {
    /// Whether nothing below it can be changed.
    pub fn forbids_writing(&self) -> bool {
        self.level.eq_ignore_ascii_case("ReadOnly")
    }

    /// The path of what is locked: a subscription, a group or a resource.
    pub fn place(&self) -> &str {
        let id = self.id.as_str();
        let at = id
            .to_ascii_lowercase()
            .rfind("/providers/microsoft.authorization/locks/");
        at.map_or(id, |at| &id[..at])
    }
}

impl Client {
    /// Returns the locks on a group, on what is in it and above it; none when there is no such group.
    ///
    /// # Errors
    ///
    /// Every refusal other than 404, and whatever keeps a call from being answered.
    pub async fn locks(&self, scope: &GroupScope) -> Result<Vec<Lock>, AzureError> {
        let path = format!("{}/providers/Microsoft.Authorization/locks", scope.path());
        let read = |value: &Value| {
            let level = get(value, "properties").map(|properties| text_of(properties, "level"));
            Some(Lock {
                id: ResourceId::new(get(value, "id")?.as_str()?),
                level: level.unwrap_or_default(),
            })
        };
        match self.list(Call::get(path, API_VERSION)).await {
            Ok(items) => Ok(items.iter().filter_map(read).collect()),
            Err(error) if error.is_absent() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_on_what_is_before_it() {
        let lock = |id: &str| Lock {
            id: ResourceId::new(id),
            level: "readonly".into(),
        };
        let on_group = lock("/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/locks/l");
        assert_eq!(on_group.place(), "/subscriptions/s/resourceGroups/g");
        assert!(on_group.forbids_writing());
    }
}
