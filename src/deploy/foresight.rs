//! What each deployment of a bundle would change: Azure's what-if where it can be asked, the template alone where not.

use std::collections::HashSet;

use super::baseline::Baseline;
use super::changes::{self, Change, ChangeKind};
use super::plan::{Plan, Preview, Share};
use super::records::Record;
use super::unit::Unit;
use super::{DeployError, graph, managed, naming, preview, unnamed};
use crate::azure::Client;
use crate::azure::groups::GroupScope;
use crate::config::{DeploymentKind, Environment};

/// Asks Azure what each deployment would change; where Azure cannot be asked yet, the template alone tells.
pub(super) async fn foresee(
    client: &Client,
    environment: &Environment,
    (units, records): (&[Unit<'_>], &[Record]),
    baseline: &Baseline,
    plan: &mut Plan,
) -> Result<(), DeployError> {
    let scope = &naming::scope(environment);
    if !plan.group_exists {
        plan.changes.push(preview::group(scope));
    }
    if plan.group_exists && plan.unregistered.is_empty() {
        plan.preview = Preview::Azure;
    }
    for unit in units {
        let mut changes = match (plan.preview, unit.lacks) {
            (Preview::Azure, None) => {
                let (mut changes, noise) = ask_azure(client, environment, scope, unit).await?;
                plan.noise += noise;
                let known = changes
                    .iter_mut()
                    .filter_map(|change| baseline.subtract(unit.name, change));
                plan.hidden.extend(known);
                changes
            }
            _ => preview::creations(scope, &plan.location, unit),
        };
        if environment.azure.deployment == DeploymentKind::Stack {
            changes.extend(managed::changes(environment, unit, records, &changes));
        }
        plan.shares.insert(unit.name.to_owned(), Share::of(&changes));
        plan.changes.extend(changes);
        plan.links.extend(graph::links(scope, &plan.location, unit));
    }
    let (unnamed, changes, blocked) =
        unnamed::foresee(client, environment, (units, records), &plan.changes).await?;
    plan.unnamed = unnamed;
    plan.changes.extend(changes);
    plan.checks.extend(blocked);
    plan.suppressed = plan.hidden.iter().map(|change| change.delta.len()).sum();
    forget_what_a_neighbour_has(&mut plan.changes);
    Ok(())
}

/// Azure says of every resource in the group that a template does not name that it is left alone; another deployment of
/// ours may name it.
fn forget_what_a_neighbour_has(changes: &mut Vec<Change>) {
    let key = |change: &Change| change.id.as_ref().map(|id| id.to_ascii_lowercase());
    let named = changes.iter().filter(|change| change.kind != ChangeKind::Ignore);
    let mut told: HashSet<String> = named.filter_map(key).collect();
    changes
        .retain(|change| change.kind != ChangeKind::Ignore || key(change).is_none_or(|id| told.insert(id)));
}

/// Validates first, so that a refusal is told before the slower what-if.
async fn ask_azure(
    client: &Client,
    environment: &Environment,
    scope: &GroupScope,
    unit: &Unit<'_>,
) -> Result<(Vec<Change>, usize), DeployError> {
    let run = naming::run_id();
    let name = naming::deployment_name(unit.environment, unit.name, &run);
    let body = naming::body(unit, &run);
    let refused = |doing| {
        let name = name.clone();
        move |error| DeployError::of_refusal(environment.name.as_str(), &name, doing, error)
    };
    client
        .validate(scope, &name, &body)
        .await
        .map_err(refused("validate the deployment"))?;
    let foreseen = client
        .what_if(scope, &name, &body)
        .await
        .map_err(refused("preview the deployment"))?;
    let mut noise = 0;
    let changes = foreseen.iter().map(|change| {
        let (change, count) = changes::read(change);
        noise += count;
        change
    });
    Ok((changes.collect(), noise))
}
