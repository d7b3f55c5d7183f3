//! Every example of every target, and every add-on beside a target that it suits: planned, deployed, planned again with
//! nothing to change, and removed without a rest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use camino::Utf8PathBuf;
use landfall::azure::groups::GroupScope;
use landfall::config::{self, Environment, Overrides};
use landfall::deploy;
use landfall::model::name::TargetName;
use landfall::run::{Quiet, Stop};
use landfall::template::{Bundle, Catalog, Context};
use serde_json::{Map, Value, json};

use crate::place::{Kind, Place};
use crate::stub::everything;

/// What stands in the way of a rehearsal alone, by the parameter that asks for it: a lock keeps `down` from working, and
/// the others speak of things that exist before.
const WITHOUT: [&str; 1] = ["lock"];

/// The examples share one, and refer to others, which the emulator does not have.
const SUBSCRIPTION_OF_EXAMPLES: &str = "11111111-2222-3333-4444-555555555555";
const SUBSCRIPTION_OF_OTHERS: &str = "99999999-2222-3333-4444-555555555555";

fn catalog() -> Catalog {
    Catalog::open(None, None).unwrap()
}

/// An environment folder that says what an example says.
fn environment(target: &TargetName, context: &Context, addons: &[Value]) -> Environment {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    std::fs::create_dir(path.join("dev")).unwrap();
    let mut parameters = context.parameters.clone();
    let known = catalog().target(target).unwrap();
    for name in WITHOUT {
        if known.schema()["properties"].get(name).is_some() {
            parameters.insert(name.to_owned(), false.into());
        }
    }
    let topics: Map<String, Value> = context
        .topics
        .iter()
        .map(|topic| {
            let mut said = serde_json::to_value(topic).unwrap();
            let fields = said.as_object_mut().unwrap();
            fields.shift_remove("name");
            fields.retain(|_, value| !value.is_null());
            (topic.name.clone(), said)
        })
        .collect();
    let mut written = json!({
        "version": 1,
        "name": "dev",
        "azure": {
            "subscription": SUBSCRIPTION_OF_EXAMPLES,
            "resource-group": "rg-dev",
            "location": context.location,
        },
        "target": { "kind": target.as_str(), "parameters": parameters },
        "topics": { "include": ["*"], "overrides": topics },
        "addons": addons,
    });
    if let Some(workspace) = &context.workspace_id {
        written["monitoring"] = json!({ "workspace-id": workspace });
    }
    let written = written
        .to_string()
        .replace(SUBSCRIPTION_OF_OTHERS, SUBSCRIPTION_OF_EXAMPLES);
    std::fs::write(path.join("dev/environment.yaml"), written).unwrap();
    config::load(&path, "dev", &Overrides::default())
        .unwrap()
        .environment
}

/// Secrets as somebody would have read them.
fn with_secrets(mut bundle: Bundle) -> Bundle {
    let additions = bundle.additions.iter_mut();
    let secrets = bundle
        .secrets
        .iter_mut()
        .chain(additions.flat_map(|addition| &mut addition.secrets));
    for secret in secrets {
        secret.value = Some("Rehearsed-4-sure".into());
    }
    bundle
}

/// What the examples find in other groups, or in their own: the type below the provider with its names, and what it says.
fn of_others() -> Vec<(&'static str, &'static str, Value)> {
    let lake = json!({"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"});
    let network = |subnets: &[&str]| {
        let subnets: Vec<Value> = subnets
            .iter()
            .enumerate()
            .map(|(index, name)| {
                json!({"name": name, "properties": {"addressPrefix": format!("10.20.{index}.0/24")}})
            })
            .collect();
        json!({
            "location": "westeurope",
            "properties": {"addressSpace": {"addressPrefixes": ["10.20.0.0/16"]}, "subnets": subnets},
        })
    };
    let confluent = json!({
        "location": "westeurope",
        "properties": {
            "offerDetail": {
                "publisherId": "confluentinc", "id": "confluent-cloud-azure-prod",
                "planId": "confluent-cloud-azure-payg-prod", "planName": "Pay as you go", "termUnit": "P1M",
            },
            "userDetail": {"emailAddress": "kafka@example.org"},
        },
    });
    let organization = "Microsoft.Confluent/organizations/confluent-company";
    vec![
        (
            "rg-lake",
            "Microsoft.Storage/storageAccounts/stcompanylake",
            lake.clone(),
        ),
        ("rg-lake", "Microsoft.Storage/storageAccounts/stlakeweu", lake),
        (
            "rg-network",
            "Microsoft.Network/virtualNetworks/vnet-platform",
            network(&["kafka", "kafka-load-balancers", "apps"]),
        ),
        (
            "rg-network",
            "Microsoft.Network/virtualNetworks/vnet-kafka",
            network(&["clients"]),
        ),
        (
            "rg-dns",
            "Microsoft.Network/privateDnsZones/kafka.example.org",
            json!({"location": "global"}),
        ),
        (
            "rg-shared",
            "Microsoft.ContainerRegistry/registries/crplatform",
            json!({"location": "westeurope", "sku": {"name": "Premium"}}),
        ),
        (
            "rg-dev",
            "Microsoft.DocumentDB/databaseAccounts/cosmos-telemetry-weu",
            json!({
                "location": "westeurope",
                "properties": {"databaseAccountOfferType": "Standard", "locations": [{"locationName": "westeurope"}]},
            }),
        ),
        ("rg-confluent", organization, confluent),
        (
            "rg-confluent",
            "Microsoft.Confluent/organizations/confluent-company/environments/env-abc123",
            json!({"properties": {}}),
        ),
        (
            "rg-confluent",
            "Microsoft.Confluent/organizations/confluent-company/environments/production",
            json!({"properties": {}}),
        ),
        (
            "rg-confluent",
            "Microsoft.Confluent/organizations/confluent-company/environments/env-abc123/clusters/lkc-def456",
            json!({"properties": {"spec": {"name": "events"}}}),
        ),
    ]
}

