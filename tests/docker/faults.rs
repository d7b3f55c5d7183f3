//! What goes wrong while MirrorMaker 2 copies: nothing is lost in silence, and each fault has its name soon.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use landfall::kafka::{Cluster, NewTopic, TopicPartition, Writing};
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::Value;

use crate::engine;
use crate::rehearsal::{self, Watch, caught_up, is_a_look, mirror, verdict};
use crate::site::wait;

const ENVIRONMENT: &str = "\
topics:
  include: [orders, visits, clicks]
  overrides:
    orders: { partitions: 3 }
    visits: { partitions: 2 }
    clicks: { partitions: 1 }
mirror:
  engine: connect
  tasks: 2
  connect: { flush-interval: 2s, checkpoint-interval: 5s, group-sync-interval: 5s, group-refresh: 10s, topic-refresh: 10s }
";

/// How often the watch looks.
const POLL: Duration = Duration::from_secs(5);
/// The look that is under way when a fault happens, and two more.
const SOON: usize = 3;
/// How long the network is cut.
const CUT: Duration = Duration::from_mins(1);
/// For containers and clients to begin their work.
const START: Duration = Duration::from_mins(4);

/// Writes to a topic, a few hundred records a second, until it is dropped.
struct Traffic {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicU64>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Traffic {
    fn start(source: &Cluster, topic: &'static str) -> Self {
        let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let config = source.producer_settings(Writing {
            buffer_bytes: 8 << 20,
            in_flight: 1,
            largest_request_bytes: 1_000_000,
        });
        let (asked, counted) = (Arc::clone(&stop), Arc::clone(&written));
        let thread = std::thread::spawn(move || {
            let producer: BaseProducer = config.create().unwrap();
            while !asked.load(Ordering::Relaxed) {
                for _ in 0..20 {
                    let number = counted.fetch_add(1, Ordering::Relaxed);
                    let (key, value) = (format!("key-{}", number % 50), format!("value-{number}"));
                    producer
                        .send(BaseRecord::to(topic).key(&key).payload(&value))
                        .map_err(|(error, _)| error)
                        .unwrap();
                }
                producer.poll(Duration::from_millis(50));
            }
            producer.flush(Duration::from_mins(1)).unwrap();
        });
        Self {
            stop,
            written,
            thread: Some(thread),
        }
    }

