//! What one deployment is going to give another, as far as the templates tell it: for plans and pictures alone. What is
//! sent waits for the outputs themselves.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::known::Known;
use super::naming;
use super::unit::{self, Unit};
use crate::azure::groups::GroupScope;
use crate::config::Environment;
use crate::template::Bundle;

/// Tells each of the bundle's `units` what it will take from the others.
pub(super) fn foretell(units: &mut [Unit<'_>], bundle: &Bundle, scope: &GroupScope, location: &str) {
    let takes: Vec<_> = bundle.takes_of_each().collect();
    // What one gives may be made of what it takes: after as many rounds everything is told.
    for _ in 0..units.len() {
        let given: Map<String, Value> = units
            .iter()
            .flat_map(|unit| outputs(unit, scope, location))
            .collect();
        for (unit, takes) in units.iter_mut().zip(&takes) {
            for (parameter, output) in *takes {
                if let Some(value) = given.get(output) {
                    unit.foretold.insert(parameter.clone(), value.clone());
                }
            }
        }
    }
}

/// What can be told of the target's outputs; nothing where the deployments cannot even be named.
pub(super) fn told(environment: &Environment, bundle: &Bundle) -> Map<String, Value> {
    let scope = naming::scope(environment);
    let location = &environment.azure.location;
    let Ok(mut units) = unit::units(bundle, &BTreeMap::new()) else {
        return Map::new();
    };
    foretell(&mut units, bundle, &scope, location);
    outputs(&units[0], &scope, location).into_iter().collect()
}

/// The outputs that can be told before the deployment.
fn outputs(unit: &Unit<'_>, scope: &GroupScope, location: &str) -> Vec<(String, Value)> {
    let known = Known::of(unit, scope, location);
    let declared = unit.template.get("outputs").and_then(Value::as_object);
    let told = |(name, output): (&String, &Value)| {
        let value = known.value(output.get("value")?)?;
        Some((name.clone(), value))
    };
    declared.into_iter().flatten().filter_map(told).collect()
}
