//! The deployed world as the expressions of a template see it.

use std::collections::HashMap;

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::actions;
use super::lists;
use super::parts::part_of;
use super::state::{Deployment, State};
use super::template::{Runtime, SECRET_MARK};
use super::view::{document, group_document};
use super::writes::parent_of;

/// What `reference` and `list…` may ask.
pub struct View<'a> {
    pub state: &'a State,
    pub token: &'a SecretString,
    /// The outputs of deployments that have secret ones.
    pub secrets: &'a HashMap<String, Map<String, Value>>,
}

impl Runtime for View<'_> {
    fn resource(&self, id: &str) -> Option<Value> {
        let key = id.to_lowercase();
        if let Some(stored) = self.state.resources.get(&key) {
            let mut document = stored.document.clone();
            document["resourceId"] = stored.id.as_str().into();
            document["apiVersion"] = stored.api_version.as_str().into();
            return Some(document);
        }
        if let Some(deployment) = self.state.deployments.get(&key) {
            return Some(self.with_secrets(&key, document(deployment)));
        }
        if let Some(part) = part_of(self.state, id) {
            return Some(part);
        }
        let (subscription, group) = key.split_once("/resourcegroups/")?;
        let group = self.state.groups.get(group)?;
        Some(group_document(subscription.rsplit('/').next()?, group))
    }

    fn list(&self, id: &str, function: &str) -> Result<Value, String> {
        let key = id.to_lowercase();
        if function.eq_ignore_ascii_case("listOutputsWithSecureValues")
            && let Some(deployment) = self.state.deployments.get(&key)
        {
            return self.outputs(&key, deployment);
        }
        let Some(stored) = self.state.resources.get(&key) else {
            // What nobody writes, a trigger of a workflow, is there with what it belongs to.
            let owner =
                parent_of(id).filter(|owner| self.state.resources.contains_key(&owner.to_lowercase()));
            let listed = owner.and_then(|_| lists::stand_in(self.token, id, function));
            return listed.ok_or_else(|| format!("The resource '{id}' was not found"));
        };
        let mut answer = actions::answer(self.state, self.token, stored, function)?;
        if let (Some(keys), Some(fields)) = (answer.get("keys").cloned(), answer.as_object_mut()) {
            // As the versions before 2015-06-15 gave them.
            for (old, key) in ["key1", "key2"]
                .into_iter()
                .zip(keys.as_array().into_iter().flatten())
            {
                fields.entry(old).or_insert_with(|| key["value"].clone());
            }
        }
        Ok(answer)
    }
}

impl View<'_> {
    /// The deployment with the values of outputs that were made from secrets and do not say so, marked: a template above
    /// may use them, and what it makes of them is secret too.
    fn with_secrets(&self, key: &str, mut document: Value) -> Value {
        let known = self.secrets.get(key);
        let outputs = document
            .pointer_mut("/properties/outputs")
            .and_then(Value::as_object_mut);
        for (name, output) in outputs.into_iter().flatten() {
            let is_secure = output["type"]
                .as_str()
                .is_some_and(|kind| kind.starts_with("Secure"));
            let value = known.and_then(|known| known.get(name));
            if let (false, None, Some(value)) = (is_secure, output.get("value"), value) {
                output["value"] = value.clone();
                output[SECRET_MARK] = true.into();
            }
        }
        document
    }

    /// The values of a deployment's outputs by name.
    ///
    /// # Errors
    ///
    /// A sentence when some are secret and were forgotten: they do not outlive the emulator's process.
    pub fn outputs(&self, key: &str, deployment: &Deployment) -> Result<Value, String> {
        if let Some(outputs) = self.secrets.get(key) {
            return Ok(Value::Object(outputs.clone()));
        }
        let outputs = deployment.outputs.iter().flatten();
        outputs
            .map(|(name, output)| {
                let value = output.get("value").cloned().ok_or_else(|| {
                    format!("The secure output '{name}' of the deployment '{}' was forgotten when the emulator was started anew", deployment.name)
                })?;
                Ok((name.clone(), value))
            })
            .collect::<Result<Map<_, _>, String>>()
            .map(Value::Object)
    }
}
