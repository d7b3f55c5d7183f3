//! Questions to a cluster, answered by real brokers in this process through the real client.
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::collections::BTreeMap;
use std::time::Duration;

use krafka::testing::FakeBroker;
use landfall::kafka::{
    AddressBook, Cluster, ClusterSettings, Committed, Credentials, KafkaError, Listener, Listening, NewTopic,
    Reader, TopicPartition, Watermarks, Writing,
};
use landfall::model::secret::SecretReference;
use landfall::model::security::{Mechanism, Protocol, Security};
use rdkafka::consumer::BaseConsumer;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use secrecy::SecretString;

fn plain(broker: &FakeBroker) -> Cluster {
    Cluster::new(
        &broker.bootstrap_servers(),
        Credentials::default(),
        &AddressBook::default(),
    )
}

fn hasty(bootstrap: &str, credentials: Credentials) -> Cluster {
    let settings = ClusterSettings {
        patience: Duration::from_millis(1500),
    };
    Cluster::with_settings(bootstrap, credentials, &AddressBook::default(), settings)
}

fn signing_in(password: &str) -> Credentials {
    let security = Security {
        protocol: Protocol::SaslPlaintext,
        mechanism: Some(Mechanism::Plain),
        username: Some("landfall".into()),
        password: Some(SecretReference::Env("ANY".into())),
        ..Security::default()
    };
    Credentials::resolve(&security, |_| Ok::<_, ()>(SecretString::from(password))).unwrap()
}

#[tokio::test]
async fn topics_are_made_and_listed_with_their_partitions() {
    let broker = FakeBroker::start().await.unwrap();
    let cluster = plain(&broker);
    let topic = NewTopic {
        name: "orders".into(),
        partitions: 3,
        settings: BTreeMap::from([("cleanup.policy".into(), "compact".into())]),
    };
    cluster.create_topics(std::slice::from_ref(&topic)).await.unwrap();
    cluster.create_topics(&[topic]).await.unwrap();
    let topics = cluster.topics().await.unwrap();
    assert_eq!(
        (topics.len(), topics[0].name.as_str(), topics[0].partitions),
        (1, "orders", 3)
    );
}

#[tokio::test]
async fn watermarks_of_many_partitions_come_together() {
    let broker = FakeBroker::start().await.unwrap();
    broker.create_topic("orders", 40);
    let cluster = plain(&broker);
    let partitions: Vec<_> = (0..40).map(|p| TopicPartition::new("orders", p)).collect();
    let watermarks = cluster.watermarks(&partitions).await.unwrap();
    assert_eq!(watermarks.len(), 40);
    assert!(watermarks.values().all(|w| *w == Watermarks { start: 0, end: 0 }));
    assert!(broker.request_count(krafka::testing::ApiKey::ListOffsets) <= 2);
}

#[tokio::test]
async fn a_topic_that_is_not_there_is_named() {
    let broker = FakeBroker::start().await.unwrap();
    let error = plain(&broker)
        .watermarks(&[TopicPartition::new("orders", 0)])
        .await
        .unwrap_err();
    assert_eq!(
        error,
        KafkaError::UnknownTopic {
            bootstrap: broker.bootstrap_servers(),
            topic: "orders".into()
        }
    );
}

#[tokio::test]
async fn a_commit_keeps_its_text() {
    let broker = FakeBroker::start().await.unwrap();
    broker.create_topic("orders", 2);
    let cluster = plain(&broker);
    let place = TopicPartition::new("orders", 1);
    let committed = Committed {
        offset: 42,
        metadata: "t=17".into(),
    };
    let commits = BTreeMap::from([(place.clone(), committed.clone())]);
    cluster.commit_offsets("a-group", commits).await.unwrap();
    let both = [TopicPartition::new("orders", 0), place.clone()];
    let offsets = cluster.group_offsets("a-group", &both).await.unwrap();
    assert_eq!(offsets, BTreeMap::from([(place, committed)]));
}

#[tokio::test]
async fn a_call_that_a_cluster_does_not_offer_is_named() {
    let broker = FakeBroker::start().await.unwrap();
    broker.create_topic("orders", 1);
    let cluster = plain(&broker);
    let bootstrap = broker.bootstrap_servers();
    let settings = cluster.topic_settings(&["orders".into()]).await.unwrap_err();
    assert_eq!(
        settings.to_string(),
        format!("`{bootstrap}` does not offer the Kafka call `DescribeConfigs`")
    );
    let groups = cluster.groups().await.unwrap_err();
    assert_eq!(
        groups,
        KafkaError::Unsupported {
            bootstrap,
            api: "ListGroups"
        }
    );
}

#[tokio::test]
async fn a_group_is_described_by_name() {
    let broker = FakeBroker::start().await.unwrap();
    let groups = plain(&broker).describe_groups(&["nobody".into()]).await.unwrap();
    assert_eq!((groups[0].name.as_str(), groups[0].members), ("nobody", 0));
}

