//! A stack on the clock: accepted, deploying, deleting what it lost, over.

use std::time::Duration;

use jiff::Timestamp;

use super::super::clock::after;
use super::super::error::ArmError;
use super::super::view;
use super::super::world::World;
use super::managed::Made;
use super::{DenyMode, DenySettings, DenyStatus, Phase, Stack};

/// How long a stack takes to see that its template is refused, to write deny assignments, and to begin its deletion.
pub(super) const MOMENT: Duration = Duration::from_secs(5);

impl World {
    pub(super) fn change_stack(&mut self, key: &str, change: impl FnOnce(&mut Stack)) {
        if let Some(stack) = self.state.stacks.all.get_mut(key) {
            change(stack);
            self.dirty = true;
        }
    }

    /// Looks how far the deployments of stacks are.
    pub fn follow_stacks(&mut self, at: Timestamp) {
        let waits = |stack: &Stack| {
            let open = [Phase::Creating, Phase::Initializing, Phase::Deploying];
            open.contains(&stack.phase) && stack.due.is_none()
        };
        let waiting = self.state.stacks.all.iter().filter(|(_, stack)| waits(stack));
        let waiting: Vec<(String, String)> = waiting
            .map(|(key, stack)| (key.clone(), stack.deployment_id.clone().unwrap_or_default()))
            .collect();
        for (key, id) in waiting {
            let deployment = self.state.deployments.get(&id.to_lowercase());
            match deployment.map(|one| (one.state.as_str(), one.error.clone())) {
                Some(("Accepted", _)) => {}
                Some(("Running", _)) => self.change_stack(&key, |stack| stack.phase = Phase::Deploying),
                Some(("Succeeded", _)) => self.stack_deployed(&key, &id, at),
                Some((_, error)) => self.stack_not_deployed(&key, &id, error.as_ref(), at),
                None => {
                    let message = format!("Deployment '{id}' could not be found.");
                    let gone = ArmError::not_found("DeploymentNotFound", message);
                    self.stack_not_deployed(&key, &id, Some(&gone), at);
                }
            }
        }
    }

    /// The phase of a stack has come to its end.
    pub async fn stack_due(&mut self, key: &str, at: Timestamp) {
        self.change_stack(key, |stack| stack.due = None);
        let Some(stack) = self.state.stacks.all.get(key) else {
            return self.preview_due(key);
        };
        match stack.phase {
            Phase::Creating | Phase::Initializing => {
                let refused = stack.error.clone();
                self.stack_not_deployed(key, "", refused.as_ref(), at);
            }
            Phase::Deleting => self.release_all(key, at),
            Phase::DeletingResources => self.delete_leaving(key, at).await,
            Phase::UpdatingDenyAssignments => self.finish_stack(key, at),
            Phase::Deploying | Phase::Succeeded | Phase::Failed => {}
        }
    }

    /// The template is deployed: what it names is managed, and what it named before is let go or deleted.
    fn stack_deployed(&mut self, key: &str, deployment: &str, at: Timestamp) {
        let Made { resources, .. } = self.made_by(deployment);
        let deployed = self.state.deployments.get(&deployment.to_lowercase());
        let outputs = deployed.and_then(|deployment| deployment.outputs.clone());
        let mut lost = Vec::new();
        self.change_stack(key, |stack| {
            stack.outputs = outputs;
            let mut resources = resources;
            for before in std::mem::take(&mut stack.resources) {
                match resources
                    .iter_mut()
                    .find(|one| one.id.eq_ignore_ascii_case(&before.id))
                {
                    Some(again) => again.deny = before.deny,
                    None => lost.push(before),
                }
            }
            stack.resources = resources;
        });
        self.release(key, lost, at);
    }

    /// The deployment failed: whatever was managed before stays so, with what was made.
    fn stack_not_deployed(&mut self, key: &str, deployment: &str, cause: Option<&ArmError>, at: Timestamp) {
        let made = self.made_by(deployment);
        self.change_stack(key, |stack| {
            for one in made.resources {
                if !stack
                    .resources
                    .iter()
                    .any(|known| known.id.eq_ignore_ascii_case(&one.id))
                {
                    stack.resources.push(one);
                }
            }
            stack.failed = made.failed;
            let message = format!(
                "One or more resources could not be deployed. Correlation id: '{}'.",
                stack.correlation_id
            );
            let details = cause.into_iter().map(ArmError::object).collect();
            stack.error =
                Some(ArmError::conflict("DeploymentStackDeploymentFailed", message).because(details));
        });
        self.finish_failed(key, at);
    }

    fn finish_failed(&mut self, key: &str, at: Timestamp) {
        let mut ended = None;
        self.change_stack(key, |stack| {
            stack.phase = Phase::Failed;
            stack.changed = at;
            stack.ending = None;
            ended = Some((stack.operation.clone(), stack.error.clone()));
        });
        if let Some((token, error)) = ended {
            self.state.stacks.end_operation(&token, error);
        }
    }

    /// What was managed no more is gone; the deny assignments follow.
    pub(super) fn protect(&mut self, key: &str, at: Timestamp) {
        let due = after(at, self.settings.clock.takes(MOMENT));
        let none = DenySettings::default();
        let mut plain = false;
        self.change_stack(key, |stack| {
            plain = stack.wish.deny.mode == DenyMode::None && stack.enforced == none;
            if !plain {
                stack.phase = Phase::UpdatingDenyAssignments;
                stack.due = Some(due);
            }
        });
        if plain {
            self.finish_stack(key, at);
        }
    }

    /// The end of a run whose deployment succeeded.
    fn finish_stack(&mut self, key: &str, at: Timestamp) {
        let mut failed = false;
        self.change_stack(key, |stack| {
            let statuses: Vec<DenyStatus> = stack
                .resources
                .iter()
                .map(|one| DenyStatus::of(stack, &one.id))
                .collect();
            for (one, status) in stack.resources.iter_mut().zip(statuses) {
                one.deny = status;
            }
            stack.enforced.clone_from(&stack.wish.deny);
            failed = stack.error.is_some();
            stack.duration = Some(view::duration(stack.started, at))
                .filter(|_| !failed)
                .or(stack.duration.take());
        });
        if failed {
            return self.finish_failed(key, at);
        }
        let mut token = String::new();
        let baseline = self.state.stacks.all.get(key).map(|stack| self.baseline(stack));
        self.change_stack(key, |stack| {
            stack.baseline = baseline.unwrap_or_default();
            stack.phase = Phase::Succeeded;
            stack.changed = at;
            token.clone_from(&stack.operation);
        });
        self.state.stacks.end_operation(&token, None);
    }
}