    /// Ends it and returns how much was written.
    fn end(mut self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
        self.written.load(Ordering::Relaxed)
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn alarm<'a>(kind: &'a str, topic: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |line| {
        line["kind"] == "mirror-alarm" && line["alarm"]["kind"] == kind && line["alarm"]["topic"] == topic
    }
}

fn topics() -> Vec<NewTopic> {
    let topic = |(name, partitions): (&str, i32)| NewTopic {
        name: name.to_owned(),
        partitions,
        settings: std::collections::BTreeMap::new(),
    };
    [("orders", 3), ("visits", 2), ("clicks", 1)].map(topic).to_vec()
}

/// Writes `count` records to `topic` and returns when they are there.
fn write(source: &Cluster, topic: &'static str, count: u64) {
    let traffic = Traffic::start(source, topic);
    while traffic.written.load(Ordering::Relaxed) < count {
        std::thread::sleep(Duration::from_millis(20));
    }
    traffic.end();
}

fn admin(source: &Cluster) -> AdminClient<DefaultClientContext> {
    source.consumer_settings("admin", 1 << 20).create().unwrap()
}

#[test]
fn a_killed_worker_and_a_cut_network_are_named_a_restarted_target_survived_and_nothing_is_lost() {
    if !engine::asked() {
        return;
    }
    let site = rehearsal::site(&[], ENVIRONMENT);
    let source = site.source();
    wait(source.create_topics(&topics())).unwrap();
    let traffic = Traffic::start(&source, "orders");
    mirror(&site, &["start"]);
    let mut watch = Watch::start(&site, POLL);
    watch.says(START, "look", is_a_look);

    let worker = site.container("-connect");
    watch.forget();
    engine::kill(&worker);
    let looks = watch.says(START, "silence of the killed worker", |line| {
        line["kind"] == "mirror-silent"
    });
    assert!(looks <= SOON, "{looks} looks");
    engine::start(&worker);
    // A worker answers before it has read which connectors there are.
    watch.forget();
    watch.says(START, "answer of the worker", is_a_look);

    // As long as that takes it may be named a stall, and need not be.
    engine::restart(&site.container("-target-1"));
    caught_up_but_for_traffic(&mut watch);

    // Nothing more gets from the worker to the target: neither records nor the position, which is kept there.
    let target = site.container("-target-1");
    watch.forget();
    engine::cut(&worker, &target);
    let began = Instant::now();
    let looks = watch.says(START, "silence or stall of the cut network", |line| {
        let late = || line["reason"].as_str().unwrap().contains("still awaited");
        (line["kind"] == "mirror-silent" && late()) || alarm("stalled", "orders")(line)
    });
    assert!(looks <= SOON, "{looks} looks");
    std::thread::sleep(CUT.saturating_sub(began.elapsed()));
    engine::heal(&worker, &target);
    caught_up_but_for_traffic(&mut watch);
    assert_eq!(watch.interrupt(), 0);

    let written = traffic.end();
    caught_up(&site);
    let verdict = verdict(&site, "orders");
    println!(
        "{written} written, {} found again after the faults",
        verdict["duplicated"]
    );
    assert_eq!(verdict["records"], written, "{verdict}");
    for kind in ["missing", "altered", "extra"] {
        assert_eq!(verdict[kind], 0, "{kind}: {verdict}");
    }
}

/// Waits until the mirror keeps up again: less than a few seconds of traffic is left.
fn caught_up_but_for_traffic(watch: &mut Watch) {
    watch.forget();
    let keeps_up = |line: &Value| is_a_look(line) && line["lag"].as_u64().is_some_and(|lag| lag < 5_000);
    watch.says(START, "look at a mirror that keeps up", keeps_up);
}

#[test]
fn a_topic_made_anew_and_retention_that_overtakes_are_named() {
    if !engine::asked() {
        return;
    }
    let site = rehearsal::site(&[], ENVIRONMENT);
    let source = site.source();
    wait(source.create_topics(&topics())).unwrap();
    for topic in ["orders", "visits", "clicks"] {
        write(&source, topic, 500);
    }
    mirror(&site, &["start"]);
    caught_up(&site);
    let mut watch = Watch::start(&site, POLL);
    watch.says(START, "look", is_a_look);

    // A topic that is made anew, and has outgrown its position: its end does not tell.
    let options = AdminOptions::new();
    let admin = admin(&source);
    watch.forget();
    wait(admin.delete_topics(&["visits"], &options)).unwrap();
    wait(async {
        while source.create_topics(&topics()).await.is_err() || source.topics().await.unwrap().len() < 3 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    write(&source, "visits", 2_000);
    let before = watch.looks();
    // Whichever is seen first: an end below the position, or another id.
    let looks = watch.says(START, "topic made anew", |line| {
        alarm("recreated", "visits")(line) || alarm("reset", "visits")(line)
    });
    assert!(looks <= before + SOON, "{looks} looks");

    // Retention overtakes a mirror that rests.
    mirror(&site, &["stop"]);
    write(&source, "orders", 1_000);
    let mut deleted = TopicPartitionList::new();
    let places: Vec<_> = (0..3)
        .map(|partition| TopicPartition::new("orders", partition))
        .collect();
    for (place, marks) in wait(source.watermarks(&places)).unwrap() {
        let end = Offset::Offset(marks.end - 10);
        deleted
            .add_partition_offset(&place.topic, place.partition, end)
            .unwrap();
    }
    watch.forget();
    wait(admin.delete_records(&deleted, &options)).unwrap();
    let looks = watch.says(START, "possible loss", alarm("possibly-lost", "orders"));
    assert!(looks <= SOON, "{looks} looks");
    assert_eq!(watch.interrupt(), 0);

    // The one look of a pipeline ends with the exit code of differences, and the verification names what is missing.
    let status = ["mirror", "rehearsal", "status", "--mock=docker"];
    let ran = site.run(&status);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stdout.contains("possibly lost"), "{}", ran.stdout);
    mirror(&site, &["resume"]);
    assert_eq!(verdict(&site, "clicks")["ok"], true);
}
