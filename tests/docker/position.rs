//! Positions, alarms and the embedded engine on genuine Kafka: transactions, topics made anew, retention, growth.
//!
//! The tests of this file share one source and one target, which are removed when the last of them has ended.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use landfall::kafka::{AddressBook, Cluster, ClusterSettings, Credentials, TopicPartition};
use landfall::mirror::embedded::{self, Summary};
use landfall::mirror::progress::{AlarmKind, Memory, Pace, Watch};
use landfall::mirror::{Flow, MirrorError, PartitionState, Position, Positions, Status, Until, status};
use landfall::model::selection::Selection;
use landfall::run::{Event, Quiet, Recorder, Stop};
use landfall::verify::{self, Verdict};
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tokio::task::JoinHandle;

use crate::engine;

const WAIT: Duration = Duration::from_secs(30);

/// One broker in a container of its own.
struct Broker {
    name: String,
    bootstrap: String,
}

impl Broker {
    fn start(side: &str) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let name = format!("position-test-{side}-{}", std::process::id());
        let settings = format!(
            "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@localhost:9094\n\
             listeners=HOST://:{port},CONTROLLER://:9094\nadvertised.listeners=HOST://127.0.0.1:{port}\n\
             listener.security.protocol.map=HOST:PLAINTEXT,CONTROLLER:PLAINTEXT\ninter.broker.listener.name=HOST\n\
             controller.listener.names=CONTROLLER\nlog.dirs=/tmp/data\noffsets.topic.replication.factor=1\n\
             offsets.topic.num.partitions=3\ntransaction.state.log.replication.factor=1\n\
             transaction.state.log.min.isr=1\ntransaction.state.log.num.partitions=3\n\
             share.coordinator.state.topic.replication.factor=1\nshare.coordinator.state.topic.min.isr=1\n\
             auto.create.topics.enable=false\ngroup.initial.rebalance.delay.ms=0\n"
        );
        let script = "printf '%s' \"$SETTINGS\" > /tmp/broker.properties && /opt/kafka/bin/kafka-storage.sh format \
                      -t $(/opt/kafka/bin/kafka-storage.sh random-uuid) -c /tmp/broker.properties && exec \
                      /opt/kafka/bin/kafka-server-start.sh /tmp/broker.properties";
        let (publish, settings) = (format!("127.0.0.1:{port}:{port}"), format!("SETTINGS={settings}"));
        let head = ["run", "--detach", "--name", &name, "--publish", &publish];
        let given = ["--env", "KAFKA_HEAP_OPTS=-Xmx384m -Xms128m", "--env", &settings];
        engine::docker(&[&head[..], &given, &[&engine::image(), "sh", "-c", script]].concat());
        Self {
            name,
            bootstrap: format!("127.0.0.1:{port}"),
        }
    }

    async fn until_ready(&self) {
        let began = Instant::now();
        while self.cluster().topics().await.is_err() {
            if began.elapsed() > Duration::from_mins(4) {
                let (_, logs) = engine::try_docker(&["logs", "--tail", "20", &self.name]);
                panic!("`{}` does not answer\n{logs}", self.name);
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    fn cluster(&self) -> Cluster {
        let settings = ClusterSettings {
            patience: Duration::from_secs(10),
        };
        Cluster::with_settings(
            &self.bootstrap,
            Credentials::default(),
            &AddressBook::default(),
            settings,
        )
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        ClientConfig::new()
            .set("bootstrap.servers", &self.bootstrap)
            .create()
            .unwrap()
    }

    async fn create(&self, topic: &str, partitions: i32, settings: &[(&str, &str)]) {
        let mut wanted = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
        for (name, value) in settings {
            wanted = wanted.set(name, value);
        }
        let made = self
            .admin()
            .create_topics([&wanted], &AdminOptions::new())
            .await
            .unwrap();
        made[0].as_ref().unwrap();
        self.until_listed(topic, Some(partitions)).await;
    }

    async fn delete(&self, topic: &str) {
        self.admin()
            .delete_topics(&[topic], &AdminOptions::new())
            .await
            .unwrap()[0]
            .as_ref()
            .unwrap();
        self.until_listed(topic, None).await;
    }

    async fn until_listed(&self, topic: &str, partitions: Option<i32>) {
        let began = Instant::now();
        loop {
            let topics = self.cluster().topics().await.unwrap();
            let found = topics.iter().find(|found| found.name == topic);
            if found.map(|found| found.partitions) == partitions {
                return;
            }
            assert!(began.elapsed() < WAIT, "`{topic}` is {found:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn grow(&self, topic: &str, partitions: i32) {
        let wanted = NewPartitions::new(topic, usize::try_from(partitions).unwrap());
        self.admin()
            .create_partitions([&wanted], &AdminOptions::new())
            .await
            .unwrap()[0]
            .as_ref()
            .unwrap();
        self.until_listed(topic, Some(partitions)).await;
    }

    /// What retention does, at once.
    async fn delete_before(&self, topic: &str, start: i64) {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, 0, Offset::Offset(start))
            .unwrap();
        self.admin()
            .delete_records(&list, &AdminOptions::new())
            .await
            .unwrap();
    }

    /// Writes `values` to a partition: plainly, or as a transaction with the end that is given.
    async fn write(&self, topic: &str, partition: i32, values: Vec<Vec<u8>>, commits: Option<bool>) {
        let (bootstrap, topic) = (self.bootstrap.clone(), topic.to_owned());
        tokio::task::spawn_blocking(move || {
            let mut config = ClientConfig::new();
            config
                .set("bootstrap.servers", bootstrap)
                .set("enable.idempotence", "true")
                .set("queue.buffering.max.kbytes", "65536");
            if commits.is_some() {
                config.set("transactional.id", format!("writer-of-{topic}"));
            }
            let producer: BaseProducer = config.create().unwrap();
            if commits.is_some() {
                producer.init_transactions(WAIT).unwrap();
                producer.begin_transaction().unwrap();
            }
            for (number, value) in values.iter().enumerate() {
                let key = number.to_string();
                let mut record = BaseRecord::to(&topic)
                    .partition(partition)
                    .key(&key)
                    .payload(value);
                while let Err((_, back)) = producer.send(record) {
                    producer.poll(Duration::from_millis(20));
                    record = back;
                }
            }
            producer.flush(WAIT).unwrap();
            match commits {
                Some(true) => producer.commit_transaction(WAIT).unwrap(),
                Some(false) => producer.abort_transaction(WAIT).unwrap(),
                None => {}
            }
        })
        .await
        .unwrap();
    }
}

impl Broker {
    /// Holds the container still, or lets it go on.
    fn pause(&self, still: bool) {
        engine::docker(&[if still { "pause" } else { "unpause" }, &self.name]);
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = engine::try_docker(&["rm", "--force", "--volumes", &self.name]);
    }
}

struct Site {
    source: Broker,
    target: Broker,
}

static SITE: Mutex<Weak<Site>> = Mutex::new(Weak::new());

impl Site {
    /// The site of this file; `None`, with a notice, where nobody asked for Docker.
    async fn start() -> Option<Arc<Self>> {
        if !engine::asked() {
            return None;
        }
        let site = {
            let mut held = SITE.lock().unwrap_or_else(PoisonError::into_inner);
            let site = held.upgrade().unwrap_or_else(|| {
                Arc::new(Self {
                    source: Broker::start("source"),
                    target: Broker::start("target"),
                })
            });
            *held = Arc::downgrade(&site);
            site
        };
        site.source.until_ready().await;
        site.target.until_ready().await;
        Some(site)
    }

    fn flow(&self, topic: &str) -> Flow {
        let mut flow = Flow::new(
            topic,
            self.source.cluster(),
            self.target.cluster(),
            Selection::of(topic),
        );
        flow.commit_interval = Duration::from_millis(500);
        flow
    }

    async fn mirror(&self, topic: &str) -> Result<Summary, MirrorError> {
        embedded::run(&self.flow(topic), Until::CaughtUp, &Quiet, &Stop::default()).await
    }

    async fn verify(&self, topic: &str) -> Verdict {
        let flow = self.flow(topic);
        let options = verify::Options::default();
        verify::run(
            &flow.source,
            &flow.target,
            &flow.topics,
            options,
            &Quiet,
            &Stop::default(),
        )
        .await
        .unwrap()
    }
}

fn values(count: usize) -> Vec<Vec<u8>> {
    (0..count)
        .map(|number| format!("value-{number}").into_bytes())
        .collect()
}

fn pace() -> Pace {
    Pace::of(Duration::from_secs(1), Duration::from_secs(1))
}

/// What Connect would say of partition 0.
async fn as_connect(watch: &mut Watch<'_>, topic: &str, next: i64) -> Status {
    let positions: Positions = [(TopicPartition::new(topic, 0), Position::at(next))].into();
    watch
        .look(async |_: &[TopicPartition]| Ok(positions.clone()))
        .await
        .unwrap()
}

/// Runs without an end, and says what it did.
struct Endless {
    run: JoinHandle<Result<Summary, MirrorError>>,
    heard: Arc<Recorder>,
    stop: Stop,
}

impl Endless {
    fn start(flow: Flow) -> Self {
        let (heard, stop) = (Arc::new(Recorder::default()), Stop::default());
        let (hearing, stopping) = (Arc::clone(&heard), stop.clone());
        let run =
            tokio::spawn(async move { embedded::run(&flow, Until::Forever, &*hearing, &stopping).await });
        Self { run, heard, stop }
    }

    /// The error that ends it, within two questions of the engine and what a busy machine adds.
    async fn fails(self) -> MirrorError {
        tokio::time::timeout(WAIT, self.run)
            .await
            .unwrap()
            .unwrap()
            .unwrap_err()
    }

    async fn stops(self) -> (Summary, Vec<Event>) {
        self.stop.ask();
        let summary = tokio::time::timeout(WAIT, self.run)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        (summary, self.heard.events())
    }
}

async fn until_position(flow: &Flow, next: i64) {
    let began = Instant::now();
    loop {
        let seen = status(flow).await.unwrap();
        if seen.partitions[0].position >= Some(next) {
            return;
        }
        assert!(began.elapsed() < WAIT, "{seen:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn markers_and_aborted_records_are_no_lag_and_no_difference() {
    let Some(site) = Site::start().await else { return };
    site.source.create("transactions", 1, &[]).await;
    for (count, commits) in [(1000, true), (500, false), (1000, true), (50, false)] {
        site.source
            .write("transactions", 0, values(count), Some(commits))
            .await;
    }
    let flow = site.flow("transactions");
    let mut watch = Watch::new(&flow, None, pace(), None);
    // 2550 records and four markers; the last data record is at 2501.
    let seen = as_connect(&mut watch, "transactions", 2502).await;
    let partition = &seen.partitions[0];
    assert_eq!((partition.end, partition.markers), (2554, 52));
    assert!(seen.caught_up, "{seen:?}");
    let seen = as_connect(&mut watch, "transactions", 2501).await;
    assert!(!seen.caught_up && seen.lag.0 > 0, "{seen:?}");

    assert_eq!(site.mirror("transactions").await.unwrap().records, 2000);
    let seen = status(&flow).await.unwrap();
    assert_eq!((seen.partitions[0].position, seen.lag.0), (Some(2554), 0));
    let verdict = site.verify("transactions").await;
    assert!(verdict.ok, "{verdict:?}");
    assert_eq!(
        (verdict.counts.records, verdict.counts.target_records),
        (2000, 2000)
    );
    // Again, and a run that begins behind markers: nothing is doubled.
    site.source
        .write("transactions", 0, values(10), Some(false))
        .await;
    site.source.write("transactions", 0, values(10), Some(true)).await;
    assert_eq!(site.mirror("transactions").await.unwrap().records, 10);
    assert!(site.verify("transactions").await.ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_transaction_is_neither_lag_nor_a_reset() {
    let Some(site) = Site::start().await else { return };
    site.source.create("open", 1, &[]).await;
    site.source.write("open", 0, values(10), None).await;
    let bootstrap = site.source.bootstrap.clone();
    let (opened, is_open) = std::sync::mpsc::channel();
    let (close, closes) = std::sync::mpsc::channel::<()>();
    let writer = tokio::task::spawn_blocking(move || {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap)
            .set("transactional.id", "writer-of-open")
            .create()
            .unwrap();
        producer.init_transactions(WAIT).unwrap();
        producer.begin_transaction().unwrap();
        let record = BaseRecord::to("open").partition(0).key("k").payload("v");
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.flush(WAIT).unwrap();
        opened.send(()).unwrap();
        closes.recv().unwrap();
        producer.commit_transaction(WAIT).unwrap();
    });
    tokio::task::spawn_blocking(move || is_open.recv().unwrap())
        .await
        .unwrap();
    let flow = site.flow("open");
    let mut watch = Watch::new(&flow, None, pace(), None);
    // An engine that reads uncommitted records is ahead of what is committed.
    let seen = as_connect(&mut watch, "open", 11).await;
    assert!(!seen.differs() && seen.caught_up, "{seen:?}");
    assert_eq!(
        site.mirror("open").await.unwrap().records,
        10,
        "what is open is not copied"
    );
    close.send(()).unwrap();
    writer.await.unwrap();
    assert_eq!(site.mirror("open").await.unwrap().records, 1);
    assert!(site.verify("open").await.ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_anew_is_named_whatever_its_end() {
    let Some(site) = Site::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    for (topic, records) in [("anew-shorter", 10), ("anew-equal", 100), ("anew-longer", 300)] {
        site.source.create(topic, 1, &[]).await;
        site.source.write(topic, 0, values(100), None).await;
        site.mirror(topic).await.unwrap();
        let flow = site.flow(topic);
        let path = Utf8PathBuf::from_path_buf(folder.path().join(topic)).unwrap();
        let identity = flow.source.identity().await.unwrap();
        let open = || Some(Memory::open(&path, &identity).unwrap());
        let mut watch = Watch::new(&flow, None, pace(), open());
        assert!(as_connect(&mut watch, topic, 100).await.caught_up);

        site.source.delete(topic).await;
        assert_eq!(
            as_connect(&mut watch, topic, 100).await.alarms[0].kind,
            AlarmKind::TopicGone
        );
        site.source.create(topic, 1, &[]).await;
        let other = (0..records).map(|number| format!("other-{number}").into_bytes());
        site.source.write(topic, 0, other.collect(), None).await;

        // In the watch that goes on, and in one that begins later.
        for mut watch in [watch, Watch::new(&flow, None, pace(), open())] {
            let seen = as_connect(&mut watch, topic, 100).await;
            assert_eq!(seen.partitions[0].state, PartitionState::Reset, "{topic}");
            assert_eq!(seen.alarms[0].kind, AlarmKind::Recreated, "{topic}");
        }
        // The embedded engine writes nothing of it behind the records of the old topic.
        let error = site.mirror(topic).await.unwrap_err();
        let refused = matches!(
            error,
            MirrorError::SourceRecreated { .. } | MirrorError::ForeignRecord { .. }
        );
        assert!(refused, "{topic}: {error}");
        let place = TopicPartition::new(topic, 0);
        let ends = site
            .target
            .cluster()
            .ends(std::slice::from_ref(&place))
            .await
            .unwrap();
        assert_eq!(ends[&place], 100, "{topic}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_anew_under_an_endless_run_is_named() {
    let Some(site) = Site::start().await else { return };
    site.source.create("under-run", 1, &[]).await;
    site.source.write("under-run", 0, values(100), None).await;
    let flow = site.flow("under-run");
    let run = Endless::start(flow.clone());
    until_position(&flow, 100).await;
    site.source.delete("under-run").await;
    site.source.create("under-run", 1, &[]).await;
    site.source.write("under-run", 0, values(300), None).await;
    let error = run.fails().await;
    assert!(
        matches!(
            error,
            MirrorError::SourceRecreated { .. } | MirrorError::TopicGone { .. }
        ),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_that_overtakes_the_mirror_is_named_and_can_be_accepted() {
    let Some(site) = Site::start().await else { return };
    site.source.create("overtaken", 1, &[]).await;
    site.source.write("overtaken", 0, values(100), None).await;
    let flow = site.flow("overtaken");
    site.mirror("overtaken").await.unwrap();
    site.source.write("overtaken", 0, values(100), None).await;
    site.source.delete_before("overtaken", 150).await;
    let seen = status(&flow).await.unwrap();
    assert_eq!(
        (seen.partitions[0].state, seen.possibly_lost),
        (PartitionState::PossiblyLost, 50)
    );
    let error = site.mirror("overtaken").await.unwrap_err();
    assert!(
        matches!(
            error,
            MirrorError::Lost {
                position: 100,
                start: 150,
                ..
            }
        ),
        "{error}"
    );
    let accepting = Flow {
        accept_loss: true,
        ..flow.clone()
    };
    let summary = embedded::run(&accepting, Until::CaughtUp, &Quiet, &Stop::default())
        .await
        .unwrap();
    assert_eq!((summary.records, summary.possibly_lost), (50, 50));

    // Under a run that cannot go on: its target holds still, and its lane asks for what is gone.
    let error = overtake(&site, &flow, 200).await.fails().await;
    assert!(matches!(error, MirrorError::Lost { start: 1191, .. }), "{error}");
    // What was read before it was deleted has arrived, and nothing twice.
    let summary = embedded::run(&accepting, Until::CaughtUp, &Quiet, &Stop::default())
        .await
        .unwrap();
    assert!(
        summary.possibly_lost > 0 && summary.possibly_lost < 990,
        "{summary:?}"
    );
    // And a run that accepts the loss goes on by itself.
    let run = overtake(&site, &accepting, 1201).await;
    until_position(&flow, 2202).await;
    let (summary, events) = run.stops().await;
    assert!(
        summary.possibly_lost > 0 && summary.possibly_lost < 990,
        "{summary:?}"
    );
    let warned = events.iter().any(|event| match event {
        Event::Warning { text } => text.contains("possibly lost"),
        _ => false,
    });
    assert!(warned);
    let verdict = site.verify("overtaken").await;
    assert_eq!(
        (
            verdict.counts.duplicated,
            verdict.counts.altered,
            verdict.counts.reordered
        ),
        (0, 0, 0),
        "{verdict:?}"
    );
}

/// Starts an endless run at `next` and lets retention overtake it: 1001 records come, of which the last ten stay.
async fn overtake(site: &Site, flow: &Flow, next: i64) -> Endless {
    let topic = flow.name.as_str();
    let run = Endless::start(Flow {
        buffer_bytes: 1 << 20,
        ..flow.clone()
    });
    // It is copying, not preparing.
    site.source.write(topic, 0, values(1), None).await;
    until_position(flow, next + 1).await;
    site.target.pause(true);
    site.source
        .write(topic, 0, vec![vec![7; 60_000]; 1000], None)
        .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    site.source.delete_before(topic, next + 991).await;
    site.target.pause(false);
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_partitions_are_caught_up_and_growth_is_followed() {
    let Some(site) = Site::start().await else { return };
    site.source.create("growing", 2, &[]).await;
    site.target.create("growing", 3, &[]).await;
    site.source.write("growing", 0, values(20), None).await;
    site.source.delete_before("growing", 20).await;
    let flow = site.flow("growing");
    let mut watch = Watch::new(&flow, Some(&flow.group), pace(), None);
    let seen = watch.look_at_group().await.unwrap();
    let states: Vec<_> = seen
        .partitions
        .iter()
        .map(|partition| (partition.start, partition.state))
        .collect();
    assert_eq!(
        states,
        [(20, PartitionState::CaughtUp), (0, PartitionState::CaughtUp)]
    );

    let run = Endless::start(flow.clone());
    until_position(&flow, 20).await;
    site.source.grow("growing", 3).await;
    site.source.write("growing", 2, values(30), None).await;
    let seen = watch.look_at_group().await.unwrap();
    assert_eq!(seen.alarms[0].kind, AlarmKind::PartitionsAdded, "{seen:?}");
    let began = Instant::now();
    while !watch.look_at_group().await.unwrap().caught_up {
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "the new partition is not copied"
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let (summary, _) = run.stops().await;
    assert_eq!(summary.records, 30);
    assert!(watch.look_at_group().await.unwrap().alarms.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_are_made_with_their_settings_and_groups_are_listed() {
    let Some(site) = Site::start().await else { return };
    let given = [
        ("cleanup.policy", "compact"),
        ("retention.ms", "86400000"),
        ("max.message.bytes", "500000"),
        ("min.insync.replicas", "1"),
    ];
    site.source.create("settings", 3, &given).await;
    site.source.write("settings", 0, values(10), None).await;
    site.mirror("settings").await.unwrap();
    let names = ["settings".to_owned()];
    let copied = site.target.cluster().topic_settings(&names).await.unwrap();
    let wanted: BTreeMap<String, String> = given[..3]
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    assert_eq!(
        copied["settings"], wanted,
        "what belongs to the brokers is not copied"
    );
    let groups = site.source.cluster().groups().await.unwrap();
    assert!(
        groups.contains(&"landfall-mirror-settings".to_owned()),
        "{groups:?}"
    );
    let described = site
        .source
        .cluster()
        .describe_groups(&["landfall-mirror-settings".to_owned()])
        .await
        .unwrap();
    assert_eq!((described[0].state.as_str(), described[0].members), ("Empty", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_far_larger_than_the_buffer_is_copied_and_compared() {
    let Some(site) = Site::start().await else { return };
    site.source.create("large", 1, &[]).await;
    site.source
        .write("large", 0, vec![vec![1; 100_000]; 1500], None)
        .await;
    let mut flow = site.flow("large");
    flow.buffer_bytes = 8 << 20;
    let before = resident();
    let summary = embedded::run(&flow, Until::CaughtUp, &Quiet, &Stop::default())
        .await
        .unwrap();
    let after = resident();
    assert_eq!(summary.records, 1500);
    assert!(site.verify("large").await.ok);
    // 150 MB went through; what stays with the allocator is no more than some buffers.
    let kept = after.saturating_sub(before);
    assert!(kept < 100 << 20, "{} MiB more than before", kept >> 20);
}

/// Bytes of memory that this process has.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = text.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4096
}
