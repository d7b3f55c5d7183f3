//! What is deployed and the environment names no more. The stack of an addition goes with the next `apply`, as the plan
//! says; a target that was there before, and plain deployments, stay until `destroy`, and the plan says so.

use super::changes::{Change, ChangeKind};
use super::checks::{Check, Verdict};
use super::destroy::Deletion;
use super::destroy_plan::{DestroyPlan, is_being_deleted, made_by};
use super::launch::Launcher;
use super::records::{self, Record};
use super::unit::Unit;
use super::{DeployError, managed, naming};
use crate::azure::{AzureError, Client};
use crate::config::{DeploymentKind, Environment, OnUnmanage};
use crate::model::resource_id::ResourceId;

/// Stacks that go, and what they must not take along.
#[derive(Clone, Debug, Default)]
pub(super) struct Unnamed {
    /// Name of the stack and of its addition.
    pub stacks: Vec<(String, String)>,
    /// What the templates name.
    needed: Vec<ResourceId>,
}

/// Whose deployment it was, if `units` has no such target or addition any more, and whether it was the target's.
fn former<'a>(record: &'a Record, units: &[Unit<'_>]) -> Option<(&'a str, bool)> {
    let (name, is_target) = naming::whose(&record.tags)?;
    let is_named = |unit: &Unit<'_>| unit.name == name && unit.is_target == is_target;
    (!units.iter().any(is_named)).then_some((name, is_target))
}

/// The stacks of additions that `units` does not have, with the names of both.
fn stacks(records: &[Record], units: &[Unit<'_>]) -> Vec<(String, String)> {
    let of_stack = records
        .iter()
        .filter(|record| record.kind == DeploymentKind::Stack);
    let goes = |record: &Record| match former(record, units)? {
        (name, false) => Some((record.name.clone(), name.to_owned())),
        _ => None,
    };
    of_stack.filter_map(goes).collect()
}

/// Whether it runs, and will not be followed by a removal of ours.
pub(super) fn is_in_the_way(record: &Record, gone: &[(String, String)]) -> bool {
    let goes_already = gone.iter().any(|(stack, _)| *stack == record.name) && is_being_deleted(&record.state);
    !record.is_finished() && !goes_already
}

/// A word on what stays although nobody names it, once for each target or addition.
pub(super) fn warnings(records: &[Record], units: &[Unit<'_>]) -> Vec<Check> {
    let mut told = Vec::new();
    let mut checks = Vec::new();
    for record in records {
        let Some((name, is_target)) = former(record, units) else {
            continue;
        };
        let stays = is_target || record.kind == DeploymentKind::Incremental;
        if !stays || told.contains(&name) {
            continue;
        }
        told.push(name);
        let what = if is_target { "target" } else { "add-on" };
        let detail = format!(
            "the {what} `{name}` was deployed and is not named any more: what it made stays until `down`"
        );
        checks.push(Check::new(
            &format!("deployment {}", record.name),
            Verdict::Warning,
            detail,
        ));
    }
    checks
}

/// What is to go, what becomes of its resources, and the locks that forbid it. `changes` are those of what is named.
pub(super) async fn foresee(
    client: &Client,
    environment: &Environment,
    (units, records): (&[Unit<'_>], &[Record]),
    changes: &[Change],
) -> Result<(Unnamed, Vec<Change>, Vec<Check>), DeployError> {
    let stacks = stacks(records, units);
    if stacks.is_empty() {
        return Ok((Unnamed::default(), Vec::new(), Vec::new()));
    }
    let goes_or_is_left = [ChangeKind::Ignore, ChangeKind::Delete, ChangeKind::Detach];
    let ids = changes
        .iter()
        .filter(|change| !goes_or_is_left.contains(&change.kind))
        .filter_map(|change| change.id.as_deref());
    let unnamed = Unnamed {
        stacks,
        needed: ids.map(ResourceId::new).collect(),
    };
    let plan = unnamed.look(client, environment, records.to_vec(), &[]).await;
    let plan = plan.map_err(DeployError::azure("find what the environment names no more"))?;
    let blocked = |lock: &String| {
        let detail = format!(
            "`{lock}` forbids the removal of what the environment names no more: remove it first, `az lock delete --ids \
             {lock}`"
        );
        Check::new("locks", Verdict::Blocked, detail)
    };
    let checks = plan.locks.iter().map(blocked).collect();
    Ok((unnamed.clone(), unnamed.changes(environment, &plan), checks))
}

impl Unnamed {
    /// Looks at what the stacks among `records` hold, without what is needed.
    async fn look(
        &self,
        client: &Client,
        environment: &Environment,
        mut records: Vec<Record>,
        also_needed: &[ResourceId],
    ) -> Result<DestroyPlan, AzureError> {
        records.retain(|record| self.stacks.iter().any(|(stack, _)| *stack == record.name));
        let plan = DestroyPlan {
            environment: environment.name.to_string(),
            resource_group: environment.azure.resource_group.to_string(),
            group_exists: true,
            ..DestroyPlan::default()
        };
        let needed = [self.needed.as_slice(), also_needed].concat();
        let mut plan = made_by(client, environment, plan, records, &needed).await?;
        if environment.azure.stack.on_unmanage == OnUnmanage::Detach {
            plan.locks.clear();
        }
        Ok(plan)
    }

    /// Removes it, once everything that is named is there: `deployed` is what that consists of.
    pub async fn remove(&self, launcher: &Launcher<'_>, deployed: &[ResourceId]) -> Result<(), DeployError> {
        let (client, environment) = (launcher.client, launcher.environment);
        let looking = DeployError::azure("find what the environment names no more");
        let records = records::of_environment(client, environment).await;
        let plan = self
            .look(client, environment, records.map_err(&looking)?, deployed)
            .await;
        let mut plan = plan.map_err(looking)?;
        if environment.azure.stack.on_unmanage == OnUnmanage::Detach {
            plan.resources.clear();
        }
        let mut deletion = Deletion::new(client, environment, &plan, launcher.sink, launcher.stop);
        let removed = async {
            deletion.stacks().await?;
            deletion.resources().await?;
            deletion.records().await
        };
        removed.await.map_err(|error| match error {
            // Whoever goes on with a removal would remove everything.
            DeployError::DestroyStopped { deleted, left } => DeployError::RemovalStopped { deleted, left },
            error => error,
        })
    }

    fn changes(&self, environment: &Environment, plan: &DestroyPlan) -> Vec<Change> {
        let kind = match environment.azure.stack.on_unmanage {
            OnUnmanage::Delete => ChangeKind::Delete,
            OnUnmanage::Detach => ChangeKind::Detach,
        };
        let change = |kind, id: ResourceId, reason| Change {
            kind,
            resource_type: id.resource_type(),
            name: id.full_name(),
            id: Some(id.as_str().to_owned()),
            delta: Vec::new(),
            reason,
        };
        let stacks = self.stacks.iter().map(|(stack, addition)| {
            let reason = format!("the environment does not name `{addition}` any more");
            let id = managed::stack_id(environment, stack);
            change(ChangeKind::Delete, ResourceId::new(id), Some(reason))
        });
        let resources = plan
            .resources
            .iter()
            .map(|removal| change(kind, ResourceId::new(removal.id.clone()), None));
        stacks.chain(resources).collect()
    }
}
