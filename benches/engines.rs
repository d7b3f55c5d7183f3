//! MirrorMaker 2 as people set it up, MirrorMaker 2 as Landfall wires it, and Landfall's own engine, on the same genuine
//! brokers, the same records, in turn; beside them Apache Kafka's own perf tools, which read or write alone.
//!
//! `cargo bench --bench engines [-- ROUNDS]` needs a Docker engine and an image with Apache Kafka (`LANDFALL_BENCH_IMAGE`, or
//! what `mock up` uses by itself). Each measured process begins anew: the worker is restarted, the embedded engine is a
//! process of its own. The clock runs from the moment at which the connector is handed over, or the process begun, until
//! the target holds the last record; processor time is that of the worker, or of the process, over the same span; memory
//! is its peak resident set since it began.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "a bench prints its table and stops at the first trouble"
)]

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use landfall::kafka::{Cluster, NewTopic, TopicPartition};
use landfall::mirror::connect::{Connector, Worker};
use landfall::mirror::{Flow, Until, embedded};
use landfall::mock::background;
use landfall::mock::place::Place;
use landfall::mock::site::SiteAddress;
use landfall::model::selection::Selection;
use landfall::run::{Quiet, Stop};
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use wait4::Wait4;

const TOPIC: &str = "bench";
const PARTITIONS: i32 = 8;
/// Bytes of a record, and how many.
const SIZES: [(u64, u64); 2] = [(100, 2_000_000), (1024, 500_000)];
const SOURCE: &str = "org.apache.kafka.connect.mirror.MirrorSourceConnector";
const NAIVE: &str = "naive-source";
const WIRED: &str = "landfall-bench-source";

/// A target that takes any topic, and no topics but the one that is measured.
const ENVIRONMENT: &str = "\
version: 1
name: bench
azure: { subscription: 00000000-0000-0000-0000-000000000000, resource-group: rg-bench, location: westeurope }
target: { kind: event-hubs, parameters: { namespace: landfall-bench, sku: Premium } }
source: { bootstrap: source.landfall.internal:9092, security: { protocol: PLAINTEXT } }
topics:
  include: [bench]
  overrides: { bench: { partitions: 8, retention-hours: 24 } }
mirror: { engine: connect }
mock: { target-limits: none }
";

/// What was measured of one run.
#[derive(Clone, Copy)]
struct Measured {
    seconds: f64,
    /// Of processor time.
    processor: f64,
    peak_mib: f64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Some(at) = arguments.iter().position(|argument| argument == "embedded") {
        return runtime.block_on(copy(&arguments[at + 1..]));
    }
    let rounds = arguments
        .iter()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(3);
    runtime.block_on(all(rounds));
}

/// The other process: one run of the embedded engine on the site of `state`.
async fn copy(arguments: &[String]) {
    let [state, name, mebibytes, ..] = arguments else {
        panic!("not started by this bench");
    };
    let site = site(Utf8Path::new(state));
    let (source, target) = (site.source_cluster().unwrap(), site.target_cluster().unwrap());
    let mut flow = Flow::new(name, source, target, Selection::of(TOPIC));
    flow.buffer_bytes = mebibytes.parse::<u64>().unwrap() << 20;
    embedded::run(&flow, Until::CaughtUp, &Quiet, &Stop::default())
        .await
        .unwrap();
}

fn site(state: &Utf8Path) -> SiteAddress {
    background::find(&Place::of(state)).unwrap().unwrap().site
}

