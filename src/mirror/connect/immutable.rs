//! What may not change once a mirror has started: the connector's name and both aliases.
//!
//! Connect keeps the position under the connector's name and the source's alias. Under another key there is no position,
//! and MirrorMaker 2 begins anew without a word: every record would be there twice.

use std::collections::{BTreeMap, BTreeSet};

use super::rest::Existing;
use super::wiring::{Connector, Keys, Wiring};
use super::{ConnectError, SourceOffset, Worker};

const ALIASES: [&str; 2] = ["source.cluster.alias", "target.cluster.alias"];

/// Refuses a wiring that would lose the position of what runs.
///
/// # Errors
///
/// [`ConnectError::OtherClass`], [`ConnectError::Renamed`], [`ConnectError::SecondMirror`], [`ConnectError::OtherPosition`].
pub async fn guard(
    worker: &Worker,
    wiring: &Wiring,
    existing: &BTreeMap<String, Existing>,
) -> Result<(), ConnectError> {
    for connector in wiring.connectors() {
        if let Some(found) = existing.get(&connector.name) {
            same_identity(connector, &found.config)?;
        }
    }
    no_second_mirror(&wiring.source, existing)?;
    if existing.contains_key(&wiring.source.name) {
        let alias = value(&wiring.source.config, ALIASES[0]);
        same_position(
            &wiring.source.name,
            alias,
            &worker.offsets(&wiring.source.name).await?,
        )?;
    }
    Ok(())
}

fn value<'a>(config: &'a Keys, key: &str) -> &'a str {
    config.get(key).map_or("", String::as_str)
}

fn same_identity(connector: &Connector, found: &Keys) -> Result<(), ConnectError> {
    let class = "connector.class";
    let (was, now) = (value(found, class), value(&connector.config, class));
    if was != now {
        return Err(ConnectError::OtherClass {
            connector: connector.name.clone(),
            was: was.to_owned(),
            now: now.to_owned(),
        });
    }
    for key in ALIASES {
        let (was, now) = (value(found, key), value(&connector.config, key));
        if was != now {
            return Err(ConnectError::Renamed {
                connector: connector.name.clone(),
                key,
                was: was.to_owned(),
                now: now.to_owned(),
            });
        }
    }
    Ok(())
}

/// A connector of another name that copies the same: the environment, and so its connectors, were renamed.
fn no_second_mirror(ours: &Connector, existing: &BTreeMap<String, Existing>) -> Result<(), ConnectError> {
    let same = |found: &Keys| {
        let alike = ["connector.class", "topics", "topics.exclude"];
        let clusters = [
            "source.cluster.bootstrap.servers",
            "target.cluster.bootstrap.servers",
        ];
        alike
            .iter()
            .all(|key| value(found, key) == value(&ours.config, key))
            && clusters
                .iter()
                .all(|key| addresses(found, key) == addresses(&ours.config, key))
    };
    let other = existing
        .iter()
        .find(|(name, found)| **name != ours.name && same(&found.config));
    other.map_or(Ok(()), |(other, _)| {
        Err(ConnectError::SecondMirror {
            connector: ours.name.clone(),
            other: other.clone(),
        })
    })
}

fn addresses<'a>(config: &'a Keys, key: &str) -> BTreeSet<&'a str> {
    value(config, key).split(',').map(str::trim).collect()
}

/// A position that is kept for other aliases alone was taken by a mirror of another name.
fn same_position(connector: &str, alias: &str, offsets: &[SourceOffset]) -> Result<(), ConnectError> {
    let kept: Vec<&SourceOffset> = offsets.iter().filter(|offset| offset.offset.is_some()).collect();
    if kept.iter().any(|offset| offset.cluster == alias) {
        return Ok(());
    }
    kept.first().map_or(Ok(()), |offset| {
        Err(ConnectError::OtherPosition {
            connector: connector.to_owned(),
            alias: alias.to_owned(),
            found: offset.cluster.clone(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(cluster: &str, offset: Option<i64>) -> SourceOffset {
        SourceOffset {
            cluster: cluster.to_owned(),
            topic: "a".to_owned(),
            partition: 0,
            offset,
        }
    }

    #[test]
    fn a_position_of_another_alias_alone_is_refused() {
        assert!(same_position("c", "source", &[]).is_ok());
        assert!(same_position("c", "source", &[offset("old", None)]).is_ok());
        assert!(
            same_position(
                "c",
                "source",
                &[offset("old", Some(1)), offset("source", Some(2))]
            )
            .is_ok()
        );
        let error = same_position("c", "source", &[offset("old", Some(1))]).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("kept for the source alias `old`, not `source`"),
            "{error}"
        );
    }
}
