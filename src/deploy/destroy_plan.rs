//! What `down` would remove: what our own deployments of the environment made, and nothing else.
//!
//! Azure keeps no owner. Made by us is what a deployment with our tag lists among its resources or its operations,
//! unless the resource is older than the first of our deployments that touched it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::deletion_order::is_below;
use super::records::{self, Record};
use super::{DeployError, naming};
use crate::azure::deployments::Dependency;
use crate::azure::groups::GroupScope;
use crate::azure::resources::Resource;
use crate::azure::{AzureError, Client};
use crate::config::{DeploymentKind, Environment};
use crate::model::resource_id::ResourceId;

/// How much older than our deployment a resource must be to count as somebody else's.
const SLACK: Duration = Duration::from_mins(1);

/// What `destroy` would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DestroyPlan {
    pub environment: String,
    pub resource_group: String,
    pub group_exists: bool,
    pub resources: Vec<Removal>,
    /// Resources that our deployments changed but did not make; they stay.
    pub kept: Vec<String>,
    /// Whether the group goes as well, if nothing is left in it: only when we made it.
    pub deletes_group: bool,
    /// The locks that forbid it.
    pub locks: Vec<String>,
    /// The deployment stacks that go, dependents first.
    pub stacks: Vec<String>,
    /// The records of our plain deployments.
    pub deployments: Vec<String>,
    /// Deployments of the environment that still run.
    pub running: Vec<String>,
    #[serde(skip)]
    pub(super) dependencies: Vec<Dependency>,
}

/// One resource that goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Removal {
    pub id: String,
    #[serde(rename = "type")]
    pub resource_type: String,
    pub name: String,
    /// The deployment stack that takes it along.
    pub stack: Option<String>,
    #[serde(skip)]
    pub(super) api_version: Option<String>,
}

impl DestroyPlan {
    /// Whether there is nothing to remove.
    pub fn is_empty(&self) -> bool {
        let records = self.stacks.is_empty() && self.deployments.is_empty();
        self.resources.is_empty() && records && !self.deletes_group
    }
}

/// Looks at what `destroy` would remove; changes nothing. A group that is not there means an empty plan.
///
/// # Errors
///
/// [`DeployError::Azure`].
pub async fn destroy_plan(client: &Client, environment: &Environment) -> Result<DestroyPlan, DeployError> {
    look(client, environment)
        .await
        .map_err(DeployError::azure("find what was deployed"))
}

async fn look(client: &Client, environment: &Environment) -> Result<DestroyPlan, AzureError> {
    let scope = naming::scope(environment);
    let mut plan = DestroyPlan {
        environment: environment.name.to_string(),
        resource_group: scope.group.clone(),
        ..DestroyPlan::default()
    };
    let Some(group) = client.group(&scope).await? else {
        return Ok(plan);
    };
    plan.group_exists = true;
    plan.deletes_group =
        group.tags.get(naming::CREATED_TAG).map(String::as_str) == Some(environment.name.as_str());
    let records = records::of_environment(client, environment).await?;
    made_by(client, environment, plan, records, &[]).await
}

/// Adds to `plan` what `records` made, without what somebody still needs.
pub(super) async fn made_by(
    client: &Client,
    environment: &Environment,
    mut plan: DestroyPlan,
    mut records: Vec<Record>,
    needed: &[ResourceId],
) -> Result<DestroyPlan, AzureError> {
    let scope = naming::scope(environment);
    let present = client.resources(&scope).await?;
    let mut made = Made::default();
    // What an addition made may need the target.
    records.sort_by_key(|record| naming::whose(&record.tags).is_some_and(|(_, is_target)| is_target));
    for listed in records {
        match listed.kind {
            DeploymentKind::Stack => plan.stacks.push(listed.name.clone()),
            DeploymentKind::Incremental => plan.deployments.push(listed.name.clone()),
        }
        if !listed.is_finished() && !is_being_deleted(&listed.state) {
            plan.running.push(listed.name.clone());
        }
        let whole = records::find(client, &scope, listed.kind, &listed.name).await?;
        made.take(client, &scope, &mut plan, whole.unwrap_or(listed))
            .await?;
    }
    let of_stacks = records_of_stacks(client, environment, &plan).await?;
    plan.deployments.extend(of_stacks);
    made.sort_into(&mut plan, &scope, &present, needed);
    plan.locks = locks(client, &scope, &plan).await?;
    Ok(plan)
}

/// The records of the deployments that stacks of the environment ran, those of stacks that are gone among them: a stack
/// names its deployments after itself, gives them no tags, and leaves their records behind, also when a removal was cut
/// short between the two.
async fn records_of_stacks(
    client: &Client,
    environment: &Environment,
    plan: &DestroyPlan,
) -> Result<Vec<String>, AzureError> {
    let scope = naming::scope(environment);
    let prefix = naming::stack_name(environment.name.as_str(), "");
    let mut named: Vec<String> = Vec::new();
    for deployment in client.deployments(&scope).await? {
        let is_known = plan.deployments.contains(&deployment.name) || !deployment.tags.is_empty();
        if deployment.name.starts_with(&prefix) && deployment.is_finished() && !is_known {
            named.push(deployment.name);
        }
    }
    if named.is_empty() {
        return Ok(named);
    }
    // The name of another environment may begin with ours.
    let stacks = client.stacks(&scope).await?;
    let others = stacks.iter().map(|stack| format!("{}-", stack.name));
    let ours: Vec<String> = plan.stacks.iter().map(|stack| format!("{stack}-")).collect();
    let others: Vec<String> = others.filter(|name| !ours.contains(name)).collect();
    named.retain(|name| !others.iter().any(|other| name.starts_with(other)));
    Ok(named)
}

