//! Watching a mirror on brokers in this process: markers, sizes, ids, topics that come and go.

use std::time::Duration;

use camino::Utf8PathBuf;
use krafka::testing::FakeBroker;
use landfall::kafka::{Stretch, TopicPartition};
use landfall::mirror::progress::{AlarmKind, Memory, Pace, Watch};
use landfall::mirror::{PartitionState, Position, Positions, status};

use crate::site::{Site, said, write};

fn pace() -> Pace {
    Pace::of(Duration::from_millis(200), Duration::from_millis(200))
}

/// Writes a transaction of `records` records and commits or aborts it; each takes an offset, and its end one more.
async fn transact(broker: &FakeBroker, topic: &str, records: usize, commits: bool) {
    let kafka = krafka::Kafka::builder(broker.bootstrap_servers())
        .connect()
        .await
        .unwrap();
    let producer = kafka.producer().build_transactional("a-writer").await.unwrap();
    producer.begin().unwrap();
    for number in 0..records {
        let record = krafka::Record::new(topic, format!("value-{number}"));
        let _ = producer.send(record).await.unwrap();
    }
    if commits {
        producer.commit().await.unwrap();
    } else {
        producer.abort().await.unwrap();
    }
}

/// What Connect would say: the offset behind the last data record.
async fn as_connect(watch: &mut Watch<'_>, next: i64) -> landfall::mirror::Status {
    let positions: Positions = [(TopicPartition::new("orders", 0), Position::at(next))].into();
    watch
        .look(async |_: &[TopicPartition]| Ok(positions.clone()))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn markers_and_aborted_records_behind_the_last_record_are_no_lag() {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    transact(&site.source, "orders", 10, true).await;
    transact(&site.source, "orders", 20, false).await;
    let flow = site.flow();
    let mut watch = Watch::new(&flow, None, pace(), None);
    let seen = as_connect(&mut watch, 10).await;
    let partition = &seen.partitions[0];
    assert_eq!(
        partition.end, 32,
        "10 records, a marker, 20 aborted ones, a marker"
    );
    assert_eq!(
        (partition.state, partition.markers),
        (PartitionState::CaughtUp, 22)
    );
    assert!(seen.caught_up && seen.lag.0 == 0);
    let seen = as_connect(&mut watch, 9).await;
    assert_eq!((seen.lag.0, seen.caught_up), (23, false));
    // The embedded engine passes them by itself.
    site.mirror().await.unwrap();
    let seen = status(&flow).await.unwrap();
    assert_eq!((seen.partitions[0].position, seen.lag.0), (Some(32), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_counts_committed_records_and_their_bytes() {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    transact(&site.source, "orders", 10, false).await;
    transact(&site.source, "orders", 10, true).await;
    let cluster = Site::cluster(&site.source);
    let place = TopicPartition::new("orders", 0);
    let mut found = Vec::new();
    for (from, until) in [(0, 22), (0, 11), (7, 7), (500, 600)] {
        let stretch = Stretch {
            place: place.clone(),
            from,
            until,
        };
        found.extend(cluster.scan(vec![stretch], 1000).await.unwrap());
    }
    let counted: Vec<_> = found
        .iter()
        .map(|scan| scan.map(|scan| (scan.records, scan.whole)))
        .collect();
    assert_eq!(
        counted,
        [Some((10, true)), Some((0, true)), Some((0, true)), None]
    );
    assert_eq!(found[0].unwrap().bytes, 10 * 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_behind_are_estimated_and_the_rate_follows() {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    write(&site.source, "orders", 0, (0..1000).map(said).collect()).await;
    let flow = site.flow();
    let mut watch = Watch::new(&flow, Some(&flow.group), pace(), None);
    let seen = watch.look_at_group().await.unwrap();
    let record = said(500);
    let exact = 1000 * (record.key.unwrap().len() + record.value.unwrap().len()) as u64;
    let estimated = seen.speed.estimated_bytes_behind.unwrap();
    assert!(
        estimated.abs_diff(exact) < exact / 5,
        "{estimated} is not about {exact}"
    );
    site.mirror().await.unwrap();
    watch.look_at_group().await.unwrap();
    write(&site.source, "orders", 0, (1000..1500).map(said).collect()).await;
    let seen = watch.look_at_group().await.unwrap();
    assert_eq!(seen.lag.0, 500);
    assert!(
        seen.speed.source_records_per_second.unwrap() > 0.0,
        "{:?}",
        seen.speed
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_that_come_go_and_grow_are_told_at_the_next_look() {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    site.source.create_topic("payments", 1);
    write(&site.source, "orders", 0, (0..10).map(said).collect()).await;
    let flow = site.flow();
    let mut watch = Watch::new(&flow, Some(&flow.group), pace(), None);
    assert!(watch.look_at_group().await.unwrap().alarms.is_empty());
    site.source.delete_topic("payments");
    site.source.add_partitions("orders", 2);
    write(&site.source, "orders", 1, (0..10).map(said).collect()).await;
    let seen = watch.look_at_group().await.unwrap();
    let texts: Vec<_> = seen.alarms.iter().map(|alarm| alarm.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "`payments`: the source no longer has it",
            "`orders` partition 1: has new partitions"
        ]
    );
    assert!(seen.differs());
    site.source.create_topic("payments", 1);
    let seen = watch.look_at_group().await.unwrap();
    assert_eq!(seen.alarms[0].kind, AlarmKind::Recreated);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_tells_a_topic_made_anew_from_one_look_to_a_later_one() {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    let flow = site.flow();
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().join("mirror.jsonl")).unwrap();
    let identity = flow.source.identity().await.unwrap();
    let open = || Some(Memory::open(&path, &identity).unwrap());
    as_connect(&mut Watch::new(&flow, None, pace(), open()), 0).await;
    site.source.delete_topic("orders");
    site.source.create_topic("orders", 1);
    write(&site.source, "orders", 0, (0..10).map(said).collect()).await;
    let mut later = Watch::new(&flow, None, pace(), open());
    let seen = as_connect(&mut later, 10).await;
    assert_eq!(seen.alarms[0].kind, AlarmKind::Recreated);
    later.acknowledge().unwrap();
    let seen = as_connect(&mut Watch::new(&flow, None, pace(), open()), 10).await;
    assert!(seen.caught_up && !seen.differs(), "{seen:?}");
}
