//! Doing what the plan says: providers, group, deployment. Each fact is in the journal before the call it is about.
//!
//! A deployment that an earlier run began is seen to its end first; what it deployed is not deployed again.

use std::collections::BTreeMap;

use camino::Utf8Path;
use jiff::Timestamp;

use super::follow::{self, Following};
use super::memory::{Fact, Memory, Started, Unfinished};
use super::unit::{Unit, units};
use super::{Check, DeployError, Outputs, Plan, Verdict, naming, outputs};
use crate::azure::Client;
use crate::azure::deployments::Deployment;
use crate::azure::groups::GroupScope;
use crate::azure::operations::Operation;
use crate::config::Environment;
use crate::run::{Event, Sink, Step, Stop};
use crate::template::Bundle;

/// Carries out `plan` and returns the outputs in the templates' spelling: the target's, then those of its additions.
///
/// What the plan does not change is not deployed again.
///
/// # Errors
///
/// [`DeployError::NotReady`] and [`DeployError::Unregistered`] before anything is changed; [`DeployError::Failed`] with
/// the innermost reasons; [`DeployError::Stopped`] when asked to stop, which leaves the deployment running.
pub async fn apply(
    client: &Client,
    environment: &Environment,
    bundle: &Bundle,
    plan: &Plan,
    journal_path: &Utf8Path,
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<Outputs, DeployError> {
    let mut run = Run {
        client,
        environment,
        scope: naming::scope(environment),
        memory: Memory::open(journal_path)?,
        sink,
        stop,
    };
    let taken_up = run.take_up().await?;
    let mut present = if plan.group_exists || taken_up.is_some() {
        outputs::by_name(client, environment).await?
    } else {
        BTreeMap::new()
    };
    let mut all: Option<Outputs> = None;
    let mut prepared = false;
    for index in 0..=bundle.additions.len() {
        let known = units(bundle, &present)?;
        let Some(unit) = known.get(index) else { break };
        let share = plan.shares.get(unit.name).copied().unwrap_or_default();
        let is_done = share.is_empty || taken_up.as_deref() == Some(naming::fingerprint(unit).as_str());
        let own = if let Some(own) = present.get(unit.name).filter(|_| is_done) {
            own.clone()
        } else {
            if !prepared {
                run.prepare(plan).await?;
                prepared = true;
            }
            Outputs::of(&run.deploy(unit, share.resources).await?)
        };
        let spelled = own.clone().spelled_as(unit.template);
        let name = unit.name.to_owned();
        present.insert(name, own);
        match &mut all {
            Some(all) => all.outputs.extend(spelled.outputs),
            None => all = Some(spelled),
        }
    }
    if !prepared && taken_up.is_none() {
        sink.emit(Event::Note {
            text: "nothing to deploy: the environment is as the template says".to_owned(),
        });
    }
    Ok(all.unwrap_or_default())
}

/// One `apply`.
struct Run<'a> {
    client: &'a Client,
    environment: &'a Environment,
    scope: GroupScope,
    memory: Memory,
    sink: &'a dyn Sink,
    stop: &'a Stop,
}

impl Run<'_> {
    /// Sees a deployment that an earlier run began to its end; returns its fingerprint when it succeeded.
    async fn take_up(&mut self) -> Result<Option<String>, DeployError> {
        let unfinished = self
            .memory
            .unfinished(self.environment.name.as_str(), &self.scope);
        let Some(unfinished) = unfinished else {
            return Ok(None);
        };
        let fingerprint = unfinished.started.fingerprint.clone();
        let ended = self.resume(unfinished).await?;
        Ok(ended.map(|_| fingerprint))
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

    /// Deploys `unit`, which goes through so many `resources`.
    async fn deploy(&mut self, unit: &Unit<'_>, resources: u64) -> Result<Deployment, DeployError> {
        if self.stop.is_asked() {
            return Err(self.stopped_early());
        }
        if let Some((parameter, output)) = unit.lacks {
            return Err(DeployError::NoOutput {
                addition: unit.name.to_owned(),
                parameter: parameter.to_owned(),
                output: output.to_owned(),
            });
        }
        let run = naming::run_id();
        let name = naming::deployment_name(unit.environment, unit.name, &run);
        let step = Step::start(self.sink, "deploy", format!("Deploy `{name}`"));
        self.memory.keep(Fact::Started(Started {
            deployment: name.clone(),
            environment: self.environment.name.to_string(),
            subscription: self.scope.subscription.clone(),
            resource_group: self.scope.group.clone(),
            correlation_id: self.client.correlation_id().to_string(),
            fingerprint: naming::fingerprint(unit),
            at: Timestamp::now(),
        }))?;
        let accepted = match self
            .client
            .put_deployment(&self.scope, &name, &naming::body(unit, &run))
            .await
        {
            Ok(accepted) => accepted,
            Err(error) => {
                // What Azure refused has no end to wait for; what it may have accepted is looked for next time.
                if !error.outcome_is_unknown() {
                    self.ended(&name, "refused")?;
                }
                let environment = self.environment.name.as_str();
                return Err(DeployError::of_refusal(
                    environment,
                    &name,
                    "start the deployment",
                    error,
                ));
            }
        };
        self.memory.keep(Fact::Accepted {
            deployment: name.clone(),
            operation: accepted.operation.clone(),
        })?;
        let correlation_id = self.client.correlation_id().to_string();
        let deployment = self
            .follow(&name, &correlation_id, accepted.operation, Some(resources))
            .await?;
        step.done(None);
        Ok(deployment)
    }

    /// Sees an earlier run's deployment to its end; `None` when Azure never accepted it.
    async fn resume(&mut self, unfinished: Unfinished) -> Result<Option<Deployment>, DeployError> {
        let Unfinished { started, operation } = unfinished;
        let name = started.deployment;
        let step = Step::start(self.sink, "resume", format!("Take up the deployment `{name}`"));
        let followed = self.follow(&name, &started.correlation_id, operation, None).await;
        match followed {
            Ok(deployment) => {
                step.done(None);
                Ok(Some(deployment))
            }
            Err(DeployError::Disappeared { .. }) => {
                self.ended(&name, "never accepted")?;
                step.done(Some("it was never accepted".to_owned()));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Follows to the end, writes the end down, and turns every end but success into an error.
    async fn follow(
        &mut self,
        name: &str,
        correlation_id: &str,
        operation: Option<Operation>,
        total: Option<u64>,
    ) -> Result<Deployment, DeployError> {
        let following = Following {
            client: self.client,
            scope: &self.scope,
            deployment: name,
            operation,
            sink: self.sink,
            total,
        };
        let deployment = tokio::select! {
            biased;
            () = self.stop.asked() => return Err(DeployError::Stopped {
                deployment: name.to_owned(),
                resource_group: self.scope.group.clone(),
                correlation_id: correlation_id.to_owned(),
            }),
            deployment = following.until_it_ends() => deployment?,
        };
        self.ended(name, &deployment.state)?;
        if deployment.succeeded() {
            return Ok(deployment);
        }
        Err(DeployError::Failed {
            deployment: name.to_owned(),
            state: deployment.state.clone(),
            correlation_id: deployment.correlation_id.clone(),
            failures: follow::failures(self.client, &deployment).await?,
        })
    }

    fn ended(&mut self, deployment: &str, state: &str) -> Result<(), DeployError> {
        self.memory.keep(Fact::Ended {
            deployment: deployment.to_owned(),
            state: state.to_owned(),
        })?;
        Ok(())
    }

    fn stopped_early(&self) -> DeployError {
        DeployError::StoppedEarly {
            environment: self.environment.name.to_string(),
        }
    }
}
