//! Writing and removing resources, whoever asks: a deployment, or a client directly.

mod checks;
mod children;
mod groups;
mod removal;
mod secrets;

pub use checks::no_group;
pub use groups::check_group;
pub use secrets::{known as known_secrets, without};

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::error::ArmError;
use super::faults::{self, Effect, Subject};
use super::observer::Change;
use super::providers::{self, Settled};
use super::state::Stored;
use super::world::World;
use crate::model::resource_id::ResourceId;

/// What somebody wants a resource to be.
pub struct Put {
    pub id: String,
    pub resource_type: String,
    pub api_version: String,
    pub body: Value,
    /// JSON pointers into `body` that hold a secret: checked, handed on, never stored.
    pub secret: Vec<String>,
}

/// An accepted PUT.
pub struct Begun {
    pub created: bool,
    /// How long it takes; `None` when it was done at once.
    pub takes: Option<Duration>,
    /// How it is going to fail.
    pub fails: Option<ArmError>,
    pub stuck: bool,
}

/// The id of what a resource hangs on: its parent, or what an extension extends; `None` at a group or subscription.
pub fn parent_of(id: &str) -> Option<String> {
    let lower = id.to_lowercase();
    let (base, tail) = lower.rsplit_once("/providers/")?;
    if tail.split('/').count() > 3 {
        return id.rsplitn(3, '/').nth(2).map(ToOwned::to_owned);
    }
    base.contains("/providers/").then(|| id[..base.len()].to_owned())
}

fn names_of(id: &str) -> Vec<String> {
    ResourceId::new(id)
        .full_name()
        .split('/')
        .map(ToOwned::to_owned)
        .collect()
}

/// The resource group in an id, as written.
pub fn group_of(id: &str) -> Option<&str> {
    let mut segments = id.split('/');
    segments.find(|segment| segment.eq_ignore_ascii_case("resourcegroups"))?;
    segments.next()
}

impl World {
    /// Checks a PUT in Azure's order and, if all is well, stores the resource as being made.
    pub async fn begin_put(&mut self, mut put: Put, at: Timestamp) -> Result<Begun, ArmError> {
        let key = put.id.to_lowercase();
        put.secret.extend(secrets::known(&put.body));
        self.check_surroundings(&put)?;
        self.check_policy(&put.id, &put.resource_type, &put.body)?;
        self.check_policy_object(&put)?;
        self.check_assignment(&put)?;
        if let Some(vault) = self.vault_from_before(&put) {
            let name = ResourceId::new(&vault).full_name();
            self.warnings.insert(format!(
                "the key vault {name} is not known to the emulator and taken as existing"
            ));
        }
        self.check_body(&put.id, &put.resource_type, &put.body)?;
        self.check_job(&put)?;
        self.recover(&mut put);
        let before = self.state.resources.get(&key).cloned();
        let document = self.document(&put, before.as_ref(), at);
        let change = self.change(&put.id, &put.resource_type, &document);
        let observer = std::sync::Arc::clone(&self.settings.observer);
        observer.validate(&change).await.map_err(|refusal| {
            ArmError::new(refusal.status, &refusal.code, refusal.message).about(put.id.as_str())
        })?;
        let subject = Subject {
            method: "PUT",
            path: &put.id,
            location: document
                .get("location")
                .and_then(Value::as_str)
                .unwrap_or_default(),
        };
        let effect = self.faults.on_resource(&put.id);
        let fails = effect
            .as_ref()
            .and_then(|effect| faults::failure(effect, &subject));
        if let (Some(Effect::RefuseOperation { .. }), Some(error)) = (&effect, &fails) {
            return Err(error.clone().about(put.id.as_str()));
        }
        if let Some(Effect::Lock { level }) = self.faults.beside_resource(&put.id) {
            self.lock_group(&put.id, level, at);
        }
        let row = providers::find(&put.resource_type);
        if row.is_none() {
            self.warnings.insert(format!(
                "the type {} is not known to the emulator and kept as it is",
                put.resource_type
            ));
        }
        if put
            .resource_type
            .eq_ignore_ascii_case("Microsoft.Resources/deploymentScripts")
        {
            let text = "deployment scripts are not run: the name of what one puts out stands for its value";
            self.warnings.insert(text.to_owned());
        }
        let created = before.as_ref().map_or(at, |before| before.created);
        let stored = Stored {
            name: ResourceId::new(&put.id).full_name(),
            given: without(&put.body, &put.secret),
            api_version: put.api_version,
            resource_type: put.resource_type,
            id: put.id,
            document,
            created,
            changed: at,
        };
        let takes = self.usual_time(&stored.resource_type);
        self.state.resources.insert(key.clone(), stored);
        self.dirty = true;
        let at = match &effect {
            Some(Effect::FailOperation { at, .. }) => at.unwrap_or(100.0),
            _ => 100.0,
        };
        Ok(Begun {
            created: before.is_none(),
            takes: takes.map(|takes| takes.mul_f64(at / 100.0)),
            fails,
            stuck: matches!(effect, Some(Effect::Stuck {})),
        })
    }

