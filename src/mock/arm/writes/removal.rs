//! Resources that go, and those that an observer is told of again after a restart.

use super::super::state::Stored;
use super::super::world::World;

impl World {
    /// Removes a resource with everything below it, the deepest first.
    pub async fn remove(&mut self, key: &str) {
        self.keep_twin(key);
        let below = format!("{key}/");
        let mut keys: Vec<String> = self
            .state
            .resources
            .keys()
            .filter(|other| *other == key || other.starts_with(&below))
            .cloned()
            .collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.matches('/').count()));
        let observer = std::sync::Arc::clone(&self.settings.observer);
        for key in keys {
            if let Some(stored) = self.state.resources.get(&key).cloned() {
                let change = self.change(&stored.id, &stored.resource_type, &stored.document);
                observer.deleted(&change).await;
                self.state.resources.remove(&key);
            }
        }
        self.dirty = true;
    }

    /// Removes a group with its resources and its history.
    pub async fn delete_group(&mut self, key: &str) {
        let prefix = format!(
            "/subscriptions/{}/resourcegroups/{key}/",
            self.settings.subscription
        )
        .to_lowercase();
        let mut keys: Vec<String> = self
            .state
            .resources
            .keys()
            .filter(|id| id.starts_with(&prefix))
            .cloned()
            .collect();
        keys.sort_by_key(|key| key.matches('/').count());
        for key in keys {
            self.remove(&key).await;
        }
        self.state.deployments.retain(|id, _| !id.starts_with(&prefix));
        self.live.retain(|id, _| !id.starts_with(&prefix));
        self.state.stacks.forget_below(&prefix);
        self.state.groups.remove(key);
        self.dirty = true;
    }

    /// Tells the observer of every resource that is already there, parents first.
    pub async fn replay(&mut self) {
        let mut all: Vec<Stored> = self.state.resources.values().cloned().collect();
        all.sort_by_key(|stored| stored.id.matches('/').count());
        let observer = std::sync::Arc::clone(&self.settings.observer);
        for stored in all {
            let change = self.change(&stored.id, &stored.resource_type, &stored.document);
            if let Err(refusal) = observer.created(&change).await {
                self.warnings.insert(format!(
                    "`{}` could not be brought back: {}",
                    stored.id, refusal.message
                ));
            }
        }
    }
}
