//! Read-only properties of every type that Azure has: stand-ins, so that templates that ask for them can be rehearsed.
//!
//! Hosts end in `.example`, addresses are of the range for documentation (RFC 5737): nothing here leads anywhere.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::Settled;
use crate::model::resource_id::ResourceId;

static PROPERTIES: LazyLock<HashMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let lines = include_str!("read-only.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut words = line.split(' ');
            let resource_type = words.next()?.to_lowercase();
            Some((resource_type, words.collect()))
        })
        .collect()
});

/// Adds what is read-only and not there yet.
pub fn fill(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let resource_type = ResourceId::new(settled.id).resource_type().to_lowercase();
    let Some(paths) = PROPERTIES.get(&resource_type) else {
        return;
    };
    let Some(properties) = document
        .entry("properties")
        .or_insert_with(|| json!({}))
        .as_object_mut()
    else {
        return;
    };
    for path in paths {
        insert(properties, path, &stand_in(settled, &resource_type, path));
    }
}

/// Whether a member of `properties` is the provider's alone.
pub fn is_read_only(resource_type: &str, name: &str) -> bool {
    let paths = PROPERTIES.get(&resource_type.to_lowercase());
    paths.is_some_and(|paths| {
        paths
            .iter()
            .any(|path| path.split('/').next() == Some(name) && !path.contains('.'))
    })
}

fn insert(fields: &mut Map<String, Value>, path: &str, value: &str) {
    let Some(at) = path.find(['.', '/']) else {
        fields.entry(path).or_insert_with(|| value.into());
        return;
    };
    let (parent, rest) = (&path[..at], &path[at + 1..]);
    if path[at..].starts_with('/') {
        fields.entry(parent).or_insert_with(|| json!({}));
    }
    if let Some(below) = fields.get_mut(parent).and_then(Value::as_object_mut) {
        insert(below, rest, value);
    }
}

/// A value that looks like what the name of the property promises, the same one at every look.
fn stand_in(settled: &Settled<'_>, resource_type: &str, path: &str) -> String {
    let last = path.rsplit(['.', '/']).next().unwrap_or(path).to_lowercase();
    let ends = |words: &[&str]| words.iter().any(|word| last.ends_with(word));
    let provider = resource_type.split('/').next().unwrap_or_default();
    let provider = provider.rsplit('.').next().unwrap_or_default();
    let labels: Vec<String> = settled
        .names
        .iter()
        .rev()
        .map(|name| name.to_lowercase())
        .collect();
    let host = format!("{}.{provider}.example", labels.join("."));
    if last == "tenantid" {
        settled.tenant.to_owned()
    } else if last == "subscriptionid" {
        settled.subscription.to_owned()
    } else if last == "connectionstring" && provider == "insights" {
        let key = settled.guid("InstrumentationKey");
        format!("InstrumentationKey={key};IngestionEndpoint=https://{host}/")
    } else if ends(&["connectionstring"]) {
        format!("Endpoint=https://{host}/")
    } else if ends(&["uri", "url", "endpoint"]) {
        format!("https://{host}/")
    } else if ends(&["ipaddress", "ipaddresses"]) {
        "203.0.113.4".to_owned()
    } else if ends(&["ipprefix", "addressprefix"]) {
        "203.0.113.0/28".to_owned()
    } else if ends(&["fqdn", "host", "hostname", "domain", "domainname"]) {
        host
    } else if ends(&["id", "guid", "key"]) {
        settled.guid(path)
    } else {
        labels.first().cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn filled(resource_type: &str, properties: Value) -> Value {
        let id = format!("/subscriptions/s/resourceGroups/rg/providers/{resource_type}/shop");
        let settled = Settled {
            id: &id,
            names: &["shop".to_owned()],
            subscription: "s",
            tenant: "t",
            created: Timestamp::UNIX_EPOCH,
            now: Timestamp::UNIX_EPOCH,
            done: true,
            before: None,
            above: &[],
        };
        let mut document = Map::from_iter([("properties".to_owned(), properties)]);
        fill(&settled, &mut document);
        Value::Object(document)["properties"].take()
    }

    #[test]
    fn a_property_has_the_shape_that_its_name_promises() {
        let components = filled("Microsoft.Insights/components", json!({"TenantId": "own"}));
        assert_eq!(components["TenantId"], "own", "what is there stays");
        let key = components["InstrumentationKey"].as_str().unwrap();
        assert_eq!(key.len(), 36);
        let connection = components["ConnectionString"].as_str().unwrap();
        assert!(connection.starts_with(&format!("InstrumentationKey={key};")));
        let clusters = filled("microsoft.kusto/clusters", json!({}));
        assert_eq!(clusters["uri"], "https://shop.kusto.example/");
        assert_eq!(filled("Contoso.Things/things", json!({})), json!({}));
    }

    #[test]
    fn inside_what_nobody_wrote_only_the_provider_adds() {
        let apps = "Microsoft.App/containerApps";
        assert!(filled(apps, json!({})).get("configuration").is_none());
        let app = filled(apps, json!({"configuration": {"ingress": {"external": true}}}));
        assert_eq!(app["configuration"]["ingress"]["fqdn"], "shop.app.example");
        let workspace = filled("Microsoft.MachineLearningServices/workspaces", json!({}));
        assert_eq!(
            workspace["notebookInfo"]["fqdn"],
            "shop.machinelearningservices.example"
        );
    }
}
