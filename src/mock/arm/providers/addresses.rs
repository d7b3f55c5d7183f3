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
    row("Microsoft.ContainerRegistry/registries"),
    row("Microsoft.DocumentDB/databaseAccounts"),
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

fn complete(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let resource_type = ResourceId::new(settled.id).resource_type().to_lowercase();
    let name = settled
        .names
        .first()
        .map(|name| name.to_lowercase())
        .unwrap_or_default();
    let properties = document.entry("properties").or_insert_with(|| json!({}));
    if let (Some((key, address)), Some(properties)) =
        (address(&resource_type, &name), properties.as_object_mut())
    {
        properties.insert(key.to_owned(), address.into());
    }
}

#[cfg(test)]
mod tests {
    use super::{TABLE, address};

    #[test]
    fn every_type_of_the_table_has_an_address() {
        for row in TABLE {
            let found = address(&row.resource_type.to_lowercase(), "name");
            assert!(
                found.is_some_and(|(_, address)| address.contains("name.")),
                "{}",
                row.resource_type
            );
        }
    }
}
