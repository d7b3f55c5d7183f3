//! What `list…` answers for types of which the emulator knows no more: keys and secrets in the shapes that clients expect.
//!
//! Nothing here opens anything: each key is drawn from the site's token, as in [`super::keys`].
//! Source: Azure REST API specifications, the answers of the list operations.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::keys::drawn;
use crate::model::resource_id::ResourceId;

/// The answer of an action whose name begins with `list`; `None` for every other.
pub fn stand_in(token: &SecretString, id: &str, action: &str) -> Option<Value> {
    let id = ResourceId::new(id);
    let (resource_type, name) = (id.resource_type().to_lowercase(), id.name().to_owned());
    let key = |which: &str| STANDARD.encode(drawn(token, id.as_str(), which));
    let (primary, secondary) = (key("primary"), key("secondary"));
    let provider = resource_type.split('/').next().unwrap_or_default();
    let provider = provider.rsplit('.').next().unwrap_or_default();
    let host = format!("{name}.{provider}.example");
    let connection = |key: &str| format!("Endpoint=https://{host}/;SharedAccessKey={key}");
    let action = action.to_lowercase();
    Some(match (resource_type.as_str(), action.as_str()) {
        ("microsoft.appconfiguration/configurationstores", "listkeys") => {
            let one = |name: &str, key: &str| json!({"id": name, "name": name, "value": key, "connectionString": connection(key)});
            json!({"value": [one("Primary", &primary), one("Secondary", &secondary)]})
        }
        ("microsoft.web/sites/host", "listkeys") => {
            json!({"masterKey": primary, "functionKeys": {"default": secondary}, "systemKeys": {}})
        }
        ("microsoft.devices/iothubs", "listkeys") => {
            json!({"value": [{"keyName": "iothubowner", "primaryKey": primary, "secondaryKey": secondary}]})
        }
        ("microsoft.web/sites/functions", _) => {
            json!({"key": primary, "trigger_url": format!("https://{host}/api?code={primary}")})
        }
        (_, "listkeyvalue") => json!({"key": name, "value": primary}),
        (_, "listcredentials") => {
            let one = |name: &str, key: &str| json!({"name": name, "value": key});
            json!({"username": name, "passwords": [one("password", &primary), one("password2", &secondary)]})
        }
        (_, "listconnectionstrings") => {
            let one = |key: &str| json!({"connectionString": connection(key)});
            json!({"connectionStrings": [one(&primary), one(&secondary)]})
        }
        (_, "listcallbackurl") => {
            json!({"value": format!("https://{host}/?sig={primary}"), "method": "POST", "basePath": format!("https://{host}/")})
        }
        (_, "listquerykeys") => json!({"value": [{"name": null, "key": primary}]}),
        (_, "listaccountsas") => json!({"accountSasToken": format!("sig={primary}")}),
        (_, "listservicesas") => json!({"serviceSasToken": format!("sig={primary}")}),
        (_, "listclusterusercredential" | "listclusteradmincredential") => {
            json!({"kubeconfigs": [{"name": "clusterUser", "value": primary}]})
        }
        (_, "list") => json!({"properties": {
            "publishingUserName": format!("${name}"), "publishingPassword": primary, "scmUri": format!("https://{host}/"),
        }}),
        (_, listed) if listed.starts_with("list") => {
            let one = |name: &str, key: &str| json!({"keyName": name, "value": key});
            json!({
                "keyName": name,
                "keys": [one("key1", &primary), one("key2", &secondary)],
                "primaryConnectionString": connection(&primary),
                "secondaryConnectionString": connection(&secondary),
                "primaryMasterKey": primary,
                "secondaryMasterKey": secondary,
                "primaryReadonlyMasterKey": key("primary read"),
                "secondaryReadonlyMasterKey": key("secondary read"),
                "key1": primary,
                "key2": secondary,
                "primaryKey": primary,
                "secondaryKey": secondary,
            })
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_the_shape_of_its_type_and_other_keys_for_another_token() {
        let id = |kind: &str| format!("/subscriptions/s/resourceGroups/rg/providers/{kind}/shop");
        let asked = |token: &str, kind: &str, action: &str| stand_in(&token.into(), &id(kind), action);
        let registry = asked("t", "Microsoft.ContainerRegistry/registries", "listCredentials").unwrap();
        assert_eq!(registry["username"], "shop");
        assert!(registry["passwords"][1]["value"].is_string());
        let cosmos = |token| asked(token, "Microsoft.DocumentDB/databaseAccounts", "listKeys").unwrap();
        assert!(cosmos("t")["primaryMasterKey"].is_string());
        assert_eq!(cosmos("t"), cosmos("t"));
        assert_ne!(cosmos("t"), cosmos("other"));
        assert_eq!(asked("t", "Microsoft.Web/sites", "restart"), None);
    }
}
