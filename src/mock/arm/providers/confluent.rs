//! `Microsoft.Confluent`: an organization of Confluent Cloud, its environments, clusters, topics and connectors, and the
//! terms of the marketplace.
//!
//! Source: the 2024-07-01 contract and its examples. Nothing that an endpoint names leads anywhere.

use serde_json::{Map, Value, json};

use super::{Provider, REGIONS, Request, Settled, accept, default, region, seconds};
use crate::mock::arm::error::ArmError;

const API: &str = "https://api.confluent.cloud";

const fn row(
    resource_type: &'static str,
    takes: Option<std::time::Duration>,
    complete: fn(&Settled<'_>, &mut Map<String, Value>),
) -> Provider {
    Provider {
        resource_type,
        takes,
        tracked: false,
        check: accept,
        complete,
    }
}

pub const TABLE: &[Provider] = &[
    Provider {
        tracked: true,
        ..row(
            "Microsoft.Confluent/organizations",
            seconds(60),
            complete_organization,
        )
    },
    row(
        "Microsoft.Confluent/organizations/environments",
        seconds(10),
        complete_environment,
    ),
    row(
        "Microsoft.Confluent/organizations/environments/clusters",
        seconds(150),
        complete_cluster,
    ),
    row(
        "Microsoft.Confluent/organizations/environments/clusters/topics",
        seconds(5),
        complete_topic,
    ),
    row(
        "Microsoft.Confluent/organizations/environments/clusters/connectors",
        seconds(30),
        complete_connector,
    ),
    Provider {
        check: refuse_key,
        ..row(
            "Microsoft.Confluent/organizations/apiKeys",
            None,
            super::add_nothing,
        )
    },
    Provider {
        check: check_agreement,
        ..row("Microsoft.Confluent/agreements", None, complete_agreement)
    },
];

/// The first segments of an id: 9 name the organization, 11 the environment, 13 the cluster.
fn start(id: &str, segments: usize) -> String {
    id.split('/').take(segments).collect::<Vec<_>>().join("/")
}

/// Confluent's own id of what ARM calls otherwise: the name when it is one, else one made from the ARM id.
fn own_id(settled: &Settled<'_>, segments: usize, prefix: &str) -> String {
    let id = start(settled.id, segments);
    let name = id.rsplit('/').next().unwrap_or_default();
    if name.starts_with(prefix) {
        return name.to_owned();
    }
    let letters = Settled { id: &id, ..*settled }.guid("organization");
    format!("{prefix}{}", &letters[..6])
}

/// The name of Confluent's kind: `crn://confluent.cloud/organization=…/environment=…`.
fn environment_name(settled: &Settled<'_>) -> String {
    let id = start(settled.id, 9);
    let organization = Settled { id: &id, ..*settled }.guid("organizationId");
    let environment = own_id(settled, 11, "env-");
    format!("crn://confluent.cloud/organization={organization}/environment={environment}")
}

fn metadata(settled: &Settled<'_>, name: &str, itself: &str) -> Value {
    json!({
        "self": itself,
        "resourceName": name,
        "createdTimestamp": settled.created.to_string(),
        "updatedTimestamp": settled.now.to_string(),
    })
}

fn properties(document: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    object(document, "properties")
}

fn object<'a>(fields: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    fields.entry(name).or_insert_with(|| json!({})).as_object_mut()
}

fn complete_organization(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let Some(properties) = properties(document) else {
        return;
    };
    properties.insert("createdTime".into(), settled.created.to_string().into());
    if let Some(offer) = properties.get_mut("offerDetail").and_then(Value::as_object_mut) {
        let status = if settled.done { "Succeeded" } else { "InProgress" };
        offer.insert("status".into(), status.into());
    }
}

fn complete_environment(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    document.insert("kind".into(), "Environment".into());
    let itself = format!("{API}/org/v2/environments/{}", own_id(settled, 11, "env-"));
    let Some(properties) = properties(document) else {
        return;
    };
    properties.insert(
        "metadata".into(),
        metadata(settled, &environment_name(settled), &itself),
    );
    default(
        properties,
        "streamGovernanceConfig",
        json!({"package": "ESSENTIALS"}),
    );
}

