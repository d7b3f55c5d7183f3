//! Which layer wins, and what lies where.

use proptest::prelude::*;
use proptest::strategy::Strategy;

use super::*;
use crate::config::layer::{AzureLayer, Layer, TargetLayer, TopicLayer, TopicsLayer};
use crate::config::over::Over;
use crate::config::value::Parameters;
use crate::model::secret::SecretReference;
use crate::model::security::Mechanism;

#[test]
fn the_nearest_layer_wins_and_origins_tell_which() {
    let scratch = Scratch::new();
    scratch.write(
        "base.yaml",
        "azure:\n  location: northeurope\n  tags: { owner: base, from: base }\nmirror: { tasks: 3 }\n",
    );
    scratch.write(
        "dev/environment.yaml",
        &format!("{LEAST}mirror: {{ workers: 5 }}\n"),
    );
    let overrides = Overrides {
        set: vec![
            "mirror.workers=7".into(),
            "azure.tags.owner=set".into(),
            "mirror.workers=8".into(),
        ],
        variables: vec![("LANDFALL_SET_AZURE__RESOURCE_GROUP".into(), "rg-variable".into())],
    };
    let Loaded {
        environment, origins, ..
    } = load(scratch.path(), "dev", &overrides).unwrap();
    assert_eq!(environment.azure.location, "westeurope");
    assert_eq!(environment.azure.resource_group.as_str(), "rg-variable");
    assert_eq!((environment.mirror.workers, environment.mirror.tasks), (8, 3));
    assert_eq!(environment.azure.tags["owner"], "set");
    assert_eq!(environment.azure.tags["from"], "base");
    let origin = |path| {
        origins
            .of(path)
            .unwrap()
            .to_string()
            .replace(scratch.path().as_str(), "…")
    };
    assert_eq!(origin("azure.location"), "…/dev/environment.yaml:6:13");
    assert_eq!(
        origin("azure.resource-group"),
        "LANDFALL_SET_AZURE__RESOURCE_GROUP"
    );
    assert_eq!(origin("azure.tags.owner"), "--set azure.tags.owner=…");
    assert_eq!(origin("azure.tags.from"), "…/base.yaml:3:30");
    assert!(origins.of("azure.cloud").is_none());
}

#[test]
fn kafka_connect_copies_where_its_worker_is_known_or_it_is_asked_for() {
    let uses_connect = |mirror: &str| {
        let scratch = Scratch::new();
        scratch.write("dev/environment.yaml", &format!("{LEAST}{mirror}\n"));
        let loaded = load(scratch.path(), "dev", &Overrides::default()).unwrap();
        loaded.environment.mirror.uses_connect()
    };
    let url = "connect: { url: http://localhost:8083 }";
    assert!(!uses_connect(""));
    assert!(uses_connect(&format!("mirror: {{ {url} }}")));
    assert!(uses_connect("mirror: { engine: connect }"));
    assert!(!uses_connect(&format!("mirror: {{ engine: embedded, {url} }}")));
}

#[test]
fn the_whole_example_of_the_design_is_read() {
    let scratch = Scratch::new();
    scratch.write(
        "dev/environment.yaml",
        r#"version: 1
name: dev                                  # must equal the folder's name
azure:
  cloud: public                            # public | us-government | china
  subscription: 00000000-0000-0000-0000-000000000000
  resource-group: rg-kafka-dev
  location: westeurope
  tags: { owner: platform }
target:
  kind: event-hubs                         # a folder under templates/targets/
  parameters: { sku: Standard, throughput-units: 4 }
source:
  bootstrap: kafka-1.corp:9093
  security: { protocol: SASL_SSL, mechanism: SCRAM-SHA-512, username: landfall, password: { env: SOURCE_PASSWORD } }
topics: { include: ["orders*"], exclude: ["*.tmp"], overrides: { orders: { partitions: 12 } } }
groups: { include: ["*"] }
mirror: { engine: connect, workers: 2, tasks: 8 }
monitoring: { retention-days: 30, alerts: { email: platform@example.org } }
migration: { strategy: producers-first, gates: { max-lag: 0, quiet: 30s }, hooks: { move-producers: ["./hooks/move-producers"] } }
addons: [capture]
"#,
    );
    let environment = load(scratch.path(), "dev", &Overrides::default())
        .unwrap()
        .environment;
    let source = environment.source.as_ref().unwrap();
    assert_eq!(source.security.mechanism, Some(Mechanism::ScramSha512));
    assert_eq!(
        environment.secrets(),
        [&SecretReference::Env("SOURCE_PASSWORD".into())]
    );
    assert_eq!(environment.migration.gates.quiet.as_secs(), 30);
    assert_eq!(
        environment.migration.hooks["move-producers"],
        ["./hooks/move-producers"]
    );
    assert_eq!(
        environment.monitoring.alert_email.as_deref(),
        Some("platform@example.org")
    );
    assert_eq!(environment.addons.len(), 1);
    assert_eq!(environment.addons[0].name, "capture");
}

