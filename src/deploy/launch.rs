//! One deployment from its PUT to its end: written down before each call, followed, taken up by a later run.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::follow::{self, Following};
use super::memory::{Fact, Memory, Started, Unfinished};
use super::records::Record;
use super::unit::Unit;
use super::{DeployError, naming};
use crate::azure::groups::GroupScope;
use crate::azure::operations::Operation;
use crate::azure::{AzureError, Client};
use crate::config::{DeploymentKind, Environment};
use crate::run::{Sink, Step, Stop};

/// What starts and follows the deployments of one environment.
pub(super) struct Launcher<'a> {
    pub client: &'a Client,
    pub environment: &'a Environment,
    pub scope: GroupScope,
    pub memory: Mutex<Memory>,
    pub sink: &'a dyn Sink,
    pub stop: &'a Stop,
}

/// One deployment, whoever began it.
struct Run<'a> {
    kind: DeploymentKind,
    name: &'a str,
    correlation_id: &'a str,
    operation: Option<Operation>,
    deployment_id: Option<String>,
    total: Option<u64>,
}

impl Launcher<'_> {
    /// Deploys `unit`, which goes through so many `resources`.
    pub async fn deploy(&self, unit: Unit<'_>, resources: u64) -> Result<Record, DeployError> {
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
        let id = naming::run_id();
        let kind = self.environment.azure.deployment;
        let name = match kind {
            DeploymentKind::Stack => naming::stack_name(unit.environment, unit.name),
            DeploymentKind::Incremental => naming::deployment_name(unit.environment, unit.name, &id),
        };
        let step = Step::start(self.sink, "deploy", format!("Deploy `{name}`"));
        let correlation_id = self.client.correlation_id().to_string();
        self.keep(Fact::Started(Started {
            deployment: name.clone(),
            kind,
            environment: self.environment.name.to_string(),
            subscription: self.scope.subscription.clone(),
            resource_group: self.scope.group.clone(),
            correlation_id: correlation_id.clone(),
            fingerprint: naming::fingerprint(&unit, self.environment),
            at: Timestamp::now(),
        }))?;
        let (record, operation) = match self.put(&unit, &name, &id).await {
            Ok(accepted) => accepted,
            Err(error) => return Err(self.refused(&name, error)?),
        };
        self.keep(Fact::Accepted {
            deployment: name.clone(),
            operation: operation.clone(),
        })?;
        let run = Run {
            kind,
            name: &name,
            correlation_id: &correlation_id,
            operation,
            deployment_id: record.deployment_id,
            total: Some(resources),
        };
        let record = self.follow(run).await?;
        step.done(None);
        Ok(record)
    }

    async fn put(
        &self,
        unit: &Unit<'_>,
        name: &str,
        id: &str,
    ) -> Result<(Record, Option<Operation>), AzureError> {
        match self.environment.azure.deployment {
            DeploymentKind::Stack => {
                let body = naming::stack_body(unit, id, &self.environment.azure.stack);
                let (stack, operation) = self.client.put_stack(&self.scope, name, &body).await?;
                Ok((stack.into(), operation))
            }
            DeploymentKind::Incremental => {
                let body = naming::body(unit, id);
                let accepted = self.client.put_deployment(&self.scope, name, &body).await?;
                Ok((accepted.deployment.into(), accepted.operation))
            }
        }
    }

    /// What Azure refused has no end to wait for; what it may have accepted is looked for next time.
    fn refused(&self, name: &str, error: AzureError) -> Result<DeployError, DeployError> {
        if !error.outcome_is_unknown() {
            self.ended(name, "refused")?;
        }
        let environment = self.environment.name.as_str();
        Ok(DeployError::of_refusal(
            environment,
            name,
            "start the deployment",
            error,
        ))
    }

    /// Sees an earlier run's deployment to its end; `None` when Azure never accepted it.
    pub async fn resume(&self, unfinished: Unfinished) -> Result<Option<Record>, DeployError> {
        let Unfinished { started, operation } = unfinished;
        let name = &started.deployment;
        let step = Step::start(self.sink, "resume", format!("Take up the deployment `{name}`"));
        let run = Run {
            kind: started.kind,
            name,
            correlation_id: &started.correlation_id,
            operation,
            deployment_id: None,
            total: None,
        };
        match self.follow(run).await {
            Ok(record) => {
                step.done(None);
                Ok(Some(record))
            }
            Err(DeployError::Disappeared { .. }) => {
                self.ended(name, "never accepted")?;
                step.done(Some("it was never accepted".to_owned()));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Follows to the end, writes the end down, and turns every end but success into an error.
    async fn follow(&self, run: Run<'_>) -> Result<Record, DeployError> {
        let following = Following {
            client: self.client,
            scope: &self.scope,
            kind: run.kind,
            name: run.name,
            correlation_id: run.correlation_id,
            operation: run.operation,
            deployment_id: run.deployment_id,
            sink: self.sink,
            total: run.total,
        };
        let record = tokio::select! {
            biased;
            () = self.stop.asked() => return Err(DeployError::Stopped {
                deployment: run.name.to_owned(),
                resource_group: self.scope.group.clone(),
                correlation_id: run.correlation_id.to_owned(),
            }),
            record = following.until_it_ends() => record?,
        };
        self.ended(run.name, &record.state)?;
        if record.succeeded() {
            return Ok(record);
        }
        Err(DeployError::Failed {
            deployment: run.name.to_owned(),
            state: record.state.clone(),
            correlation_id: record.correlation_id.clone(),
            failures: follow::failures(self.client, &record).await?,
        })
    }

    pub fn ended(&self, deployment: &str, state: &str) -> Result<(), DeployError> {
        self.keep(Fact::Ended {
            deployment: deployment.to_owned(),
            state: state.to_owned(),
        })
    }

    fn keep(&self, fact: Fact) -> Result<(), DeployError> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(memory.keep(fact)?)
    }

    pub fn stopped_early(&self) -> DeployError {
        DeployError::StoppedEarly {
            environment: self.environment.name.to_string(),
        }
    }
}
