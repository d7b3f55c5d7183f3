//! MirrorMaker 2 as the program wires and drives it, on a genuine worker: the commands, their second run, their faults.
//!
//! What docs/mirrormaker2.md calls tried is tried here: the table there names these tests.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::{Value, json};

use landfall::kafka::{Cluster, NewTopic};
use landfall::mirror::connect::{Connector, Worker};

use crate::engine;
use crate::site::{Site, wait};

const CONNECT: [&str; 2] = ["--set", "mirror.engine=connect"];
/// Intervals as short as they go: a test waits for them.
const QUICK: [&str; 8] = [
    "--set",
    "mirror.connect.topic-refresh=1s",
    "--set",
    "mirror.connect.checkpoint-interval=1s",
    "--set",
    "mirror.connect.group-sync-interval=1s",
    "--set",
    "mirror.connect.group-refresh=1s",
];
/// A worker saves its position every 10 s; a busy machine takes longer for everything.
const PATIENCE: Duration = Duration::from_mins(2);

struct Mirror {
    site: Site,
}

impl Mirror {
    fn up(mock: &[&str]) -> Self {
        let mirror = Self { site: Site::up(mock) };
        mirror.done(&["up", "local", "--yes"]);
        mirror
    }

    fn arguments<'a>(words: &[&'a str]) -> Vec<&'a str> {
        [words, &["--mock=docker"], &CONNECT, &QUICK].concat()
    }

    #[track_caller]
    fn done(&self, words: &[&str]) -> crate::support::Ran {
        self.site.done(&Self::arguments(words))
    }

    fn run(&self, words: &[&str]) -> crate::support::Ran {
        self.site.run(&Self::arguments(words))
    }

    #[track_caller]
    fn json(&self, words: &[&str]) -> Value {
        self.done(&[words, &["--output", "json"]].concat()).json()
    }

    fn worker(&self) -> Worker {
        Worker::new(&self.site.connect_url(), None, None).unwrap()
    }

    /// Waits until `mirror status` says so.
    #[track_caller]
    fn status_until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let ran = self.run(&["mirror", "local", "status", "--output", "json"]);
            let status = ran.json();
            if holds(&status) {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "{what}: {status}\n{}", ran.stderr);
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

fn producer(cluster: &Cluster, transaction: Option<&str>) -> BaseProducer<landfall::kafka::Listener> {
    let writing = landfall::kafka::Writing {
        buffer_bytes: 16 << 20,
        in_flight: 1,
        largest_request_bytes: 1_000_000,
    };
    let mut config: ClientConfig = cluster.producer_settings(writing);
    if let Some(id) = transaction {
        config
            .set("transactional.id", id)
            .remove("enable.gapless.guarantee")
            .set("message.timeout.ms", "60000");
    }
    cluster.open(&config, cluster.listener()).unwrap()
}

fn send(producer: &BaseProducer<landfall::kafka::Listener>, topic: &str, count: usize) {
    for number in 0..count {
        let key = number.to_string();
        producer
            .send(BaseRecord::to(topic).key(&key).payload("payload").partition(0))
            .map_err(|(error, _)| error)
            .unwrap();
    }
    producer.flush(Duration::from_secs(30)).unwrap();
}

fn topic(cluster: &Cluster, name: &str, partitions: i32) {
    let new = NewTopic {
        name: name.to_owned(),
        partitions,
        settings: BTreeMap::new(),
    };
    wait(cluster.create_topics(&[new])).unwrap();
}

