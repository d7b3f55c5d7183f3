//! Every target that the catalog finds: its examples render to exactly what its `golden/` folder holds.
//!
//! `UPDATE_GOLDEN=1 cargo test --test templates` rewrites the folder; read the diff before committing it.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and says why it passes over something"
)]

use camino::{Utf8Path, Utf8PathBuf};
use landfall::template::{Catalog, Example, Target};

fn targets() -> Vec<Target> {
    let catalog = Catalog::open(None, None).unwrap();
    let names = catalog.targets().unwrap();
    names.iter().map(|name| catalog.target(name).unwrap()).collect()
}

fn folder(target: &Target) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("templates/targets/{}", target.name()))
}

/// What an example renders to, by file name.
fn rendered(target: &Target, example: &Example) -> Vec<(&'static str, String)> {
    let bundle = target.render(&example.context).unwrap();
    let client = target
        .client_settings(&example.context, &example.outputs)
        .unwrap();
    let mut files = vec![
        ("azuredeploy.json", bundle.arm_json()),
        ("azuredeploy.parameters.json", bundle.parameters_json()),
    ];
    files.extend(client.map(|text| ("client.properties", text)));
    files
}

#[test]
fn every_example_renders_to_its_golden_files() {
    let rewrite = std::env::var_os("UPDATE_GOLDEN").is_some();
    for target in targets() {
        for example in target.examples().unwrap() {
            let golden = folder(&target)
                .join("golden")
                .join(example.name.as_deref().unwrap_or_default());
            for (name, text) in rendered(&target, &example) {
                let path = golden.join(name);
                if rewrite {
                    std::fs::create_dir_all(&golden).unwrap();
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
    for target in targets() {
        let mut expected = Vec::new();
        for example in target.examples().unwrap() {
            let golden = folder(&target)
                .join("golden")
                .join(example.name.as_deref().unwrap_or_default());
            expected.extend(
                rendered(&target, &example)
                    .iter()
                    .map(|(name, _)| golden.join(name)),
            );
        }
        let found = files_below(&folder(&target).join("golden"));
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
fn every_target_explains_itself_on_one_page() {
    for target in targets() {
        let page = std::fs::read_to_string(folder(&target).join("README.md")).unwrap();
        for heading in [
            "## When to choose it",
            "## When not",
            "## What costs money",
            "## Limits",
        ] {
            assert!(
                page.contains(heading),
                "{}: `{heading}` is missing",
                target.name()
            );
        }
        assert!(page.lines().count() < 100, "{}: more than a page", target.name());
    }
}

#[test]
fn every_parameter_explains_itself() {
    for target in targets() {
        for (name, parameter) in target.schema()["properties"].as_object().unwrap() {
            let text = parameter["description"].as_str().unwrap_or_default();
            assert!(
                text.ends_with('.'),
                "{}: `{name}` has no description",
                target.name()
            );
        }
    }
}

/// A target is data: the program must not know the name of one, outside its tests.
#[test]
fn no_source_file_names_a_target() {
    let names: Vec<String> = targets().iter().map(|target| target.name().to_string()).collect();
    let sources = files_below(&Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let is_test =
        |path: &Utf8PathBuf| path.iter().any(|part| part == "tests") || path.as_str().ends_with("tests.rs");
    let engine = |path: &&Utf8PathBuf| path.extension() == Some("rs") && !is_test(path);
    for path in sources.iter().filter(engine) {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
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
    let templates = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let written = files_below(&templates);
    let json: Vec<_> = written
        .iter()
        .filter(|path| {
            path.as_str().ends_with(".json.hbs")
                || path.parent().is_some_and(|folder| folder.ends_with("partials"))
        })
        .collect();
    assert!(json.len() >= 4, "{json:?}");
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