/// The version that each is put with.
fn version(path: &str) -> &'static str {
    match path.split('/').next().unwrap_or_default() {
        "Microsoft.Storage" => "2023-05-01",
        "Microsoft.DocumentDB" | "Microsoft.ContainerRegistry" => "2025-04-15",
        "Microsoft.Confluent" => "2024-07-01",
        _ if path.contains("privateDnsZones") => "2024-06-01",
        _ => "2024-05-01",
    }
}

async fn put_what_is_of_others(place: &Place) {
    let subscription = format!("/subscriptions/{SUBSCRIPTION_OF_EXAMPLES}/resourcegroups");
    let others = of_others();
    let groups: BTreeSet<&str> = others.iter().map(|(group, ..)| *group).collect();
    for group in groups {
        let path = format!("{subscription}/{group}?api-version=2025-04-01");
        place.ask("PUT", &path, &json!({"location": "westeurope"})).await;
    }
    for (group, path, body) in &others {
        let version = version(path);
        let path = format!("{subscription}/{group}/providers/{path}?api-version={version}");
        place.ask("PUT", &path, body).await;
    }
}

/// There and back; what went wrong is told with `title`.
async fn there_and_back(title: &str, environment: &Environment) -> Result<(), String> {
    let place = Place::with(Kind::Stack, |settings| {
        SUBSCRIPTION_OF_EXAMPLES.clone_into(&mut settings.subscription);
    })
    .await;
    let client = place.client();
    put_what_is_of_others(&place).await;
    let scope = GroupScope {
        subscription: SUBSCRIPTION_OF_EXAMPLES.into(),
        group: "rg-dev".into(),
    };
    let before = client.resources(&scope).await.unwrap();
    let stop = Stop::default();
    let bundle = deploy::bundle(environment, &catalog())
        .map_err(|error| format!("{title}: {}", everything(&error)))?;
    let bundle = with_secrets(bundle);
    let told = |doing: &str, error: &deploy::DeployError| format!("{title}: {doing}: {}", everything(error));
    let plan = deploy::plan(&client, environment, &bundle, &Quiet, &stop).await;
    let plan = plan
        .map_err(|error| told("plan", &error))?
        .with_registration()
        .without_baseline();
    deploy::apply(
        &client,
        environment,
        &bundle,
        &plan,
        &place.journal(),
        &Quiet,
        &stop,
    )
    .await
    .map_err(|error| told("up", &error))?;
    let again = deploy::plan(&client, environment, &bundle, &Quiet, &stop)
        .await
        .map_err(|error| told("plan again", &error))?;
    if !again.is_empty() {
        return Err(format!(
            "{title}: not empty: {:#?}",
            again
                .changes
                .iter()
                .filter(|change| !matches!(
                    change.kind,
                    deploy::ChangeKind::NoChange | deploy::ChangeKind::Ignore
                ))
                .collect::<Vec<_>>()
        ));
    }
    place
        .down(environment, &Quiet)
        .await
        .map_err(|error| told("down", &error))?;
    let left = client.resources(&scope).await.unwrap();
    if left.len() == before.len() {
        Ok(())
    } else {
        Err(format!("{title}: left: {left:#?}"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_example_of_every_target_goes_up_and_down() {
    let catalog = catalog();
    let mut failed = Vec::new();
    for name in catalog.targets().unwrap() {
        for example in catalog.target(&name).unwrap().examples().unwrap() {
            let title = format!("{name}/{}", example.name.as_deref().unwrap_or("example"));
            let on = example
                .context
                .addons
                .iter()
                .filter(|(_, parameters)| !parameters.is_null());
            let on: Vec<Value> = on.map(|(name, parameters)| json!({ name: parameters })).collect();
            let environment = environment(&name, &example.context, &on);
            failed.extend(there_and_back(&title, &environment).await.err());
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_example_of_every_addon_goes_up_and_down_beside_its_target() {
    let catalog = catalog();
    let mut failed = Vec::new();
    for (addon, folder) in catalog.addons().unwrap() {
        let addition = catalog.addition(&folder).unwrap();
        let suitable = catalog
            .targets()
            .unwrap()
            .into_iter()
            .filter(|target| addition.suits(target).is_ok());
        // Most of them read what a namespace holds.
        let target = suitable
            .max_by_key(|target| target.as_str() == "event-hubs")
            .unwrap();
        let besides = catalog.target(&target).unwrap().examples().unwrap();
        for example in addition.examples().unwrap() {
            let title = format!(
                "{addon}/{} beside {target}",
                example.name.as_deref().unwrap_or("example")
            );
            let mut parameters = example.context.parameters.clone();
            for name in WITHOUT {
                if addition.schema()["properties"].get(name).is_some() {
                    parameters.insert(name.to_owned(), false.into());
                }
            }
            let mut on = vec![json!({ addon.as_str(): parameters })];
            // What it takes may be another add-on's.
            let others = example
                .context
                .addons
                .iter()
                .filter(|(name, parameters)| **name != addon && !parameters.is_null());
            on.extend(others.map(|(name, parameters)| json!({ name: parameters })));
            let environments = besides.iter().map(|beside| {
                let mut context = beside.context.clone();
                if !example.context.topics.is_empty() {
                    context.topics.clone_from(&example.context.topics);
                }
                context.workspace_id.clone_from(&example.context.workspace_id);
                environment(&target, &context, &on)
            });
            // The first whose tier takes the topics of the add-on's example; the last one says why none does.
            let environments: Vec<Environment> = environments.collect();
            let taken = environments
                .iter()
                .find(|environment| deploy::bundle(environment, &catalog).is_ok());
            let environment = taken.unwrap_or_else(|| environments.last().unwrap());
            failed.extend(there_and_back(&title, environment).await.err());
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// The lines of a picture as a README shows them: a block of Mermaid below a heading of its own.
fn block(environment: &Environment, bundle: &Bundle) -> String {
    let graph = deploy::graph_of_bundle(environment, bundle).unwrap().by_type();
    let mut text = "```mermaid\nflowchart TD\n".to_owned();
    for (place, node) in graph.nodes.iter().enumerate() {
        let kind = node.resource_type.trim_start_matches("Microsoft.");
        let name = if node.name.is_empty() {
            String::new()
        } else {
            format!("<br/>{}", node.name)
        };
        writeln!(text, "    n{place}[\"{kind}{name}\"]").unwrap();
    }
    for edge in &graph.edges {
        writeln!(text, "    n{} --> n{}", edge.from, edge.to).unwrap();
    }
    text + "```\n"
}

/// Holds the picture in a README to what its example makes; `UPDATE_GOLDEN=1` draws it anew.
fn shows(readme: &str, picture: &str) {
    const HEADING: &str = "## Its resources\n";
    let path = format!("{}/templates/{readme}/README.md", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    if std::env::var_os("UPDATE_GOLDEN").is_none() {
        assert!(
            text.contains(picture),
            "{readme} shows another picture than\n{picture}"
        );
        return;
    }
    let drawn = format!(
        "{HEADING}\nOf the example, one box for all of a type; arrows go to what waits.\n\n{picture}\n"
    );
    let text = match text.split_once(HEADING) {
        Some((before, after)) => {
            let rest = after
                .split_once("\n## ")
                .map_or(String::new(), |(_, rest)| format!("## {rest}"));
            format!("{before}{drawn}{rest}")
        }
        None => match text.split_once("## Limits") {
            Some((before, after)) => format!("{before}{drawn}## Limits{after}"),
            None => format!("{}\n\n{drawn}", text.trim_end()),
        },
    };
    std::fs::write(&path, format!("{}\n", text.trim_end())).unwrap();
}

#[test]
fn every_readme_shows_what_its_example_makes() {
    let catalog = catalog();
    for name in catalog.targets().unwrap() {
        let context = &catalog.target(&name).unwrap().examples().unwrap()[0].context;
        let environment = environment(&name, context, &[]);
        let bundle = deploy::bundle(&environment, &catalog).unwrap();
        shows(&format!("targets/{name}"), &block(&environment, &bundle));
    }
    for (_, folder) in catalog.addons().unwrap() {
        let addition = catalog.addition(&folder).unwrap();
        let targets = catalog.targets().unwrap();
        let target = targets
            .iter()
            .rfind(|target| addition.suits(target).is_ok())
            .unwrap();
        let context = &catalog.target(target).unwrap().examples().unwrap()[0].context;
        let environment = environment(target, context, &[]);
        let bundle = deploy::bundle(&environment, &catalog).unwrap();
        let beside = addition.render(&addition.examples().unwrap()[0].context).unwrap();
        let alone = Bundle {
            template: beside.template,
            parameters: beside.parameters,
            takes: BTreeMap::new(),
            ..bundle
        };
        shows(&folder, &block(&environment, &alone));
    }
}
