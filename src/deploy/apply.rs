//! Doing what the plan says: providers, group, deployments. Each fact is in the journal before the call it is about.
//!
//! Deployments run side by side unless one takes what another gives. One that an earlier run began is seen to its end
//! first; what it deployed is not deployed again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use camino::Utf8Path;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::baseline::{self, Baseline, Succeeded};
use super::launch::Launcher;
use super::memory::Memory;
use super::records::{self, Record};
use super::unit::{Unit, needs, units};
use super::unnamed;
use super::{Check, DeployError, Outputs, Plan, Verdict, naming, outputs};
use crate::azure::Client;
use crate::config::Environment;
use crate::run::{Event, Sink, Step, Stop};
use crate::template::Bundle;

/// Carries out `plan` and returns the outputs in the templates' spelling: the target's, then those of its additions.
///
/// What the plan does not change is not deployed again.
///
/// # Errors
///
/// [`DeployError::Busy`], [`DeployError::Active`], [`DeployError::NotReady`] and [`DeployError::Unregistered`] before
/// anything is changed; [`DeployError::Failed`] with the innermost reasons; [`DeployError::Stopped`] when asked to stop,
/// which leaves the deployment running; [`DeployError::RemovalStopped`] once everything that is named is deployed.
pub async fn apply(
    client: &Client,
    environment: &Environment,
    bundle: &Bundle,
    plan: &Plan,
    journal_path: &Utf8Path,
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<Outputs, DeployError> {
    let launcher = Launcher {
        client,
        environment,
        scope: naming::scope(environment),
        memory: Mutex::new(Memory::open(journal_path)?),
        sink,
        stop,
    };
    let taken_up = launcher.take_up().await?;
    let present = if plan.group_exists || !taken_up.is_empty() {
        let records = records::of_environment(client, environment).await;
        let records = records.map_err(DeployError::azure("read the deployments"))?;
        is_free(&records, plan)?;
        outputs::by_name(client, environment, &records).await?
    } else {
        BTreeMap::new()
    };
    let mut run = Run {
        launcher: &launcher,
        bundle,
        plan,
        taken_up,
        present,
        done: BTreeSet::new(),
        begun: BTreeSet::new(),
        deployed: Vec::new(),
        prepared: false,
    };
    run.everything().await?;
    if !plan.unnamed.stacks.is_empty() {
        launcher.is_ready(plan)?;
        let deployed = run
            .deployed
            .iter()
            .flat_map(|(_, record)| record.resources.clone());
        plan.unnamed
            .remove(&launcher, &deployed.collect::<Vec<_>>())
            .await?;
        let names = plan.unnamed.stacks.iter().map(|(_, name)| name.as_str());
        Baseline::forget(&Baseline::beside(journal_path), environment, names, sink);
    }
    if !plan.without_baseline {
        run.take_baseline(&Baseline::beside(journal_path)).await?;
    }
    if !run.prepared && run.taken_up.is_empty() && plan.unnamed.stacks.is_empty() {
        sink.emit(Event::Note {
            text: "nothing to deploy: the environment is as the template says".to_owned(),
        });
    }
    run.outputs()
}

/// Whoever deploys the environment elsewhere is not disturbed.
fn is_free(records: &[Record], plan: &Plan) -> Result<(), DeployError> {
    let runs = |record: &&Record| unnamed::is_in_the_way(record, &plan.unnamed.stacks);
    match records.iter().find(runs) {
        None => Ok(()),
        Some(record) => Err(DeployError::Active {
            deployment: record.name.clone(),
            since: record.at.map(|at| format!("{at:.0}")),
            by: record.by.clone(),
            source: None,
        }),
    }
}

/// One `apply`. Units are meant by their place in the bundle's order.
struct Run<'a> {
    launcher: &'a Launcher<'a>,
    bundle: &'a Bundle,
    plan: &'a Plan,
    /// What an earlier run began and this one saw succeed, with its fingerprint.
    taken_up: Vec<(String, Record)>,
    /// What is deployed gave back, by name.
    present: BTreeMap<String, Outputs>,
    done: BTreeSet<usize>,
    begun: BTreeSet<usize>,
    /// What this run saw succeed, by name.
    deployed: Vec<(String, Record)>,
    prepared: bool,
}

impl<'a> Run<'a> {
    /// Deploys what needs it, each as soon as what it takes is there. After an error nothing more begins, and what runs
    /// is followed to its end.
    async fn everything(&mut self) -> Result<(), DeployError> {
        let mut running = FuturesUnordered::new();
        let mut failed = None;
        loop {
            while failed.is_none() {
                match self.next().await {
                    Ok(Some((index, unit, resources))) => {
                        let launcher = self.launcher;
                        let name = unit.name;
                        running.push(async move {
                            let ended = launcher.deploy(unit, resources).await;
                            (index, name, ended)
                        });
                    }
                    Ok(None) => break,
                    Err(error) => failed = Some(error),
                }
            }
            match running.next().await {
                None => return failed.map_or(Ok(()), Err),
                Some((index, name, Ok(record))) => {
                    self.present.insert(name.to_owned(), Outputs::of(&record));
                    self.deployed.push((name.to_owned(), record));
                    self.done.insert(index);
                }
                Some((_, _, Err(error))) => failed = failed.or(Some(error)),
            }
        }
    }