    /// What a reader gets while the resource is being made.
    fn document(&self, put: &Put, before: Option<&Stored>, at: Timestamp) -> Value {
        let mut document = Map::new();
        let spelled = before.map_or(put.id.as_str(), |before| before.id.as_str());
        document.insert("id".into(), spelled.into());
        document.insert("name".into(), ResourceId::new(spelled).name().into());
        document.insert("type".into(), put.resource_type.as_str().into());
        if let Value::Object(given) = without(&put.body, &put.secret) {
            let known = ["id", "name", "type", "apiVersion"];
            document.extend(
                given
                    .into_iter()
                    .filter(|(key, _)| !known.contains(&key.as_str())),
            );
        }
        if let Some(Value::String(location)) = document.get_mut("location") {
            *location = providers::region(location);
        }
        let created = before.map_or(at, |before| before.created);
        self.complete(
            put.id.as_str(),
            &put.resource_type,
            &mut document,
            created,
            at,
            false,
        );
        Value::Object(document)
    }

    fn complete(
        &self,
        id: &str,
        resource_type: &str,
        document: &mut Map<String, Value>,
        created: Timestamp,
        now: Timestamp,
        done: bool,
    ) {
        let names = names_of(id);
        let before = self.state.resources.get(&id.to_lowercase());
        let settled = Settled {
            id,
            names: &names,
            subscription: &self.settings.subscription,
            tenant: &self.settings.tenant,
            created,
            now,
            done,
            before: before.map(|stored| &stored.document),
            above: &self.above(id),
        };
        providers::complete_identity(&settled, document);
        if let Some(row) = providers::find(resource_type) {
            (row.complete)(&settled, document);
        }
        providers::fill_read_only(&settled, document);
        let state = if done {
            "Succeeded"
        } else {
            providers::state_while_made(resource_type, created == now)
        };
        let properties = document.entry("properties").or_insert_with(|| json!({}));
        if let Some(properties) = properties.as_object_mut() {
            properties.insert("provisioningState".into(), state.into());
        }
    }

    /// The documents of what a resource hangs on, the nearest first.
    fn above(&self, id: &str) -> Vec<&Value> {
        let parents = std::iter::successors(parent_of(id), |id| parent_of(id));
        parents
            .filter_map(|parent| self.state.resources.get(&parent.to_lowercase()))
            .map(|stored| &stored.document)
            .collect()
    }

    /// Sets a resource's provisioning state.
    pub fn mark(&mut self, key: &str, state: &str, at: Timestamp) {
        if let Some(stored) = self.state.resources.get_mut(key) {
            stored.document["properties"]["provisioningState"] = state.into();
            stored.changed = at;
        }
    }

    /// The resource is made: the observer may still refuse it.
    pub async fn finish_put(&mut self, key: &str, at: Timestamp) -> Result<(), ArmError> {
        let Some(stored) = self.state.resources.get(key).cloned() else {
            return Ok(());
        };
        let mut document = stored.document.as_object().cloned().unwrap_or_default();
        self.complete(
            &stored.id,
            &stored.resource_type,
            &mut document,
            stored.created,
            at,
            true,
        );
        let document = Value::Object(document);
        let change = self.change(&stored.id, &stored.resource_type, &document);
        let observer = std::sync::Arc::clone(&self.settings.observer);
        if let Err(refusal) = observer.created(&change).await {
            self.mark(key, "Failed", at);
            return Err(
                ArmError::new(refusal.status, &refusal.code, refusal.message).about(stored.id.as_str())
            );
        }
        if let Some(stored) = self.state.resources.get_mut(key) {
            stored.document = document;
            stored.changed = at;
        }
        self.add_by_itself(&stored, at);
        self.dirty = true;
        Ok(())
    }

    /// The change as an observer is told it.
    pub fn change(&self, id: &str, resource_type: &str, document: &Value) -> Change {
        let parent = parent_of(id).and_then(|parent| self.state.resources.get(&parent.to_lowercase()));
        Change {
            id: id.to_owned(),
            resource_type: resource_type.to_owned(),
            names: names_of(id),
            location: document
                .get("location")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            sku: document.get("sku").cloned().unwrap_or_default(),
            properties: document.get("properties").cloned().unwrap_or_default(),
            parent: parent.map(|parent| parent.document.clone()).unwrap_or_default(),
        }
    }
}
