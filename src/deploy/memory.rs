//! What `apply` writes down before each call, so that another process can take up a deployment that this one started.
//!
//! The address in [`Fact::Accepted`] is signed; the journal's mode 0600 is what keeps it.

use camino::Utf8Path;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::azure::groups::GroupScope;
use crate::azure::operations::Operation;
use crate::run::journal::{self, Journal, JournalError};

/// One line of the journal. Lines of others are passed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all_fields = "kebab-case")]
pub(super) enum Fact {
    /// Written before the PUT.
    #[serde(rename = "deployment-started")]
    Started(Started),
    /// Written before the first look.
    #[serde(rename = "deployment-accepted")]
    Accepted {
        deployment: String,
        operation: Option<Operation>,
    },
    #[serde(rename = "deployment-ended")]
    Ended { deployment: String, state: String },
}

/// A deployment as it was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Started {
    pub deployment: String,
    pub environment: String,
    pub subscription: String,
    pub resource_group: String,
    pub correlation_id: String,
    pub fingerprint: String,
    pub at: Timestamp,
}

/// A deployment that was begun and not seen to its end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unfinished {
    pub started: Started,
    pub operation: Option<Operation>,
}

/// The journal of one environment's deployments.
pub(super) struct Memory {
    journal: Journal,
    facts: Vec<Fact>,
}

impl Memory {
    pub fn open(path: &Utf8Path) -> Result<Self, JournalError> {
        let journal = Journal::open(path)?;
        let lines: Vec<Value> = journal::read(path)?;
        let facts = lines
            .into_iter()
            .filter_map(|line| serde_json::from_value(line).ok());
        Ok(Self {
            facts: facts.collect(),
            journal,
        })
    }

    pub fn keep(&mut self, fact: Fact) -> Result<(), JournalError> {
        self.journal.append(&fact)?;
        self.facts.push(fact);
        Ok(())
    }

    /// The last deployment into this group that has no end.
    pub fn unfinished(&self, environment: &str, scope: &GroupScope) -> Option<Unfinished> {
        let started = self.facts.iter().rev().find_map(|fact| match fact {
            Fact::Started(started) => Some(started),
            _ => None,
        })?;
        let is_here = started.environment == environment
            && started.subscription == scope.subscription
            && started.resource_group.eq_ignore_ascii_case(&scope.group);
        let has_ended =
            |fact: &Fact| matches!(fact, Fact::Ended { deployment, .. } if *deployment == started.deployment);
        if !is_here || self.facts.iter().any(has_ended) {
            return None;
        }
        let operation = self.facts.iter().find_map(|fact| match fact {
            Fact::Accepted {
                deployment,
                operation,
            } if *deployment == started.deployment => operation.clone(),
            _ => None,
        });
        Some(Unfinished {
            started: started.clone(),
            operation,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use camino::Utf8PathBuf;

    fn started(deployment: &str) -> Started {
        Started {
            deployment: deployment.into(),
            environment: "dev".into(),
            subscription: "s".into(),
            resource_group: "rg".into(),
            correlation_id: "c".into(),
            fingerprint: "f".into(),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_was_begun_and_not_ended_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().join("deploy.jsonl")).unwrap();
        let scope = |group: &str| GroupScope {
            subscription: "s".into(),
            group: group.into(),
        };
        let mut memory = Memory::open(&path).unwrap();
        assert_eq!(memory.unfinished("dev", &scope("rg")), None);
        memory.keep(Fact::Started(started("d1"))).unwrap();

        let mut again = Memory::open(&path).unwrap();
        assert_eq!(
            again.unfinished("dev", &scope("RG")).unwrap().started,
            started("d1")
        );
        assert_eq!(again.unfinished("dev", &scope("other")), None);
        assert_eq!(again.unfinished("prod", &scope("rg")), None);
        let ended = Fact::Ended {
            deployment: "d1".into(),
            state: "Succeeded".into(),
        };
        again.keep(ended).unwrap();
        assert_eq!(Memory::open(&path).unwrap().unfinished("dev", &scope("rg")), None);
    }
}
