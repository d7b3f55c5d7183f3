//! What is sent to Azure as one deployment: the target's, or an addition's with what it takes from the others.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::{DeployError, Outputs};
use crate::template::{AdditionBundle, Bundle, Fixed, NeededSecret};

/// What every target gives to additions besides its outputs: where clients connect.
pub(super) const BOOTSTRAP: &str = "bootstrap";

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
    /// Parameter and value: what goes to Azure and is kept nowhere.
    pub secrets: Vec<(&'a str, &'a SecretString)>,
    /// A parameter that has no value yet, and the output that would give it.
    pub lacks: Option<(&'a str, &'a str)>,
    /// Values that such parameters are going to have, as far as they can be told.
    pub foretold: Map<String, Value>,
}

/// The deployments of a bundle in their order, with what is known of `outputs`, by name.
pub(super) fn units<'a>(
    bundle: &'a Bundle,
    outputs: &BTreeMap<String, Outputs>,
) -> Result<Vec<Unit<'a>>, DeployError> {
    let known = known(bundle, outputs)?;
    let (parameters, lacks) = filled(&bundle.parameters, &bundle.takes, &known);
    let target = Unit {
        environment: &bundle.environment,
        name: &bundle.target,
        is_target: true,
        template: &bundle.template,
        parameters,
        fixed: &bundle.fixed,
        secrets: secrets(&bundle.secrets),
        lacks,
        foretold: Map::new(),
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
    bundle
        .takes_of_each()
        .enumerate()
        .map(|(place, takes)| {
            let givers = takes.values().map(giver);
            // Whoever gives a thing to itself would wait for ever: the fault shows as a value that is lacking.
            givers.filter(|giver| *giver != place).collect()
        })
        .collect()
}

/// The place of a deployment that waits for itself by way of others.
pub(super) fn circle(bundle: &Bundle) -> Option<usize> {
    let needs = needs(bundle);
    let mut done: Vec<usize> = Vec::new();
    loop {
        let ready = (0..needs.len())
            .find(|place| !done.contains(place) && needs[*place].iter().all(|needed| done.contains(needed)));
        match ready {
            Some(place) => done.push(place),
            None => return (0..needs.len()).rev().find(|place| !done.contains(place)),
        }
    }
}

fn unit<'a>(bundle: &'a Bundle, addition: &'a AdditionBundle, known: &Map<String, Value>) -> Unit<'a> {
    let (parameters, lacks) = filled(&addition.parameters, &addition.takes, known);
    Unit {
        environment: &bundle.environment,
        name: &addition.name,
        is_target: false,
        template: &addition.template,
        parameters,
        fixed: &addition.fixed,
        secrets: secrets(&addition.secrets),
        lacks,
        foretold: Map::new(),
    }
}

fn secrets(needed: &[NeededSecret]) -> Vec<(&str, &SecretString)> {
    needed
        .iter()
        .filter_map(|one| Some((one.entry.parameter.as_deref()?, one.value.as_ref()?)))
        .collect()
}

impl Unit<'_> {
    /// The values of its parameters as they are sent, secrets among them.
    pub fn sent_parameters(&self) -> Value {
        let given = self.parameters.get("parameters").unwrap_or(&self.parameters);
        let mut sent = given.clone();
        for (parameter, value) in &self.secrets {
            sent[*parameter] = json!({ "value": value.expose_secret() });
        }
        sent
    }
}

/// A parameters document with what is taken, and the last parameter that lacks a value with the output that would give it.
fn filled<'a>(
    parameters: &Value,
    takes: &'a BTreeMap<String, String>,
    known: &Map<String, Value>,
) -> (Value, Option<(&'a str, &'a str)>) {
    let mut parameters = parameters.clone();
    let mut lacks = None;
    for (parameter, output) in takes {
        match known.get(output) {
            Some(value) => parameters["parameters"][parameter] = json!({ "value": value }),
            None => lacks = Some((parameter.as_str(), output.as_str())),
        }
    }
    (parameters, lacks)
}

/// The outputs of everything that is deployed, in the templates' spelling, and the target's bootstrap servers.
fn known(bundle: &Bundle, outputs: &BTreeMap<String, Outputs>) -> Result<Map<String, Value>, DeployError> {
    let mut known = Map::new();
    if let Some(target) = outputs.get(&bundle.target) {
        known = target.clone().spelled_as(&bundle.template).values();
        match bundle.connect.bootstrap(&known) {
            Ok(bootstrap) => {
                known.insert(BOOTSTRAP.to_owned(), bootstrap.into());
            }
            // It runs still, or did not succeed: it gives nothing yet. Or a step has to be done first.
            Err(_) if known.is_empty() || bundle.steps.iter().any(|step| !step.gives.is_empty()) => {}
            Err(source) => {
                return Err(DeployError::Template {
                    environment: bundle.environment.clone(),
                    source: Box::new(source),
                });
            }
        }
    }
    for addition in &bundle.additions {
        if let Some(outputs) = outputs.get(&addition.name) {
            known.extend(outputs.clone().spelled_as(&addition.template).values());
        }
    }
    Ok(known)
}
