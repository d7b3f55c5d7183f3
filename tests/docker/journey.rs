//! The first journey on genuine Kafka: deployed through the emulator, mirrored, verified.

use std::collections::BTreeSet;
use std::time::Duration;

use landfall::kafka::{NewTopic, TopicPartition, Writing};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::types::RDKafkaErrorCode as Code;
use serde_json::Value;

use crate::engine;
use crate::site::{Site, wait};

#[test]
fn what_the_emulator_deploys_appears_and_is_filled_and_verified() {
    if !engine::asked() {
        return;
    }
    let site = Site::none(&["target-security: tls"]);
    // Nothing runs yet: the first command with `--mock=docker` starts the site, and it stays.
    site.done(&["up", "local", "--mock=docker", "--yes"]);
    let topics = wait(site.target().topics()).unwrap();
    let partitions = |name: &str| {
        topics
            .iter()
            .find(|topic| topic.name == name)
            .map(|topic| topic.partitions)
    };
    assert_eq!(partitions("flights"), Some(12), "{topics:?}");
    assert_eq!(partitions("airports"), Some(1), "{topics:?}");
    assert_eq!(partitions("flight-status"), Some(6), "{topics:?}");
    site.done(&["plan", "local", "--mock=docker", "--exit-code"]);

    refuses_what_the_service_refuses(&site);

    let loaded = site.done(&["mock", "load", "--output", "json"]).json();
    refuses_to_start_without_a_topic(&site);
    let by_hand = ["mirror", "local", "run", "--mock=docker"];
    site.run(&by_hand)
        .fails(2, &["runs on Kafka Connect, not in this program"]);
    let started = site
        .done(&["mirror", "local", "start", "--mock=docker", "--output", "json"])
        .json();
    let outcomes: Vec<&str> = started["connectors"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["outcome"].as_str())
        .collect();
    assert_eq!(outcomes, ["created"; 3], "{started}");
    let noted = site.scene.read(".landfall/environments/local/mirror.jsonl");
    assert!(noted.contains("flight-status"), "{noted}");
    let until = [
        "mirror",
        "local",
        "status",
        "--watch",
        "--until",
        "caught-up",
        "--mock=docker",
    ];
    site.done(&until);
    let verdict = site
        .done(&["verify", "local", "--mock", "--output", "json"])
        .json();
    assert_eq!(
        (&verdict["ok"], &verdict["records"]),
        (&true.into(), &loaded["records"])
    );
    assert!(verdict["records"].as_u64().unwrap() > 75_000, "{verdict}");

    let embedded = site.run(&["plan", "local", "--mock=embedded"]);
    embedded.fails(
        2,
        &[
            "a mock site runs in containers",
            "hint: end it with `landfall mock down`",
        ],
    );

    site.done(&["down", "local", "--mock=docker", "--yes"]);
    let left = wait(site.target().topics()).unwrap();
    assert!(left.iter().all(|topic| topic.name != "flights"), "{left:?}");
}

/// A topic that only a deployment can make is named before any connector is.
fn refuses_to_start_without_a_topic(site: &Site) {
    let topic = NewTopic {
        name: "unplanned".to_owned(),
        partitions: 1,
        settings: std::collections::BTreeMap::new(),
    };
    wait(site.source().create_topics(&[topic])).unwrap();
    let start = [
        "mirror",
        "local",
        "start",
        "--mock=docker",
        "--set",
        "topics.include=[flights, unplanned]",
    ];
    site.run(&start).fails(3, &["unplanned"]);
}

/// A client of the target may neither change a topic's settings nor its partitions, nor write more than a request holds.
fn refuses_what_the_service_refuses(site: &Site) {
    let target = site.container("-target-1");
    let inside = format!("{target}:19092");
    let client = |tool: &str, arguments: &[&str]| {
        let tool = format!("/opt/kafka/bin/{tool}");
        let config = [
            "--bootstrap-server",
            inside.as_str(),
            "--command-config",
            "/tmp/client.properties",
        ];
        engine::exec(
            &target,
            &[&[tool.as_str()], config.as_slice(), arguments].concat(),
        )
    };
    let write = "umask 077; printf 'security.protocol=SASL_SSL\\nsasl.mechanism=SCRAM-SHA-512\\nssl.truststore.type=PEM\\nssl.truststore.location=/etc/landfall/ca.pem\\nsasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=\"landfall\" password=\"%s\";\\n' \"$(sed -n 's/.*password=\\(.*\\)]/\\1/p' /etc/landfall/format.args)\" > /tmp/client.properties";
    assert!(engine::exec(&target, &["sh", "-c", write]).0);

    let (done, said) = client(
        "kafka-configs.sh",
        &[
            "--alter",
            "--topic",
            "flights",
            "--add-config",
            "retention.ms=1000",
        ],
    );
    assert!(!done && said.contains("TopicAuthorizationException"), "{said}");
    let (done, said) = client(
        "kafka-topics.sh",
        &["--alter", "--topic", "flights", "--partitions", "24"],
    );
    assert!(!done && said.contains("TopicAuthorizationException"), "{said}");
    let (done, said) = client("kafka-topics.sh", &["--describe", "--topic", "flights"]);
    assert!(done && said.contains("PartitionCount: 12"), "{said}");
}

#[test]
fn the_target_of_an_event_hubs_environment_keeps_the_limits_of_the_service() {
    if !engine::asked() {
        return;
    }
    let site = Site::none(&[]);
    site.done(&["up", "local", "--mock=docker", "--yes"]);
    refuses_transactions_and_large_requests(&site);
}

