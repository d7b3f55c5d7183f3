//! How much of librdkafka's speed the mirror and the verification keep.
//!
//! `cargo bench --bench throughput [-- ROUNDS]` starts two brokers in a process of their own, fills the source, and
//! measures in turn, on the same clusters in the same run: a bare consumer-and-producer pump, the mirror, a bare double
//! consumer, the verification. "Bare" is there twice: as a program would write it with rdkafka, record by record, and as
//! tight as librdkafka allows, in batches and without copying headers. It prints medians, ratios and the peak memory of the measured process as a table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss
)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use landfall::kafka::ffi::records::{Feed, Kind, Route};
use landfall::kafka::{AddressBook, Cluster, Credentials, Writing};
use landfall::mirror::{Flow, Until, embedded};
use landfall::mock::kafka::embedded::Clusters;
use landfall::model::selection::Selection;
use landfall::run::{Quiet, Stop};
use landfall::verify;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

const TOPIC: &str = "bench";
const PARTITIONS: i32 = 8;
const BUFFER: u64 = 64 << 20;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if arguments.iter().any(|argument| argument == "brokers") {
        runtime.block_on(brokers());
        return;
    }
    let rounds = arguments
        .iter()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(5);
    println!("| record | what | records/s, median | MB/s | of bare | of tight | peak memory |");
    println!("|---|---|---|---|---|---|---|");
    for (bytes, records) in [(100, 1_000_000), (1024, 300_000)] {
        runtime.block_on(measure(bytes, records, rounds));
    }
}

/// The other process: two clusters, and a word on stdin that empties the target.
async fn brokers() {
    let clusters = Clusters::start().await.unwrap();
    clusters.source().create_topic(TOPIC, PARTITIONS);
    println!(
        "{} {}",
        clusters.source().bootstrap(),
        clusters.target().bootstrap()
    );
    tokio::task::block_in_place(|| {
        for line in std::io::stdin().lock().lines() {
            line.unwrap();
            clusters.target().delete_topic(TOPIC);
            clusters.target().create_topic(TOPIC, PARTITIONS);
            println!("empty");
        }
    });
}

struct Site {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    source: Cluster,
    target: Cluster,
}

impl Site {
    fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("brokers")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let (source, target) = line.trim().split_once(' ').unwrap();
        let cluster = |bootstrap| Cluster::new(bootstrap, Credentials::default(), &AddressBook::default());
        Self {
            source: cluster(source),
            target: cluster(target),
            child,
            input,
            output,
        }
    }

    fn empty_target(&mut self) {
        writeln!(self.input, "empty").unwrap();
        self.output.read_line(&mut String::new()).unwrap();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn measure(bytes: usize, records: u64, rounds: usize) {
    let mut site = Site::start();
    fill(&site.source, bytes, records);
    let mut times: [Vec<f64>; 6] = Default::default();
    let mut peaks = [0; 6];
    let mut note = |which: usize, time: Duration, peak: u64| {
        times[which].push(time.as_secs_f64());
        peaks[which] = peaks[which].max(peak);
    };
    for round in 0..rounds {
        site.empty_target();
        let ((), time, peak) = timed(|| pump(&site.source, &site.target, records));
        note(0, time, peak);
        site.empty_target();
        let ((), time, peak) = timed(|| tight_pump(&site.source, &site.target, records));
        note(1, time, peak);
        site.empty_target();
        let (summary, time, peak) = timed_async(mirror(&site, round)).await;
        assert_eq!(summary.records, records);
        note(2, time, peak);
        let ((), time, peak) = timed(|| both(&site, |cluster| consume(cluster, records)));
        note(3, time, peak);
        let ((), time, peak) = timed(|| both(&site, |cluster| tight_consume(cluster, records)));
        note(4, time, peak);
        let (verdict, time, peak) = timed_async(compare(&site)).await;
        assert!(verdict.ok && verdict.counts.records == records);
        note(5, time, peak);
    }
    let names = [
        "bare pump",
        "tight pump",
        "**mirror**",
        "bare double consumer",
        "tight double consumer",
        "**verify**",
    ];
    let medians = times.each_mut().map(|times| median(times));
    for (which, name) in names.iter().enumerate() {
        let rate = records as f64 / medians[which];
        let bare = medians[which / 3 * 3] / medians[which] * 100.0;
        let tight = medians[which / 3 * 3 + 1] / medians[which] * 100.0;
        let megabytes = rate * bytes as f64 / 1e6;
        let peak = peaks[which] >> 20;
        println!(
            "| {bytes} B | {name} | {rate:.0} | {megabytes:.1} | {bare:.0} % | {tight:.0} % | {peak} MiB |"
        );
    }
}

async fn mirror(site: &Site, round: usize) -> embedded::Summary {
    let everything = Selection::of("*");
    let flow = Flow::new(
        &format!("bench-{round}"),
        site.source.clone(),
        site.target.clone(),
        everything,
    );
    embedded::run(&flow, Until::CaughtUp, &Quiet, &Stop::default())
        .await
        .unwrap()
}

async fn compare(site: &Site) -> verify::Verdict {
    let everything = Selection::of("*");
    let options = verify::Options::default();
    verify::run(
        &site.source,
        &site.target,
        &everything,
        options,
        &Quiet,
        &Stop::default(),
    )
    .await
    .unwrap()
}

fn settings(cluster: &Cluster) -> ClientConfig {
    cluster.producer_settings(Writing {
        buffer_bytes: BUFFER / 2,
        in_flight: 5,
        largest_request_bytes: 1_000_000,
    })
}

/// Records of `bytes` with a key, spread evenly.
fn fill(source: &Cluster, bytes: usize, records: u64) {
    let producer: BaseProducer = settings(source).create().unwrap();
    let mut value = vec![b'v'; bytes - 16];
    for number in 0..records {
        value[..8].copy_from_slice(&number.to_le_bytes());
        let key = format!("{:016}", number % 5000);
        let partition = i32::try_from(number % u64::try_from(PARTITIONS).unwrap()).unwrap();
        loop {
            let record = BaseRecord::to(TOPIC)
                .partition(partition)
                .key(&key)
                .payload(&value)
                .timestamp(1_700_000_000_000);
            match producer.send(record) {
                Ok(()) => break,
                Err(_) => producer.poll(Duration::from_millis(10)),
            }
        }
    }
    producer.flush(Duration::from_mins(1)).unwrap();
}

fn reader(cluster: &Cluster) -> BaseConsumer {
    cluster
        .consumer_settings("bench-bare", BUFFER / 2)
        .create()
        .unwrap()
}

fn everything() -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        list.add_partition_offset(TOPIC, partition, Offset::Beginning)
            .unwrap();
    }
    list
}

