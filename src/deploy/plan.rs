//! The plan: what was checked, what would change. Making it changes nothing.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::changes::{Change, ChangeKind};
use super::checks::{self, Asked, Check, Found, Granted, Verdict};
use super::records::{self, Record};
use super::unit::{Unit, units};
use super::{DeployError, foresight, managed, naming, outputs, preview};
use crate::azure::Client;
use crate::azure::groups::{Group, GroupScope};
use crate::config::Environment;
use crate::run::{Sink, Step, Stop};
use crate::template::Bundle;

/// What `apply` would do.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    pub environment: String,
    pub target: String,
    pub subscription: String,
    pub resource_group: String,
    pub location: String,
    pub group_exists: bool,
    /// Who foresaw the changes.
    pub preview: Preview,
    pub checks: Vec<Check>,
    pub changes: Vec<Change>,
    pub counts: Counts,
    /// Properties that Azure reports as changed without effect; they are left out of `changes`.
    pub noise: usize,
    /// Resource providers that are not registered yet.
    pub unregistered: Vec<String>,
    /// Whether `apply` may register them.
    pub may_register: bool,
    /// What each deployment goes through, by the name of the target or addition.
    #[serde(skip)]
    pub(super) shares: BTreeMap<String, Share>,
}

/// One deployment's share of a plan.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    pub resources: u64,
    pub is_empty: bool,
}

impl Share {
    pub(super) fn of(changes: &[Change]) -> Self {
        let counts = Counts::of(changes);
        Self {
            resources: (counts.changing() + counts.no_change + counts.unsupported) as u64,
            is_empty: counts.changing() == 0,
        }
    }
}

/// Who foresaw the changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preview {
    /// Azure's what-if.
    Azure,
    /// The template alone: there is no group yet, or a provider is not registered, so Azure cannot be asked.
    Template,
}

/// How many resources would change in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub create: usize,
    pub modify: usize,
    pub delete: usize,
    pub detach: usize,
    pub no_change: usize,
    pub ignore: usize,
    pub unsupported: usize,
}

impl Counts {
    fn of(changes: &[Change]) -> Self {
        let count = |kind| changes.iter().filter(|change| change.kind == kind).count();
        Self {
            create: count(ChangeKind::Create),
            modify: count(ChangeKind::Modify),
            delete: count(ChangeKind::Delete),
            detach: count(ChangeKind::Detach),
            no_change: count(ChangeKind::NoChange),
            ignore: count(ChangeKind::Ignore),
            unsupported: count(ChangeKind::Unsupported),
        }
    }

    fn changing(self) -> usize {
        self.create + self.modify + self.delete + self.detach
    }
}

impl fmt::Display for Counts {
    /// `4 to create, 1 unchanged`; what is 0 is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changing = [
            (self.create, "to create"),
            (self.modify, "to change"),
            (self.delete, "to delete"),
            (self.detach, "to leave unmanaged"),
        ];
        let also = [
            (self.no_change, "unchanged"),
            (self.unsupported, "not foreseeable"),
        ];
        let said = |(count, word): &(usize, &str)| (*count > 0).then(|| format!("{count} {word}"));
        let mut words: Vec<String> = changing.iter().filter_map(said).collect();
        if words.is_empty() {
            words.push("nothing to change".to_owned());
        }
        words.extend(also.iter().filter_map(said));
        f.write_str(&words.join(", "))
    }
}

impl Plan {
    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.counts.changing() == 0
    }

    /// The checks that stand in the way.
    pub fn failed(&self) -> Vec<&Check> {
        self.checks
            .iter()
            .filter(|check| check.verdict == Verdict::Failed)
            .collect()
    }

    /// The same plan with the consent to register resource providers in the subscription.
    pub fn with_registration(mut self) -> Self {
        self.may_register = true;
        self
    }
}

