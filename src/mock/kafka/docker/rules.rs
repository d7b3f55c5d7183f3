//! What the service behind the target does not let clients do, as rules of the broker's authorizer.
//!
//! A rule on a resource ends "everything is allowed" for it, so one rule allows all and another takes away what Event
//! Hubs does not offer: changing the settings or the partitions of a topic, and transactions (preview on some tiers).

use super::broker::{BROKERS, FOLDER};
use super::{DockerError, Engine};

/// Arguments of `kafka-acls.sh`.
const ALL: &str = "--allow-principal User:* --operation All --topic * --group * --cluster";
const NO_CHANGES: &str =
    "--deny-principal User:* --operation Alter --operation AlterConfigs --topic * --cluster";
const NO_TRANSACTIONS: &str = "--deny-principal User:* --operation All --transactional-id *";

/// Lays the rules down on the cluster of `broker`; doing so again changes nothing.
pub(super) async fn apply(engine: Engine, broker: &str) -> Result<(), DockerError> {
    // What is allowed comes first: a worker that starts meanwhile must never find itself refused.
    one(engine, broker, ALL).await?;
    tokio::try_join!(
        one(engine, broker, NO_CHANGES),
        one(engine, broker, NO_TRANSACTIONS)
    )?;
    Ok(())
}

async fn one(engine: Engine, broker: &str, rules: &str) -> Result<(), DockerError> {
    let address = format!("{broker}:{BROKERS}");
    let admin = format!("{FOLDER}/admin.properties");
    let mut arguments = vec![
        "exec",
        "--env",
        "KAFKA_HEAP_OPTS=-Xmx96m",
        broker,
        "/opt/kafka/bin/kafka-acls.sh",
        "--bootstrap-server",
        address.as_str(),
        "--command-config",
        admin.as_str(),
        "--force",
        "--add",
    ];
    arguments.extend(rules.split(' '));
    engine.run(&arguments).await.map(drop)
}
