//! Whether a worker can run the mirror: it answers, has MirrorMaker 2 in a version that works, and takes what is wired.

use serde::Serialize;

use super::wiring::{Connector, Wiring};
use super::{ConnectError, Plugin, Worker, WorkerInfo};

/// The classes of the three connectors.
pub const SOURCE: &str = "org.apache.kafka.connect.mirror.MirrorSourceConnector";
pub const CHECKPOINT: &str = "org.apache.kafka.connect.mirror.MirrorCheckpointConnector";
pub const HEARTBEAT: &str = "org.apache.kafka.connect.mirror.MirrorHeartbeatConnector";

/// Offsets of groups are translated rightly, and the end of a topic is reached, only from here on.
/// Source: KAFKA-12468 (KIP-894), KAFKA-15202, KAFKA-15906.
const FLOOR: (u32, u32, u32) = (3, 6, 2);
const FLOOR_NAME: &str = "3.6.2";
const FLOOR_REASON: &str =
    "earlier versions translate offsets of groups wrongly or never reach the end of a topic";
/// From here on a checkpoint may be made of what was copied before the task began. Source: KAFKA-15905.
const ADVISED: (u32, u32, u32) = (3, 8, 0);

/// What was found out about a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preflight {
    pub url: String,
    pub worker: WorkerInfo,
    /// The version of MirrorMaker 2.
    pub version: String,
    /// What works and could be better.
    pub advice: Vec<String>,
}

/// Looks whether the worker can run what is wired; changes nothing.
///
/// # Errors
///
/// [`ConnectError`]: no answer, no plugin, too old a version, a refused key.
pub async fn preflight(worker: &Worker, wiring: &Wiring) -> Result<Preflight, ConnectError> {
    worker.ready().await?;
    let info = worker.info().await?;
    let plugins = worker.plugins().await?;
    let mut oldest: Option<(u32, u32, u32)> = None;
    let mut version = String::new();
    for class in [SOURCE, CHECKPOINT, HEARTBEAT] {
        let found = version_of(worker, &plugins, class, &info)?;
        let parsed = parse(&found);
        if oldest.is_none() || parsed < oldest {
            (oldest, version) = (parsed, found);
        }
    }
    let advice = judge(oldest, &version)?;
    let problems = refused(worker, wiring.connectors()).await?;
    if !problems.is_empty() {
        return Err(ConnectError::Invalid { problems });
    }
    Ok(Preflight {
        url: worker.url(),
        worker: info,
        version,
        advice,
    })
}

fn version_of(
    worker: &Worker,
    plugins: &[Plugin],
    class: &str,
    info: &WorkerInfo,
) -> Result<String, ConnectError> {
    let plugin = plugins.iter().find(|plugin| plugin.class == class);
    let plugin = plugin.ok_or_else(|| ConnectError::NoPlugin {
        url: worker.url(),
        class: class.to_owned(),
    })?;
    Ok(plugin.version.clone().unwrap_or_else(|| info.version.clone()))
}

/// Advice on a version that will do.
fn judge(version: Option<(u32, u32, u32)>, written: &str) -> Result<Vec<String>, ConnectError> {
    match version {
        None => Ok(vec![format!(
            "MirrorMaker 2 calls its version `{written}`, which cannot be compared: use {FLOOR_NAME} or later"
        )]),
        Some(version) if version < FLOOR => Err(ConnectError::OldVersion {
            found: written.to_owned(),
            floor: FLOOR_NAME,
            reason: FLOOR_REASON,
        }),
        Some(version) if version < ADVISED => Ok(vec![format!(
            "MirrorMaker 2 is {written}: from 3.8 on, groups are translated for records that were copied before a restart too"
        )]),
        Some(_) => Ok(Vec::new()),
    }
}

/// `3.9.1`, `3.6.2-IBM-1`: the numbers in front. Confluent counts for itself (`7.6.0-ccs` is Kafka 3.6, 8.0 is 4.0).
/// Source: docs.confluent.io/platform/current/installation/versions-interoperability.html.
fn parse(version: &str) -> Option<(u32, u32, u32)> {
    let mut numbers = version.split(['.', '-', '+', '_']).map(str::parse::<u32>);
    let major = numbers.next()?.ok()?;
    let minor = numbers.next()?.ok()?;
    let patch = numbers.next().and_then(Result::ok).unwrap_or(0);
    let confluent = ["-ccs", "-ce"].iter().any(|ending| version.ends_with(ending));
    Some(match major {
        6 if confluent => (2, minor + 6, patch),
        7.. if confluent => (major - 4, minor, patch),
        _ => (major, minor, patch),
    })
}

async fn refused(
    worker: &Worker,
    connectors: [&Connector; 3],
) -> Result<Vec<super::KeyProblem>, ConnectError> {
    let mut problems = Vec::new();
    for connector in connectors {
        problems.extend(worker.validate(connector).await?);
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_judged_by_their_numbers() {
        let judged = |version: &str| judge(parse(version), version).map(|advice| advice.len());
        assert!(judged("3.6.1").is_err() && judged("2.8.0").is_err());
        assert_eq!(judged("3.6.2").unwrap(), 1);
        assert_eq!(judged("3.7.0-SNAPSHOT").unwrap(), 1);
        assert_eq!(judged("3.8.0").unwrap(), 0);
        assert_eq!(judged("4.3.1").unwrap(), 0);
        assert_eq!(judged("unknown").unwrap(), 1);
        assert!(judged("7.5.3-ccs").is_err());
        assert_eq!(judged("7.8.0-ccs").unwrap(), 0);
    }
}
