//! Every kind of difference, planted by hand, is found where it is.

use krafka::testing::FakeBroker;
use landfall::kafka::{AddressBook, Cluster, Credentials};
use landfall::model::selection::Selection;
use landfall::run::{Event, Quiet, Recorder, Stop};
use landfall::verify::{self, Difference, Kind, Options, Verdict, VerifyError};

use crate::site::{Said, Site, said, write};

async fn verify(site: &Site) -> Verdict {
    let (source, target) = (Site::cluster(&site.source), Site::cluster(&site.target));
    let everything = Selection::of("*");
    verify::run(
        &source,
        &target,
        &everything,
        Options::default(),
        &Quiet,
        &Stop::default(),
    )
    .await
    .unwrap()
}

/// A source with `records`, and a target with what `change` makes of them.
async fn planted(change: impl FnOnce(&mut Vec<Said>)) -> Verdict {
    let site = Site::start().await;
    let mut records: Vec<_> = (0..3000).map(said).collect();
    for broker in [&site.source, &site.target] {
        broker.create_topic("orders", 2);
    }
    write(&site.source, "orders", 1, records.clone()).await;
    change(&mut records);
    write(&site.target, "orders", 1, records).await;
    verify(&site).await
}

fn difference(kind: Kind, source_offset: Option<i64>, target_offset: Option<i64>) -> Difference {
    Difference {
        topic: "orders".into(),
        partition: 1,
        kind,
        source_offset,
        target_offset,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirrored_cluster_is_the_same_with_the_same_digests() {
    let site = Site::start().await;
    for (topic, partitions) in [("orders", 3), ("empty", 2)] {
        site.source.create_topic(topic, partitions);
    }
    for partition in 0..3 {
        write(&site.source, "orders", partition, (0..2000).map(said).collect()).await;
    }
    site.mirror().await.unwrap();
    let verdict = verify(&site).await;
    assert!(verdict.ok);
    assert_eq!(
        (verdict.counts.records, verdict.counts.target_records),
        (6000, 6000)
    );
    assert_eq!(verdict.topics.len(), 2);
    for partition in &verdict.topics[1].partitions {
        assert_eq!(partition.source_digest, partition.target_digest);
        assert_eq!(partition.counts.records, 2000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_record() {
    let verdict = planted(|records| drop(records.remove(1234))).await;
    assert_eq!(verdict.differences, [difference(Kind::Missing, Some(1234), None)]);
    assert_eq!((verdict.ok, verdict.counts.missing), (false, 1));
    let partition = &verdict.topics[0].partitions[1];
    assert_ne!(partition.source_digest, partition.target_digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_missing_at_the_end() {
    let verdict = planted(|records| records.truncate(2990)).await;
    assert_eq!(verdict.counts.missing, 10);
    assert_eq!(
        verdict.differences[0],
        difference(Kind::Missing, Some(2990), None)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extra_record() {
    let verdict = planted(|records| records.insert(7, said(77_777))).await;
    assert_eq!(verdict.differences, [difference(Kind::Extra, None, Some(7))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicated_record() {
    let verdict = planted(|records| records.insert(50, said(47))).await;
    assert_eq!(
        verdict.differences,
        [difference(Kind::Duplicated, None, Some(50))]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_records_in_the_wrong_order() {
    let verdict = planted(|records| records.swap(10, 11)).await;
    assert_eq!(
        verdict.differences,
        [difference(Kind::Reordered, Some(11), Some(10))]
    );
    assert_eq!(verdict.counts.missing + verdict.counts.extra, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_part_of_a_record_counts() {
    let changes: [fn(&mut Said); 6] = [
        |record| record.value = Some(b"other".to_vec()),
        |record| record.value = None,
        |record| record.key = None,
        |record| record.key = Some(vec![]),
        |record| record.timestamp += 1,
        |record| record.headers.push(("a".into(), None)),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let verdict = planted(|records| change(&mut records[100])).await;
        assert_eq!(
            verdict.differences,
            [difference(Kind::Altered, Some(100), Some(100))],
            "change {number}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sides_without_anything_in_common_are_given_up_with_the_place() {
    let site = Site::start().await;
    for broker in [&site.source, &site.target] {
        broker.create_topic("orders", 1);
    }
    write(&site.source, "orders", 0, (0..3000).map(said).collect()).await;
    write(
        &site.target,
        "orders",
        0,
        (0..100).chain(50_000..53_000).map(said).collect(),
    )
    .await;
    let options = Options {
        window: 500,
        ..Options::default()
    };
    let (source, target) = (Site::cluster(&site.source), Site::cluster(&site.target));
    let everything = Selection::of("*");
    let verdict = verify::run(&source, &target, &everything, options, &Quiet, &Stop::default())
        .await
        .unwrap();
    assert!(!verdict.ok);
    let diverged = verdict.topics[0].partitions[0].diverged.unwrap();
    assert_eq!((diverged.source_offset, diverged.target_offset), (100, 100));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_not_there_is_missing_record_by_record() {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    write(&site.source, "orders", 0, (0..250).map(said).collect()).await;
    let verdict = verify(&site).await;
    assert_eq!(
        (verdict.ok, verdict.counts.missing, verdict.differences.len()),
        (false, 250, 100)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_source_has_deleted_since_is_noted_and_no_difference() {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    write(&site.source, "orders", 0, (0..300).map(said).collect()).await;
    site.mirror().await.unwrap();
    write(&site.source, "orders", 0, (300..400).map(said).collect()).await;
    site.mirror().await.unwrap();
    site.source.with_state(|state| {
        let partition = state.partition_mut("orders", 0).unwrap();
        while partition.log.len() > 1 {
            partition.log.remove(0);
        }
        partition.log_start_offset = 300;
    });
    let verdict = verify(&site).await;
    assert!(verdict.ok, "{verdict:?}");
    assert_eq!(
        (verdict.counts.records, verdict.counts.expired_at_source),
        (100, 300)
    );
    assert_eq!(verdict.notes.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_and_a_stop_is_heard() {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    write(&site.source, "orders", 0, (0..100).map(said).collect()).await;
    let (source, target) = (Site::cluster(&site.source), Site::cluster(&site.target));
    let heard = Recorder::default();
    let stop = Stop::default();
    stop.ask();
    let everything = Selection::of("*");
    let error = verify::run(&source, &target, &everything, Options::default(), &heard, &stop)
        .await
        .unwrap_err();
    assert!(matches!(error, VerifyError::Stopped));
    assert!(
        heard
            .events()
            .iter()
            .any(|event| matches!(event, Event::Progress { step: "verify", .. }))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_does_not_answer_is_named() {
    let source = FakeBroker::start().await.unwrap();
    source.create_topic("orders", 1);
    let settings = landfall::kafka::ClusterSettings {
        patience: std::time::Duration::from_millis(600),
    };
    let target = Cluster::with_settings(
        "127.0.0.1:1",
        Credentials::default(),
        &AddressBook::default(),
        settings,
    );
    let everything = Selection::of("*");
    let source = Site::cluster(&source);
    let error = verify::run(
        &source,
        &target,
        &everything,
        Options::default(),
        &Quiet,
        &Stop::default(),
    )
    .await
    .unwrap_err();
    assert_eq!(error.to_string(), "the target cannot be read");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    let said =
        "no answer from `127.0.0.1:1` within 0.6 s: Connect to ipv4#127.0.0.1:1 failed: Connection refused";
    assert_eq!(cause, said);
}