async fn all(rounds: usize) {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::start(Utf8Path::from_path(folder.path()).unwrap());
    println!("| record | what | records/s | MB/s | of naive | CPU s per million | peak memory |");
    println!("|---|---|---:|---:|---:|---:|---:|");
    for (bytes, records) in SIZES {
        bench.fill(bytes, records).await;
        let wiring = bench.wiring().await;
        let mut rows: [(&str, Vec<Measured>); 4] = [
            ("MirrorMaker 2, naive", Vec::new()),
            ("MirrorMaker 2, as wired here", Vec::new()),
            ("embedded engine", Vec::new()),
            ("embedded engine, `buffer: 16MiB`", Vec::new()),
        ];
        for round in 0..rounds {
            for turn in 0..rows.len() {
                // Each begins a round once, so that none profits from its place.
                let which = (turn + round) % rows.len();
                bench.empty_target().await;
                let measured = match which {
                    0 => bench.connector(&bench.naive(), records).await,
                    1 => bench.connector(&wiring, records).await,
                    2 => bench.embedded(&format!("run-{bytes}-{round}"), 64),
                    _ => bench.embedded(&format!("small-{bytes}-{round}"), 16),
                };
                eprintln!("{bytes} B, {}: {:.1} s", rows[which].0, measured.seconds);
                rows[which].1.push(measured);
            }
        }
        let naive = median(&rows[0].1, |one| one.seconds);
        for (what, measured) in &rows {
            print_row(bytes, records, what, measured, naive);
        }
        bench.ceiling(bytes, records).await;
    }
}

fn median(measured: &[Measured], of: impl Fn(&Measured) -> f64) -> f64 {
    let mut values: Vec<f64> = measured.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn print_row(bytes: u64, records: u64, what: &str, measured: &[Measured], naive: f64) {
    let seconds = median(measured, |one| one.seconds);
    let rate = records as f64 / seconds;
    println!(
        "| {bytes} B | {what} | {rate:.0} | {:.1} | {:.2} | {:.1} | {:.0} MiB |",
        rate * bytes as f64 / 1e6,
        naive / seconds,
        median(measured, |one| one.processor) / records as f64 * 1e6,
        median(measured, |one| one.peak_mib),
    );
}

/// A site in containers and what runs on it. Dropping it takes the site away.
struct Bench<'a> {
    folder: &'a Utf8Path,
    site: SiteAddress,
    worker: Worker,
    containers: BTreeMap<&'static str, String>,
}

