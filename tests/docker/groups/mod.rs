//! Groups go on at the target where `mirror groups` says, checked by really starting consumers there; topics and
//! access lists between two brokers with authorizers.

mod brokers;
mod clients;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use landfall::kafka::acls::Operation;
use landfall::kafka::{KafkaError, NewTopic, Topic};
use landfall::mirror::access::{self, Question as AccessQuestion, Understands};
use landfall::mirror::groups::translate::Proof;
use landfall::mirror::groups::{self, Engine, Groups, Internals, Question, SyncPlan};
use landfall::mirror::topics::{self, Action, Blocked, Declared};
use landfall::mirror::{Flow, Until, embedded};
use landfall::model::selection::Selection;
use landfall::run::{Quiet, Stop};

use crate::engine;
use brokers::{Brokers, Side};
use clients::{consume, go_on, write};

fn flow(brokers: &Brokers, topics: &str) -> Flow {
    let (source, target) = (brokers.cluster(Side::Source), brokers.cluster(Side::Target));
    Flow::new("test", source, target, Selection::of(topics))
}

async fn look(flow: &Flow, engine: &Engine) -> Groups {
    let groups = Selection {
        include: vec!["*".into()],
        exclude: vec!["landfall-*".into(), "left-*".into()],
    };
    let question = Question {
        flow,
        groups: &groups,
        engine,
    };
    match groups::look(question, &Quiet, &Stop::default()).await {
        Ok(found) => found,
        Err(error) => panic!("{error:?}\n{}", engine::everybodys_last_words()),
    }
}

/// What is expected of a consumer: by partition, where it begins and how many records it reads twice.
fn said(found: &Groups, group: &str) -> BTreeMap<i32, (i64, u64)> {
    let report = found.groups.iter().find(|one| one.group == group).unwrap();
    let told = report.partitions.iter().filter(|one| !is_too_old(one));
    told.map(|one| (one.partition, (one.resumes_at.unwrap(), one.rereads.unwrap())))
        .collect()
}

/// Whether MirrorMaker 2 leaves the group without a place, for it stands before the first sync that the checkpoint task
/// saw. That task and the one that emits the syncs begin at the same time, and either may be first.
fn is_too_old(one: &groups::PartitionReport) -> bool {
    one.reason == Some(groups::Reason::TooOld) && one.committed.is_none() && one.resumes_at.is_none()
}

/// Starts the group on both sides and holds what it reads against what was said.
fn holds(brokers: &Brokers, group: &str, said: &BTreeMap<i32, (i64, u64)>) {
    let here = go_on(&brokers.address(Side::Source), group, "orders");
    let there = go_on(&brokers.address(Side::Target), group, "orders");
    for (partition, (at, rereads)) in said {
        let values = |read: &BTreeMap<i32, Vec<clients::Read>>| -> Vec<String> {
            let records = read.get(partition).map(Vec::as_slice).unwrap_or_default();
            records.iter().map(|(_, value)| value.clone()).collect()
        };
        let (here, there_values) = (values(&here), values(&there));
        let again = usize::try_from(*rereads).unwrap();
        assert_eq!(there_values.len(), here.len() + again, "`{group}` on {partition}");
        assert_eq!(there_values[again..], here, "`{group}` on {partition}");
        let first = there.get(partition).and_then(|read| read.first());
        // Before the first record there may be a marker, which no consumer sees.
        assert!(
            first.is_none_or(|(offset, _)| offset >= at),
            "`{group}` on {partition}: {first:?} before {at}"
        );
        println!(
            "{group} on {partition}: went on at {at} as said, {again} records again, {} new",
            here.len()
        );
    }
}

