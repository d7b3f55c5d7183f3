//! What arrives is what was sent.

use landfall::mirror::{PartitionState, status};

use crate::site::{Said, Site, said, write};

#[tokio::test(flavor = "multi_thread")]
async fn keys_values_headers_times_and_order_arrive_byte_for_byte() {
    let site = Site::start().await;
    site.source.create_topic("odd", 2);
    let header = |key: &str, value: Option<&[u8]>| (key.to_owned(), value.map(<[u8]>::to_vec));
    let odd = vec![
        Said { key: None, ..said(1) },
        Said {
            value: None,
            ..said(2)
        },
        Said {
            key: None,
            value: None,
            ..said(3)
        },
        Said {
            key: Some(vec![]),
            ..said(4)
        },
        Said {
            value: Some(vec![]),
            ..said(5)
        },
        Said {
            key: Some(vec![0, 255, 10, 13]),
            value: Some((0..=255).collect()),
            ..said(6)
        },
        Said {
            headers: vec![
                header("a", Some(b"1")),
                header("a", Some(b"2")),
                header("b", None),
            ],
            ..said(7)
        },
        Said {
            headers: vec![header("", Some(b"")), header("ключ", Some(&[0, 159]))],
            ..said(8)
        },
        Said {
            timestamp: 1,
            ..said(9)
        },
        Said {
            timestamp: 4_102_444_800_000,
            ..said(10)
        },
        Said {
            value: Some(vec![7; 900_000]),
            ..said(11)
        },
    ];
    write(&site.source, "odd", 1, odd.clone()).await;
    write(&site.source, "odd", 0, (0..500).map(said).collect()).await;
    let summary = site.mirror().await.unwrap();
    assert_eq!((summary.records, summary.skipped_already_there), (511, 0));
    assert_eq!(summary.created_topics, ["odd"]);
    assert_eq!(Site::records(&site.target, "odd")[&1], odd);
    site.assert_same("odd");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_copies_only_what_is_new_and_the_position_is_known_from_anywhere() {
    let site = Site::start().await;
    site.source.create_topic("orders", 3);
    for partition in 0..3 {
        write(&site.source, "orders", partition, (0..1000).map(said).collect()).await;
    }
    assert_eq!(status(&site.flow()).await.unwrap().lag.0, 3000);
    site.mirror().await.unwrap();
    write(&site.source, "orders", 1, (1000..1010).map(said).collect()).await;
    let before = status(&site.flow()).await.unwrap();
    assert_eq!(before.lag.0, 10);
    assert_eq!(before.partitions[1].position, Some(1000));
    assert_eq!(before.partitions[1].target_position, Some(1000));
    assert_eq!(before.partitions[1].state, PartitionState::Behind);
    let summary = site.mirror().await.unwrap();
    assert_eq!((summary.records, summary.skipped_already_there), (10, 0));
    site.assert_same("orders");
    assert_eq!(status(&site.flow()).await.unwrap().lag.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn gaps_of_the_source_are_passed() {
    let site = Site::start().await;
    site.source.create_topic("gaps", 1);
    write(&site.source, "gaps", 0, (0..10).map(said).collect()).await;
    // A gap as compaction leaves it: the log goes on at a later offset.
    site.source
        .with_state(|state| state.partition_mut("gaps", 0).unwrap().next_offset += 90);
    write(&site.source, "gaps", 0, (10..20).map(said).collect()).await;
    let summary = site.mirror().await.unwrap();
    assert_eq!(summary.records, 20);
    site.assert_same("gaps");
    let status = status(&site.flow()).await.unwrap();
    assert_eq!(
        (
            status.partitions[0].position,
            status.partitions[0].target_position
        ),
        (Some(110), Some(20))
    );
    assert_eq!(status.lag.0, 0);
    let again = site.mirror().await.unwrap();
    assert_eq!((again.records, again.skipped_already_there), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_committed_transactions_are_copied() {
    let site = Site::start().await;
    site.source.create_topic("paid", 1);
    let bank = site.source.kafka().connect().await.unwrap();
    let bank = bank.producer().build_transactional("bank").await.unwrap();
    for (round, commits) in [true, false, true].into_iter().enumerate() {
        bank.begin().unwrap();
        for number in 0..5 {
            let record = krafka::Record::new("paid", format!("{round}-{number}"));
            let _ = bank.send(record).await.unwrap();
        }
        if commits {
            bank.commit().await.unwrap();
        } else {
            bank.abort().await.unwrap();
        }
    }
    let summary = site.mirror().await.unwrap();
    assert_eq!(summary.records, 10);
    site.assert_same("paid");
    // The marker at the end is behind us as well.
    let status = status(&site.flow()).await.unwrap();
    assert_eq!((status.lag.0, status.partitions[0].position), (0, Some(18)));
    assert_eq!(status.partitions[0].target_position, Some(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_cannot_be_kept_is_counted_and_told() {
    use landfall::mirror::{Until, embedded};
    use landfall::run::{Event, Recorder, Stop};
    let site = Site::start().await;
    site.source.create_topic("epoch", 1);
    let source = site.source.kafka().connect().await.unwrap();
    let producer = source.producer().build().await.unwrap();
    let _ = producer
        .send(krafka::Record::new("epoch", "first").timestamp(0))
        .await
        .unwrap();
    let heard = Recorder::default();
    let summary = embedded::run(&site.flow(), Until::CaughtUp, &heard, &Stop::default())
        .await
        .unwrap();
    assert_eq!((summary.records, summary.restamped), (1, 1));
    let told = |event: &Event| matches!(event, Event::Warning { text } if text.contains("0 ms"));
    assert!(heard.events().iter().any(told));
}