#[test]
fn text_stays_as_it_is_written() {
    let scratch = Scratch::new();
    let tags = "  tags: { norway: no, version: 3.10, zip: 007 }\n";
    let text = LEAST.replace(
        "target:\n",
        &format!("{tags}target:\n  parameters: {{ release: 3.10, on: yes, units: 4, lock: true }}\n"),
    );
    scratch.write("dev/environment.yaml", &text);
    let environment = load(scratch.path(), "dev", &Overrides::default())
        .unwrap()
        .environment;
    assert_eq!(environment.azure.tags["norway"], "no");
    assert_eq!(environment.azure.tags["version"], "3.10");
    assert_eq!(environment.azure.tags["zip"], "007");
    let parameters = serde_json::Value::Object(environment.target.parameters);
    assert_eq!(
        parameters,
        serde_json::json!({ "release": "3.10", "on": "yes", "units": 4, "lock": true })
    );
}

#[test]
fn a_set_takes_lists_names_with_dots_and_secret_references() {
    let scratch = Scratch::new();
    scratch.write("dev/environment.yaml", LEAST);
    let environment = load(
        scratch.path(),
        "dev",
        &set(&[
            "topics.include=[\"orders*\", payments]",
            "topics.overrides.\"orders.v1\".partitions=3",
            "source.bootstrap=kafka-1:9092, kafka-2:9092",
            "source.security={ protocol: SASL_SSL, mechanism: PLAIN, username: a=b }",
            "source.security.password.file=secrets/source",
            "target.parameters.sku=Premium",
        ]),
    )
    .unwrap()
    .environment;
    assert_eq!(environment.topics.selection.include, ["orders*", "payments"]);
    assert_eq!(
        environment.topics.overrides.keys().next().unwrap().as_str(),
        "orders.v1"
    );
    let source = environment.source.unwrap();
    assert_eq!(source.bootstrap, "kafka-1:9092,kafka-2:9092");
    assert_eq!(source.security.username.as_deref(), Some("a=b"));
    let expected = scratch.path().join("dev/secrets/source");
    assert_eq!(source.security.password, Some(SecretReference::File(expected)));
    assert_eq!(environment.target.parameters["sku"], "Premium");
}

#[test]
fn a_parameter_without_a_value_takes_a_farther_one_away() {
    let scratch = Scratch::new();
    scratch.write(
        "base.yaml",
        "target: { parameters: { lock: true, sku: Standard } }\n",
    );
    scratch.write(
        "dev/environment.yaml",
        &format!("{LEAST}  parameters: {{ lock: }}\n"),
    );
    let environment = load(scratch.path(), "dev", &Overrides::default())
        .unwrap()
        .environment;
    assert_eq!(environment.target.parameters.keys().collect::<Vec<_>>(), ["sku"]);
}

