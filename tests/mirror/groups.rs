//! Where groups go on at the target: what is said is what a consumer does there.

use std::collections::BTreeMap;
use std::time::Duration;

use krafka::testing::FakeBroker;
use landfall::kafka::{Cluster, Committed, TopicPartition};
use landfall::mirror::groups::translate::Proof;
use landfall::mirror::groups::{
    self, Engine, Groups, Internals, PartitionReport, Question, Reason, SyncPlan,
};
use landfall::model::selection::Selection;
use landfall::run::{Quiet, Stop};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;

use crate::site::{Said, Site, said, write};

const GROUP: &str = "billing";

/// Commits for a group that has no member.
async fn stand(cluster: &Cluster, topic: &str, offsets: &[(i32, i64)]) {
    let committed = offsets.iter().map(|(partition, offset)| {
        let value = Committed {
            offset: *offset,
            metadata: String::new(),
        };
        (TopicPartition::new(topic, *partition), value)
    });
    cluster.commit_offsets(GROUP, committed.collect()).await.unwrap();
}

async fn look(site: &Site, engine: &Engine) -> Groups {
    let flow = site.flow();
    let groups = Selection::of(GROUP);
    let question = Question {
        flow: &flow,
        groups: &groups,
        engine,
    };
    groups::look(question, &Quiet, &Stop::default()).await.unwrap()
}

fn partition(found: &Groups, number: usize) -> &PartitionReport {
    &found.groups[0].partitions[number]
}

/// What a consumer of the group reads first on one partition, and whether it reads anything.
async fn first_read(broker: &FakeBroker, topic: &str, partition: i32) -> Option<Vec<u8>> {
    let (bootstrap, topic) = (broker.bootstrap_servers(), topic.to_owned());
    tokio::task::spawn_blocking(move || {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap)
            .set("group.id", GROUP)
            .set("enable.auto.commit", "false")
            .set("isolation.level", "read_committed")
            .set("auto.offset.reset", "error")
            .create()
            .unwrap();
        let mut list = rdkafka::TopicPartitionList::new();
        // "Stored" is where the group stands: the consumer asks the cluster for it.
        list.add_partition_offset(&topic, partition, rdkafka::Offset::Stored)
            .unwrap();
        consumer.assign(&list).unwrap();
        let record = consumer.poll(Duration::from_secs(5))?.unwrap();
        Some(record.payload().unwrap().to_vec())
    })
    .await
    .unwrap()
}