/// What our deployments touched.
#[derive(Default)]
struct Made {
    by_key: BTreeMap<String, Removal>,
    /// When the first of our deployments touched it.
    first_touch: BTreeMap<String, Timestamp>,
}

impl Made {
    async fn take(
        &mut self,
        client: &Client,
        scope: &GroupScope,
        plan: &mut DestroyPlan,
        record: Record,
    ) -> Result<(), AzureError> {
        let stack = (record.kind == DeploymentKind::Stack).then_some(record.name.as_str());
        for id in &record.resources {
            self.note(id, None, record.since, stack);
        }
        plan.dependencies.extend(record.dependencies);
        let Some(deployment_id) = &record.deployment_id else {
            return Ok(());
        };
        if stack.is_some() {
            let deployment = client
                .deployment(scope, ResourceId::new(deployment_id).name())
                .await?;
            plan.dependencies
                .extend(deployment.into_iter().flat_map(|one| one.dependencies));
        }
        for operation in client.operations(deployment_id).await? {
            if let Some(target) = operation
                .target
                .filter(|_| operation.kind.eq_ignore_ascii_case("create"))
            {
                self.note(&target.id, target.api_version, record.since, None);
            }
        }
        Ok(())
    }

    /// What a stack manages goes with it, whoever else touched it.
    fn note(
        &mut self,
        id: &ResourceId,
        api_version: Option<String>,
        began: Option<Timestamp>,
        stack: Option<&str>,
    ) {
        let entry = self.by_key.entry(id.key()).or_insert_with(|| Removal {
            id: id.as_str().to_owned(),
            resource_type: id.resource_type(),
            name: id.full_name(),
            stack: None,
            api_version: None,
        });
        if api_version.is_some() {
            entry.api_version = api_version;
        }
        if stack.is_some() {
            entry.stack = stack.map(str::to_owned);
        }
        if let Some(began) = began {
            let first = self.first_touch.entry(id.key()).or_insert(began);
            *first = began.min(*first);
        }
    }

    /// Drops what is gone already and keeps what is older than we are, each with everything below it, and what is needed,
    /// with everything that it stands on.
    fn sort_into(
        self,
        plan: &mut DestroyPlan,
        scope: &GroupScope,
        present: &[Resource],
        needed: &[ResourceId],
    ) {
        let is_older =
            |resource: &&Resource| match (resource.created, self.first_touch.get(&resource.id.key())) {
                (Some(created), Some(first)) => created + SLACK < *first,
                _ => false,
            };
        let older: Vec<&Resource> = present.iter().filter(is_older).collect();
        let here: BTreeSet<String> = present.iter().map(|resource| resource.id.key()).collect();
        let mut detached = BTreeSet::new();
        let in_group = format!("{}/providers/", scope.path().to_lowercase());
        for (key, removal) in self.by_key {
            let id = ResourceId::new(removal.id.clone());
            let on = |resource: &Resource| id == resource.id || is_below(&id, &resource.id);
            let is_needed = needed.iter().any(|one| *one == id || is_below(one, &id));
            if is_needed || older.iter().any(|resource| on(resource)) {
                // Azure deletes all or nothing of a stack: this one is let go whole, and the rest is deleted one by one.
                detached.extend(removal.stack);
                plan.kept.push(removal.id);
            } else if !key.starts_with(&in_group) || here.contains(&key) || present.iter().any(on) {
                plan.resources.push(removal);
            }
        }
        let is_detached = |name: &String| detached.contains(name);
        for removal in &mut plan.resources {
            removal.stack = removal.stack.take().filter(|name| !is_detached(name));
        }
    }
}

/// Whether a stack is on its way out, or is deleting what its last change left unmanaged: an end that is waited for.
pub(super) fn is_being_deleted(state: &str) -> bool {
    ["deleting", "deletingresources"].contains(&state.to_ascii_lowercase().as_str())
}

/// The locks on the group, above it, or on what would be removed.
async fn locks(client: &Client, scope: &GroupScope, plan: &DestroyPlan) -> Result<Vec<String>, AzureError> {
    let group = ResourceId::new(scope.path());
    let concerns = |locked: &str| {
        let locked = ResourceId::new(locked);
        locked == group
            || is_below(&group, &locked)
            || plan.resources.iter().any(|removal| {
                let id = ResourceId::new(removal.id.clone());
                id == locked || is_below(&id, &locked) || is_below(&locked, &id)
            })
    };
    let locks = client.locks(scope).await?;
    let ids = locks.iter().map(|lock| lock.id.as_str());
    Ok(ids
        .filter(|id| concerns(locked_scope(id)))
        .map(str::to_owned)
        .collect())
}

/// What a lock's id says it locks: everything before `/providers/Microsoft.Authorization/locks/`.
fn locked_scope(lock: &str) -> &str {
    let at = lock
        .to_ascii_lowercase()
        .rfind("/providers/microsoft.authorization/locks/");
    at.map_or(lock, |at| &lock[..at])
}
