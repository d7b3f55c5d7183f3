//! What a stack manages: the resources of its deployment and of those nested in it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::state::{Progress, Step};
use super::super::template::DEPLOYMENT;
use super::super::world::World;
use super::{DenyMode, Stack};

/// A resource of a stack.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Managed {
    pub id: String,
    pub resource_type: String,
    pub api_version: String,
    /// How many resources in a row were made before it: what depends on others has a higher one.
    pub rank: usize,
    pub delete_failed: bool,
    pub deny: DenyStatus,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DenyStatus {
    #[default]
    None,
    DenyDelete,
    DenyWriteAndDelete,
    /// Outside the scope of the stack.
    Inapplicable,
}

/// What a deployment came to.
pub(super) struct Made {
    pub resources: Vec<Managed>,
    pub failed: Vec<(String, ArmError)>,
}

impl DenyStatus {
    /// The status of a resource under a stack's settings.
    pub fn of(stack: &Stack, id: &str) -> Self {
        let scope = stack.scope().to_lowercase();
        let inside = id.to_lowercase().starts_with(&scope);
        match stack.wish.deny.mode {
            DenyMode::None => Self::None,
            _ if !inside => Self::Inapplicable,
            DenyMode::DenyDelete => Self::DenyDelete,
            DenyMode::DenyWriteAndDelete => Self::DenyWriteAndDelete,
        }
    }
}

impl Managed {
    pub(super) fn document(&self) -> Value {
        let status = if self.delete_failed {
            "deleteFailed"
        } else {
            "managed"
        };
        json!({"id": self.id, "status": status, "denyStatus": self.deny})
    }
}

impl World {
    /// What a deployment and those nested in it have made, or tried to.
    pub(super) fn made_by(&self, deployment: &str) -> Made {
        let mut made = Made {
            resources: Vec::new(),
            failed: Vec::new(),
        };
        self.collect_made(&deployment.to_lowercase(), 0, &mut made);
        made
    }

    fn collect_made(&self, key: &str, before: usize, made: &mut Made) {
        let Some(deployment) = self.state.deployments.get(key) else {
            return;
        };
        let ranks = ranks(&deployment.steps);
        for (step, rank) in deployment.steps.iter().zip(ranks) {
            let rank = before.saturating_add(rank);
            if step.silent {
                continue;
            }
            if step.resource_type.eq_ignore_ascii_case(DEPLOYMENT) {
                self.collect_made(&step.id.to_lowercase(), rank, made);
                continue;
            }
            if let (Progress::Failed, Some(error)) = (step.progress, &step.error) {
                made.failed.push((step.id.clone(), error.clone()));
            }
            if step.progress == Progress::Succeeded || (step.created && self.exists(&step.id)) {
                made.resources.push(managed(step, rank));
            }
        }
    }

    /// Whether a resource, or a group, is there.
    pub(super) fn exists(&self, id: &str) -> bool {
        let key = id.to_lowercase();
        self.state.resources.contains_key(&key)
            || group_key(id).is_some_and(|group| self.state.groups.contains_key(&group))
    }
}

/// The key of the group that an id names, when it names a group.
pub(super) fn group_key(id: &str) -> Option<String> {
    let segments: Vec<&str> = id.split('/').collect();
    match segments.as_slice() {
        ["", _, _, kind, name] if kind.eq_ignore_ascii_case("resourceGroups") => Some(name.to_lowercase()),
        _ => None,
    }
}

fn managed(step: &Step, rank: usize) -> Managed {
    Managed {
        id: step.id.clone(),
        resource_type: step.resource_type.clone(),
        api_version: step.api_version.clone(),
        rank,
        delete_failed: false,
        deny: DenyStatus::None,
    }
}

/// How long the longest chain of dependencies before each step is.
fn ranks(steps: &[Step]) -> Vec<usize> {
    let mut ranks = vec![0_usize; steps.len()];
    // Dependencies may point forward; as many rounds as there are steps settle any graph without a cycle.
    for _ in 0..steps.len() {
        let mut moved = false;
        for (index, step) in steps.iter().enumerate() {
            let above = step.depends_on.iter().filter_map(|on| ranks.get(*on)).max();
            let rank = above.map_or(0, |above| above + 1);
            moved |= rank > ranks[index];
            ranks[index] = ranks[index].max(rank);
        }
        if !moved {
            break;
        }
    }
    ranks
}
