//! Every resource that a target renders, against Microsoft's own ARM schemas.
//!
//! The schemas are data outside this repository: `LANDFALL_SCHEMAS` names their folder, `../shared/schemas` without it.
//! Where the folder is absent the tests say so and pass, unless `LANDFALL_REQUIRE_SCHEMAS=1`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why it passes over something"
)]

mod expand;
mod library;
mod names;

use camino::Utf8Path;
use landfall::config::{self, Overrides};
use landfall::deploy;
use landfall::model::name::{EnvironmentName, TargetName};
use landfall::template::{AdditionBundle, Bundle, Catalog};
use library::Library;
use serde_json::{Value, json};

const ROOT: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json";
const PARAMETERS: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json";

/// What every resource of a template may have, whatever its type.
const OF_EVERY_RESOURCE: &[&str] = &[
    "type",
    "apiVersion",
    "name",
    "comments",
    "condition",
    "copy",
    "dependsOn",
    "scope",
    "location",
    // Of a deployment inside a deployment; the definitions leave it out.
    "resourceGroup",
    "subscriptionId",
];

/// Types for which Microsoft's schemas have no definition of a resource: they are held against nothing here.
const WITHOUT_SCHEMA: [&str; 2] = [
    "Microsoft.KubernetesConfiguration/extensions@2025-03-01",
    "Microsoft.KubernetesConfiguration/fluxConfigurations@2025-04-01",
];

/// What is sent to Azure.
struct Sent {
    template: Value,
    parameters: Value,
}

impl From<Bundle> for Sent {
    fn from(bundle: Bundle) -> Self {
        Self {
            template: bundle.template,
            parameters: bundle.parameters,
        }
    }
}

impl From<AdditionBundle> for Sent {
    fn from(bundle: AdditionBundle) -> Self {
        Self {
            template: bundle.template,
            parameters: bundle.parameters,
        }
    }
}

/// Every example of every target and addition, rendered, with a name for messages.
fn bundles() -> Vec<(String, Sent)> {
    let own = std::env::var("LANDFALL_TEST_TEMPLATES").ok();
    let catalog = Catalog::open(own.as_deref().map(Utf8Path::new), None).unwrap();
    let mut bundles = Vec::new();
    for name in catalog.targets().unwrap() {
        let target = catalog.target(&name).unwrap();
        for example in target.examples().unwrap() {
            let title = format!("{name}, example `{}`", example.context.environment);
            bundles.push((title, target.render(&example.context).unwrap().into()));
        }
    }
    for (name, folder) in catalog.addons().unwrap() {
        let addon = catalog.addition(&folder).unwrap();
        for example in addon.examples().unwrap() {
            let title = format!("{name}, example `{}`", example.context.environment);
            bundles.push((title, addon.render(&example.context).unwrap().into()));
        }
    }
    let mirror = catalog.addition("mirror").unwrap();
    for example in mirror.examples().unwrap() {
        let title = format!("mirror, example `{}`", example.context.environment);
        bundles.push((title, mirror.render(&example.context).unwrap().into()));
    }
    assert!(bundles.len() > 6, "the catalog lost its examples");
    bundles.extend(environments());
    bundles
}

/// Every shipped environment, rendered.
fn environments() -> Vec<(String, Sent)> {
    let folder = Utf8Path::new("environments");
    let bundle = |name: EnvironmentName| {
        let loaded = config::load(folder, name.as_str(), &Overrides::default()).unwrap();
        let catalog = Catalog::open(None, Some(&loaded.environment.folder)).unwrap();
        (
            format!("environment `{name}`"),
            deploy::bundle(&loaded.environment, &catalog).unwrap().into(),
        )
    };
    let names = config::list(folder).unwrap();
    assert!(names.len() >= 2, "{names:?}");
    names.into_iter().map(bundle).collect()
}

/// What the schemas have against one resource: values first, then names that no definition knows.
fn problems(library: &Library, resource: &Value) -> Vec<String> {
    let kind = format!("{}@{}", text(resource, "type"), text(resource, "apiVersion"));
    if WITHOUT_SCHEMA.contains(&kind.as_str()) {
        return Vec::new();
    }
    let Some(definition) = library.definition_of(&kind) else {
        return vec![format!("{kind}: no schema knows this type and version")];
    };
    let schema = library.self_contained(&definition, |_| {});
    let mut problems = library::problems(&schema, &plainly(resource));
    problems.extend(names::unknown(&schema, resource, OF_EVERY_RESOURCE));
    problems
        .iter()
        .map(|problem| format!("{kind}: {problem}"))
        .collect()
}

