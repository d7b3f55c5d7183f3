//! What a stack manages no more: let go, or deleted in an order that nothing needs what is already gone.

use std::time::Duration;

use jiff::Timestamp;

use super::super::clock::after;
use super::super::denials;
use super::super::error::ArmError;
use super::super::locks;
use super::super::providers;
use super::super::world::World;
use super::managed::group_key;
use super::request::{Undeletable, Unmanaged};
use super::{Action, Managed, Phase};

/// Types that Azure cannot delete through their resource id. Source: the providers' own operations.
const WITHOUT_DELETE: [&str; 3] = [
    "Microsoft.KeyVault/vaults/secrets",
    "Microsoft.KeyVault/vaults/keys",
    "Microsoft.EventHub/namespaces/networkRuleSets",
];
/// Source: recorded deletions of groups took 61 s and more.
const GROUP_TAKES: Duration = Duration::from_secs(90);
const RESOURCE_TAKES: Duration = Duration::from_secs(10);

impl World {
    /// Lets go or deletes `lost`, which the stack managed until now.
    pub(super) fn release(&mut self, key: &str, lost: Vec<Managed>, at: Timestamp) {
        let Some(stack) = self.state.stacks.all.get(key) else {
            return;
        };
        let action = stack.ending.clone().unwrap_or_else(|| stack.wish.action.clone());
        let (going, staying): (Vec<Managed>, Vec<Managed>) =
            lost.into_iter().partition(|one| is_deleted(&action, one));
        let takes = going.iter().map(takes).max().unwrap_or_default();
        let due = after(at, self.settings.clock.takes(takes));
        let leaving = in_order(&going);
        self.change_stack(key, |stack| {
            stack.detached.extend(staying.into_iter().map(|one| one.id));
            stack.resources.extend(going);
            stack.leaving.clone_from(&leaving);
            if !leaving.is_empty() {
                stack.phase = Phase::DeletingResources;
                stack.due = Some(due);
            }
        });
        if leaving.is_empty() {
            self.released(key, at);
        }
    }

    /// The stack itself goes: nothing is managed any more.
    pub(super) fn release_all(&mut self, key: &str, at: Timestamp) {
        let mut all = Vec::new();
        self.change_stack(key, |stack| {
            all = std::mem::take(&mut stack.resources);
            stack.detached.clear();
            stack.deleted.clear();
        });
        self.release(key, all, at);
    }

    /// Deletes what is due, dependents first; what cannot go stays managed.
    pub(super) async fn delete_leaving(&mut self, key: &str, at: Timestamp) {
        let Some(stack) = self.state.stacks.all.get(key) else {
            return;
        };
        let (leaving, owner) = (stack.leaving.clone(), stack.id.clone());
        for id in &leaving {
            let outcome = match self.may_be_deleted(key, id, &leaving) {
                Ok(()) => {
                    self.delete_managed(id).await;
                    Ok(())
                }
                Err(error) => Err(error),
            };
            // A group that went may have taken the stack along.
            if !self.state.stacks.all.contains_key(&owner.to_lowercase()) {
                return;
            }
            self.change_stack(key, |stack| settle(stack, id, outcome));
        }
        self.change_stack(key, |stack| stack.leaving.clear());
        self.released(key, at);
    }

    async fn delete_managed(&mut self, id: &str) {
        match group_key(id) {
            Some(group) => self.delete_group(&group).await,
            None => self.remove(&id.to_lowercase()).await,
        }
    }

    fn may_be_deleted(&self, key: &str, id: &str, leaving: &[String]) -> Result<(), ArmError> {
        let stack = self.state.stacks.all.get(key);
        let managed =
            stack.and_then(|stack| stack.resources.iter().find(|one| one.id.eq_ignore_ascii_case(id)));
        let kind = managed.map(|one| one.resource_type.clone()).unwrap_or_default();
        let along = leaving.iter().any(|other| {
            id.to_lowercase()
                .starts_with(&format!("{}/", other.to_lowercase()))
        });
        if is_undeletable(&kind) && !along {
            let message = format!("The resource type '{kind}' does not support the delete operation.");
            return Err(ArmError::new(405, "MethodNotAllowed", message));
        }
        denials::may_delete(self, id, Some(key))?;
        locks::unlocked(self, id)
    }