#[test]
fn the_commands_drive_a_genuine_worker_and_their_second_run_changes_nothing() {
    if !engine::asked() {
        return;
    }
    let mirror = Mirror::up(&["source-security: tls", "target-security: scram"]);
    mirror.site.done(&["mock", "load"]);
    mirror
        .run(&["mirror", "local", "pause"])
        .fails(7, &["was not started", "mirror ENV start"]);

    let first = mirror.json(&["mirror", "local", "start"]);
    assert_eq!(first["changed"], true);
    let second = mirror.json(&["mirror", "local", "start"]);
    assert_eq!(second["changed"], false, "{second}");
    let again = mirror.done(&["mirror", "local", "start"]);
    assert!(again.stdout.contains("nothing to change"), "{}", again.stdout);

    let status = mirror.status_until("caught up", |status| status["caught_up"] == true);
    assert_eq!(status["lag"], 0);
    let states: Vec<&str> = status["connectors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["running", "running", "running"]);
    mirror.done(&["verify", "local"]);

    for (word, state) in [("pause", "paused"), ("stop", "stopped"), ("resume", "running")] {
        let moved = mirror.json(&["mirror", "local", word]);
        assert_eq!(
            (&moved["changed"], &moved["connectors"][0]["state"]),
            (&json!(true), &json!(state))
        );
        assert_eq!(mirror.json(&["mirror", "local", word])["changed"], false);
    }
    mirror.done(&["mirror", "local", "stop"]);
    let resumed = mirror.json(&["mirror", "local", "start"]);
    assert_eq!(
        (&resumed["changed"], &resumed["connectors"][0]["resumed"]),
        (&json!(true), &json!(true))
    );

    let changed = mirror.json(&[
        "mirror",
        "local",
        "start",
        "--set",
        "mirror.connect.offset-lag-max=7",
    ]);
    assert_eq!(
        changed["connectors"][0]["keys"],
        json!([{ "key": "offset.lag.max", "change": "changed" }])
    );
    let refused = mirror.run(&[
        "mirror",
        "local",
        "start",
        "--set",
        "mirror.connect.source-alias=shop",
    ]);
    refused.fails(
        7,
        &[
            "`source` and would run with `shop`",
            "everything would be copied again",
        ],
    );
    mirror.done(&["verify", "local"]);

    no_secret_is_readable(&mirror);
    a_failed_task_is_named_and_restarted(&mirror);
    mirror
        .run(&["mirror", "local", "run"])
        .fails(2, &["runs on Kafka Connect", "mirror local start"]);
}

/// What anybody who reaches the worker can read holds references; the secret itself stays on the worker.
fn no_secret_is_readable(mirror: &Mirror) {
    let (_, secrets) = engine::exec(
        &mirror.site.container("-connect"),
        &["cat", "/etc/landfall/secrets.properties"],
    );
    let secrets: Vec<&str> = secrets
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(_, value)| value)
        .collect();
    assert!(secrets.len() >= 2 && secrets.iter().all(|secret| secret.len() > 8));
    let url = mirror.site.connect_url();
    let name = "landfall-local-source";
    let answers = ["", "/config", "/tasks", "/tasks-config", "/status", "/offsets"]
        .map(|what| get(&format!("{url}/connectors/{name}{what}")));
    let all = answers.join("\n");
    assert!(
        all.contains("${file:/etc/landfall/secrets.properties:source.password}"),
        "{all}"
    );
    for secret in secrets {
        assert!(!all.contains(secret));
    }
}

