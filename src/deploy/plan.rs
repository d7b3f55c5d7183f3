//! The plan: what was checked, what would change. Making it changes nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::baseline::Baseline;
use super::changes::Change;
use super::checks::{self, Asked, Check, Found, Granted, Verdict};
use super::counts::Counts;
use super::foretold::foretell;
use super::graph::{self, Link};
use super::records::{self, Record};
use super::unit::{Unit, units};
use super::unnamed::{self, Unnamed};
use super::{DeployError, foresight, managed, naming, outputs, preview};
use crate::azure::Client;
use crate::azure::groups::{Group, GroupScope};
use crate::config::Environment;
use crate::run::{Sink, Step, Stop};
use crate::template::{Bundle, Reminder};

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
    /// Properties that a what-if showed alike right after the last deployment; they are left out of `changes`.
    pub suppressed: usize,
    /// Those properties, once [`Plan::reveal`] is asked for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revealed: Vec<Change>,
    #[serde(skip)]
    pub(super) hidden: Vec<Change>,
    /// What waits for what.
    #[serde(skip)]
    pub(super) links: Vec<Link>,
    /// What is done once everything is deployed, where it is not done yet.
    pub steps: Vec<String>,
    /// What a person should know before going on.
    pub reminders: Vec<Reminder>,
    /// Resource providers that are not registered yet.
    pub unregistered: Vec<String>,
    /// Whether `apply` may register them.
    pub may_register: bool,
    /// Whether nobody is going to want what Azure shows right afterwards.
    #[serde(skip)]
    pub(super) without_baseline: bool,
    /// What goes since nobody names it any more.
    #[serde(skip)]
    pub(super) unnamed: Unnamed,
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

    /// The same plan, telling also what it suppresses.
    pub fn reveal(mut self) -> Self {
        self.revealed = std::mem::take(&mut self.hidden);
        self
    }

    /// The same plan with the consent to register resource providers in the subscription.
    pub fn with_registration(mut self) -> Self {
        self.may_register = true;
        self
    }

    /// The same plan for an environment that nobody plans again: its baseline is not taken, which saves a what-if.
    pub fn without_baseline(mut self) -> Self {
        self.without_baseline = true;
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
    plan_against(client, environment, bundle, &Baseline::default(), sink, stop).await
}

/// As [`plan`], without what a what-if showed alike right after the last deployment.
///
/// # Errors
///
/// As [`plan`].
pub async fn plan_against(
    client: &Client,
    environment: &Environment,
    bundle: &Bundle,
    baseline: &Baseline,
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<Plan, DeployError> {
    tokio::select! {
        biased;
        () = stop.asked() => Err(DeployError::PlanStopped { environment: environment.name.to_string() }),
        made = look(client, environment, bundle, baseline, sink) => made,
    }
}

async fn look(
    client: &Client,
    environment: &Environment,
    bundle: &Bundle,
    baseline: &Baseline,
    sink: &dyn Sink,
) -> Result<Plan, DeployError> {
    let scope = naming::scope(environment);
    let step = Step::start(sink, "check", "Check the subscription");
    let reading = DeployError::azure("check the subscription");
    let mut plan = Plan::new(environment, &scope);
    plan.steps = bundle.steps().map(|step| step.title.clone()).collect();
    plan.reminders = bundle.reminders().cloned().collect();
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
    let mut units = units(bundle, &there)?;
    let place = &environment.azure.location;
    foretell(&mut units, bundle, &scope, place);
    plan.links = graph::across(&scope, place, &units, bundle);
    let asked = Asked::about(client, &scope, place, group.as_ref(), &units).await;
    let found = Box::pin(checks::preflight(&asked.map_err(&reading)?)).await;
    let granted = plan.take(group.as_ref(), found.map_err(&reading)?);
    plan.checks.extend(checks::wanted(client, bundle).await?);
    plan.checks.extend(unnamed::warnings(&records, &units));
    let under_way = records.iter().filter(|record| !record.is_finished());
    plan.checks.extend(under_way.map(checks::running));
    step.done(None);

    let step = Step::start(sink, "preview", "Preview the changes");
    plan.foresee(client, environment, (&units, &records, baseline), &granted)
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
        (units, records, baseline): (&[Unit<'_>], &[Record], &Baseline),
        granted: &Granted,
    ) -> Result<(), DeployError> {
        let scope = naming::scope(environment);
        let foreseen = foresight::foresee(client, environment, (units, records), baseline, self).await;
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
    pub(super) fn new(environment: &Environment, scope: &GroupScope) -> Self {
        Self {
            environment: environment.name.to_string(),
            target: environment.target.kind.to_string(),
            subscription: scope.subscription.clone(),
            resource_group: scope.group.clone(),
            location: environment.azure.location.clone(),
            group_exists: false,
            preview: Preview::Template,
            steps: Vec::new(),
            reminders: Vec::new(),
            checks: Vec::new(),
            changes: Vec::new(),
            counts: Counts::default(),
            noise: 0,
            suppressed: 0,
            revealed: Vec::new(),
            hidden: Vec::new(),
            links: Vec::new(),
            unregistered: Vec::new(),
            may_register: false,
            without_baseline: false,
            unnamed: Unnamed::default(),
            shares: BTreeMap::new(),
        }
    }
}