#[test]
fn a_long_environment_may_be_written_in_parts() {
    let scratch = Scratch::new();
    scratch.write("dev/environment.yaml", LEAST);
    scratch.write("dev/topics.yaml", "topics: { overrides: { orders: } }\n");
    scratch.write("dev/topic.yaml", "topics: {}\n");
    let loaded = load(
        scratch.path(),
        "dev",
        &variables(&[("LANDFALL_AZURE_LOCATION", "x"), ("LANDFALL_MOCK", "1")]),
    )
    .unwrap();
    assert_eq!(loaded.environment.topics.overrides.len(), 1);
    let warnings: Vec<_> = loaded
        .warnings
        .iter()
        .map(|w| w.to_string().replace(scratch.path().as_str(), "…"))
        .collect();
    assert_eq!(
        warnings,
        [
            "`…/dev/topic.yaml` is not read: it is no file of an environment; did you mean `topics.yaml`?",
            "the variable `LANDFALL_AZURE_LOCATION` is not read; did you mean `LANDFALL_SET_AZURE__LOCATION`?",
        ]
    );
    scratch.write("dev/topics.yaml", "azure: { location: northeurope }\n");
    insta::assert_snapshot!(scratch.problems(&Overrides::default()), @r#"
    …/dev/topics.yaml:1:20: `azure.location` is written in two files; also at …/dev/environment.yaml:6:13
        1 | azure: { location: northeurope }
          |                    ^^^^^^^^^^^
    "#);
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[a-z]{1,3}")
}

fn parameters() -> impl Strategy<Value = Option<Parameters>> {
    let value = prop_oneof![Just(serde_json::Value::Null), "[a-z]{1,2}".prop_map(Into::into)];
    let map = proptest::collection::vec(("[abc]", value), 0..3);
    proptest::option::of(map.prop_map(|entries| Parameters(entries.into_iter().collect())))
}

prop_compose! {
    fn layer()(
        name in text(),
        location in text(),
        tags in proptest::option::of(proptest::collection::btree_map("[abc]", "[a-z]", 0..3)),
        azure in any::<bool>(),
        parameters in parameters(),
        partitions in proptest::option::of(1_u32..4),
        overrides in proptest::option::of(proptest::collection::btree_map("[ab]", 1_u64..4, 0..3)),
        include in proptest::option::of(proptest::collection::vec("[ab]", 0..2)),
    ) -> Layer {
        let topic = |retention_hours| TopicLayer { partitions, retention_hours: Some(retention_hours), ..TopicLayer::default() };
        Layer {
            name,
            azure: azure.then(|| AzureLayer { location, tags, ..AzureLayer::default() }),
            target: Some(TargetLayer { parameters, ..TargetLayer::default() }),
            topics: Some(TopicsLayer {
                include,
                overrides: overrides.map(|map| map.into_iter().map(|(name, hours)| (name, topic(hours))).collect()),
                ..TopicsLayer::default()
            }),
            ..Layer::default()
        }
    }
}

proptest! {
    #[test]
    fn stacking_does_not_depend_on_where_it_begins(near in layer(), middle in layer(), far in layer()) {
        let from_near = near.clone().over(middle.clone()).over(far.clone());
        let from_far = near.over(middle.over(far));
        prop_assert_eq!(from_near, from_far);
    }

    #[test]
    fn the_nearer_value_wins_and_the_farther_fills_the_gaps(near in layer(), far in layer()) {
        let both = near.clone().over(far.clone());
        prop_assert_eq!(&both.name, &near.name.or(far.name));
        let location = |layer: Option<AzureLayer>| layer.and_then(|azure| azure.location);
        prop_assert_eq!(location(both.azure), location(near.azure).or(location(far.azure)));
    }

    #[test]
    fn nothing_lies_over_nothing(layer in layer()) {
        prop_assert_eq!(layer.clone().over(Layer::default()), layer.clone());
        prop_assert_eq!(Layer::default().over(layer.clone()), layer);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}", yamlish in "([a-z]{0,3}[:\\-\\[\\]{}'\"|>&*!#%@,?\n \t]{0,3}){0,30}") {
        let scratch = Scratch::new();
        for text in [text, yamlish] {
            scratch.write("dev/environment.yaml", &text);
            let outcome = load(scratch.path(), "dev", &set(&[&text, &format!("azure.tags.x={text}")]));
            prop_assert!(outcome.is_err());
            let error = outcome.unwrap_err();
            prop_assert!(!error.problems.is_empty() && !error.to_string().is_empty());
        }
    }

    #[test]
    fn no_mangled_environment_makes_the_reader_panic(at in 0_usize..400, with in "\\PC{0,6}|[:\\[\\]{}\n]{1,3}") {
        let scratch = Scratch::new();
        let mut text: Vec<char> = fs_err::read_to_string("environments/local/environment.yaml").unwrap().replace("local", "dev").chars().collect();
        let at = 200 + at.min(text.len() - 300);
        text.splice(at..at + 5, with.chars());
        scratch.write("dev/environment.yaml", &text.into_iter().collect::<String>());
        if let Err(error) = load(scratch.path(), "dev", &Overrides::default()) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
