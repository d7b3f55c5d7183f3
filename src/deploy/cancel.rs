//! Calling off what an interrupted `apply` left running.
//!
//! Azure has no way to cancel a stack: the deployment inside is cancelled, and the stack ends with it.

use std::sync::Mutex;

use camino::Utf8Path;
use tokio::time::Instant;

use super::DeployError;
use super::follow::Following;
use super::launch::Launcher;
use super::memory::{Memory, Unfinished};
use super::{naming, records};
use crate::azure::Client;
use crate::azure::operations::Pace;
use crate::config::Environment;
use crate::run::{Sink, Step, Stop};

/// Cancels every deployment that the journal knows to run, and follows each to its end; returns names and last states.
///
/// # Errors
///
/// [`DeployError::Azure`], [`DeployError::Busy`] while another process is at it, [`DeployError::Journal`].
pub async fn cancel(
    client: &Client,
    environment: &Environment,
    journal_path: &Utf8Path,
    sink: &dyn Sink,
) -> Result<Vec<(String, String)>, DeployError> {
    let memory = Memory::open(journal_path)?;
    let scope = naming::scope(environment);
    let running = memory.unfinished(environment.name.as_str(), &scope);
    let launcher = Launcher {
        client,
        environment,
        scope,
        memory: Mutex::new(memory),
        sink,
        stop: &Stop::default(),
    };
    let mut ended = Vec::new();
    for one in running {
        let name = one.started.deployment.clone();
        let step = Step::start(sink, "cancel", format!("Cancel `{name}`"));
        let state = launcher.call_off(one).await?;
        launcher.ended(&name, &state)?;
        step.done(state.clone());
        ended.push((name, state));
    }
    Ok(ended)
}

impl Launcher<'_> {
    /// Returns the state in which it ended.
    async fn call_off(&self, unfinished: Unfinished) -> Result<String, DeployError> {
        let Unfinished { started, operation } = unfinished;
        let Some(deployment_id) = self.running(&started.deployment, &started).await? else {
            return Ok("over".to_owned());
        };
        let canceled = self.client.cancel_deployment(&deployment_id).await;
        canceled.map_err(DeployError::azure("cancel the deployment"))?;
        let following = Following {
            client: self.client,
            scope: &self.scope,
            kind: started.kind,
            name: &started.deployment,
            correlation_id: &started.correlation_id,
            operation,
            deployment_id: Some(deployment_id),
            sink: self.sink,
            total: None,
        };
        Ok(following.until_it_ends().await?.state)
    }

    /// The id of the deployment that runs under `name`; a stack tells it a little after it has begun. `None` when nothing
    /// runs any more.
    async fn running(
        &self,
        name: &str,
        started: &super::memory::Started,
    ) -> Result<Option<String>, DeployError> {
        let began = Instant::now();
        let pace = Pace::of(self.client.rhythm());
        loop {
            let found = records::find(self.client, &self.scope, started.kind, name).await;
            let found = found.map_err(DeployError::azure("read the deployment"))?;
            let ours = found.filter(|record| {
                record
                    .correlation_id
                    .eq_ignore_ascii_case(&started.correlation_id)
            });
            match ours {
                None => return Ok(None),
                Some(record) if record.is_finished() => return Ok(None),
                Some(record) if record.deployment_id.is_some() => return Ok(record.deployment_id),
                Some(_) if began.elapsed() > self.client.rhythm().patience => return Ok(None),
                Some(_) => tokio::time::sleep(pace.wait(None)).await,
            }
        }
    }
}