/// Writes transactions of three records; every third is aborted.
async fn write_transactions(broker: &FakeBroker, topic: &str, count: usize) {
    let writer = broker.kafka().connect().await.unwrap();
    let writer = writer.producer().build_transactional("writer").await.unwrap();
    for transaction in 0..count {
        writer.begin().unwrap();
        for part in 0..3 {
            let record = krafka::Record::new(topic, format!("{transaction}-{part}"));
            let _ = writer.send(record).await.unwrap();
        }
        if transaction % 3 == 2 {
            writer.abort().await.unwrap();
        } else {
            writer.commit().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_goes_on_at_the_target_with_the_record_that_it_would_have_read_next() {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    write_transactions(&site.source, "orders", 20).await;
    site.mirror().await.unwrap();
    let source = Site::cluster(&site.source);
    let target = Site::cluster(&site.target);
    let mut last = -1;
    for offset in [0, 5, 17, 40, 62] {
        stand(&source, "orders", &[(0, offset)]).await;
        let found = look(&site, &Engine::Embedded).await;
        let one = partition(&found, 0);
        assert_eq!(
            (one.proof, one.rereads, one.skips),
            (Proof::Exact, Some(0), Some(0)),
            "{offset}"
        );
        let at = one.resumes_at.unwrap();
        assert!(at > last && at < offset.max(1), "{offset} -> {at}");
        last = at;
        let written = SyncPlan::of(&found).apply(&target).await.unwrap();
        assert_eq!(written, [GROUP]);
        let here = first_read(&site.source, "orders", 0).await;
        let there = first_read(&site.target, "orders", 0).await;
        assert!(here.is_some());
        assert_eq!(here, there, "at {offset}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_never_written_again_and_never_backwards() {
    let site = Site::start().await;
    site.source.create_topic("orders", 2);
    for partition in 0..2 {
        write(&site.source, "orders", partition, (0..100).map(said).collect()).await;
    }
    site.mirror().await.unwrap();
    let (source, target) = (Site::cluster(&site.source), Site::cluster(&site.target));
    stand(&source, "orders", &[(0, 40), (1, 40)]).await;
    stand(&target, "orders", &[(1, 70)]).await;
    let found = look(&site, &Engine::Embedded).await;
    let plan = SyncPlan::of(&found);
    let planned: Vec<_> = plan
        .writes
        .iter()
        .map(|write| (write.partition, write.from, write.to))
        .collect();
    assert_eq!(planned, [(0, None, 40)]);
    assert_eq!(partition(&found, 1).skips, Some(30));
    assert!(!found.all_well());
    plan.apply(&target).await.unwrap();
    assert_eq!(site.target.committed_offset(GROUP, "orders", 1), Some(70));
    assert!(SyncPlan::of(&look(&site, &Engine::Embedded).await).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_moved_after_the_plan_is_left_alone() {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    write(&site.source, "orders", 0, (0..50).map(said).collect()).await;
    site.mirror().await.unwrap();
    let (source, target) = (Site::cluster(&site.source), Site::cluster(&site.target));
    stand(&source, "orders", &[(0, 20)]).await;
    let plan = SyncPlan::of(&look(&site, &Engine::Embedded).await);
    stand(&target, "orders", &[(0, 33)]).await;
    assert!(plan.apply(&target).await.unwrap().is_empty());
    assert_eq!(site.target.committed_offset(GROUP, "orders", 0), Some(33));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reason_for_no_place_is_named() {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    let source = Site::cluster(&site.source);
    stand(&source, "orders", &[(0, 0)]).await;
    site.target.create_topic("orders", 1);
    let found = look(&site, &Engine::Embedded).await;
    assert_eq!(partition(&found, 0).reason, Some(Reason::NotMirrored));
    write(&site.source, "orders", 0, (0..10).map(said).collect()).await;
    site.mirror().await.unwrap();
    write(&site.source, "orders", 0, (10..30).map(said).collect()).await;
    stand(&source, "orders", &[(0, 25)]).await;
    let found = look(&site, &Engine::Embedded).await;
    let one = partition(&found, 0);
    assert_eq!(one.reason, Some(Reason::AheadOfMirror));
    assert_eq!((one.proof, one.resumes_at), (Proof::Ahead { missing: 15 }, None));
    assert_eq!(found.totals.without_place, 1);
}

fn text(value: &str) -> Vec<u8> {
    let length = i16::try_from(value.len()).unwrap();
    [length.to_be_bytes().as_slice(), value.as_bytes()].concat()
}

fn plain(key: Vec<u8>, value: Vec<u8>) -> Said {
    Said {
        key: Some(key),
        value: Some(value),
        headers: Vec::new(),
        timestamp: 1,
    }
}

fn checkpoint(group: &str, upstream: i64, downstream: i64) -> Said {
    let key = [text(group), text("orders"), 0_i32.to_be_bytes().to_vec()].concat();
    let version = 0_i16.to_be_bytes().to_vec();
    let value = [
        version,
        upstream.to_be_bytes().to_vec(),
        downstream.to_be_bytes().to_vec(),
        text(""),
    ]
    .concat();
    plain(key, value)
}

fn sync(upstream: i64, downstream: i64) -> Said {
    let key = [text("orders"), 0_i32.to_be_bytes().to_vec()].concat();
    plain(key, [upstream.to_be_bytes(), downstream.to_be_bytes()].concat())
}

fn connect() -> Engine {
    Engine::Connect(Internals {
        checkpoints: "source.checkpoints.internal".into(),
        offset_syncs: "mm2-offset-syncs.source.internal".into(),
        syncs_on_target: true,
        writes_groups: true,
    })
}

/// A partition whose first 100 records are on the target at the same offsets, with what MirrorMaker 2 wrote about it.
async fn mirrored_by_connect(syncs: Vec<Said>, checkpoints: Vec<Said>) -> Site {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    site.target.create_topic("orders", 1);
    site.target.create_topic("source.checkpoints.internal", 1);
    site.target.create_topic("mm2-offset-syncs.source.internal", 1);
    write(&site.source, "orders", 0, (0..100).map(said).collect()).await;
    write(&site.target, "orders", 0, (0..100).map(said).collect()).await;
    write(&site.target, "mm2-offset-syncs.source.internal", 0, syncs).await;
    write(&site.target, "source.checkpoints.internal", 0, checkpoints).await;
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_costs_the_records_between_it_and_the_exact_place() {
    let site = mirrored_by_connect(
        vec![sync(0, 0), sync(30, 30), sync(90, 90)],
        vec![
            checkpoint(GROUP, 20, 1),
            checkpoint("other", 5, 5),
            checkpoint(GROUP, 57, 31),
        ],
    )
    .await;
    stand(&Site::cluster(&site.source), "orders", &[(0, 57)]).await;
    let found = look(&site, &connect()).await;
    let one = partition(&found, 0);
    assert_eq!(
        (one.checkpoint, one.exact, one.resumes_at),
        (Some(31), Some(57), Some(31))
    );
    assert_eq!((one.rereads, one.skips), (Some(26), Some(0)));
    assert_eq!(one.reason, Some(Reason::NotWritten));
    assert_eq!(found.totals.rereads, 26);
    stand(&Site::cluster(&site.target), "orders", &[(0, 31)]).await;
    assert_eq!(partition(&look(&site, &connect()).await, 0).reason, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_checkpoint_the_reason_is_told_from_the_syncs() {
    let ask = async |syncs: Vec<Said>, offset: i64| {
        let site = mirrored_by_connect(syncs, Vec::new()).await;
        stand(&Site::cluster(&site.source), "orders", &[(0, offset)]).await;
        let found = look(&site, &connect()).await;
        (partition(&found, 0).reason, partition(&found, 0).exact)
    };
    assert_eq!(ask(vec![], 57).await, (Some(Reason::NotMirrored), None));
    assert_eq!(
        ask(vec![sync(90, 90)], 57).await,
        (Some(Reason::TooOld), Some(57))
    );
    assert_eq!(
        ask(vec![sync(30, 30)], 57).await,
        (Some(Reason::NotRefreshed), Some(57))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_offsets_says_so() {
    let site = mirrored_by_connect(vec![], vec![]).await;
    let found = look(&site, &connect()).await;
    let reasons: BTreeMap<_, _> = found
        .groups
        .iter()
        .map(|group| (group.group.as_str(), group.reason))
        .collect();
    assert_eq!(reasons[GROUP], Some(Reason::NoOffsets));
    assert!(found.notes[0].contains("ListGroups"), "{:?}", found.notes);
}
