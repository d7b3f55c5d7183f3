//! `onErrorDeployment`: an earlier deployment that is run again when one fails.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::prepare::Prepared;
use super::super::state::Deployment;
use super::super::template::scope_of;
use super::super::world::World;

const MEMBER: &str = "onErrorDeployment";

impl World {
    /// Refuses a request that names a deployment to go back to which there is not.
    ///
    /// # Errors
    ///
    /// `DeploymentNotFound`, or `InvalidRequestContent` for a kind that is none.
    pub fn check_rollback(&self, id: &str, prepared: &Prepared) -> Result<(), ArmError> {
        let Some(wish) = prepared.echo.get(MEMBER) else {
            return Ok(());
        };
        match wish["type"].as_str().unwrap_or_default() {
            "LastSuccessful" => Ok(()),
            "SpecificDeployment" if self.earlier(id, wish).is_some() => Ok(()),
            "SpecificDeployment" => {
                let name = wish["deploymentName"].as_str().unwrap_or_default();
                let message = format!("Deployment '{name}' could not be found.");
                Err(ArmError::not_found("DeploymentNotFound", message))
            }
            other => {
                let message = format!(
                    "The type '{other}' of 'onErrorDeployment' is not LastSuccessful or SpecificDeployment."
                );
                Err(ArmError::bad_request("InvalidRequestContent", message))
            }
        }
    }

    /// The deployment that a failure of `id` goes back to.
    fn earlier(&self, id: &str, wish: &Value) -> Option<&Deployment> {
        let scope = scope_of(id);
        if let Some(name) = wish["deploymentName"].as_str() {
            let key = format!("{scope}/providers/Microsoft.Resources/deployments/{name}").to_lowercase();
            return self.state.deployments.get(&key);
        }
        let all = self.state.deployments.values();
        let good = all.filter(|one| {
            one.state == "Succeeded" && one.parent.is_none() && one.scope().eq_ignore_ascii_case(scope)
        });
        good.max_by_key(|one| one.changed)
    }

    /// Runs an earlier deployment again, if the one that has just failed asked for it.
    ///
    /// Secure parameters are not kept, so a template that needs them without a default cannot be run again here.
    pub(super) fn roll_back(&mut self, key: &str, at: Timestamp) {
        let Some(failed) = self.state.deployments.get(key).filter(|one| one.parent.is_none()) else {
            return;
        };
        let Some(wish) = failed.echo.get(MEMBER).cloned() else {
            return;
        };
        let correlation = failed.correlation_id.clone();
        let Some(earlier) = self.earlier(&failed.id, &wish).cloned() else {
            return;
        };
        let started = self.run_again(&earlier, &correlation, at);
        let mut told = json!({"type": wish["type"], "deploymentName": earlier.name});
        told["provisioningState"] = if started.is_ok() { "Accepted" } else { "Failed" }.into();
        if let Some(failed) = self.state.deployments.get_mut(key) {
            failed.echo.insert(MEMBER.to_owned(), told);
            if let (Err(why), Some(error)) = (started, &mut failed.error) {
                error.details.push(why.object());
            }
        }
    }

    fn run_again(&mut self, earlier: &Deployment, correlation: &str, at: Timestamp) -> Result<(), ArmError> {
        self.check_active(&earlier.id.to_lowercase())?;
        let mut body = json!({"properties": {
            "mode": earlier.mode,
            "template": earlier.template,
            "parameters": earlier.given,
        }});
        if let Some(location) = &earlier.location {
            body["location"] = location.as_str().into();
        }
        let prepared = self.prepare(earlier.scope(), &earlier.name, &body, earlier.seed)?;
        self.record(&earlier.id, &prepared, correlation, None, at);
        Ok(())
    }
}
