//! What happens to a source while it is copied, and after: topics made anew, topics gone, records deleted.
//!
//! Retention that overtakes a run is in `tests/docker`: these brokers answer a question for what is gone with nothing.

use std::time::Duration;

use landfall::kafka::TopicPartition;
use landfall::mirror::embedded::Summary;
use landfall::mirror::progress::AlarmKind;
use landfall::mirror::{Flow, MirrorError, PartitionState, Until, embedded, position, status};
use landfall::run::{Quiet, Stop};
use tokio::task::JoinHandle;

use crate::site::{Said, Site, said, write};

async fn filled(records: usize) -> Site {
    let site = Site::start().await;
    site.source.create_topic("orders", 1);
    write(&site.source, "orders", 0, (0..records).map(said).collect()).await;
    site
}

fn endless(flow: &Flow) -> JoinHandle<Result<Summary, MirrorError>> {
    let mut flow = flow.clone();
    flow.commit_interval = Duration::from_millis(100);
    tokio::spawn(async move { embedded::run(&flow, Until::Forever, &Quiet, &Stop::default()).await })
}

/// Waits until the target has `count` records.
async fn copied(site: &Site, count: i64) {
    let copying = async {
        while site.target.next_offset("orders", 0) < Some(count) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // And until the position is saved behind them.
        tokio::time::sleep(Duration::from_millis(400)).await;
    };
    tokio::time::timeout(Duration::from_secs(20), copying)
        .await
        .unwrap();
}

/// Two questions of the engine, and what a busy machine adds.
async fn named(run: JoinHandle<Result<Summary, MirrorError>>) -> MirrorError {
    let ended = tokio::time::timeout(Duration::from_secs(15), run).await;
    ended.unwrap().unwrap().unwrap_err()
}

async fn make_anew(site: &Site, records: usize) {
    site.source.delete_topic("orders");
    site.source.create_topic("orders", 1);
    let other = (0..records).map(|number| Said {
        value: Some(format!("other-{number}").into_bytes()),
        ..said(number)
    });
    write(&site.source, "orders", 0, other.collect()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_anew_that_has_outgrown_its_position_is_refused_at_the_start() {
    let site = filled(100).await;
    site.mirror().await.unwrap();
    make_anew(&site, 300).await;
    let seen = status(&site.flow()).await.unwrap();
    assert_eq!(seen.partitions[0].state, PartitionState::Reset);
    assert_eq!(seen.alarms[0].kind, AlarmKind::Recreated);
    let error = site.mirror().await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("the source's `orders` was made anew: its id was `"),
        "{text}"
    );
    assert_eq!(
        site.target.next_offset("orders", 0),
        Some(100),
        "nothing was copied"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_anew_can_be_begun_anew_once_the_target_is_empty() {
    let site = filled(100).await;
    site.mirror().await.unwrap();
    make_anew(&site, 300).await;
    let mut flow = site.flow();
    flow.begin_anew = vec!["orders".into()];
    let error = embedded::run(&flow, Until::CaughtUp, &Quiet, &Stop::default())
        .await
        .unwrap_err();
    assert!(matches!(error, MirrorError::ForeignRecord { .. }), "{error}");
    site.target.delete_topic("orders");
    site.target.create_topic("orders", 1);
    let summary = embedded::run(&flow, Until::CaughtUp, &Quiet, &Stop::default())
        .await
        .unwrap();
    assert_eq!(summary.records, 300);
    site.assert_same("orders");
    assert!(status(&site.flow()).await.unwrap().caught_up);
    site.mirror().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_of_an_older_version_is_continued_and_gets_its_topic_id() {
    let site = filled(100).await;
    site.mirror().await.unwrap();
    let flow = site.flow();
    let place = TopicPartition::new("orders", 0);
    let old = position::Position {
        target: Some(100),
        ..position::Position::at(100)
    };
    position::save(&flow.source, &flow.group, &[(place.clone(), old)].into())
        .await
        .unwrap();
    write(&site.source, "orders", 0, (100..120).map(said).collect()).await;
    assert_eq!(site.mirror().await.unwrap().records, 20);
    let saved = position::read(&flow.source, &flow.group, std::slice::from_ref(&place))
        .await
        .unwrap();
    let id = flow.source.topic_ids(&["orders".into()]).await.unwrap()["orders"];
    assert_eq!(saved[&place].topic_id, Some(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_anew_under_an_endless_run_is_named() {
    let site = filled(100).await;
    let run = endless(&site.flow());
    copied(&site, 100).await;
    make_anew(&site, 300).await;
    let error = named(run).await;
    assert!(
        matches!(&error, MirrorError::SourceRecreated { topic, .. } if topic == "orders"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_goes_under_an_endless_run_is_named() {
    let site = filled(100).await;
    site.source.create_topic("other", 1);
    let run = endless(&site.flow());
    copied(&site, 100).await;
    site.source.delete_topic("orders");
    let error = named(run).await;
    assert_eq!(error.to_string(), "the source no longer has the topic `orders`");
}

/// Deletes everything before `start`.
fn delete_before(site: &Site, start: i64) {
    site.source.with_state(|state| {
        let partition = state.partition_mut("orders", 0).unwrap();
        partition.log.clear();
        partition.log_start_offset = start;
        partition.next_offset = partition.next_offset.max(start);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_were_written_before_their_source_was_deleted_are_no_foreign_ones() {
    let site = filled(100).await;
    let flow = site.flow();
    site.mirror().await.unwrap();
    // As if the run had died before it saved the last 40, and retention had then deleted 50 to 130.
    let place = TopicPartition::new("orders", 0);
    let earlier = position::Position {
        target: Some(60),
        ..position::Position::at(60)
    };
    position::save(&flow.source, &flow.group, &[(place, earlier)].into())
        .await
        .unwrap();
    delete_before(&site, 130);
    write(&site.source, "orders", 0, (130..140).map(said).collect()).await;
    let mut flow = flow;
    flow.accept_loss = true;
    let summary = embedded::run(&flow, Until::CaughtUp, &Quiet, &Stop::default())
        .await
        .unwrap();
    assert_eq!((summary.records, summary.skipped_already_there), (10, 40));
    assert_eq!(site.target.next_offset("orders", 0), Some(110));
}
