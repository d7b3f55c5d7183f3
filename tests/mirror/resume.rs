//! What a kill leaves behind, and how the next run goes on.

use std::sync::Arc;
use std::time::Duration;

use krafka::testing::{ApiKey, Control};
use landfall::mirror::{MirrorError, Until, embedded, position};
use landfall::run::{Event, Quiet, Recorder, Stop};

use crate::site::{Site, said, write};

/// A small generator of numbers: the seed is in the name of what fails.
fn random(seed: &mut u64) -> u64 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

async fn filled(topic: &str, partitions: i32, records: usize) -> Site {
    let site = Site::start().await;
    site.source.create_topic(topic, partitions);
    for partition in 0..partitions {
        write(&site.source, topic, partition, (0..records).map(said).collect()).await;
    }
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_cut_anywhere_loses_nothing_and_doubles_nothing() {
    for seed in 1..=5_u64 {
        let site = filled("orders", 3, 4000).await;
        // Slow enough to be cut in the middle.
        site.target
            .on(ApiKey::Produce, |_| Control::Delay(Duration::from_millis(3)));
        let mut random_seed = seed;
        let mut cuts = 0;
        for _ in 0..4 {
            let mut flow = site.flow();
            flow.commit_interval = Duration::from_millis(20 + random(&mut random_seed) % 100);
            flow.buffer_bytes = 2 << 20;
            flow.largest_record_bytes = 20_000;
            let wait = Duration::from_millis(150 + random(&mut random_seed) % 400);
            let run =
                tokio::spawn(
                    async move { embedded::run(&flow, Until::CaughtUp, &Quiet, &Stop::default()).await },
                );
            tokio::time::sleep(wait).await;
            cuts += usize::from(!run.is_finished());
            run.abort();
            let _ = run.await;
        }
        site.target.clear_hooks();
        site.mirror().await.unwrap();
        site.assert_same("orders");
        assert!(cuts > 0, "seed {seed} was never cut");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_were_written_but_not_saved_are_found_again() {
    let site = filled("orders", 1, 1000).await;
    let flow = site.flow();
    site.mirror().await.unwrap();
    // As if the run had died before it saved the last 400.
    let place = landfall::kafka::TopicPartition::new("orders", 0);
    let earlier = position::Position {
        source: 600,
        target: Some(600),
        topic_id: None,
    };
    position::save(&flow.source, &flow.group, &[(place, earlier)].into())
        .await
        .unwrap();
    write(&site.source, "orders", 0, (1000..1100).map(said).collect()).await;
    let summary = site.mirror().await.unwrap();
    assert_eq!((summary.records, summary.skipped_already_there), (100, 400));
    site.assert_same("orders");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_a_beginning_of_the_source_is_continued_even_without_a_position() {
    let site = filled("orders", 1, 1000).await;
    site.target.create_topic("orders", 1);
    write(&site.target, "orders", 0, (0..300).map(said).collect()).await;
    let summary = site.mirror().await.unwrap();
    assert_eq!((summary.records, summary.skipped_already_there), (700, 300));
    site.assert_same("orders");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_somebody_else_on_the_target_stops_the_start() {
    let site = filled("orders", 1, 100).await;
    site.mirror().await.unwrap();
    write(&site.target, "orders", 0, vec![said(77_777)]).await;
    write(&site.source, "orders", 0, vec![said(100)]).await;
    let error = site.mirror().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the target's `orders` partition 0 holds a record at 100 that the source does not have at 100: somebody else writes there"
    );
    assert_eq!(site.target.next_offset("orders", 0), Some(101));
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_stop_it_saves_what_arrived_and_goes_on_later() {
    let site = filled("orders", 2, 5000).await;
    site.target
        .on(ApiKey::Produce, |_| Control::Delay(Duration::from_millis(20)));
    let mut flow = site.flow();
    flow.buffer_bytes = 2 << 20;
    flow.largest_record_bytes = 10_000;
    let stop = Stop::default();
    let asking = stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        asking.ask();
    });
    let heard = Recorder::default();
    let summary = embedded::run(&flow, Until::Forever, &heard, &stop).await.unwrap();
    assert!(summary.stopped);
    let arrived =
        site.target.next_offset("orders", 0).unwrap() + site.target.next_offset("orders", 1).unwrap();
    assert_eq!(i64::try_from(summary.records).unwrap(), arrived);
    assert!(
        heard
            .events()
            .iter()
            .any(|event| matches!(event, Event::Mirror(_)))
    );
    site.target.clear_hooks();
    let rest = site.mirror().await.unwrap();
    assert_eq!(
        (rest.records + summary.records, rest.skipped_already_there),
        (10_000, 0)
    );
    site.assert_same("orders");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_goes_away_for_a_while_costs_nothing() {
    let site = Arc::new(filled("orders", 2, 3000).await);
    let brokers = Arc::clone(&site);
    site.target
        .on(ApiKey::Produce, |_| Control::Delay(Duration::from_millis(10)));
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(150)).await;
        brokers.target.crash(0);
        tokio::time::sleep(Duration::from_millis(700)).await;
        brokers.target.restart(0);
    });
    let mut flow = site.flow();
    flow.largest_record_bytes = 20_000;
    embedded::run(&flow, Until::CaughtUp, &Quiet, &Stop::default())
        .await
        .unwrap();
    site.assert_same("orders");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_stays_away_is_given_up_with_the_position_saved() {
    let site = Arc::new(filled("orders", 1, 3000).await);
    let brokers = Arc::clone(&site);
    site.target
        .on(ApiKey::Produce, |_| Control::Delay(Duration::from_millis(10)));
    tokio::spawn(async move {
        while brokers.target.next_offset("orders", 0).unwrap_or(0) < 1500 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        brokers.target.crash(0);
    });
    let mut flow = site.flow();
    flow.largest_record_bytes = 10_000;
    // Longer than a busy machine takes to make the first connection.
    flow.outage_limit = Duration::from_secs(5);
    let error = embedded::run(&flow, Until::CaughtUp, &Quiet, &Stop::default())
        .await
        .unwrap_err();
    assert!(matches!(error, MirrorError::TargetSilent { .. }), "{error}");
    let status = landfall::mirror::status(&site.flow()).await.unwrap();
    let arrived = site.target.next_offset("orders", 0);
    assert!(
        status.partitions[0].position > Some(0),
        "{error}: {status:?}, arrived {arrived:?}"
    );
    site.target.restart(0);
    site.target.clear_hooks();
    site.mirror().await.unwrap();
    site.assert_same("orders");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_after_the_write_doubles_nothing() {
    let site = filled("orders", 1, 2000).await;
    site.target.on_times(ApiKey::Produce, 3, |_| {
        Control::ApplyThen(Box::new(Control::Disconnect))
    });
    let mut flow = site.flow();
    flow.largest_record_bytes = 20_000;
    embedded::run(&flow, Until::CaughtUp, &Quiet, &Stop::default())
        .await
        .unwrap();
    site.assert_same("orders");
}
