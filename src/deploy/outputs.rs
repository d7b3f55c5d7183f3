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

    /// As [`Outputs::spelled_as`], in the spelling of the part of `bundle` that they are of; Azure's own without one.
    pub(super) fn spelled_in(self, bundle: &Bundle, name: &str, is_target: bool) -> Self {
        let addition = || bundle.additions.iter().find(|addition| addition.name == name);
        let template = if is_target {
            Some(&bundle.template)
        } else {
            addition().map(|addition| &addition.template)
        };
        match template {
            Some(template) => self.spelled_as(template),
            None => self,
        }
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

/// Returns what is deployed for the environment gave back, as `bundle` spells it: the last successful deployment of the
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
    let mut all: Option<Outputs> = None;
    for (name, is_target, deployment) in latest(&ours) {
        let one = of_one(client, &scope, deployment).await?;
        let one = one.spelled_in(bundle, name, is_target);
        match &mut all {
            Some(all) => all.outputs.extend(one.outputs),
            None if is_target => all = Some(one),
            None => {}
        }
    }
    Ok(all)
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

/// The last successful deployments, the target's first: name of target or addition, whether it is the target's, itself.
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
    latest.sort_by_key(|(_, is_target, _)| !is_target);
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
