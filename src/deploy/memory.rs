//! What `apply` writes down before each call, so that another process can take up a deployment that this one started.
//!
//! The address in [`Fact::Accepted`] is signed; the journal's mode 0600 is what keeps it.

use camino::Utf8Path;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::DeployError;
use super::lock::Lock;
use crate::azure::groups::GroupScope;
use crate::azure::operations::Operation;
use crate::config::DeploymentKind;
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
    /// The name of the stack or of the plain deployment.
    pub deployment: String,
    pub kind: DeploymentKind,
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

/// The journal of one environment's deployments. One process at a time holds it.
pub(super) struct Memory {
    journal: Journal,
    facts: Vec<Fact>,
    _lock: Lock,
}

impl Memory {
    /// # Errors
    ///
    /// [`DeployError::Busy`] while another process of this machine holds it, [`DeployError::Journal`].
    pub fn open(path: &Utf8Path) -> Result<Self, DeployError> {
        let lock = Lock::take(&path.with_extension("lock"))?;
        let journal = Journal::open(path)?;
        let lines: Vec<Value> = journal::read(path)?;
        let facts = lines
            .into_iter()
            .filter_map(|line| serde_json::from_value(line).ok());
        Ok(Self {
            facts: facts.collect(),
            journal,
            _lock: lock,
        })
    }

    pub fn keep(&mut self, fact: Fact) -> Result<(), JournalError> {
        self.journal.append(&fact)?;
        self.facts.push(fact);
        Ok(())
    }

    /// The deployments into this group that have no end, oldest first.
    pub fn unfinished(&self, environment: &str, scope: &GroupScope) -> Vec<Unfinished> {
        let mut open: Vec<Unfinished> = Vec::new();
        for fact in &self.facts {
            match fact {
                Fact::Started(started) => {
                    // A stack keeps its name: whoever begins it again has given up what was before.
                    open.retain(|one| one.started.deployment != started.deployment);
                    let is_here = started.environment == environment
                        && started.subscription == scope.subscription
                        && started.resource_group.eq_ignore_ascii_case(&scope.group);
                    if is_here {
                        let (started, operation) = (started.clone(), None);
                        open.push(Unfinished { started, operation });
                    }
                }
                Fact::Accepted {
                    deployment,
                    operation,
                } => {
                    for one in open
                        .iter_mut()
                        .filter(|one| one.started.deployment == *deployment)
                    {
                        one.operation.clone_from(operation);
                    }
                }
                Fact::Ended { deployment, .. } => open.retain(|one| one.started.deployment != *deployment),
            }
        }
        open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use camino::Utf8PathBuf;

    fn started(deployment: &str) -> Started {
        Started {
            deployment: deployment.into(),
            kind: DeploymentKind::Stack,
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
        assert_eq!(memory.unfinished("dev", &scope("rg")), []);
        for name in ["d1", "d2"] {
            memory.keep(Fact::Started(started(name))).unwrap();
        }
        drop(memory);

        let mut again = Memory::open(&path).unwrap();
        let names = |memory: &Memory| -> Vec<String> {
            let open = memory.unfinished("dev", &scope("RG"));
            open.into_iter().map(|one| one.started.deployment).collect()
        };
        assert_eq!(names(&again), ["d1", "d2"]);
        assert_eq!(again.unfinished("dev", &scope("other")), []);
        assert_eq!(again.unfinished("prod", &scope("rg")), []);
        let ended = Fact::Ended {
            deployment: "d1".into(),
            state: "Succeeded".into(),
        };
        again.keep(ended).unwrap();
        again.keep(Fact::Started(started("d1"))).unwrap();
        drop(again);
        assert_eq!(names(&Memory::open(&path).unwrap()), ["d2", "d1"]);
    }

    #[test]
    fn one_process_at_a_time_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().join("deploy.jsonl")).unwrap();
        let held = Memory::open(&path).unwrap();
        let Err(DeployError::Busy { by, since }) = Memory::open(&path) else {
            panic!("two hold it")
        };
        assert!(by.contains(&format!("process {}", std::process::id())), "{by}");
        assert!(since.is_some_and(|since| since <= Timestamp::now()));
        drop(held);
        Memory::open(&path).unwrap();
    }
}
