//! What is sent to Azure as one deployment: the target's, or an addition's with what it takes from the others.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{DeployError, Outputs};
use crate::template::{AdditionBundle, Bundle, Fixed};

/// What every target gives to additions besides its outputs: where clients connect.
const BOOTSTRAP: &str = "bootstrap";

/// One deployment of a bundle.
pub(super) struct Unit<'a> {
    pub environment: &'a str,
    /// The target's name, or the addition's.
    pub name: &'a str,
    pub is_target: bool,
    pub template: &'a Value,
    /// The whole parameters document.
    pub parameters: Value,
    pub fixed: &'a [Fixed],
    /// A parameter that has no value yet, and the output that would give it.
    pub lacks: Option<(&'a str, &'a str)>,
}

/// The deployments of a bundle in their order, with what is known of `outputs`, by name.
pub(super) fn units<'a>(
    bundle: &'a Bundle,
    outputs: &BTreeMap<String, Outputs>,
) -> Result<Vec<Unit<'a>>, DeployError> {
    let known = known(bundle, outputs)?;
    let target = Unit {
        environment: &bundle.environment,
        name: &bundle.target,
        is_target: true,
        template: &bundle.template,
        parameters: bundle.parameters.clone(),
        fixed: &bundle.fixed,
        lacks: None,
    };
    let additions = bundle
        .additions
        .iter()
        .map(|addition| unit(bundle, addition, &known));
    Ok(std::iter::once(target).chain(additions).collect())
}

/// Which deployments each one of `bundle` waits for, by their place in the order of [`units`]: whoever gives what it takes.
pub(super) fn needs(bundle: &Bundle) -> Vec<Vec<usize>> {
    let declares = |template: &Value, output: &str| {
        let outputs = template.get("outputs").and_then(Value::as_object);
        outputs.is_some_and(|outputs| outputs.keys().any(|name| name == output))
    };
    let giver = |output: &String| {
        let addition = bundle
            .additions
            .iter()
            .position(|addition| declares(&addition.template, output));
        // What nobody else declares is the target's, its bootstrap servers among it.
        addition.map_or(0, |place| place + 1)
    };
    let additions = bundle
        .additions
        .iter()
        .map(|addition| addition.takes.values().map(giver).collect());
    std::iter::once(Vec::new()).chain(additions).collect()
}

fn unit<'a>(bundle: &'a Bundle, addition: &'a AdditionBundle, known: &Map<String, Value>) -> Unit<'a> {
    let mut parameters = addition.parameters.clone();
    let mut lacks = None;
    for (parameter, output) in &addition.takes {
        match known.get(output) {
            Some(value) => parameters["parameters"][parameter] = json!({ "value": value }),
            None => lacks = Some((parameter.as_str(), output.as_str())),
        }
    }
    Unit {
        environment: &bundle.environment,
        name: &addition.name,
        is_target: false,
        template: &addition.template,
        parameters,
        fixed: &addition.fixed,
        lacks,
    }
}

/// The outputs of everything that is deployed, in the templates' spelling, and the target's bootstrap servers.
fn known(bundle: &Bundle, outputs: &BTreeMap<String, Outputs>) -> Result<Map<String, Value>, DeployError> {
    let mut known = Map::new();
    if let Some(target) = outputs.get(&bundle.target) {
        known = target.clone().spelled_as(&bundle.template).values();
        let bootstrap = bundle.connect.bootstrap(&known);
        let bootstrap = bootstrap.map_err(|source| DeployError::Template {
            environment: bundle.environment.clone(),
            source: Box::new(source),
        })?;
        known.insert(BOOTSTRAP.to_owned(), bootstrap.into());
    }
    for addition in &bundle.additions {
        if let Some(outputs) = outputs.get(&addition.name) {
            known.extend(outputs.clone().spelled_as(&addition.template).values());
        }
    }
    Ok(known)
}
