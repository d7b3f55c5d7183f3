//! What a deployment gives back. Azure re-cases output names; the template's own spelling is restored.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{DeployError, naming};
use crate::azure::Client;
use crate::azure::deployments::Deployment;
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
    pub(super) fn spelled_as(mut self, bundle: &Bundle) -> Self {
        let Some(declared) = bundle.template.get("outputs").and_then(Value::as_object) else {
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

/// Returns what the last successful deployment of the environment gave back, as `bundle` spells it; `None` without one.
///
/// # Errors
///
/// [`DeployError::Azure`].
pub async fn outputs(
    client: &Client,
    environment: &Environment,
    bundle: &Bundle,
) -> Result<Option<Outputs>, DeployError> {
    let scope = naming::scope(environment);
    let reading = DeployError::azure("read the deployments");
    let deployments = client.deployments(&scope).await.map_err(&reading)?;
    let last = deployments
        .iter()
        .find(|deployment| deployment.succeeded() && naming::belongs(deployment, environment));
    let Some(last) = last else { return Ok(None) };
    // A list may leave outputs out; the deployment itself never does.
    let whole = client.deployment(&scope, &last.name).await.map_err(reading)?;
    Ok(whole.map(|whole| Outputs::of(&whole).spelled_as(bundle)))
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