impl<'a> Bench<'a> {
    fn start(folder: &'a Utf8Path) -> Self {
        let home = folder.join("environments/bench");
        std::fs::create_dir_all(&home).unwrap();
        std::fs::write(home.join("environment.yaml"), ENVIRONMENT).unwrap();
        landfall(folder, &["up", "bench", "--mock=docker", "--yes"]);
        let site = site(&folder.join(".landfall"));
        let worker = Worker::new(site.connect.as_deref().unwrap(), None, None).unwrap();
        let status: serde_json::Value =
            serde_json::from_str(&landfall(folder, &["mock", "status", "--output", "json"])).unwrap();
        let names = status["containers"].as_array().unwrap();
        let named = |end: &'static str| {
            let mut names = names.iter().map(|one| one["name"].as_str().unwrap());
            (end, names.find(|name| name.ends_with(end)).unwrap().to_owned())
        };
        Self {
            folder,
            site,
            worker,
            containers: ["-source-1", "-target-1", "-connect"].map(named).into(),
        }
    }

    fn source(&self) -> Cluster {
        self.site.source_cluster().unwrap()
    }

    fn target(&self) -> Cluster {
        self.site.target_cluster().unwrap()
    }

    /// Fills the topic of the source anew with Kafka's own tool.
    async fn fill(&self, bytes: u64, records: u64) {
        anew(&self.source()).await;
        self.produce("-source-1", bytes, records);
        assert_eq!(count(&self.source()).await, records);
    }

    async fn empty_target(&self) {
        anew(&self.target()).await;
    }

    /// Kafka's tool writes as fast as it can; what it says at its end.
    fn produce(&self, container: &str, bytes: u64, records: u64) -> String {
        let (size, number) = (bytes.to_string(), records.to_string());
        let inside = format!("bootstrap.servers={}", self.inside(container));
        let command = ["--topic", TOPIC, "--record-size", &size, "--num-records", &number];
        let rest = [
            "--throughput",
            "-1",
            "--producer-props",
            &inside,
            "batch.size=131072",
            "linger.ms=20",
        ];
        self.tool(
            container,
            "kafka-producer-perf-test.sh",
            &[&command[..], &rest].concat(),
        )
    }

    fn inside(&self, container: &str) -> String {
        let inside = self.site.inside.as_ref().unwrap();
        let address = if container == "-source-1" {
            &inside.source
        } else {
            &inside.target
        };
        address.clone()
    }

    fn tool(&self, container: &str, tool: &str, arguments: &[&str]) -> String {
        let tool = format!("/opt/kafka/bin/{tool}");
        let head = ["exec", self.containers[container].as_str(), tool.as_str()];
        run("docker", &[&head[..], arguments].concat())
    }

    /// The connector as many write it: where from, where to, which topics, the same names; every other key as it comes.
    fn naive(&self) -> Connector {
        let inside = self.site.inside.as_ref().unwrap();
        let keys = [
            ("name", NAIVE),
            ("connector.class", SOURCE),
            ("source.cluster.alias", "naive"),
            ("target.cluster.alias", "target"),
            ("source.cluster.bootstrap.servers", &inside.source),
            ("target.cluster.bootstrap.servers", &inside.target),
            ("topics", TOPIC),
            (
                "replication.policy.class",
                "org.apache.kafka.connect.mirror.IdentityReplicationPolicy",
            ),
            ("replication.factor", "1"),
            ("offset-syncs.topic.replication.factor", "1"),
        ];
        Connector {
            name: NAIVE.to_owned(),
            config: keys.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        }
    }

    /// The source connector as `landfall mirror bench start` made it.
    async fn wiring(&self) -> Connector {
        landfall(self.folder, &["mirror", "bench", "start", "--mock=docker"]);
        let mut existing = self.worker.connectors().await.unwrap();
        let config = existing.remove(WIRED).unwrap().config;
        self.forget(&[WIRED, "landfall-bench-checkpoint", "landfall-bench-heartbeat"])
            .await;
        let name = WIRED.to_owned();
        Connector { name, config }
    }

    /// Runs one connector on a worker that does nothing else.
    async fn connector(&self, connector: &Connector, records: u64) -> Measured {
        self.fresh_worker().await;
        let measured = self.measured(connector, records).await;
        self.forget(&[&connector.name]).await;
        measured
    }

    /// Restarts the worker and waits until it has come to rest.
    async fn fresh_worker(&self) {
        run("docker", &["restart", &self.containers["-connect"]]);
        let began = Instant::now();
        while self.worker.connectors().await.is_err() {
            assert!(
                began.elapsed() < Duration::from_mins(4),
                "the worker does not come back"
            );
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        self.worker.ready().await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
    }

    /// Hands the connector to the worker and measures until the target has every record.
    async fn measured(&self, connector: &Connector, records: u64) -> Measured {
        let target = self.target();
        let (before, began) = (self.worker_seconds(), Instant::now());
        self.worker.put_config(connector).await.unwrap();
        while count(&target).await < records {
            assert!(
                began.elapsed() < Duration::from_mins(15),
                "the mirror does not arrive"
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let seconds = began.elapsed().as_secs_f64();
        Measured {
            seconds,
            processor: self.worker_seconds() - before,
            peak_mib: self.worker_peak(),
        }
    }

    /// Processor seconds of the worker: user and system time of its first process, in hundredths.
    fn worker_seconds(&self) -> f64 {
        let stat = run(
            "docker",
            &["exec", &self.containers["-connect"], "cat", "/proc/1/stat"],
        );
        let (_, fields) = stat.rsplit_once(')').unwrap();
        let field = |at: usize| -> f64 { fields.split_whitespace().nth(at).unwrap().parse().unwrap() };
        (field(11) + field(12)) / 100.0
    }

    fn worker_peak(&self) -> f64 {
        let status = run(
            "docker",
            &["exec", &self.containers["-connect"], "cat", "/proc/1/status"],
        );
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib / 1024.0
    }

    /// Removes connectors with their position, so that the next run copies everything again.
    async fn forget(&self, names: &[&str]) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        for name in names {
            self.worker.stop(name).await.unwrap();
            let url = format!("{}/connectors/{name}/offsets", self.worker.url());
            let began = Instant::now();
            // Refused for as long as a task still ends.
            while !http.delete(&url).send().await.unwrap().status().is_success() {
                assert!(
                    began.elapsed() < Duration::from_mins(1),
                    "the position of {name} stays"
                );
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            self.worker.delete(name).await.unwrap();
        }
    }

    fn embedded(&self, name: &str, mebibytes: u64) -> Measured {
        let began = Instant::now();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["embedded", self.folder.join(".landfall").as_str(), name])
            .arg(mebibytes.to_string())
            .spawn()
            .unwrap();
        let used = child.wait4().unwrap();
        assert!(used.status.success());
        Measured {
            seconds: began.elapsed().as_secs_f64(),
            processor: (used.rusage.utime + used.rusage.stime).as_secs_f64(),
            peak_mib: used.rusage.maxrss as f64 / 1024.0 / 1024.0,
        }
    }

    /// What Kafka's own tools reach when they only write, or only read.
    async fn ceiling(&self, bytes: u64, records: u64) {
        self.empty_target().await;
        let said = self.produce("-target-1", bytes, records);
        let last = said.lines().rfind(|line| line.contains("records/sec")).unwrap();
        let rate = last
            .split(" records sent, ")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap();
        print_ceiling(bytes, "kafka-producer-perf-test alone", rate.parse().unwrap());
        let (inside, number) = (self.inside("-source-1"), records.to_string());
        let arguments = [
            "--bootstrap-server",
            &inside,
            "--topic",
            TOPIC,
            "--messages",
            &number,
        ];
        let said = self.tool("-source-1", "kafka-consumer-perf-test.sh", &arguments);
        let last = said.lines().rfind(|line| line.starts_with("20")).unwrap();
        print_ceiling(
            bytes,
            "kafka-consumer-perf-test alone",
            last.split(',').nth(5).unwrap().trim().parse().unwrap(),
        );
    }
}

impl Drop for Bench<'_> {
    fn drop(&mut self) {
        landfall(self.folder, &["mock", "down"]);
    }
}