fn get(url: &str) -> String {
    let output = std::process::Command::new("curl")
        .args(["-sS", url])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A task that cannot begin says why; a restart alone does not help, a corrected configuration and a restart do.
fn a_failed_task_is_named_and_restarted(mirror: &Mirror) {
    let worker = mirror.worker();
    let name = "landfall-local-source".to_owned();
    let mut config = wait(worker.connectors()).unwrap().remove(&name).unwrap().config;
    config.insert("consumer.fetch.max.wait.ms".to_owned(), "-5".to_owned());
    wait(worker.put_config(&Connector { name, config })).unwrap();
    let status = mirror.status_until("a failed task", |status| {
        status.to_string().contains("fetch.max.wait.ms")
    });
    assert_eq!(status["ok"], false);
    let cause =
        "ConfigException: Invalid value -5 for configuration fetch.max.wait.ms: Value must be at least 0";
    mirror
        .run(&["mirror", "local", "restart"])
        .fails(6, &[cause, "landfall-local-source"]);
    mirror.done(&["mirror", "local", "start"]);
    let restarted = mirror.json(&["mirror", "local", "restart"]);
    assert_eq!(restarted["restarted"], json!([]));
}

/// Edge case (a) of the position: markers at the end leave it below the end for ever; aborted records are not copied.
#[test]
fn markers_and_aborted_records_leave_the_position_below_the_end() {
    if !engine::asked() {
        return;
    }
    let mirror = Mirror::up(&["target-limits: none"]);
    let source = mirror.site.source();
    topic(&source, "flights", 1);
    topic(&source, "airports", 1);
    let transactional = producer(&source, Some("t"));
    transactional.init_transactions(Duration::from_secs(30)).unwrap();
    for (count, commit) in [(10, true), (5, false), (3, true), (4, false)] {
        transactional.begin_transaction().unwrap();
        send(&transactional, "flights", count);
        if commit {
            transactional.commit_transaction(Duration::from_secs(30)).unwrap();
        } else {
            transactional.abort_transaction(Duration::from_secs(30)).unwrap();
        }
    }
    send(&producer(&source, None), "airports", 20);
    mirror.done(&["mirror", "local", "start"]);
    let worker = mirror.worker();
    let at = |topic: &str| {
        let offsets = wait(worker.offsets("landfall-local-source")).unwrap();
        offsets
            .into_iter()
            .find(|offset| offset.topic == topic)
            .and_then(|offset| offset.offset)
    };
    let began = Instant::now();
    while at("airports") != Some(19) || at("flights").is_none() {
        assert!(
            began.elapsed() < PATIENCE,
            "{:?} {:?}",
            at("airports"),
            at("flights")
        );
        std::thread::sleep(Duration::from_secs(1));
    }
    // Ten records and a marker, five aborted and a marker, three records: the last of them lies at 19, the end at 26.
    assert_eq!(at("flights"), Some(19));
    let ends = wait(source.ends(&[landfall::kafka::TopicPartition::new("flights", 0)])).unwrap();
    assert_eq!(ends.into_values().collect::<Vec<_>>(), [26]);
    let copied = wait(
        mirror
            .site
            .target()
            .ends(&[landfall::kafka::TopicPartition::new("flights", 0)]),
    )
    .unwrap();
    assert_eq!(
        copied.into_values().collect::<Vec<_>>(),
        [13],
        "aborted records were copied"
    );
    mirror.status_until("caught up behind the markers", |status| {
        status["caught_up"] == true
    });
    the_position_outlives_the_connector(&mirror, &worker);
}

/// A removed connector of the same name goes on where it was; one of another name begins anew, which start refuses.
fn the_position_outlives_the_connector(mirror: &Mirror, worker: &Worker) {
    wait(worker.delete("landfall-local-source")).unwrap();
    std::thread::sleep(Duration::from_secs(3));
    mirror.done(&["mirror", "local", "start"]);
    std::thread::sleep(Duration::from_secs(5));
    let copied = wait(
        mirror
            .site
            .target()
            .ends(&[landfall::kafka::TopicPartition::new("flights", 0)]),
    )
    .unwrap();
    assert_eq!(
        copied.into_values().collect::<Vec<_>>(),
        [13],
        "the position was lost"
    );
}

/// Which prefix reaches which client, read from what the worker logs of its clients' settings.
#[test]
fn a_prefix_reaches_the_client_that_the_wiring_means() {
    if !engine::asked() {
        return;
    }
    let mirror = Mirror::up(&["target-limits: none"]);
    topic(&mirror.site.source(), "flights", 1);
    mirror.done(&["mirror", "local", "start"]);
    let worker = mirror.worker();
    let name = "landfall-local-source".to_owned();
    let mut config = wait(worker.connectors()).unwrap().remove(&name).unwrap().config;
    let marks = [
        ("source.cluster.request.timeout.ms", "41001"),
        ("consumer.request.timeout.ms", "41002"),
        ("producer.override.request.timeout.ms", "41003"),
        ("target.producer.request.timeout.ms", "41004"),
        ("source.admin.request.timeout.ms", "41005"),
        ("target.admin.request.timeout.ms", "41006"),
        ("request.timeout.ms", "41007"),
    ];
    config.extend(marks.map(|(key, value)| (key.to_owned(), value.to_owned())));
    wait(worker.put_config(&Connector { name, config })).unwrap();
    let began = Instant::now();
    let seen = loop {
        let seen = clients(&engine::docker(&["logs", &mirror.site.container("-connect")]));
        if seen.values().any(|value| value == "41004") && seen.values().any(|value| value == "41002") {
            break seen;
        }
        assert!(began.elapsed() < PATIENCE, "{seen:?}");
        std::thread::sleep(Duration::from_secs(1));
    };
    let of = |part: &str| {
        seen.iter()
            .find(|(client, _)| client.contains(part))
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(of("replication-consumer"), Some("41002"));
    assert_eq!(of("connector-producer-landfall-local-source"), Some("41003"));
    assert_eq!(of("offset-syncs-target-producer"), Some("41004"));
    assert_eq!(of("replication-source-admin"), Some("41005"));
    assert_eq!(of("replication-target-admin"), Some("41006"));
    for dropped in ["41001", "41007"] {
        assert!(
            !seen.values().any(|value| value == dropped),
            "{dropped}: {seen:?}"
        );
    }
}

/// The last `request.timeout.ms` that each client was made with.
fn clients(log: &str) -> BTreeMap<String, String> {
    let mut clients = BTreeMap::new();
    let (mut client, mut inside) = (String::new(), false);
    for line in log.lines() {
        if line.contains("Config values:") {
            (client, inside) = (String::new(), true);
        } else if !line.starts_with('\t') {
            inside = false;
        }
        let value = |key: &str| {
            line.trim()
                .strip_prefix(key)?
                .strip_prefix(" = ")
                .map(str::to_owned)
        };
        if let Some(id) = value("client.id").filter(|_| inside) {
            client = id;
        }
        if let Some(timeout) = value("request.timeout.ms").filter(|_| inside && !client.is_empty()) {
            clients.insert(client.clone(), timeout);
        }
    }
    clients
}
