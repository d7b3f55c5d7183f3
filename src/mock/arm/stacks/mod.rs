//! Deployment stacks: a deployment that remembers what it made, and deletes or lets go what its template names no more.
//!
//! A stack runs a deployment of its own, which anybody can follow by its id; `run` looks how far that one is and goes on
//! from there. What is managed changes only when a run ends: a run that failed takes nothing away.

mod changes;
mod document;
mod managed;
mod operation;
mod previews;
mod request;
mod run;
mod scope;
mod start;
mod unmanage;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::ArmError;

pub use document::document;
pub use managed::{DenyStatus, Managed};
pub use operation::Operation;
pub use previews::{PREVIEW, Preview};
pub use request::{Action, DenyMode, DenySettings, Wish, delete_action, of_deployment};
pub use scope::{StackScope, check_name};
pub use start::lower_types;

pub const STACK: &str = "Microsoft.Resources/deploymentStacks";

/// Everything about stacks that the state file holds. Keys are lower-cased ids, or tokens.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Stacks {
    pub all: BTreeMap<String, Stack>,
    pub operations: BTreeMap<String, Operation>,
    pub previews: BTreeMap<String, Preview>,
}

/// Where a stack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    Creating,
    Initializing,
    Deploying,
    DeletingResources,
    UpdatingDenyAssignments,
    Deleting,
    Succeeded,
    Failed,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stack {
    pub id: String,
    /// The region that keeps it: its own at the scope of a subscription, that of its group otherwise.
    pub location: String,
    pub tags: Map<String, Value>,
    /// The last request.
    pub wish: Wish,
    /// Without the defaults of secure parameters.
    pub template: Value,
    /// As ARM echoes them, without secrets.
    pub parameters: Map<String, Value>,
    pub phase: Phase,
    pub correlation_id: String,
    pub deployment_id: Option<String>,
    /// The token of the operation under way, or of the last.
    pub operation: String,
    pub resources: Vec<Managed>,
    /// What the last run let go, deleted, or could do neither with.
    pub detached: Vec<String>,
    pub deleted: Vec<String>,
    pub failed: Vec<(String, ArmError)>,
    pub outputs: Option<Map<String, Value>>,
    pub error: Option<ArmError>,
    /// The settings that the deny assignments follow: those of the last run that came so far.
    pub enforced: DenySettings,
    /// By lower-cased id: what comparing a resource with itself showed right after the last run.
    #[serde(default)]
    pub baseline: Map<String, Value>,
    pub created: Timestamp,
    pub changed: Timestamp,
    pub started: Timestamp,
    /// Of the last run that succeeded.
    pub duration: Option<String>,
    /// When the phase ends, unless a deployment ends it.
    pub due: Option<Timestamp>,
    /// Ids that are deleted when the phase ends.
    pub leaving: Vec<String>,
    /// What becomes of everything when the stack itself is being deleted.
    pub ending: Option<Action>,
}

impl Phase {
    /// ARM's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Initializing => "initializing",
            Self::Deploying => "deploying",
            Self::DeletingResources => "deletingResources",
            Self::UpdatingDenyAssignments => "updatingDenyAssignments",
            Self::Deleting => "deleting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    pub fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

impl Stack {
    pub fn name(&self) -> &str {
        self.id.rsplit('/').next().unwrap_or_default()
    }

    /// The scope that it stands at, as in its id.
    pub fn scope(&self) -> &str {
        let lower = self.id.to_lowercase();
        let end = lower.find("/providers/microsoft.resources/deploymentstacks/");
        &self.id[..end.unwrap_or(self.id.len())]
    }

    /// Refuses whatever cannot be done while it is under way.
    ///
    /// # Errors
    ///
    /// `DeploymentStackInNonTerminalState`.
    pub fn check_over(&self) -> Result<(), ArmError> {
        if self.phase.is_over() {
            return Ok(());
        }
        Err(ArmError::conflict(
            "DeploymentStackInNonTerminalState",
            format!(
                "The deployment stack '{}' could not be updated as it is currently in a non-terminal state '{}'.",
                self.id,
                self.phase.word()
            ),
        ))
    }
}

impl Stacks {
    /// The next thing that happens to a stack by itself.
    pub fn next_due(&self) -> Option<(Timestamp, String)> {
        let due = self
            .all
            .iter()
            .filter_map(|(key, stack)| Some((stack.due?, key.clone())));
        let previews = self.previews.iter();
        let previews = previews.filter_map(|(key, preview)| Some((preview.due?, key.clone())));
        due.chain(previews).min()
    }

    /// Forgets the stacks of a group that goes.
    pub fn forget_below(&mut self, prefix: &str) {
        self.previews.retain(|key, _| !key.starts_with(prefix));
        let gone: Vec<String> = self
            .all
            .keys()
            .filter(|key| key.starts_with(prefix))
            .cloned()
            .collect();
        for key in gone {
            if let Some(stack) = self.all.remove(&key) {
                self.end_operation(&stack.operation, None);
            }
        }
    }
}
