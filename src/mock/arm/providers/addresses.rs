//! Types of other targets whose templates read back where a resource is reached.
//!
//! Source: Azure REST API specifications, read-only properties; suffixes of the public cloud.

use serde_json::{Map, Value, json};

use super::{Provider, Settled, accept, seconds};
use crate::model::resource_id::ResourceId;

const fn row(resource_type: &'static str) -> Provider {
    Provider {
        resource_type,
        takes: seconds(30),
        tracked: true,
        check: accept,
        complete,
    }
}

pub const TABLE: &[Provider] = &[
    row("Microsoft.AppConfiguration/configurationStores"),
    row("Microsoft.Cache/redis"),
    row("Microsoft.CognitiveServices/accounts"),
    row("Microsoft.ContainerInstance/containerGroups"),
    row("Microsoft.ContainerRegistry/registries"),
    row("Microsoft.Devices/IotHubs"),
    row("Microsoft.DocumentDB/databaseAccounts"),
    row("Microsoft.Network/dnsZones"),
    row("Microsoft.ServiceBus/namespaces"),
    row("Microsoft.Sql/servers"),
    row("Microsoft.Web/sites"),
];

/// The property and the address, by the type in lower case and the name.
fn address(resource_type: &str, name: &str) -> Option<(&'static str, String)> {
    Some(match resource_type {
        "microsoft.appconfiguration/configurationstores" => {
            ("endpoint", format!("https://{name}.azconfig.io"))
        }
        "microsoft.cache/redis" => ("hostName", format!("{name}.redis.cache.windows.net")),
        "microsoft.cognitiveservices/accounts" => {
            ("endpoint", format!("https://{name}.cognitiveservices.azure.com/"))
        }
        "microsoft.containerregistry/registries" => ("loginServer", format!("{name}.azurecr.io")),
        "microsoft.devices/iothubs" => ("hostName", format!("{name}.azure-devices.net")),
        "microsoft.documentdb/databaseaccounts" => (
            "documentEndpoint",
            format!("https://{name}.documents.azure.com:443/"),
        ),
        "microsoft.servicebus/namespaces" => (
            "serviceBusEndpoint",
            format!("https://{name}.servicebus.windows.net:443/"),
        ),
        "microsoft.sql/servers" => ("fullyQualifiedDomainName", format!("{name}.database.windows.net")),
        "microsoft.web/sites" => ("defaultHostName", format!("{name}.azurewebsites.net")),
        _ => return None,
    })
}

/// What else templates ask for: lists of addresses, ports, addresses inside.
fn more(resource_type: &str, name: &str) -> Value {
    match resource_type {
        "microsoft.cache/redis" => json!({"port": 6379, "sslPort": 6380}),
        "microsoft.containerinstance/containergroups" => json!({"ipAddress": {"ip": "203.0.113.4"}}),
        "microsoft.devices/iothubs" => {
            let endpoint = format!("sb://iothub-ns-{name}.servicebus.windows.net/");
            json!({"eventHubEndpoints": {"events": {"path": name, "endpoint": endpoint, "partitionIds": ["0", "1"]}}})
        }
        "microsoft.network/dnszones" => {
            let server = |number: u32, end: &str| format!("ns{number}-01.azure-dns.{end}.");
            json!({"nameServers": [server(1, "com"), server(2, "net"), server(3, "org"), server(4, "info")]})
        }
        "microsoft.web/sites" => {
            let (host, scm) = (
                format!("{name}.azurewebsites.net"),
                format!("{name}.scm.azurewebsites.net"),
            );
            json!({"hostNames": [host], "enabledHostNames": [host, scm], "state": "Running"})
        }
        _ => Value::Null,
    }
}

/// Adds what is not there yet, also inside of what is.
fn add(fields: &mut Map<String, Value>, more: Value) {
    let Value::Object(more) = more else { return };
    for (key, value) in more {
        match fields.get_mut(&key) {
            Some(Value::Object(inner)) => add(inner, value),
            Some(_) => {}
            None => {
                fields.insert(key, value);
            }
        }
    }
}

fn complete(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let resource_type = ResourceId::new(settled.id).resource_type().to_lowercase();
    let name = settled
        .names
        .first()
        .map(|name| name.to_lowercase())
        .unwrap_or_default();
    let properties = document.entry("properties").or_insert_with(|| json!({}));
    let Some(properties) = properties.as_object_mut() else {
        return;
    };
    if let Some((key, address)) = address(&resource_type, &name) {
        properties.insert(key.to_owned(), address.into());
    }
    add(properties, more(&resource_type, &name));
}

#[cfg(test)]
mod tests {
    use super::{TABLE, address, more};

    #[test]
    fn every_type_of_the_table_has_an_address() {
        for row in TABLE {
            let resource_type = row.resource_type.to_lowercase();
            let found = address(&resource_type, "name");
            let is_address = found.is_some_and(|(_, address)| address.contains("name."));
            assert!(
                is_address || more(&resource_type, "name").is_object(),
                "{}",
                row.resource_type
            );
        }
    }
}