fn feed(consumer: &BaseConsumer) -> Feed<'_> {
    let feed = Feed::new(consumer, 4000);
    for partition in 0..PARTITIONS {
        feed.take(consumer, TOPIC, partition).unwrap();
    }
    feed
}

/// What the engine is measured against: the plainest loop over the same clients with the same settings, and five
/// requests under way where the engine has one.
fn pump(source: &Cluster, target: &Cluster, records: u64) {
    let consumer = reader(source);
    consumer.assign(&everything()).unwrap();
    let producer: BaseProducer = settings(target).create().unwrap();
    let mut count = 0;
    while count < records {
        let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) else {
            continue;
        };
        loop {
            let mut record = BaseRecord::<[u8], [u8]>::to(TOPIC)
                .partition(message.partition())
                .timestamp(message.timestamp().to_millis().unwrap());
            record.key = message.key();
            record.payload = message.payload();
            match producer.send(record) {
                Ok(()) => break,
                Err(_) => producer.poll(Duration::from_millis(5)),
            }
        }
        count += 1;
        if count % 1000 == 0 {
            producer.poll(Duration::ZERO);
        }
    }
    producer.flush(Duration::from_mins(1)).unwrap();
}

/// The same work with nothing that is not librdkafka's: batches in, copies of nothing but key and value out.
fn tight_pump(source: &Cluster, target: &Cluster, records: u64) {
    let consumer = reader(source);
    let mut feed = feed(&consumer);
    consumer.assign(&everything()).unwrap();
    let producer: BaseProducer = settings(target).create().unwrap();
    let route = Route::open(producer.client(), TOPIC).unwrap();
    let mut count = 0;
    while count < records {
        for arrival in feed.next(Duration::from_millis(100)).iter() {
            if arrival.kind() != Kind::Record {
                continue;
            }
            while route.forward(&arrival, 0).is_err() {
                producer.poll(Duration::from_millis(5));
            }
            count += 1;
        }
        producer.poll(Duration::ZERO);
    }
    producer.flush(Duration::from_mins(1)).unwrap();
}

fn both(site: &Site, read: impl Fn(&Cluster) + Sync) {
    std::thread::scope(|scope| {
        scope.spawn(|| read(&site.source));
        scope.spawn(|| read(&site.target));
    });
}

fn consume(cluster: &Cluster, records: u64) {
    let consumer = reader(cluster);
    consumer.assign(&everything()).unwrap();
    let mut count = 0;
    while count < records {
        count += u64::from(matches!(consumer.poll(Duration::from_millis(100)), Some(Ok(_))));
    }
}

fn tight_consume(cluster: &Cluster, records: u64) {
    let consumer = reader(cluster);
    let mut feed = feed(&consumer);
    consumer.assign(&everything()).unwrap();
    let mut count = 0;
    while count < records {
        let batch = feed.next(Duration::from_millis(100));
        count += batch
            .iter()
            .filter(|arrival| arrival.kind() == Kind::Record)
            .count() as u64;
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration, u64) {
    forget_peak();
    let began = Instant::now();
    let result = work();
    (result, began.elapsed(), peak())
}

async fn timed_async<T>(work: impl Future<Output = T>) -> (T, Duration, u64) {
    forget_peak();
    let began = Instant::now();
    let result = work.await;
    (result, began.elapsed(), peak())
}

/// Linux forgets a process's peak when asked; elsewhere the column is 0.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
