//! How a deployment ends: its outputs, its error, and word to the deployment it is nested in.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::super::error::ArmError;
use super::super::runtime::View;
use super::super::state::Progress;
use super::super::template::{EvaluationError, Expanded, evaluate};
use super::super::world::World;

impl World {
    pub fn view(&self) -> View<'_> {
        View {
            state: &self.state,
            token: &self.settings.token,
            secrets: &self.secrets,
        }
    }

    /// The unrolled template of a deployment under way; read again from the record after a restart.
    pub(super) fn live_of(&mut self, key: &str) -> Result<Arc<Expanded>, ArmError> {
        if let Some(live) = self.live.get(key) {
            return Ok(Arc::clone(live));
        }
        let lost = |why: String| {
            let message = format!("The emulator was restarted and cannot go on with the deployment: {why}");
            ArmError::new(500, "DeploymentInterrupted", message)
        };
        let deployment = self
            .state
            .deployments
            .get(key)
            .cloned()
            .ok_or_else(|| lost("it is gone".to_owned()))?;
        if deployment.parent.is_some() {
            return Err(lost(
                "what was passed down to a nested deployment is not stored".to_owned(),
            ));
        }
        let mut scope = self.scope(
            deployment.scope(),
            &deployment.name,
            deployment.location.as_deref(),
            deployment.seed,
        )?;
        scope.now = deployment.started;
        let expanded = evaluate(&deployment.template, &deployment.given, &scope)
            .map_err(|error| lost(error.to_string()))?;
        let expanded = Arc::new(expanded);
        self.live.insert(key.to_owned(), Arc::clone(&expanded));
        Ok(expanded)
    }

    pub(super) async fn finish(&mut self, key: &str, at: Timestamp) {
        let Some(deployment) = self.state.deployments.get(key) else {
            return;
        };
        let failed: Vec<Value> = deployment
            .steps
            .iter()
            .filter(|step| step.progress == Progress::Failed)
            .filter_map(|step| {
                step.error
                    .as_ref()
                    .map(|error| error.detail(&step.failure(error)))
            })
            .collect();
        let outcome = if failed.is_empty() {
            match self.outputs_of(key) {
                Ok(outputs) => self.clean_up(key).await.map(|()| outputs),
                Err(error) => Err(error),
            }
        } else {
            Err(ArmError::deployment_failed(failed))
        };
        let Some(deployment) = self.state.deployments.get_mut(key) else {
            return;
        };
        deployment.changed = at;
        match outcome {
            Ok(outputs) => {
                "Succeeded".clone_into(&mut deployment.state);
                deployment.outputs = Some(outputs);
            }
            Err(error) => {
                "Failed".clone_into(&mut deployment.state);
                deployment.error = Some(error);
            }
        }
        if self
            .state
            .deployments
            .get(key)
            .is_some_and(|one| one.state == "Failed")
        {
            self.roll_back(key, at);
        }
        self.tell_parent(key, at);
    }

    fn outputs_of(&mut self, key: &str) -> Result<Map<String, Value>, ArmError> {
        let expanded = self.live_of(key)?;
        let refused = |error: EvaluationError| {
            ArmError::bad_request(
                "DeploymentOutputEvaluationFailed",
                format!(
                    "Unable to evaluate template outputs: '{}'. {}",
                    error.path(),
                    error.arm_message()
                ),
            )
        };
        let outputs = expanded.outputs(Some(&self.view())).map_err(refused)?;
        if outputs.values().any(|output| output.get("value").is_none()) {
            let revealed = expanded.revealed_outputs(&self.view()).map_err(refused)?;
            self.secrets.insert(key.to_owned(), revealed);
        } else {
            self.secrets.remove(key);
        }
        Ok(outputs)
    }

    /// The end of a nested deployment is due in its parent at the same moment.
    fn tell_parent(&mut self, key: &str, at: Timestamp) {
        self.live.remove(key);
        let parent = self
            .state
            .deployments
            .get(key)
            .and_then(|deployment| deployment.parent.clone());
        if let Some((parent, index)) = parent {
            self.change_step(&parent, index, |step| step.due = Some(at));
        }
    }
}