async fn filled(purpose: &str) -> Brokers {
    let brokers = Brokers::start(purpose);
    let topic = NewTopic {
        name: "orders".into(),
        partitions: 3,
        settings: [("retention.ms".to_owned(), "-1".to_owned())].into(),
    };
    brokers
        .cluster(Side::Source)
        .create_topics(&[topic])
        .await
        .unwrap();
    let source = brokers.address(Side::Source);
    tokio::task::spawn_blocking(move || {
        write(&source, "orders", 3, 0..300);
        consume(&source, "early", "orders", 100);
        consume(&source, "late", "orders", 1900);
        consume(&source, "left-out", "orders", 5);
    })
    .await
    .unwrap();
    brokers
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_embedded_engine_groups_go_on_exactly_where_they_stood() {
    if !engine::asked() {
        return;
    }
    let brokers = filled("embedded").await;
    let flow = flow(&brokers, "orders");
    let summary = embedded::run(&flow, Until::CaughtUp, &Quiet, &Stop::default())
        .await
        .unwrap();
    assert_eq!(summary.records, 2250);
    let found = look(&flow, &Engine::Embedded).await;
    let reasons: Vec<_> = found
        .groups
        .iter()
        .map(|group| (group.group.as_str(), group.reason))
        .collect();
    assert_eq!(
        reasons,
        [
            ("early", None),
            ("late", None),
            ("left-out", Some(groups::Reason::Excluded))
        ]
    );
    for group in ["early", "late"] {
        let report = found.groups.iter().find(|one| one.group == group).unwrap();
        assert_eq!(report.source_state.as_deref(), Some("Empty"));
        assert!(report.partitions.iter().all(|one| one.proof == Proof::Exact));
        assert!(said(&found, group).values().all(|(_, again)| *again == 0));
    }
    let plan = SyncPlan::of(&found);
    assert_eq!(plan.apply(&flow.target).await.unwrap(), ["early", "late"]);
    tokio::task::block_in_place(|| {
        for group in ["early", "late"] {
            holds(&brokers, group, &said(&found, group));
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_has_no_coordinator_of_groups_yet_is_waited_for() {
    if !engine::asked() {
        return;
    }
    let brokers = Brokers::without_coordinators("young");
    let topic = "kafka-topics.sh --create --topic __consumer_offsets --partitions 5 --replication-factor 1 \
                 --config cleanup.policy=compact";
    let make = |side| brokers.tool(side, &topic.split_whitespace().collect::<Vec<_>>());
    let names = ["early".to_owned()];
    let hasty = brokers.cluster_with(Side::Source, Duration::from_secs(4));
    let error = hasty.describe_groups(&names).await.unwrap_err();
    assert!(matches!(error, KafkaError::NoCoordinator { .. }), "{error:?}");
    // The question that was given up must not come back to life with the coordinator.
    make(Side::Source);
    let began = Instant::now();
    while let Err(error) = hasty.describe_groups(&names).await {
        assert!(began.elapsed() < Duration::from_mins(2), "{error:?}");
    }
    let patient = brokers.cluster(Side::Target);
    let asked = tokio::spawn(async move { patient.describe_groups(&names).await });
    // Longer than librdkafka itself looks for a coordinator.
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(!asked.is_finished(), "{:?}", asked.await);
    make(Side::Target);
    let groups = asked.await.unwrap().unwrap();
    assert_eq!((groups[0].state.as_str(), groups[0].members), ("Dead", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_mirror_maker_groups_go_on_where_its_checkpoints_say_and_read_as_much_again_as_said() {
    if !engine::asked() {
        return;
    }
    let mut brokers = filled("connect").await;
    let mirror_maker = brokers.mirror_maker("early,late");
    let flow = flow(&brokers, "orders");
    let engine = Engine::Connect(Internals {
        checkpoints: "source.checkpoints.internal".into(),
        offset_syncs: "mm2-offset-syncs.source.internal".into(),
        syncs_on_target: true,
        writes_groups: true,
    });
    let began = Instant::now();
    // A few more records now and then: each brings syncs on which the translations rest.
    let source = brokers.address(Side::Source);
    let mut number = 300;
    let found = loop {
        let found = look(&flow, &engine).await;
        let groups: Vec<_> = found
            .groups
            .iter()
            .filter(|group| group.reason.is_none())
            .collect();
        let may_be_too_old = began.elapsed() > Duration::from_mins(2);
        let settled = groups.iter().flat_map(|group| &group.partitions).all(|one| {
            let written = one.committed.is_some() && one.committed == one.resumes_at;
            one.exact.is_some() && (written || (may_be_too_old && is_too_old(one)))
        });
        if settled && groups.len() == 2 {
            break found;
        }
        assert!(
            began.elapsed() < Duration::from_mins(6),
            "not translated: {found:#?}\n{}",
            brokers.last_words()
        );
        if number < 340 {
            let source = source.clone();
            let numbers = number..number + 4;
            number += 4;
            tokio::task::spawn_blocking(move || write(&source, "orders", 3, numbers))
                .await
                .unwrap();
        }
        tokio::time::sleep(Duration::from_secs(3)).await;
    };
    engine::docker(&["stop", "-t", "20", &mirror_maker]);
    let found_after = look(&flow, &engine).await;
    println!(
        "early {:?}\nlate {:?}\nsaid after {:?}s",
        said(&found, "early"),
        said(&found, "late"),
        began.elapsed().as_secs()
    );
    tokio::task::block_in_place(|| {
        for group in ["early", "late"] {
            holds(&brokers, group, &said(&found_after, group));
        }
    });
    assert!(!said(&found_after, "late").is_empty(), "{found_after:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_are_made_grown_and_set_once_and_access_lists_carried_over() {
    if !engine::asked() {
        return;
    }
    let brokers = Brokers::start("topics");
    let (source, target) = (brokers.cluster(Side::Source), brokers.cluster(Side::Target));
    let topic = |name: &str, partitions, settings: &[(&str, &str)]| NewTopic {
        name: name.into(),
        partitions,
        settings: settings
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
    };
    let on_source = [
        topic(
            "new",
            4,
            &[("cleanup.policy", "compact"), ("min.insync.replicas", "1")],
        ),
        topic("small", 6, &[("retention.ms", "3600000")]),
        topic(
            "set",
            1,
            &[("retention.ms", "7200000"), ("max.message.bytes", "2000000")],
        ),
        topic("declared", 2, &[("retention.ms", "1000")]),
        topic("large", 1, &[("cleanup.policy", "compact")]),
    ];
    source.create_topics(&on_source).await.unwrap();
    let there = [
        topic("small", 2, &[]),
        topic("set", 1, &[("retention.ms", "5")]),
        topic("large", 3, &[]),
    ];
    target.create_topics(&there).await.unwrap();
    let mut flow = flow(&brokers, "*");
    let declared = Declared {
        partitions: Some(3),
        settings: [("retention.ms".to_owned(), "9000".to_owned())].into(),
    };
    flow.rules.declared.insert("declared".into(), declared);
    let plan = topics::plan(&flow).await.unwrap();
    let actions: BTreeMap<_, _> = plan
        .topics
        .iter()
        .map(|topic| (topic.name.as_str(), topic.action))
        .collect();
    assert_eq!(actions["new"], Action::Create { partitions: 4 });
    assert_eq!(actions["small"], Action::Grow { partitions: 6 });
    assert_eq!(actions["set"], Action::Set);
    assert_eq!(actions["declared"], Action::Create { partitions: 3 });
    assert_eq!(actions["large"], Action::Blocked { by: Blocked::TooMany });
    let left = &plan
        .topics
        .iter()
        .find(|topic| topic.name == "new")
        .unwrap()
        .left_out;
    assert_eq!(left[0].setting, "min.insync.replicas");
    // What is blocked keeps everything else from happening too.
    assert!(topics::apply(&flow, &plan).await.is_err());
    assert_eq!(target.topics().await.unwrap().len(), 3);
    flow.topics.exclude.push("large".into());
    let plan = topics::plan(&flow).await.unwrap();
    assert_eq!(topics::apply(&flow, &plan).await.unwrap(), ["declared", "new"]);
    let again = topics::plan(&flow).await.unwrap();
    assert!(again.is_empty(), "{again:#?}");
    let counts = target.topics().await.unwrap();
    assert!(counts.contains(&Topic {
        name: "small".into(),
        partitions: 6
    }));
    let settings = target
        .topic_settings(&["set".into(), "declared".into()])
        .await
        .unwrap();
    assert_eq!(settings["set"]["max.message.bytes"], "2000000");
    assert_eq!(settings["declared"]["retention.ms"], "9000");
    carry_access_over(&brokers, &flow).await;
}

async fn carry_access_over(brokers: &Brokers, flow: &Flow) {
    let acls = |arguments: &[&str]| {
        let mut all = vec!["kafka-acls.sh", "--add"];
        all.extend(arguments);
        brokers.tool(Side::Source, &all);
    };
    acls(&[
        "--allow-principal",
        "User:orders",
        "--operation",
        "Read",
        "--topic",
        "new",
    ]);
    acls(&[
        "--allow-principal",
        "User:orders",
        "--operation",
        "Write",
        "--topic",
        "sma",
        "--resource-pattern-type",
        "prefixed",
    ]);
    acls(&[
        "--deny-principal",
        "User:guest",
        "--operation",
        "All",
        "--topic",
        "*",
        "--deny-host",
        "10.0.0.7",
    ]);
    acls(&[
        "--allow-principal",
        "User:orders",
        "--operation",
        "Read",
        "--group",
        "bill",
        "--resource-pattern-type",
        "prefixed",
    ]);
    acls(&[
        "--allow-principal",
        "User:orders",
        "--operation",
        "Write",
        "--transactional-id",
        "writer",
    ]);
    acls(&[
        "--allow-principal",
        "User:admin",
        "--operation",
        "Alter",
        "--cluster",
    ]);
    acls(&[
        "--allow-principal",
        "User:orders",
        "--operation",
        "Read",
        "--topic",
        "elsewhere",
    ]);
    let groups = Selection::of("*");
    let principals = [(
        "User:orders".to_owned(),
        landfall::config::Principal {
            name: Some("User:orders-on-azure".into()),
            ..Default::default()
        },
    )]
    .into();
    let question = AccessQuestion {
        source: &flow.source,
        topics: &flow.topics,
        groups: &groups,
        principals: &principals,
    };
    let plan = access::plan(question, Understands::Acls(&flow.target))
        .await
        .unwrap();
    assert!(plan.source_has_acls);
    assert_eq!(plan.missing().len(), 5, "{plan:#?}");
    let left: Vec<_> = plan.left_out.iter().map(|left| left.acl.operation).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.contains(&Operation::Alter));
    assert_eq!(access::apply(&flow.target, &plan).await.unwrap(), 5);
    let again = access::plan(question, Understands::Acls(&flow.target))
        .await
        .unwrap();
    assert!(again.missing().is_empty());
    // Kafka's own tool has the last word.
    let listed = brokers.tool(Side::Target, &["kafka-acls.sh", "--list"]);
    for part in [
        "name=sma, patternType=PREFIXED",
        "principal=User:guest, host=10.0.0.7, operation=ALL, permissionType=DENY",
        "resourceType=TRANSACTIONAL_ID, name=writer",
        "principal=User:orders-on-azure, host=*, operation=READ, permissionType=ALLOW",
    ] {
        assert!(listed.contains(part), "`{part}` is not in {listed}");
    }
    assert!(!listed.contains("elsewhere") && !listed.contains("User:admin"));
    as_roles(question).await;
}

/// The same entries for a target with roles, by the table that ships with one.
async fn as_roles(question: AccessQuestion<'_>) {
    let catalog = landfall::template::Catalog::open(None, None).unwrap();
    let name = landfall::model::name::TargetName::parse("event-hubs").unwrap();
    let block = catalog.target(&name).unwrap().manifest().access.clone().unwrap();
    let id = "00000000-0000-0000-0000-000000000001";
    let principals = [(
        "User:orders".to_owned(),
        landfall::config::Principal {
            object_id: Some(id.into()),
            ..Default::default()
        },
    )]
    .into();
    let question = AccessQuestion {
        principals: &principals,
        ..question
    };
    let plan = access::plan(question, Understands::Roles(&block)).await.unwrap();
    let given = serde_json::to_value(&plan.parameters).unwrap();
    assert_eq!(
        given,
        serde_json::json!({ "role-assignments": [
            { "principal-id": id, "principal-type": "ServicePrincipal", "role": "receiver" },
            { "principal-id": id, "principal-type": "ServicePrincipal", "role": "sender" },
        ] })
    );
    assert_eq!((plan.covered.len(), plan.left_out.len()), (2, 3), "{plan:#?}");
}
