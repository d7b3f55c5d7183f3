//! Access keys that are never stored: each is drawn from the site's bearer token and the id of its rule.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

/// 32 bytes that only the holder of the token can tell. Two SHA-1 based UUIDs: enough for a rehearsal, and one-way.
pub(super) fn drawn(token: &SecretString, id: &str, what: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (half, chunk) in bytes.chunks_exact_mut(16).enumerate() {
        let text = format!("{}\n{}\n{what}\n{half}", token.expose_secret(), id.to_lowercase());
        chunk.copy_from_slice(Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).as_bytes());
    }
    bytes
}

/// The signature of a status address.
pub fn signature(token: &SecretString, what: &str) -> String {
    URL_SAFE_NO_PAD.encode(drawn(token, what, "signature"))
}

/// How often each key was made anew: by the lower-cased id of what it is of, then by which one it is.
pub type Renewals = BTreeMap<String, BTreeMap<String, u32>>;

/// `primary` as it is first, `primary#2` after two renewals.
fn named(renewals: &Renewals, id: &str, which: &str) -> String {
    let times = renewals.get(&id.to_lowercase()).and_then(|own| own.get(which));
    times.map_or_else(|| which.to_owned(), |times| format!("{which}#{times}"))
}

/// The answer of `sharedKeys` on a workspace.
pub fn shared_keys(token: &SecretString, id: &str) -> Value {
    let key = |what| STANDARD.encode([drawn(token, id, what), drawn(token, id, "rest")].concat());
    json!({"primarySharedKey": key("primary"), "secondarySharedKey": key("secondary")})
}

/// The answer of `listKeys` on a storage account.
pub fn account_keys(token: &SecretString, renewals: &Renewals, id: &str) -> Value {
    let key = |name: &str, which| {
        let value = STANDARD.encode(drawn(token, id, &named(renewals, id, which)));
        json!({"keyName": name, "value": value, "permissions": "FULL"})
    };
    json!({"keys": [key("key1", "primary"), key("key2", "secondary")]})
}

/// The answer of `listKeys` on an authorization rule of a namespace or a hub.
///
/// # Errors
///
/// A sentence when the id is no such rule.
pub fn list_keys(token: &SecretString, renewals: &Renewals, id: &str) -> Result<Value, String> {
    let names = crate::model::resource_id::ResourceId::new(id).full_name();
    let parts: Vec<&str> = names.split('/').collect();
    let (namespace, hub, rule) = match parts.as_slice() {
        [namespace, rule] => (namespace, None, rule),
        [namespace, hub, rule] => (namespace, Some(hub), rule),
        _ => return Err(format!("'{id}' has no keys")),
    };
    let key = |which| STANDARD.encode(drawn(token, id, &named(renewals, id, which)));
    let text = |key: &str| {
        let entity = hub.map(|hub| format!(";EntityPath={hub}")).unwrap_or_default();
        format!(
            "Endpoint=sb://{namespace}.servicebus.windows.net/;SharedAccessKeyName={rule};SharedAccessKey={key}{entity}"
        )
    };
    let (primary, secondary) = (key("primary"), key("secondary"));
    Ok(json!({
        "primaryConnectionString": text(&primary),
        "secondaryConnectionString": text(&secondary),
        "primaryKey": primary,
        "secondaryKey": secondary,
        "keyName": rule,
    }))
}