fn print_ceiling(bytes: u64, what: &str, rate: f64) {
    println!(
        "| {bytes} B | {what} | {rate:.0} | {:.1} | | | |",
        rate * bytes as f64 / 1e6
    );
}

/// Makes the topic anew, empty.
async fn anew(cluster: &Cluster) {
    let admin: AdminClient<DefaultClientContext> =
        cluster.consumer_settings("bench", 1 << 20).create().unwrap();
    admin.delete_topics(&[TOPIC], &AdminOptions::new()).await.unwrap();
    let topic = NewTopic {
        name: TOPIC.to_owned(),
        partitions: PARTITIONS,
        settings: BTreeMap::new(),
    };
    let began = Instant::now();
    loop {
        let gone = cluster
            .topics()
            .await
            .unwrap()
            .iter()
            .all(|topic| topic.name != TOPIC);
        if gone && cluster.create_topics(std::slice::from_ref(&topic)).await.is_ok() {
            break;
        }
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "the topic cannot be made anew"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    while count_of(cluster).await.is_none() {
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "the topic has no leaders"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn count(cluster: &Cluster) -> u64 {
    count_of(cluster).await.unwrap_or(0)
}

async fn count_of(cluster: &Cluster) -> Option<u64> {
    let places: Vec<_> = (0..PARTITIONS)
        .map(|partition| TopicPartition::new(TOPIC, partition))
        .collect();
    let ends = cluster.ends(&places).await.ok()?;
    u64::try_from(ends.values().sum::<i64>()).ok()
}

fn landfall(folder: &Utf8Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
    command.args(arguments).current_dir(folder);
    if let Ok(image) = std::env::var("LANDFALL_BENCH_IMAGE") {
        command.env("LANDFALL_SET_MOCK__KAFKA_IMAGE", image);
    }
    finished(command)
}

fn run(program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(arguments);
    finished(command)
}

fn finished(mut command: Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}
