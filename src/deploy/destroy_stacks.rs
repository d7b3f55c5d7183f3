//! Letting stacks go: Azure deletes what they manage, in its own order, and we tell what is gone.
//!
//! A stack that is on its way out already, since an earlier run was cut short, is waited for.

use super::DeployError;
use super::destroy::Deletion;
use super::destroy_plan::is_being_deleted;
use super::naming;
use crate::azure::AzureError;
use crate::azure::operations::{Look, Operation, Pace};
use crate::model::resource_id::ResourceId;
use crate::run::{ResourceState, Step};

/// How often a stack may be there, and not on its way out, after its deletion was accepted.
const LOOKS: u32 = 10;

impl Deletion<'_> {
    /// Deletes every stack of the plan, each with what the plan gives to it.
    pub async fn stacks(&mut self) -> Result<(), DeployError> {
        let plan = self.plan;
        for name in &plan.stacks {
            if self.stop.is_asked() {
                return Err(self.stopped());
            }
            let mine = plan
                .resources
                .iter()
                .filter(|removal| removal.stack.as_ref() == Some(name));
            let mine: Vec<ResourceId> = mine.map(|removal| ResourceId::new(removal.id.clone())).collect();
            self.stack(name, &mine).await?;
        }
        Ok(())
    }

    async fn stack(&mut self, name: &str, resources: &[ResourceId]) -> Result<(), DeployError> {
        let azure = DeployError::azure("delete the deployment stack");
        let scope = naming::scope(self.environment);
        let step = Step::start(self.sink, "delete-stack", format!("Delete the stack `{name}`"));
        for id in resources {
            self.tell(id, ResourceState::Started, None);
        }
        let pace = Pace::of(self.client.rhythm());
        while let Some(stack) = self.client.stack(&scope, name).await.map_err(&azure)?
            && is_being_deleted(&stack.state)
        {
            tokio::time::sleep(pace.wait(None)).await;
        }
        let operation = self
            .client
            .delete_stack(&scope, name, !resources.is_empty())
            .await;
        let operation = operation.map_err(|error| {
            if error.has_code("ScopeLocked") {
                let (locks, source) = (vec![name.to_owned()], Some(Box::new(error)));
                return DeployError::Locked { locks, source };
            }
            azure(error)
        })?;
        if let Some(operation) = operation {
            self.until_it_is_gone(name, operation, resources).await?;
        }
        for id in resources {
            if !self.done.resources.iter().any(|done| done == id.as_str()) {
                self.is_gone(id);
            }
        }
        step.done(Some(format!("{} deleted", resources.len())));
        Ok(())
    }

    /// Each turn tells which resources have gone meanwhile.
    async fn until_it_is_gone(
        &mut self,
        name: &str,
        mut operation: Operation,
        resources: &[ResourceId],
    ) -> Result<(), DeployError> {
        let azure = DeployError::azure("follow the deletion of the stack");
        let scope = naming::scope(self.environment);
        let pace = Pace::of(self.client.rhythm());
        loop {
            let retry_after = match operation.look(self.client).await {
                Ok(Look::Done(_)) => return Ok(()),
                Ok(Look::Running { retry_after }) => retry_after,
                Err(error) if error.tells_nothing_of_the_operation() => {
                    return self.until_nobody_knows_it(name, resources, error).await;
                }
                Err(error @ AzureError::OperationFailed { .. }) => {
                    return Err(self.left_by_the_stack(name, resources, error).await?);
                }
                Err(error) => return Err(azure(error)),
            };
            let present = self.client.resources(&scope).await.map_err(&azure)?;
            for id in resources.iter().filter(|id| id.is_top_level()) {
                let told = self.done.resources.iter().any(|done| done == id.as_str());
                if !told && !present.iter().any(|resource| resource.id == *id) {
                    self.is_gone(id);
                }
            }
            tokio::time::sleep(pace.wait(retry_after)).await;
        }
    }

    /// Looks at the stack itself, when the address of its deletion tells nothing.
    async fn until_nobody_knows_it(
        &self,
        name: &str,
        resources: &[ResourceId],
        refused: AzureError,
    ) -> Result<(), DeployError> {
        let azure = DeployError::azure("follow the deletion of the stack");
        let scope = naming::scope(self.environment);
        let pace = Pace::of(self.client.rhythm());
        let mut stays = 0;
        while let Some(stack) = self.client.stack(&scope, name).await.map_err(&azure)? {
            stays = if is_being_deleted(&stack.state) {
                0
            } else {
                stays + 1
            };
            if stays > LOOKS {
                return Err(self.left_by_the_stack(name, resources, refused).await?);
            }
            tokio::time::sleep(pace.wait(None)).await;
        }
        Ok(())
    }

    /// What is still there after a deletion that failed.
    async fn left_by_the_stack(
        &self,
        name: &str,
        resources: &[ResourceId],
        error: AzureError,
    ) -> Result<DeployError, DeployError> {
        let scope = naming::scope(self.environment);
        let stack = self.client.stack(&scope, name).await;
        let stack = stack.map_err(DeployError::azure("read the deployment stack"))?;
        let named = stack.map(|stack| stack.failed_resources).unwrap_or_default();
        let left = if named.is_empty() { resources } else { &named };
        for id in left {
            self.tell(
                id,
                ResourceState::Failed,
                error.refusal().map(ToString::to_string),
            );
        }
        Ok(DeployError::LeftBehind {
            left: left.iter().map(ToString::to_string).collect(),
            source: Box::new(error),
        })
    }
}
