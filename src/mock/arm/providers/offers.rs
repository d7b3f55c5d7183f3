//! What a provider says that it offers: its types, each with its regions and api-versions.

use serde_json::{Value, json};

use super::{REGIONS, types, versions};

/// `{resourceType, locations, apiVersions}` of each type of a namespace, versions newest first.
pub fn offers(namespace: &str) -> Vec<Value> {
    let regions: Vec<&str> = REGIONS.iter().map(|(_, shown, _)| *shown).collect();
    let prefix = format!("{}/", namespace.to_lowercase());
    let own = types().filter(|one| one.to_lowercase().starts_with(&prefix));
    own.map(|one| json!({"resourceType": one[prefix.len()..], "locations": regions, "apiVersions": versions(one)}))
        .collect()
}
