//! What the engine refuses, before it writes anything.

use std::time::Duration;

use landfall::mirror::{Creation, MirrorError, PartitionState, Until, embedded, status};
use landfall::run::{Event, Quiet, Recorder, Stop};

use crate::site::{Said, Site, said, write};

async fn copied() -> Site {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    write(&site.source, "orders", 0, (0..100).map(said).collect()).await;
    site.mirror().await.unwrap();
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn fewer_partitions_on_the_target() {
    let site = Site::start().await;
    site.source.create_topic("new", 1);
    site.source.create_topic("orders", 4);
    site.target.create_topic("orders", 3);
    let error = site.mirror().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the topic `orders` has 3 partitions on the target and 4 on the source: a record would lose its place"
    );
    assert!(
        site.target.topic_id("new").is_none(),
        "nothing is made before all is checked"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_topics_where_clients_make_none() {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    site.source.create_topic("payments", 1);
    let mut flow = site.flow();
    flow.creation = Creation::Forbidden;
    let error = embedded::run(&flow, Until::CaughtUp, &Quiet, &Stop::default())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the target `{}` lacks the topics `orders`, `payments` and lets no client make them",
            site.target.bootstrap_servers()
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_cannot_tell_its_settings_is_a_warning() {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    let heard = Recorder::default();
    embedded::run(&site.flow(), Until::CaughtUp, &heard, &Stop::default())
        .await
        .unwrap();
    let warned = heard.events().into_iter().any(|event| match event {
        Event::Warning { text } => text.contains("DescribeConfigs"),
        _ => false,
    });
    assert!(warned);
    assert!(site.target.topic_id("orders").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_topic_at_all() {
    let site = Site::start().await;
    let error = site.mirror().await.unwrap_err();
    assert!(matches!(error, MirrorError::NoTopics { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_the_source_deleted_before_they_were_copied() {
    let site = copied().await;
    site.source.with_state(|state| {
        let partition = state.partition_mut("orders", 0).unwrap();
        partition.log.clear();
        (partition.log_start_offset, partition.next_offset) = (150, 150);
    });
    assert_eq!(
        status(&site.flow()).await.unwrap().partitions[0].state,
        PartitionState::PossiblyLost
    );
    let error = site.mirror().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the source has deleted offsets of `orders` partition 0 that were not copied: it begins at 150, the position is 100, possibly lost 50 offsets"
    );
    write(&site.source, "orders", 0, (150..160).map(said).collect()).await;
    let mut flow = site.flow();
    flow.accept_loss = true;
    let heard = Recorder::default();
    let summary = embedded::run(&flow, Until::CaughtUp, &heard, &Stop::default())
        .await
        .unwrap();
    assert_eq!((summary.records, summary.possibly_lost), (10, 50));
    assert!(
        heard
            .events()
            .iter()
            .any(|event| matches!(event, Event::Warning { .. }))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_topic_that_was_made_anew() {
    let site = copied().await;
    site.source.delete_topic("orders");
    site.source.create_topic("orders", 1);
    write(&site.source, "orders", 0, (0..10).map(said).collect()).await;
    assert_eq!(
        status(&site.flow()).await.unwrap().partitions[0].state,
        PartitionState::Reset
    );
    let error = site.mirror().await.unwrap_err();
    assert!(
        matches!(&error, MirrorError::SourceRecreated { topic, .. } if topic == "orders"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_topic_that_was_made_anew() {
    let site = copied().await;
    site.target.delete_topic("orders");
    let error = site.mirror().await.unwrap_err();
    assert!(
        matches!(
            error,
            MirrorError::TargetReset {
                position: 100,
                end: 0,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_above_the_limit_of_the_target() {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    let large = Said {
        value: Some(vec![1; 50_000]),
        ..said(10)
    };
    let records = (0..10)
        .map(said)
        .chain([large])
        .chain((11..20).map(said))
        .collect();
    write(&site.source, "orders", 0, records).await;
    let mut flow = site.flow();
    flow.largest_record_bytes = 20_000;
    let error = embedded::run(&flow, Until::CaughtUp, &Quiet, &Stop::default())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "a record of `orders` partition 0 at 10 has 50006 bytes, above the limit of 20000"
    );
    assert!(site.target.next_offset("orders", 0) <= Some(10));
    site.mirror().await.unwrap();
    site.assert_same("orders");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_mirror_of_the_same_environment() {
    let site = copied().await;
    let mut flow = site.flow();
    flow.commit_interval = Duration::from_millis(50);
    let running = flow.clone();
    let run =
        tokio::spawn(async move { embedded::run(&running, Until::Forever, &Quiet, &Stop::default()).await });
    tokio::time::sleep(Duration::from_millis(600)).await;
    let place = landfall::kafka::TopicPartition::new("orders", 0);
    let elsewhere = landfall::mirror::Position {
        source: 50,
        target: Some(50),
        topic_id: None,
    };
    landfall::mirror::position::save(&flow.source, &flow.group, &[(place, elsewhere)].into())
        .await
        .unwrap();
    write(&site.source, "orders", 0, vec![said(100)]).await;
    let error = tokio::time::timeout(Duration::from_secs(10), run)
        .await
        .unwrap()
        .unwrap()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the group `landfall-mirror-test` was moved by somebody else: a second mirror of this environment runs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn new_partitions_are_no_reason_to_miss_records() {
    let site = copied().await;
    site.source.add_partitions("orders", 2);
    site.target.add_partitions("orders", 2);
    write(&site.source, "orders", 1, (0..10).map(said).collect()).await;
    assert_eq!(site.mirror().await.unwrap().records, 10);
    site.assert_same("orders");
}
