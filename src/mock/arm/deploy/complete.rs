//! What a deployment in complete mode deletes: whatever its group has and its template does not name.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::error::ArmError;
use super::super::locks;
use super::super::providers;
use super::super::world::World;

impl World {
    /// Deletes what nobody named; nothing for other modes and for nested deployments, which cannot be complete.
    ///
    /// # Errors
    ///
    /// `DeploymentFailedCleanUp` when a lock keeps something; what can go is gone then.
    pub(super) async fn clean_up(&mut self, key: &str) -> Result<(), ArmError> {
        let Some(deployment) = self.state.deployments.get(key) else {
            return Ok(());
        };
        if deployment.mode != "Complete" || deployment.parent.is_some() {
            return Ok(());
        }
        let named = self.named_by(key);
        let unnamed: Vec<String> = self
            .below(deployment.scope())
            .filter(|stored| providers::is_tracked(&stored.resource_type))
            .map(|stored| stored.id.clone())
            .filter(|id| !named.contains(&id.to_lowercase()))
            .collect();
        let mut kept: Vec<Value> = Vec::new();
        for id in unnamed {
            match locks::may_delete(self, &id) {
                Ok(()) => self.remove(&id.to_lowercase()).await,
                Err(error) => kept.push(error.about(id.as_str()).object()),
            }
        }
        if kept.is_empty() {
            return Ok(());
        }
        let message = "Unable to delete the resources that the template does not specify.";
        Err(ArmError::conflict("DeploymentFailedCleanUp", message).because(kept))
    }

    /// The ids of what a deployment and those nested in it have made; what a condition left out is not named, as in previews.
    fn named_by(&self, key: &str) -> BTreeSet<String> {
        let mut named = BTreeSet::new();
        let mut open = vec![key.to_owned()];
        while let Some(key) = open.pop() {
            let deployment = self.state.deployments.get(&key);
            for step in deployment
                .iter()
                .flat_map(|one| &one.steps)
                .filter(|step| !step.silent)
            {
                named.insert(step.id.to_lowercase());
            }
            let nested = self.state.deployments.iter();
            let nested =
                nested.filter(|(_, one)| one.parent.as_ref().is_some_and(|(parent, _)| *parent == key));
            open.extend(nested.map(|(key, _)| key.clone()));
        }
        named
    }
}
