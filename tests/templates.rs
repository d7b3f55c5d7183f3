//! Every target and add-on that the catalog finds: its examples render to exactly what its `golden/` folder holds.
//!
//! `UPDATE_GOLDEN=1 cargo test --test templates` rewrites the folder; read the diff before committing it.
//! `LANDFALL_TEST_TEMPLATES=DIR` looks at a folder of templates of your own instead of those in the binary.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and says why it passes over something"
)]

use camino::{Utf8Path, Utf8PathBuf};
use landfall::template::{Addition, Catalog, Example, RenderedFile, Target};
use serde_json::Value;

/// What has a folder of its own.
enum Subject {
    Target(Box<Target>),
    Addon(Box<Addition>),
}

/// The folder whose contents are looked at.
fn templates() -> Utf8PathBuf {
    match std::env::var("LANDFALL_TEST_TEMPLATES") {
        Ok(folder) => folder.into(),
        Err(_) => Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"),
    }
}

fn catalog() -> Catalog {
    let own = std::env::var_os("LANDFALL_TEST_TEMPLATES").is_some();
    Catalog::open(own.then(templates).as_deref(), None).unwrap()
}

/// Every target and add-on of the folder.
fn subjects() -> Vec<Subject> {
    let catalog = catalog();
    let targets = catalog.targets().unwrap();
    let targets = targets
        .iter()
        .map(|name| Subject::Target(Box::new(catalog.target(name).unwrap())));
    let addons = catalog.addons().unwrap();
    let addons = addons
        .values()
        .map(|folder| Subject::Addon(Box::new(catalog.addition(folder).unwrap())));
    let all: Vec<Subject> = targets
        .chain(addons)
        .filter(|subject| subject.folder().is_dir())
        .collect();
    assert!(!all.is_empty());
    all
}

impl Subject {
    fn name(&self) -> &str {
        match self {
            Self::Target(target) => target.name().as_str(),
            Self::Addon(addon) => addon.name(),
        }
    }

    fn folder(&self) -> Utf8PathBuf {
        match self {
            Self::Target(target) => templates().join("targets").join(target.name().as_str()),
            Self::Addon(addon) => templates().join(addon.name()),
        }
    }

    fn examples(&self) -> Vec<Example> {
        match self {
            Self::Target(target) => target.examples().unwrap(),
            Self::Addon(addon) => addon.examples().unwrap(),
        }
    }

    fn schema(&self) -> &Value {
        match self {
            Self::Target(target) => target.schema(),
            Self::Addon(addon) => addon.schema(),
        }
    }

    /// What an example renders to, by file name.
    fn rendered(&self, example: &Example) -> Vec<(String, String)> {
        let mut files = Vec::new();
        let mut add = |name: &str, text: String| files.push((name.to_owned(), text));
        match self {
            Self::Target(target) => {
                let bundle = target.render(&example.context).unwrap();
                add("azuredeploy.json", bundle.arm_json());
                add("azuredeploy.parameters.json", bundle.parameters_json());
                besides(&bundle.files, &bundle.manifests, &mut add);
                let client = target
                    .client_settings(&example.context, &example.outputs)
                    .unwrap();
                if let Some(text) = client {
                    add("client.properties", text);
                }
            }
            Self::Addon(addon) => {
                let bundle = addon.render(&example.context).unwrap();
                add("azuredeploy.json", bundle.arm_json());
                add("azuredeploy.parameters.json", bundle.parameters_json());
                besides(&bundle.files, &bundle.manifests, &mut add);
            }
        }
        files
    }
}

fn besides(files: &[RenderedFile], manifests: &[RenderedFile], add: &mut impl FnMut(&str, String)) {
    for file in files.iter().chain(manifests) {
        add(&file.name, file.text.clone());
    }
}

#[test]
fn every_example_renders_to_its_golden_files() {
    let rewrite = std::env::var_os("UPDATE_GOLDEN").is_some();
    for subject in subjects() {
        for example in subject.examples() {
            let golden = subject
                .folder()
                .join("golden")
                .join(example.name.as_deref().unwrap_or_default());
            for (name, text) in subject.rendered(&example) {
                let path = golden.join(name);
                if rewrite {
                    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                    std::fs::write(&path, text).unwrap();
                } else {
                    let kept = std::fs::read_to_string(&path).unwrap_or_default();
                    assert!(
                        kept == text,
                        "{path} differs; UPDATE_GOLDEN=1 rewrites it:\n{text}"
                    );
                }
            }
        }
    }
}

