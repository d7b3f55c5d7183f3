//! What a deployment gives back. Azure re-cases output names; the template's own spelling is restored.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::records::{self, Record};
use super::{DeployError, naming};
use crate::azure::Client;
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
    pub(super) fn of(record: &Record) -> Self {
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
            deployment: record.name.clone(),
            outputs: record.outputs.iter().map(output).collect(),
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

/// Returns what is deployed for the environment gave back, as `bundle` spells it: the target's, then those of its
/// additions. `None` without a target.
///
/// # Errors
///
/// [`DeployError::Azure`].
pub async fn outputs(
    client: &Client,
    environment: &Environment,
    bundle: &Bundle,
) -> Result<Option<Outputs>, DeployError> {
    let records = records::of_environment(client, environment).await;
    let records = records.map_err(DeployError::azure("read the deployments"))?;
    let mut all: Option<Outputs> = None;
    for (name, is_target, record) in records::latest(&records) {
        let one = of_one(client, environment, record).await?;
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
    records: &[Record],
) -> Result<BTreeMap<String, Outputs>, DeployError> {
    let mut found = BTreeMap::new();
    for (name, _, record) in records::latest(records) {
        found.insert(name.to_owned(), of_one(client, environment, record).await?);
    }
    Ok(found)
}

/// How often a record is read that looks older than the list which named it.
const LOOKS: u32 = 3;

/// A list may leave outputs out; the thing itself never does, but may be answered from a copy of before it ended.
async fn of_one(client: &Client, environment: &Environment, listed: &Record) -> Result<Outputs, DeployError> {
    let scope = naming::scope(environment);
    let mut whole = None;
    for _ in 0..LOOKS {
        whole = records::find(client, &scope, listed.kind, &listed.name)
            .await
            .map_err(DeployError::azure("read the deployments"))?;
        let is_older = |whole: &Record| listed.is_finished() && !whole.is_finished();
        if !whole.as_ref().is_some_and(is_older) {
            break;
        }
        tokio::time::sleep(client.rhythm().poll.0).await;
    }
    Ok(Outputs::of(whole.as_ref().unwrap_or(listed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::deployments::Deployment;
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
        let outputs = Outputs::of(&deployment.into());
        assert_eq!(outputs.get("AZURE_KEY"), None);
        assert_eq!(outputs.get("HOST"), Some(&json!("h")));
        assert_eq!(Value::Object(outputs.values()), json!({"host": "h"}));
    }
}
