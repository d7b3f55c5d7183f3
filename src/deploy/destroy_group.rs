//! Letting the group go, when it is ours and empty, and the records of our deployments.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::destroy::Deletion;
use super::{DeployError, naming};
use crate::azure::AzureError;
use crate::azure::groups::GroupScope;
use crate::azure::operations::Pace;
use crate::azure::resources::Resource;
use crate::run::{Event, Step};

impl Deletion<'_> {
    /// Removes the group when it is ours and empty; else only the records of our deployments.
    pub async fn group_and_records(&mut self) -> Result<(), DeployError> {
        let scope = naming::scope(self.environment);
        let azure = DeployError::azure("delete the resource group");
        if self.stop.is_asked() {
            return Err(self.stopped());
        }
        if self.plan.deletes_group {
            let others = self.others(&scope).await.map_err(&azure)?;
            if others.is_empty() {
                let step = Step::start(
                    self.sink,
                    "delete-group",
                    format!("Delete the resource group `{}`", scope.group),
                );
                self.client.delete_group(&scope).await.map_err(azure)?;
                step.done(None);
                self.done.group = true;
                return Ok(());
            }
            let text = format!(
                "the resource group `{}` stays: it holds {} more",
                scope.group,
                others.len()
            );
            self.sink.emit(Event::Warning { text });
        }
        self.records().await
    }

    /// Removes the records of deployments.
    pub async fn records(&self) -> Result<(), DeployError> {
        let scope = naming::scope(self.environment);
        for name in &self.plan.deployments {
            let forgotten = self.client.forget_deployment(&scope, name).await;
            forgotten.map_err(DeployError::azure("remove the record of a deployment"))?;
        }
        Ok(())
    }

    /// What is in the group that is not ours. What was told as deleted and is still listed is waited for: Azure may have
    /// said too early that it is gone.
    async fn others(&self, scope: &GroupScope) -> Result<Vec<Resource>, AzureError> {
        let ours: BTreeSet<String> = self.done.resources.iter().map(|id| id.to_lowercase()).collect();
        let pace = Pace::of(self.client.rhythm());
        let began = Instant::now();
        loop {
            let left = self.client.resources(scope).await?;
            let lingers = left.iter().any(|one| ours.contains(&one.id.key()));
            let wait = pace.wait(None);
            if !lingers || self.stop.is_asked() || began.elapsed() + wait > self.client.rhythm().patience {
                return Ok(left);
            }
            tokio::time::sleep(wait).await;
        }
    }
}