#[test]
fn golden_folders_hold_nothing_that_is_not_rendered() {
    for subject in subjects() {
        let mut expected = Vec::new();
        for example in subject.examples() {
            let golden = subject
                .folder()
                .join("golden")
                .join(example.name.as_deref().unwrap_or_default());
            let rendered = subject.rendered(&example);
            expected.extend(rendered.iter().map(|(name, _)| golden.join(name)));
        }
        let found = files_below(&subject.folder().join("golden"));
        let stale: Vec<_> = found.iter().filter(|path| !expected.contains(path)).collect();
        assert!(stale.is_empty(), "nothing renders to {stale:?}");
    }
}

fn files_below(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let entries = folder
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn everything_explains_itself_on_one_page() {
    for subject in subjects() {
        let page = std::fs::read_to_string(subject.folder().join("README.md")).unwrap();
        for heading in [
            "## When to choose it",
            "## When not",
            "## What costs money",
            "## Limits",
        ] {
            assert!(
                page.contains(heading),
                "{}: `{heading}` is missing",
                subject.name()
            );
        }
        let picture = page
            .split_once("```mermaid")
            .and_then(|(_, rest)| rest.split_once("```"));
        let drawn = picture.map_or(0, |(picture, _)| picture.lines().count());
        assert!(drawn > 2, "{}: no picture", subject.name());
        assert!(
            page.lines().count() - drawn < 90,
            "{}: more than a page",
            subject.name()
        );
    }
}

#[test]
fn every_parameter_explains_itself() {
    for subject in subjects() {
        for (name, parameter) in subject.schema()["properties"].as_object().unwrap() {
            let text = parameter["description"].as_str().unwrap_or_default();
            assert!(
                text.ends_with('.'),
                "{}: `{name}` has no description",
                subject.name()
            );
        }
    }
}

/// A target is data: the program must not know the name of one, outside its tests.
#[test]
fn no_source_file_names_a_target() {
    let names = subjects();
    let names: Vec<&str> = names
        .iter()
        .map(|subject| subject.name().rsplit('/').next().unwrap())
        .collect();
    let sources = files_below(&Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let is_test =
        |path: &Utf8PathBuf| path.iter().any(|part| part == "tests") || path.as_str().ends_with("tests.rs");
    let engine = |path: &&Utf8PathBuf| path.extension() == Some("rs") && !is_test(path);
    for path in sources.iter().filter(engine) {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        // Where workers of the mirror run may have a target's name.
        let code: String = code
            .lines()
            .filter(|line| !line.contains("MirrorRuntime"))
            .collect();
        for name in &names {
            assert!(
                !code.contains(&format!("\"{name}\"")),
                "{path} names the target `{name}`"
            );
        }
    }
}

#[test]
fn only_json_writes_values_into_json() {
    let written = files_below(&templates());
    let json: Vec<_> = written
        .iter()
        .filter(|path| {
            path.as_str().ends_with(".json.hbs")
                || path.parent().is_some_and(|folder| folder.ends_with("partials"))
        })
        .collect();
    assert!(json.len() >= 2, "{json:?}");
    for path in json {
        let text = std::fs::read_to_string(path).unwrap();
        for tag in text.split("{{").skip(1) {
            let word = tag.split(['}', ' ']).next().unwrap();
            let known = word.starts_with(['#', '/', '>', '!']) || matches!(word, "json" | "else");
            assert!(known, "{path}: `{{{{{word}` writes a bare value");
        }
    }
}

mod event_hubs {
    use landfall::model::name::TargetName;
    use landfall::template::{Catalog, Context, Target, TemplateError, TopicSpec};
    use serde_json::{Value, json};

    fn target() -> Target {
        let name = TargetName::parse("event-hubs").unwrap();
        Catalog::open(None, None).unwrap().target(&name).unwrap()
    }

    fn context(given: &Value, topics: Vec<TopicSpec>) -> Result<Context, TemplateError> {
        let mut given = given.as_object().unwrap().clone();
        given.insert("namespace".to_owned(), json!("kafka-test"));
        Ok(Context {
            environment: "test".to_owned(),
            parameters: target().complete(&given)?,
            topics,
            ..Context::default()
        })
    }

    fn refused(given: &Value, topics: Vec<TopicSpec>) -> String {
        let context = context(given, topics).unwrap();
        let error = target().render(&context).unwrap_err();
        assert!(matches!(error, TemplateError::Limits { .. }), "{error}");
        error.to_string()
    }

    fn topic(name: &str, partitions: u32, hours: u64, policy: &str) -> TopicSpec {
        TopicSpec {
            name: name.to_owned(),
            partitions: Some(partitions),
            retention_hours: Some(hours),
            cleanup_policy: Some(policy.to_owned()),
        }
    }

    #[test]
    fn too_many_partitions_are_told_with_the_limit_and_the_way_out() {
        let error = refused(&json!({}), vec![topic("orders", 48, 24, "delete")]);
        insta::assert_snapshot!(error, @"the target `event-hubs` does not allow this: topic `orders`: 48 partitions, above the limit of 32 for Standard; use Premium (100) or Dedicated (1,024), or give the topic fewer partitions (source: https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas)");
    }

    #[test]
    fn every_limit_that_is_passed_is_told_at_once() {
        let topics = vec![
            topic("orders", 200, 169, "delete"),
            topic("_schemas", 1, 1, "compact"),
        ];
        let given = json!({ "throughput-units": 41, "customer-key": { "identity-id": identity(), "vault-uri": "https://v.vault.azure.net", "key-name": "k" }, "sas-rules": [{ "name": "a", "rights": ["Send"] }] });
        insta::assert_snapshot!(refused(&given, topics));
    }

    fn identity() -> &'static str {
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
    }

    #[test]
    fn limits_grow_with_the_units_of_the_tier() {
        let many: Vec<TopicSpec> = (0..11)
            .map(|index| topic(&format!("t{index}"), 30, 24, "delete"))
            .collect();
        assert!(refused(&json!({}), many.clone()).contains("11 topics, above the limit of 10 for Standard"));
        assert!(
            refused(&json!({ "sku": "Premium" }), many.clone())
                .contains("330 partitions, above the limit of 200 for Premium")
        );
        let larger = context(&json!({ "sku": "Premium", "processing-units": 2 }), many).unwrap();
        assert!(target().check_limits(&larger).is_empty());
    }

    #[test]
    fn a_compacted_topic_has_no_retention_to_limit() {
        let context = context(&json!({}), vec![topic("customers", 4, 100_000, "compact")]).unwrap();
        assert!(target().check_limits(&context).is_empty());
    }

    #[test]
    fn units_of_another_tier_are_refused_rather_than_passed_over() {
        let error = refused(&json!({ "sku": "Premium", "throughput-units": 4 }), Vec::new());
        assert!(error.contains("parameter `throughput-units`: set while `sku` is `Premium`, allowed only with `Standard`; use `processing-units`"), "{error}");
        let error = refused(
            &json!({ "throughput-units": 4, "auto-inflate-maximum": 2 }),
            Vec::new(),
        );
        assert!(
            error.contains("2 throughput units to grow to, below the least of 4 for Standard"),
            "{error}"
        );
    }

    #[test]
    fn wrong_parameters_are_told_together() {
        let given = json!({ "skuu": "Standard", "sku": "Basic", "throughput-units": "two", "private-endpoint": {}, "sas-rules": [{ "name": "a", "rights": ["Manage"] }] });
        insta::assert_snapshot!(context(&given, Vec::new()).unwrap_err());
    }

    #[test]
    fn a_first_rule_closes_the_door_to_everybody_else() {
        let action = |given: &Value| {
            let bundle = target().render(&context(given, Vec::new()).unwrap()).unwrap();
            bundle.template["resources"][1]["properties"]["defaultAction"].clone()
        };
        assert_eq!(action(&json!({})), "Allow");
        assert_eq!(action(&json!({ "ip-rules": ["203.0.113.7"] })), "Deny");
        assert_eq!(action(&json!({ "public-network-access": "Disabled" })), "Deny");
    }

    #[test]
    fn clients_find_the_namespace_in_the_outputs_of_its_deployment() {
        let bundle = target()
            .render(&context(&json!({ "sku": "Premium" }), Vec::new()).unwrap())
            .unwrap();
        let outputs = json!({ "bootstrapServers": "kafka-test.servicebus.windows.net:9093" });
        let bootstrap = bundle.connect.bootstrap(outputs.as_object().unwrap()).unwrap();
        assert_eq!(bootstrap, "kafka-test.servicebus.windows.net:9093");
        assert_eq!(bundle.connect.can.compression, ["none", "gzip"]);
        let error = bundle
            .connect
            .bootstrap(json!({ "bootstrapServer": "x" }).as_object().unwrap())
            .unwrap_err();
        assert!(error.to_string().ends_with("uses `outputs.bootstrapServers`, which nothing defines; did you mean `outputs.bootstrapServer`?"), "{error}");
    }
}