/// Looks at everything that `apply` would need and change.
///
/// # Errors
///
/// [`DeployError::Invalid`] when Azure does not accept the template, [`DeployError::Azure`] when it cannot be asked,
/// [`DeployError::PlanStopped`] when somebody asked to stop. A failed check is no error: it is in the plan.
pub async fn plan(
    client: &Client,
    environment: &Environment,
    bundle: &Bundle,
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<Plan, DeployError> {
    tokio::select! {
        biased;
        () = stop.asked() => Err(DeployError::PlanStopped { environment: environment.name.to_string() }),
        made = look(client, environment, bundle, sink) => made,
    }
}

async fn look(
    client: &Client,
    environment: &Environment,
    bundle: &Bundle,
    sink: &dyn Sink,
) -> Result<Plan, DeployError> {
    let scope = naming::scope(environment);
    let step = Step::start(sink, "check", "Check the subscription");
    let reading = DeployError::azure("check the subscription");
    let mut plan = Plan::new(environment, &scope);
    let subscription = checks::subscription(client, &scope.subscription).await;
    plan.checks.push(subscription.map_err(&reading)?);
    if !plan.failed().is_empty() {
        return Ok(plan);
    }
    let group = client.group(&scope).await.map_err(&reading)?;
    let records = match &group {
        Some(_) => records::of_environment(client, environment)
            .await
            .map_err(&reading)?,
        None => Vec::new(),
    };
    let there = outputs::by_name(client, environment, &records).await?;
    let units = units(bundle, &there)?;
    let place = &environment.azure.location;
    let asked = Asked::about(client, &scope, place, group.as_ref(), &units).await;
    let found = Box::pin(checks::preflight(&asked.map_err(&reading)?)).await;
    let granted = plan.take(group.as_ref(), found.map_err(&reading)?);
    let under_way = records.iter().filter(|record| !record.is_finished());
    plan.checks.extend(under_way.map(checks::running));
    step.done(None);

    let step = Step::start(sink, "preview", "Preview the changes");
    plan.foresee(client, environment, (&units, &records), &granted)
        .await?;
    step.done(plan.counts.to_string());
    Ok(plan)
}

impl Plan {
    /// Takes what the checks found; gives back what the sign-in may do.
    fn take(&mut self, group: Option<&Group>, found: Found) -> Granted {
        self.group_exists = group.is_some();
        self.checks.extend(found.checks);
        let missing = found
            .providers
            .iter()
            .filter(|provider| !provider.is_registered());
        self.unregistered = missing.map(|provider| provider.namespace.clone()).collect();
        found.granted
    }

    /// Adds the changes, and the checks that need to know them.
    async fn foresee(
        &mut self,
        client: &Client,
        environment: &Environment,
        (units, records): (&[Unit<'_>], &[Record]),
        granted: &Granted,
    ) -> Result<(), DeployError> {
        let scope = naming::scope(environment);
        let foreseen = foresight::foresee(client, environment, units, records, self).await;
        let needed = match &foreseen {
            Ok(()) => self.changes.clone(),
            // Azure refused to look: everything that the templates make is what would be written.
            Err(_) => preview::all(&scope, &self.location, units),
        };
        let permissions = checks::permissions(
            granted,
            &scope,
            &needed,
            &managed::actions(environment),
            &self.unregistered,
        );
        self.checks.extend(permissions);
        self.checks.extend(checks::fixed(units, &self.changes));
        self.counts = Counts::of(&self.changes);
        match foreseen {
            // A failed check is the better answer: it says why Azure refuses.
            Err(error) if error.is_refusal() && !self.failed().is_empty() => {
                self.checks.push(checks::refused(&error));
                Ok(())
            }
            foreseen => foreseen,
        }
    }
}

impl Plan {
    fn new(environment: &Environment, scope: &GroupScope) -> Self {
        Self {
            environment: environment.name.to_string(),
            target: environment.target.kind.to_string(),
            subscription: scope.subscription.clone(),
            resource_group: scope.group.clone(),
            location: environment.azure.location.clone(),
            group_exists: false,
            preview: Preview::Template,
            checks: Vec::new(),
            changes: Vec::new(),
            counts: Counts::default(),
            noise: 0,
            unregistered: Vec::new(),
            may_register: false,
            shares: BTreeMap::new(),
        }
    }
}
