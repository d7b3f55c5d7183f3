//! How many deployments a scope remembers, and what it forgets by itself.

use super::super::error::ArmError;
use super::super::locks;
use super::super::state::Deployment;
use super::super::template::{Level, scope_of};
use super::super::world::World;

/// Source: Azure Resource Manager, limits: of a group, or of a location above groups.
const MOST: usize = 800;
/// Source: Azure Resource Manager, deployment history: trimmed to 750 when it passes 775, in groups alone.
const TRIMMED: (usize, usize) = (775, 750);

impl World {
    /// Makes sure that one more deployment fits in, and forgets the oldest finished ones when there are too many.
    ///
    /// # Errors
    ///
    /// `DeploymentQuotaExceeded` when none can be forgotten: a lock on the group keeps them all.
    pub fn make_room(&mut self, id: &str, location: Option<&str>) -> Result<(), ArmError> {
        if self.state.deployments.contains_key(&id.to_lowercase()) {
            return Ok(());
        }
        let scope = scope_of(id);
        let mut count = self.history(scope, location).count();
        if Level::of(scope) == Level::Group && count >= TRIMMED.0 && !locks::keeps(self, scope) {
            count -= self.forget(scope, count + 1 - TRIMMED.1);
        }
        if count < MOST {
            return Ok(());
        }
        let name = id.rsplit('/').next().unwrap_or_default();
        let message = format!(
            "Creating the deployment '{name}' would exceed the quota of '{MOST}'. The current deployment count is '{count}'. \
             Please delete some deployments before creating a new one, or see https://aka.ms/800LimitFix for information on managing deployment limits."
        );
        Err(ArmError::conflict("DeploymentQuotaExceeded", message))
    }

    /// The deployments kept at a scope; above groups, in one location.
    fn history<'a>(
        &'a self,
        scope: &str,
        location: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a String, &'a Deployment)> {
        let prefix = format!("{scope}/providers/microsoft.resources/deployments/").to_lowercase();
        let all = self.state.deployments.range(prefix.clone()..);
        all.take_while(move |(key, _)| key.starts_with(&prefix))
            .filter(move |(_, one)| location.is_none() || one.location.as_deref() == location)
    }

    /// Forgets the oldest finished deployments of a group, and says how many.
    fn forget(&mut self, scope: &str, many: usize) -> usize {
        let over = self.history(scope, None).filter(|(_, one)| one.is_over());
        let mut over: Vec<_> = over.map(|(key, one)| (one.changed, key.clone())).collect();
        over.sort();
        over.truncate(many);
        for (_, key) in &over {
            self.state.deployments.remove(key);
            self.secrets.remove(key);
        }
        over.len()
    }
}