/// A deployment inside a deployment with its expressions as plain values: the definition takes "anything or an expression"
/// as exactly one of the two, which no expression can be.
fn plainly(resource: &Value) -> Value {
    let mut plain = resource.clone();
    if resource["type"] == "Microsoft.Resources/deployments"
        && let Some(parameters) = plain
            .pointer_mut("/properties/parameters")
            .and_then(Value::as_object_mut)
    {
        for entry in parameters.values_mut() {
            if entry["value"].as_str().is_some_and(|text| text.starts_with('[')) {
                entry["value"] = json!("a value");
            }
        }
    }
    plain
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

#[test]
fn every_rendered_resource_keeps_the_contract() {
    let Some(library) = Library::open() else { return };
    for (title, bundle) in bundles() {
        let resources = expand::resources(&bundle.template, &bundle.parameters["parameters"]);
        assert!(
            resources.len() >= 3,
            "{title}: only {} resources",
            resources.len()
        );
        for resource in &resources {
            let problems = problems(&library, resource);
            assert!(
                problems.is_empty(),
                "{title}:\n{}\n{resource:#}",
                problems.join("\n")
            );
        }
    }
}

#[test]
fn every_rendered_document_keeps_the_contract() {
    let Some(library) = Library::open() else { return };
    // Resources are checked one by one, against the one definition that each picks.
    let root = library.self_contained(ROOT, |root| root["properties"]["resources"] = json!({}));
    let values = library.self_contained(PARAMETERS, |_| {});
    for (title, bundle) in bundles() {
        for (schema, document) in [(&root, &bundle.template), (&values, &bundle.parameters)] {
            let problems = library::problems(schema, document);
            assert!(problems.is_empty(), "{title}: {problems:#?}");
        }
    }
}

#[test]
fn a_wrong_value_and_a_misspelt_name_are_caught() {
    let Some(library) = Library::open() else { return };
    let mut caught = 0;
    for (_, bundle) in bundles() {
        for resource in expand::resources(&bundle.template, &bundle.parameters["parameters"]) {
            let kind = format!("{}@{}", text(&resource, "type"), text(&resource, "apiVersion"));
            if WITHOUT_SCHEMA.contains(&kind.as_str()) {
                assert!(library.definition_of(&kind).is_none(), "{kind} has a schema now");
                continue;
            }
            let mut misspelt = resource.clone();
            let first = misspelt["properties"].as_object_mut().and_then(|map| {
                let key = map.keys().next()?.clone();
                map.shift_remove(&key).map(|value| (key, value))
            });
            if let Some((key, value)) = first {
                misspelt["properties"][format!("{key}x")] = value;
                let found = problems(&library, &misspelt);
                assert!(
                    found.iter().any(|problem| problem.contains(&format!("{key}x"))),
                    "{key}x: {found:?}"
                );
                caught += 1;
            }
            let mut wrong = resource.clone();
            wrong["properties"] = json!(7);
            assert!(!problems(&library, &wrong).is_empty(), "{wrong:#}");
            let mut old = resource.clone();
            old["apiVersion"] = json!("1999-01-01");
            assert!(!problems(&library, &old).is_empty(), "{old:#}");
        }
    }
    assert!(caught > 20, "only {caught} resources had a property to misspell");
}

#[test]
fn a_value_that_only_the_parameters_hold_is_checked_too() {
    let Some(library) = Library::open() else { return };
    let catalog = Catalog::open(None, None).unwrap();
    let target = catalog.target(&TargetName::parse("event-hubs").unwrap()).unwrap();
    let example = target.examples().unwrap().remove(0);
    let mut bundle: Sent = target.render(&example.context).unwrap().into();
    let topics = &mut bundle.parameters["parameters"]["topics"]["value"];
    topics[0]["retention"]["cleanupPolicy"] = json!("Forever");
    topics[1]["retention"]["retentionTimeInDays"] = json!(1);
    let resources = expand::resources(&bundle.template, &bundle.parameters["parameters"]);
    let found: Vec<String> = resources
        .iter()
        .flat_map(|resource| problems(&library, resource))
        .collect();
    assert!(
        found.iter().any(|problem| problem.contains("Forever")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|problem| problem.contains("retentionTimeInDays")),
        "{found:?}"
    );
}