/// As a library of clients sees it: no transaction, and no request above the service's bound.
fn refuses_transactions_and_large_requests(site: &Site) {
    let target = site.target();
    let config = || {
        let mut config = target.producer_settings(Writing {
            buffer_bytes: 8 << 20,
            in_flight: 1,
            largest_request_bytes: 4_000_000,
        });
        config.set("message.timeout.ms", "8000");
        config
    };
    let producer: BaseProducer = config().set("transactional.id", "any").create().unwrap();
    let error = producer.init_transactions(Duration::from_secs(30)).unwrap_err();
    let code = error.rdkafka_error_code();
    assert_eq!(code, Some(Code::TransactionalIdAuthorizationFailed), "{error}");

    let places = [TopicPartition::new("airports", 0)];
    for (bytes, arrives) in [(1_000_000, 1), (1_046_528, 0)] {
        let before = wait(target.ends(&places)).unwrap()[&places[0]];
        let producer: BaseProducer = config().create().unwrap();
        let (key, value) = ("large", vec![b'x'; bytes]);
        producer
            .send(BaseRecord::to("airports").partition(0).key(key).payload(&value))
            .map_err(|(error, _)| error)
            .unwrap();
        let _ = producer.flush(Duration::from_secs(30));
        let after = wait(target.ends(&places)).unwrap()[&places[0]];
        assert_eq!(after - before, arrives, "{bytes} bytes");
    }
}

/// The principal of the directory that stands for `User:orders`.
const ORDERS: &str = "00000000-0000-0000-0000-00000000000a";

#[test]
fn the_access_lists_of_the_source_become_roles_that_the_deployment_gives() {
    if !engine::asked() {
        return;
    }
    let site = Site::up(&[]);
    site.done(&["mock", "load"]);
    let broker = site.container("-source-1");
    let entry = |allow: &str, operation: &str, topic: &str| {
        let tool = format!("/opt/kafka/bin/kafka-acls.sh --bootstrap-server {broker}:19092 --add");
        let entry = format!("{allow} User:orders --operation {operation} --topic {topic}");
        let line = format!("{tool} {entry}");
        let (done, said) = engine::exec(&broker, &line.split_whitespace().collect::<Vec<_>>());
        assert!(done, "{said}");
    };
    entry("--allow-principal", "Read", "flights");
    entry("--deny-principal", "Write", "flights");
    let principals = format!("\naccess:\n  principals:\n    User:orders: {ORDERS}\ntarget:");
    site.scene
        .edit("environments/local/environment.yaml", "\ntarget:", &principals);

    let shown = site.done(&["mirror", "local", "access", "--mock=docker"]);
    for part in [
        "is receiver, for allow User:orders read topic `flights`",
        "it holds for every topic of the namespace",
        "deny User:orders write topic `flights`: roles only allow",
    ] {
        assert!(shown.stdout.contains(part), "`{part}` is not in {}", shown.stdout);
    }
    let plan = site.run(&["plan", "local", "--mock=docker"]);
    assert!(plan.stdout.contains("roleAssignments"), "{}", plan.stdout);
    site.done(&["up", "local", "--mock=docker", "--yes"]);
    assert_eq!(
        given_roles(&site),
        [(
            ORDERS.to_owned(),
            "a638d3c7-ab3a-418d-83e6-5f17a39d4fde".to_owned()
        )]
    );
    site.done(&["plan", "local", "--mock=docker", "--exit-code"]);

    // A source that cannot be read must not take the roles away again.
    engine::docker(&["stop", &broker]);
    let refused = site.run(&["up", "local", "--mock=docker", "--yes"]);
    assert_ne!(refused.code, 0, "{}", refused.stdout);
    assert_eq!(given_roles(&site).len(), 1);
}

/// Principal and role of each role assignment that the deployments of the group have made.
fn given_roles(site: &Site) -> Vec<(String, String)> {
    let group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-landfall-local";
    let get = |path: &str| {
        let (status, body) = site.scene.arm_answer("GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    };
    let deployments = get(&format!(
        "{group}/providers/Microsoft.Resources/deployments?api-version=2025-04-01"
    ));
    let made = deployments["value"].as_array().unwrap().iter();
    let made = made.flat_map(|one| {
        one["properties"]["outputResources"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    });
    let ids: BTreeSet<String> = made.map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    ids.iter()
        .filter(|id| id.contains("/roleAssignments/"))
        .map(|id| {
            let found = get(&format!("{id}?api-version=2022-04-01"));
            let text = |key: &str| found["properties"][key].as_str().unwrap().to_owned();
            let role = text("roleDefinitionId");
            (text("principalId"), role.rsplit('/').next().unwrap().to_owned())
        })
        .collect()
}

#[test]
fn the_demo_runs_in_containers_and_takes_them_away() {
    if !engine::asked() {
        return;
    }
    let site = Site::none(&[]);
    let result = site.done(&["demo", "--mock=docker", "--output", "json"]).json();
    assert_eq!(
        (&result["command"], &result["ok"]),
        (&"demo".into(), &true.into()),
        "{result}"
    );
    assert!(result["records"].as_u64().unwrap() >= 50_000, "{result}");
    let evidence = std::fs::read(site.scene.path(".landfall/demo/evidence.json")).unwrap();
    let evidence: serde_json::Value = serde_json::from_slice(&evidence).unwrap();
    assert_eq!(evidence["mirror"]["engine"], "connect", "{}", evidence["mirror"]);
    for count in ["lost", "duplicated", "altered"] {
        assert_eq!(result[count], 0, "{result}");
    }
    assert!(
        !site
            .scene
            .path(".landfall/demo/mock/docker/containers.json")
            .exists()
    );
}
