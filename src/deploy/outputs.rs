//! What a deployment gives back. Azure re-cases output names; the template's own spelling is restored.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{DeployError, naming};
use crate::azure::Client;
use crate::azure::deployments::Deployment;
use crate::azure::groups::GroupScope;
use crate::config::Environment;
use crate::template::Bundle;

/// The outputs of a deployment, in the template's order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outputs {
    pub deployment: String,
    pub outputs: Vec<Output>,
}

/// One output. A secure one has no value: Azure does not give it back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Output {
    pub name: String,
    #[serde(rename = "type")]
    pub output_type: String,
    pub value: Option<Value>,
}

impl Outputs {
    pub(super) fn of(deployment: &Deployment) -> Self {
        let output = |(name, entry): (&String, &Value)| Output {
            name: name.clone(),
            output_type: entry
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            value: entry.get("value").cloned(),
        };
        Self {
            deployment: deployment.name.clone(),
            outputs: deployment.outputs.iter().map(output).collect(),
        }
    }

    /// The same outputs under the names that the template gives them, in its order.
    pub(super) fn spelled_as(mut self, template: &Value) -> Self {
        let Some(declared) = template.get("outputs").and_then(Value::as_object) else {
            return self;
        };
        let place = |name: &str| declared.keys().position(|key| key.eq_ignore_ascii_case(name));
        for output in &mut self.outputs {
            if let Some(key) = declared.keys().find(|key| key.eq_ignore_ascii_case(&output.name)) {
                output.name.clone_from(key);
            }
        }
        self.outputs
            .sort_by_key(|output| place(&output.name).unwrap_or(usize::MAX));
        self
    }

    /// The value of an output, its name in any case.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let output = self
            .outputs
            .iter()
            .find(|output| output.name.eq_ignore_ascii_case(name))?;
        output.value.as_ref()
    }

    /// The values by name, as `connect` takes them.
    pub fn values(&self) -> Map<String, Value> {
        let value = |output: &Output| Some((output.name.clone(), output.value.clone()?));
        self.outputs.iter().filter_map(value).collect()
    }
}

/// Returns what the deployments of the environment gave back, as `bundle` spells it: the last successful deployment of the
/// target, then those of its additions. `None` without a target.
///
/// # Errors
///
/// [`DeployError::Azure`].
pub async fn outputs(
    client: &Client,
    environment: &Environment,
    bundle: &Bundle,
) -> Result<Option<Outputs>, DeployError> {
    let reading = DeployError::azure("read the deployments");
    let scope = naming::scope(environment);
    let mut ours = client.deployments(&scope).await.map_err(&reading)?;
    ours.retain(|deployment| naming::belongs(deployment, environment));
    let latest = latest(&ours);
    let Some(target) = latest.iter().find(|(_, is_target, _)| *is_target) else {
        return Ok(None);
    };
    let mut all = of_one(client, &scope, target.2).await?.spelled_as(&bundle.template);
    for (name, _, addition) in latest.iter().filter(|(_, is_target, _)| !is_target) {
        let more = of_one(client, &scope, addition).await?;
        let more = more.spelled_as(declaring(bundle, name));
        all.outputs.extend(more.outputs);
    }
    Ok(Some(all))
}

/// The template that declares what `name`, an addition, gives back; nothing when the bundle has no such addition.
pub(super) fn declaring<'a>(bundle: &'a Bundle, name: &str) -> &'a Value {
    let mut additions = bundle.additions.iter();
    let addition = additions.find(|addition| addition.name == name);
    addition.map_or(&Value::Null, |addition| &addition.template)
}

/// The outputs of everything that is deployed, by the name of the target or addition.
pub(super) async fn by_name(
    client: &Client,
    environment: &Environment,
) -> Result<BTreeMap<String, Outputs>, DeployError> {
    let scope = naming::scope(environment);
    let reading = DeployError::azure("read the deployments");
    let mut ours = client.deployments(&scope).await.map_err(reading)?;
    ours.retain(|deployment| naming::belongs(deployment, environment));
    let mut found = BTreeMap::new();
    for (name, _, deployment) in latest(&ours) {
        found.insert(name.to_owned(), of_one(client, &scope, deployment).await?);
    }
    Ok(found)
}

/// The last successful deployment of the target and of each addition: name, whether it is the target's, deployment.
pub(super) fn latest(ours: &[Deployment]) -> Vec<(&str, bool, &Deployment)> {
    let mut latest: Vec<(&str, bool, &Deployment)> = Vec::new();
    for deployment in ours.iter().filter(|deployment| deployment.succeeded()) {
        let Some((name, is_target)) = naming::whose(deployment) else {
            continue;
        };
        // A target of another kind that was there before is history.
        let known = |(other, other_is_target, _): &(&str, bool, &Deployment)| {
            (is_target && *other_is_target) || *other == name
        };
        if !latest.iter().any(known) {
            latest.push((name, is_target, deployment));
        }
    }
    latest
}

/// A list may leave outputs out; the deployment itself never does.
async fn of_one(client: &Client, scope: &GroupScope, listed: &Deployment) -> Result<Outputs, DeployError> {
    let whole = client.deployment(scope, &listed.name).await;
    let whole = whole.map_err(DeployError::azure("read the deployments"))?;
    Ok(Outputs::of(whole.as_ref().unwrap_or(listed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_secure_output_has_a_name_and_no_value() {
        let mut deployment = Deployment::default();
        deployment
            .outputs
            .insert("azurE_KEY".into(), json!({"type": "SecureString"}));
        deployment
            .outputs
            .insert("host".into(), json!({"type": "String", "value": "h"}));
        let outputs = Outputs::of(&deployment);
        assert_eq!(outputs.get("AZURE_KEY"), None);
        assert_eq!(outputs.get("HOST"), Some(&json!("h")));
        assert_eq!(Value::Object(outputs.values()), json!({"host": "h"}));
    }
}