fn complete_cluster(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    document.insert("kind".into(), "Cluster".into());
    let cluster = own_id(settled, 13, "lkc-");
    let Some(properties) = properties(document) else {
        return;
    };
    let name = format!("{}/cloud-cluster={cluster}", environment_name(settled));
    let itself = format!("{API}/cmk/v2/clusters/{cluster}");
    properties.insert("metadata".into(), metadata(settled, &name, &itself));
    // The smallest size: how large a cluster is nobody says here.
    let phase = if settled.done {
        "PROVISIONED"
    } else {
        "PROVISIONING"
    };
    properties.insert("status".into(), json!({"phase": phase, "cku": 1}));
    let Some(spec) = object(properties, "spec") else {
        return;
    };
    let place = spec
        .get("region")
        .or_else(|| settled.above.iter().find_map(|above| above.get("location")));
    let place = place
        .and_then(Value::as_str)
        .map_or_else(|| REGIONS[0].0.to_owned(), region);
    let letters = settled.guid("endpoint");
    let host = |kind: &str| format!("{kind}-{}.{place}.azure.confluent.cloud", &letters[..5]);
    spec.insert(
        "kafkaBootstrapEndpoint".into(),
        format!("{}:9092", host("pkc")).into(),
    );
    spec.insert(
        "httpEndpoint".into(),
        format!("https://{}:443", host("pkc")).into(),
    );
    spec.insert("apiEndpoint".into(), format!("https://{}", host("pkac")).into());
    default(spec, "name", settled.names.last().cloned().unwrap_or_default());
    default(spec, "availability", "SINGLE_ZONE");
    default(spec, "cloud", "AZURE");
    default(spec, "region", place);
    default(spec, "config", json!({"kind": "Basic"}));
}

fn complete_topic(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let topic = settled.names.last().cloned().unwrap_or_default();
    let cluster = own_id(settled, 13, "lkc-");
    let endpoint = settled
        .above
        .first()
        .and_then(|cluster| cluster.pointer("/properties/spec/httpEndpoint"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    let itself = format!("{endpoint}/kafka/v3/clusters/{cluster}/topics/{topic}");
    let Some(properties) = properties(document) else {
        return;
    };
    properties.insert("kind".into(), "KafkaTopic".into());
    properties.insert("topicId".into(), topic.as_str().into());
    properties.insert(
        "metadata".into(),
        json!({"self": itself, "resourceName": format!("crn:///kafka={cluster}/topic={topic}")}),
    );
    for (name, end) in [
        ("partitions", "partitions"),
        ("configs", "configs"),
        ("partitionsReassignments", "partitions/-/reassignments"),
    ] {
        properties.insert(name.into(), json!({"related": format!("{itself}/{end}")}));
    }
}

fn complete_connector(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let Some(basic) = properties(document).and_then(|own| object(own, "connectorBasicInfo")) else {
        return;
    };
    default(
        basic,
        "connectorName",
        settled.names.last().cloned().unwrap_or_default(),
    );
    basic.insert(
        "connectorId".into(),
        format!("lcc-{}", &settled.guid("connector")[..6]).into(),
    );
    let state = if settled.done { "RUNNING" } else { "PROVISIONING" };
    basic.insert("connectorState".into(), state.into());
}

/// A key is made by its cluster's `createAPIKey` alone.
fn refuse_key(request: &Request<'_>) -> Result<(), ArmError> {
    let message = "The method 'PUT' is not supported on an API key: a cluster makes it with 'createAPIKey'.";
    Err(ArmError::new(405, "MethodNotAllowed", message).about(request.id))
}

fn check_agreement(request: &Request<'_>) -> Result<(), ArmError> {
    match request.names {
        [name] if name.eq_ignore_ascii_case("default") => Ok(()),
        _ => {
            let message = "The agreement of Confluent is named 'default'.";
            Err(ArmError::not_found("ResourceNotFound", message).about(request.id))
        }
    }
}

fn complete_agreement(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let signature = ["a", "b", "c"].map(|part| settled.guid(part).replace('-', "").to_uppercase());
    let Some(properties) = properties(document) else {
        return;
    };
    default(properties, "accepted", true);
    for (name, value) in [
        ("publisher", "confluentinc"),
        ("product", "confluent-cloud-azure-prod"),
        ("plan", "confluent-cloud-azure-payg-prod"),
        ("licenseTextLink", "https://license.confluent.example/"),
        ("privacyPolicyLink", "https://privacy.confluent.example/"),
    ] {
        default(properties, name, value);
    }
    properties.insert("retrieveDatetime".into(), settled.now.to_string().into());
    properties.insert("signature".into(), signature.concat().into());
}