/// A partition that is let go is stopped in the background, which also takes away the queue that it delivers into.
#[tokio::test(flavor = "multi_thread")]
async fn a_partition_is_read_again_and_again_through_one_consumer() {
    let broker = FakeBroker::start().await.unwrap();
    broker.create_topic("orders", 1);
    let cluster = plain(&broker);
    tokio::task::spawn_blocking(move || {
        let writing = Writing {
            buffer_bytes: 1 << 20,
            in_flight: 1,
            largest_request_bytes: 1 << 20,
        };
        let producer: BaseProducer<Listener> = cluster
            .open(&cluster.producer_settings(writing), cluster.listener())
            .unwrap();
        for number in 0..20 {
            let value = format!("{number}");
            let record = BaseRecord::<str, _>::to("orders").partition(0).payload(&value);
            producer.send(record).unwrap();
        }
        producer.flush(Duration::from_secs(20)).unwrap();
        let settings = cluster.consumer_settings("landfall-reader", 1 << 20);
        let consumer: BaseConsumer<Listener> = cluster.open(&settings, cluster.listener()).unwrap();
        let place = TopicPartition::new("orders", 0);
        for turn in 0..50 {
            let from = turn % 20;
            let mut reader = Reader::open(&cluster, &consumer, &place, from, 20).unwrap();
            let mut first = None;
            while first.is_none() {
                reader
                    .read(|record| first = first.or(Some(record.offset())))
                    .unwrap();
            }
            assert_eq!(first, Some(from));
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn nobody_at_the_address_is_told_with_the_time_waited() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = hasty(&address, Credentials::default())
        .topics()
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "no answer from `{address}` within 1.5 s: Connect to ipv4#{address} failed: Connection refused"
        )
    );
}

#[tokio::test]
async fn a_wrong_password_is_told_at_once_and_not_repeated() {
    let broker = FakeBroker::start().await.unwrap();
    broker.require_sasl_plain("landfall", "right");
    let bootstrap = broker.bootstrap_servers();
    let cluster = Cluster::new(&bootstrap, signing_in("canary-secret"), &AddressBook::default());
    let began = std::time::Instant::now();
    let error = cluster.topics().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("`{bootstrap}` refused the sign-in with PLAIN over SASL_PLAINTEXT")
    );
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(!format!("{error:?} {cluster:?}").contains("canary-secret"));
}

#[tokio::test]
async fn the_right_password_opens() {
    let broker = FakeBroker::start().await.unwrap();
    broker.require_sasl_plain("landfall", "right");
    broker.create_topic("orders", 1);
    let cluster = hasty(&broker.bootstrap_servers(), signing_in("right"));
    assert_eq!(cluster.topics().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_broker_that_speaks_no_tls_is_told_as_such() {
    let broker = FakeBroker::start().await.unwrap();
    let security = Security {
        protocol: Protocol::Ssl,
        ..Security::default()
    };
    let credentials = Credentials::resolve(&security, |_| Err::<SecretString, ()>(())).unwrap();
    let error = hasty(&broker.bootstrap_servers(), credentials)
        .topics()
        .await
        .unwrap_err();
    assert!(matches!(error, KafkaError::Tls { .. }), "{error}");
}

#[tokio::test]
async fn a_certificate_file_that_is_not_there_is_told_before_connecting() {
    let security = Security {
        protocol: Protocol::Ssl,
        ca_file: Some("/nowhere/ca.pem".into()),
        ..Security::default()
    };
    let credentials = Credentials::resolve(&security, |_| Err::<SecretString, ()>(())).unwrap();
    let error = hasty("127.0.0.1:1", credentials).topics().await.unwrap_err();
    assert!(matches!(error, KafkaError::Setting { .. }), "{error}");
    assert!(error.to_string().contains("ssl.ca.location"), "{error}");
}

#[tokio::test]
async fn a_token_comes_from_whoever_can_give_one() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let broker = FakeBroker::start().await.unwrap();
    broker.require_sasl_plain("landfall", "right");
    let asked = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&asked);
    let security = Security {
        protocol: Protocol::SaslPlaintext,
        mechanism: Some(Mechanism::OauthBearer),
        ..Security::default()
    };
    let credentials = Credentials::resolve(&security, |_| Err::<SecretString, ()>(())).unwrap();
    let credentials = credentials.with_tokens(Arc::new(move || {
        heard.store(true, Ordering::Relaxed);
        Err("the sign-in to Azure has ended".into())
    }));
    let error = hasty(&broker.bootstrap_servers(), credentials)
        .topics()
        .await
        .unwrap_err();
    assert!(asked.load(Ordering::Relaxed));
    assert!(
        matches!(error, KafkaError::AuthenticationFailed { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn the_address_book_leads_elsewhere_with_its_own_protocol() {
    let broker = FakeBroker::start().await.unwrap();
    broker.create_topic("orders", 1);
    let mut book = AddressBook::default();
    let listening = Listening::plain(broker.bootstrap_servers());
    book.enter("ns.servicebus.windows.net:9093", listening);
    let credentials = signing_in("unused");
    let cluster = Cluster::new("NS.servicebus.windows.net:9093", credentials, &book);
    assert_eq!(cluster.topics().await.unwrap().len(), 1);
    assert_eq!(cluster.bootstrap(), "NS.servicebus.windows.net:9093");
}
