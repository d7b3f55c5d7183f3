//! The whole of a move on genuine Kafka: MirrorMaker 2 copies over a million records of every kind between clusters that
//! are guarded by SCRAM over TLS; they are verified one by one, and consumers go on where it was said they would.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use landfall::kafka::{Cluster, Committed, TopicPartition};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use serde_json::Value;

use crate::engine;
use crate::records::{self, CUSTOMERS, ORDERS, PAYMENTS};
use crate::rehearsal::{self, caught_up, mirror, verdict};
use crate::site::wait;

const ENVIRONMENT: &str = "\
topics:
  include: [orders, payments, customers, documents, silent]
  overrides:
    orders: { partitions: 6 }
    payments: { partitions: 3 }
    customers: { partitions: 3, cleanup-policy: compact }
    documents: { partitions: 2 }
    silent: { partitions: 2 }
mirror:
  engine: connect
  tasks: 4
  connect: { flush-interval: 5s, checkpoint-interval: 5s, group-sync-interval: 5s, group-refresh: 5s, topic-refresh: 10s }
";

/// Commits for a group as if it had read part of the topic: `parts` of a hundred of each partition.
async fn group_at(source: &Cluster, group: &str, topic: &records::Topic, parts: i64) {
    let places: Vec<_> = (0..topic.partitions)
        .map(|partition| TopicPartition::new(topic.name, partition))
        .collect();
    let marks = source.watermarks(&places).await.unwrap();
    let at = |place: &TopicPartition| {
        let marks = marks[place];
        let offset = marks.start + (marks.end - marks.start) * parts / 100;
        (
            place.clone(),
            Committed {
                offset,
                metadata: String::new(),
            },
        )
    };
    source
        .commit_offsets(group, places.iter().map(at).collect())
        .await
        .unwrap();
}

/// Where a consumer of `group` really begins at the target: the offset of its first record, by partition.
async fn really_begins(target: &Cluster, group: &str, topic: &records::Topic) -> BTreeMap<i32, i64> {
    let (target, group, topic, partitions) = (target.clone(), group.to_owned(), topic.name, topic.partitions);
    tokio::task::spawn_blocking(move || {
        let mut config = target.consumer_settings(&group, 16 << 20);
        // As an application would: it joins its group and goes on where the group stands.
        config
            .set("auto.offset.reset", "earliest")
            .set("enable.partition.eof", "false");
        let consumer: BaseConsumer = config.create().unwrap();
        consumer.subscribe(&[topic]).unwrap();
        let (mut first, began) = (BTreeMap::new(), Instant::now());
        while first.len() < usize::try_from(partitions).unwrap() && began.elapsed() < Duration::from_mins(1) {
            if let Some(Ok(message)) = consumer.poll(Duration::from_millis(200)) {
                first.entry(message.partition()).or_insert(message.offset());
            }
        }
        first
    })
    .await
    .unwrap()
}

/// What `mirror groups` says of a group: where it goes on, by partition.
fn said(groups: &Value, group: &str) -> BTreeMap<i32, i64> {
    let groups = groups["groups"].as_array().unwrap();
    let report = groups.iter().find(|report| report["group"] == group).unwrap();
    let partitions = report["partitions"].as_array().unwrap();
    partitions
        .iter()
        .map(|partition| {
            let number = i32::try_from(partition["partition"].as_i64().unwrap()).unwrap();
            (
                number,
                partition["resumes_at"]
                    .as_i64()
                    .unwrap_or_else(|| panic!("{partition}")),
            )
        })
        .collect()
}

#[test]
fn a_million_records_of_every_kind_arrive_and_groups_go_on_where_it_was_said() {
    if !engine::asked() {
        return;
    }
    let site = rehearsal::site(&["source-security: tls", "target-security: tls"], ENVIRONMENT);
    let source = site.source();
    let written = wait(async {
        let written = records::write_all(&source).await;
        group_at(&source, "billing", &ORDERS, 40).await;
        group_at(&source, "ledger", &PAYMENTS, 75).await;
        group_at(&source, "mailing", &CUSTOMERS, 100).await;
        written
    });
    assert!(written > 1_000_000);

    mirror(&site, &["start"]);
    let again = mirror(&site, &["start"]);
    assert_eq!(again["changed"], false, "{again}");
    let status = caught_up(&site);
    assert_eq!(
        (&status["lag"], &status["alarms"]),
        (&0.into(), &serde_json::json!([])),
        "{status}"
    );

    let verdict = verdict(&site, "*");
    assert_eq!(verdict["ok"], true, "{verdict}");
    let records = verdict["records"].as_u64().unwrap();
    assert!(records > 1_000_000, "{verdict}");

    // The last offsets land within the flush, the checkpoint and the group-sync interval.
    let began = Instant::now();
    let groups = loop {
        let groups = mirror(&site, &["groups"]);
        if groups["totals"]["ready"] == 3 {
            break groups;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{groups:#}");
        std::thread::sleep(Duration::from_secs(2));
    };
    let target = site.target();
    for (group, topic) in [("billing", &ORDERS), ("ledger", &PAYMENTS)] {
        assert_eq!(
            said(&groups, group),
            wait(really_begins(&target, group, topic)),
            "{group}"
        );
    }

    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = site.connect_url();
    let seen = wait(async {
        reqwest::get(format!("{url}/connectors?expand=info"))
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    });
    assert!(seen.contains("${file:"), "{seen}");
    for side in ["source", "target"] {
        let security = &site.scene.site_record()[format!("{side}_security")]["password"];
        let file = security["file"].as_str().unwrap_or_else(|| panic!("{security}"));
        assert!(!seen.contains(std::fs::read_to_string(site.scene.path(file)).unwrap().trim()));
    }
}