    /// The next unit to deploy, with its number of resources; those that need nothing are passed over.
    async fn next(&mut self) -> Result<Option<(usize, Unit<'a>, u64)>, DeployError> {
        let needs = needs(self.bundle);
        for (index, unit) in units(self.bundle, &self.present)?.into_iter().enumerate() {
            let ready = needs[index].iter().all(|needed| self.done.contains(needed));
            if !ready || !self.begun.insert(index) {
                continue;
            }
            let share = self.plan.shares.get(unit.name).copied().unwrap_or_default();
            let fingerprint = naming::fingerprint(&unit, self.launcher.environment);
            let taken_up = self.taken_up.iter().find(|(known, _)| *known == fingerprint);
            let is_done = share.is_empty || taken_up.is_some();
            if is_done && self.present.contains_key(unit.name) {
                let seen = taken_up.map(|(_, record)| (unit.name.to_owned(), record.clone()));
                self.deployed.extend(seen);
                self.done.insert(index);
                // What waited for this one may be ready, wherever it stands.
                return Box::pin(self.next()).await;
            }
            if !self.prepared {
                self.launcher.prepare(self.plan).await?;
                self.prepared = true;
            }
            return Ok(Some((index, unit, share.resources)));
        }
        Ok(None)
    }

    /// Keeps what Azure shows of what was deployed.
    async fn take_baseline(&self, path: &Utf8Path) -> Result<(), DeployError> {
        let units = units(self.bundle, &self.present)?;
        let succeeded: Vec<Succeeded<'_>> = units
            .into_iter()
            .filter_map(|unit| {
                let (_, record) = self.deployed.iter().find(|(name, _)| name == unit.name)?;
                Some(Succeeded { unit, record })
            })
            .collect();
        let Launcher {
            client,
            environment,
            sink,
            stop,
            ..
        } = self.launcher;
        baseline::take(client, environment, &succeeded, path, (*sink, stop)).await;
        Ok(())
    }

    fn outputs(self) -> Result<Outputs, DeployError> {
        let mut all: Option<Outputs> = None;
        for unit in units(self.bundle, &self.present)? {
            let Some(own) = self.present.get(unit.name) else {
                continue;
            };
            let spelled = own.clone().spelled_as(unit.template);
            match &mut all {
                Some(all) => all.outputs.extend(spelled.outputs),
                None => all = Some(spelled),
            }
        }
        Ok(all.unwrap_or_default())
    }
}

impl Launcher<'_> {
    /// Sees what an earlier run began to its end; returns what succeeded, with its fingerprint.
    async fn take_up(&self) -> Result<Vec<(String, Record)>, DeployError> {
        let environment = self.environment.name.as_str();
        let unfinished = {
            let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
            memory.unfinished(environment, &self.scope)
        };
        let mut succeeded = Vec::new();
        for one in unfinished {
            let fingerprint = one.started.fingerprint.clone();
            let record = self.resume(one).await?;
            succeeded.extend(record.map(|record| (fingerprint, record)));
        }
        Ok(succeeded)
    }

    /// What must be so before the first deployment of this run.
    async fn prepare(&self, plan: &Plan) -> Result<(), DeployError> {
        self.is_ready(plan)?;
        self.register(plan).await?;
        self.ensure_group().await
    }

    fn is_ready(&self, plan: &Plan) -> Result<(), DeployError> {
        let in_the_way = |check: &&Check| matches!(check.verdict, Verdict::Failed | Verdict::Blocked);
        let failed: Vec<_> = plan.checks.iter().filter(in_the_way).cloned().collect();
        if !failed.is_empty() {
            return Err(DeployError::NotReady {
                environment: self.environment.name.to_string(),
                failed,
            });
        }
        if !plan.unregistered.is_empty() && !plan.may_register {
            return Err(DeployError::Unregistered {
                namespaces: plan.unregistered.clone(),
            });
        }
        Ok(())
    }

    async fn register(&self, plan: &Plan) -> Result<(), DeployError> {
        for namespace in &plan.unregistered {
            let step = Step::start(self.sink, "register", format!("Register `{namespace}`"));
            let registered = tokio::select! {
                biased;
                () = self.stop.asked() => return Err(self.stopped_early()),
                registered = self.client.register(&self.scope.subscription, namespace) => registered,
            };
            registered.map_err(DeployError::azure("register a resource provider"))?;
            step.done(None);
        }
        Ok(())
    }

    async fn ensure_group(&self) -> Result<(), DeployError> {
        let azure = DeployError::azure("make the resource group");
        if self.client.group(&self.scope).await.map_err(&azure)?.is_some() {
            return Ok(());
        }
        let step = Step::start(
            self.sink,
            "group",
            format!("Make the resource group `{}`", self.scope.group),
        );
        let tags = naming::group_tags(self.environment);
        let location = &self.environment.azure.location;
        self.client
            .put_group(&self.scope, location, &tags)
            .await
            .map_err(azure)?;
        step.done(None);
        Ok(())
    }
}