    /// Nothing leaves any more: the run ends, or the stack is gone.
    fn released(&mut self, key: &str, at: Timestamp) {
        let Some(stack) = self.state.stacks.all.get(key) else {
            return;
        };
        let failed = stack.resources.iter().any(|one| one.delete_failed);
        let (ending, token) = (stack.ending.is_some(), stack.operation.clone());
        if failed {
            let error = not_deleted(&stack.correlation_id, ending);
            self.change_stack(key, |stack| stack.error = Some(error));
        } else if ending {
            self.state.stacks.all.remove(key);
            self.state.stacks.end_operation(&token, None);
            self.dirty = true;
            return;
        }
        self.protect(key, at);
    }
}

fn settle(stack: &mut super::Stack, id: &str, outcome: Result<(), ArmError>) {
    match outcome {
        Ok(()) => {
            stack.resources.retain(|one| !one.id.eq_ignore_ascii_case(id));
            stack.deleted.push(id.to_owned());
        }
        Err(error) => {
            let found = stack
                .resources
                .iter_mut()
                .find(|one| one.id.eq_ignore_ascii_case(id));
            if let Some(one) = found {
                one.delete_failed = true;
            }
            stack.failed.push((id.to_owned(), error));
        }
    }
}

fn is_undeletable(resource_type: &str) -> bool {
    WITHOUT_DELETE
        .iter()
        .any(|known| known.eq_ignore_ascii_case(resource_type))
}

pub(super) fn is_deleted(action: &Action, one: &Managed) -> bool {
    if group_key(&one.id).is_some() {
        return action.resource_groups == Unmanaged::Delete;
    }
    let kept =
        is_undeletable(&one.resource_type) && action.resources_without_delete_support == Undeletable::Detach;
    action.resources == Unmanaged::Delete && !kept
}

fn takes(one: &Managed) -> Duration {
    if group_key(&one.id).is_some() {
        return GROUP_TAKES;
    }
    let row = providers::find(&one.resource_type);
    row.and_then(|row| row.takes).unwrap_or(RESOURCE_TAKES)
}

/// Children before parents, dependents before what they depend on, groups last.
fn in_order(going: &[Managed]) -> Vec<String> {
    let mut going: Vec<&Managed> = going.iter().collect();
    going.sort_by_key(|one| {
        let is_group = group_key(&one.id).is_some();
        (
            is_group,
            std::cmp::Reverse((one.rank, one.id.matches('/').count())),
        )
    });
    let mut order: Vec<String> = Vec::new();
    for one in going {
        let below = format!("{}/", one.id.to_lowercase());
        // A parent that came first by its rank waits behind its children.
        let place = order
            .iter()
            .position(|other| below.starts_with(&format!("{}/", other.to_lowercase())));
        order.insert(place.unwrap_or(order.len()), one.id.clone());
    }
    order
}

fn not_deleted(correlation: &str, ending: bool) -> ArmError {
    const CODE: &str = "DeploymentStackDeleteResourcesFailed";
    let why = "An error occurred while deleting resources. These resources are still present in the stack but can be deleted \
               manually. Please see the FailedResources property for specific error information. Deletion failures that are \
               known limitations are documented here: https://aka.ms/DeploymentStacksKnownLimitations";
    let detail = ArmError::conflict(CODE, why).object();
    let (code, message) = if ending {
        (
            "DeploymentStackDeleteFailed",
            format!(
                "One or more stages of deploymentStack deletion failed. Correlation id: '{correlation}'."
            ),
        )
    } else {
        (
            CODE,
            format!("One or more resources could not be deleted. Correlation id: '{correlation}'."),
        )
    };
    ArmError::conflict(code, message).because(vec![detail])
}
