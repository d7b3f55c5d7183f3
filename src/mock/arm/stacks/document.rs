//! A stack as a reader gets it.

use serde_json::{Map, Value, json};

use super::super::view::stamp;
use super::super::world::World;
use super::{STACK, Stack, Wish};

impl World {
    /// Who asks: the one principal that the emulator's token stands for.
    pub fn caller(&self) -> String {
        let seed = format!("{}/caller", self.settings.subscription);
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, seed.as_bytes()).to_string()
    }

    pub fn system_data(&self, created: jiff::Timestamp, changed: jiff::Timestamp) -> Value {
        let who = self.caller();
        json!({
            "createdBy": who,
            "createdByType": "Application",
            "createdAt": stamp(created),
            "lastModifiedBy": who,
            "lastModifiedByType": "Application",
            "lastModifiedAt": stamp(changed),
        })
    }
}

fn references(ids: &[String]) -> Value {
    ids.iter().map(|id| json!({"id": id})).collect()
}

/// What a PUT and a GET answer.
pub fn document(world: &World, stack: &Stack) -> Value {
    let failed: Vec<Value> = stack
        .failed
        .iter()
        .map(|(id, error)| json!({"id": id, "error": error.object()}))
        .collect();
    let managed: Vec<Value> = stack.resources.iter().map(super::Managed::document).collect();
    let mut properties = wish_of(&stack.wish);
    let mut add = |key: &str, value: Value| properties.insert(key.to_owned(), value);
    add("parameters", Value::Object(stack.parameters.clone()));
    add("provisioningState", stack.phase.word().into());
    add("correlationId", stack.correlation_id.as_str().into());
    add("detachedResources", references(&stack.detached));
    add("deletedResources", references(&stack.deleted));
    add("failedResources", failed.into());
    add("resources", managed.into());
    if let Some(id) = &stack.deployment_id {
        add("deploymentId", id.as_str().into());
    }
    if let Some(outputs) = &stack.outputs {
        add("outputs", Value::Object(outputs.clone()));
    }
    if let Some(duration) = &stack.duration {
        add("duration", duration.as_str().into());
    }
    if let Some(error) = stack.error.as_ref().filter(|_| stack.phase.is_over()) {
        add("error", error.object());
    }
    let mut document = json!({"id": stack.id, "name": stack.name(), "type": STACK});
    if !stack.scope().to_lowercase().contains("/resourcegroups/") {
        document["location"] = stack.location.as_str().into();
    }
    document["tags"] = Value::Object(stack.tags.clone());
    document["systemData"] = world.system_data(stack.created, stack.changed);
    document["properties"] = Value::Object(properties);
    document
}

/// The members that echo the request.
pub(super) fn wish_of(wish: &Wish) -> Map<String, Value> {
    let mut fields = Map::new();
    if let Some(description) = &wish.description {
        fields.insert("description".into(), description.as_str().into());
    }
    if let Some(scope) = &wish.deployment_scope {
        fields.insert("deploymentScope".into(), scope.as_str().into());
    }
    fields.insert("actionOnUnmanage".into(), json!(wish.action));
    fields.insert("denySettings".into(), json!(wish.deny));
    if let Some(level) = &wish.validation_level {
        fields.insert("validationLevel".into(), level.as_str().into());
    }
    fields.insert("bypassStackOutOfSyncError".into(), wish.bypass.into());
    fields
}
