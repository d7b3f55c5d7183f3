//! The template language of Azure Resource Manager, evaluated: no HTTP, no state, no clock of its own.
//!
//! [`evaluate`] binds parameters and unrolls a template into an [`Expanded`]; what needs the deployed world
//! (`reference`, `list…`) stays text until [`Expanded::body`] and [`Expanded::outputs`] are given a [`Runtime`].
//! Evaluating never panics and always ends: see `meter`.

mod beyond;
mod calls;
mod casing;
mod chain;
mod copy;
mod deployment;
mod error;
mod evaluator;
mod expand;
mod frame;
mod functions;
mod graph;
mod home;
mod ids;
mod lambdas;
mod level;
mod meter;
mod names;
mod nested;
mod outputs;
mod parameters;
mod planned;
mod profile;
mod scope;
mod surroundings;
mod types;
mod walk;
mod zones;

use std::sync::Arc;

use serde_json::{Map, Value, json};

pub use crate::model::hashes::template_hash;
pub use beyond::{Beyond, Facts, Link};
pub use error::EvaluationError;
pub use evaluator::{Notes, Runtime};
pub use functions::decoded;
pub use level::{Level, scope_of};
pub use nested::{check_version, parameters_in, vaulted};
pub use parameters::SECRET_MARK;
pub use planned::{DEPLOYMENT, Planned, RESOURCE_GROUP};
pub use scope::{Scope, cloud};

use evaluator::{Evaluator, Place};
use frame::Frame;
use meter::Meter;
use names::Names;
use parameters::Held;

/// Source: Azure Resource Manager, template limits.
const MOST_VARIABLES: usize = 256;

/// A template with its parameters bound and its loops unrolled.
pub struct Expanded {
    /// Every resource the template speaks of, in the order of the text; see [`Planned::wanted`].
    pub resources: Vec<Planned>,
    frame: Arc<Frame>,
    names: Names,
    outputs: Map<String, Value>,
    pub template_hash: String,
}

/// A resource's body at run time, and JSON pointers into it that hold a secret.
pub struct Body {
    pub value: Value,
    pub secret: Vec<String>,
}

/// Evaluates a template as far as it goes without the deployed world.
///
/// `parameters` is `{name: {"value": …}}`, as a deployment's request has it.
///
/// # Errors
///
/// [`EvaluationError`] for whatever ARM answers with `InvalidTemplate`.
pub fn evaluate(
    template: &Value,
    parameters: &Map<String, Value>,
    scope: &Scope,
) -> Result<Expanded, EvaluationError> {
    checked(template)?;
    check_level(template, scope.level())?;
    let frame = Frame::bind(template, parameters, scope.clone())?;
    inside(&frame, template, &scope.id, None)
}

/// The parameters of a request as values: `expression` is evaluated, `reference` left to whoever knows the vault.
///
/// # Errors
///
/// [`EvaluationError`] when an expression has no value.
pub fn given(
    parameters: Map<String, Value>,
    inputs: &Map<String, Value>,
    scope: &Scope,
) -> Result<Map<String, Value>, EvaluationError> {
    if parameters
        .values()
        .all(|one| frame::member(one, "expression").is_none())
    {
        return Ok(parameters);
    }
    Frame::given(parameters, inputs, scope.clone())
}

fn checked(template: &Value) -> Result<(), EvaluationError> {
    for required in ["$schema", "contentVersion", "resources"] {
        if frame::member(template, required).is_none() {
            return Err(EvaluationError::template(
                format!("Required property '{required}' not found in JSON"),
                "",
            ));
        }
    }
    let variables = frame::section(template, "variables").len();
    if variables > MOST_VARIABLES {
        let message = format!("the number of variables {variables} is above the limit of {MOST_VARIABLES}");
        return Err(EvaluationError::template(message, "variables"));
    }
    Ok(())
}

/// Refuses a template whose schema is of another level than the deployment.
fn check_level(template: &Value, level: Level) -> Result<(), EvaluationError> {
    let schema = frame::member(template, "$schema").and_then(Value::as_str);
    let schema = schema.unwrap_or_default();
    if Level::of_schema(schema).is_none_or(|meant| meant == level) {
        return Ok(());
    }
    let message = format!(
        "The template schema '{schema}' is not supported at the scope of a {}. Please see https://aka.ms/arm-template for usage details",
        level.word()
    );
    Err(EvaluationError::template(message, "$schema"))
}

/// Unrolls `template` with names bound in `frame` and resources that live at the scope `home`.
fn inside(
    frame: &Arc<Frame>,
    template: &Value,
    home: &str,
    parent: Option<&Names>,
) -> Result<Expanded, EvaluationError> {
    let mut resources = expand::expand(frame, template, home)?;
    let names = Names::of(&resources, parent);
    graph::connect(frame, template, &mut resources, &names)?;
    expand::preview(frame, &mut resources, &names)?;
    let expanded = Expanded {
        resources,
        frame: Arc::clone(frame),
        names,
        outputs: frame::section(template, "outputs"),
        template_hash: template_hash(template),
    };
    expanded.outputs(None)?;
    Ok(expanded)
}

impl Expanded {
    /// The body of a resource, with the deployed world at hand.
    ///
    /// # Errors
    ///
    /// [`EvaluationError`] when an expression has no value.
    pub fn body(&self, index: usize, runtime: &dyn Runtime) -> Result<Body, EvaluationError> {
        let resource = &self.resources[index];
        let meter = Meter::default();
        let evaluator = Evaluator {
            place: Place::Body,
            names: Some(&self.names),
            runtime: Some(runtime),
            ..Evaluator::of_skeleton(&self.frame, &meter, &resource.loops)
        };
        let mut notes = Notes::default();
        let value = evaluator.lenient(&resource.body_source(), &resource.path, &mut notes)?;
        Ok(Body {
            value,
            secret: notes.secret,
        })
    }

    /// The outputs as ARM gives them back. Without a runtime, those that need one have a type alone.
    ///
    /// # Errors
    ///
    /// [`EvaluationError`] when an output has no value or another type than declared.
    pub fn outputs(&self, runtime: Option<&dyn Runtime>) -> Result<Map<String, Value>, EvaluationError> {
        outputs::outputs(&self.frame, &self.names, &self.outputs, runtime, false)
    }

    /// The values of all outputs by name, secrets too; not to be stored.
    ///
    /// # Errors
    ///
    /// As for [`Expanded::outputs`].
    pub fn revealed_outputs(&self, runtime: &dyn Runtime) -> Result<Map<String, Value>, EvaluationError> {
        let outputs = outputs::outputs(&self.frame, &self.names, &self.outputs, Some(runtime), true)?;
        let value = |(name, mut output): (String, Value)| (name, output["value"].take());
        Ok(outputs.into_iter().map(value).collect())
    }

    /// The parameters as ARM echoes them: secrets by type alone.
    pub fn parameters(&self) -> Map<String, Value> {
        let mut echo = Map::new();
        for bound in self.frame.parameters.values() {
            let kind = outputs::pascal(&bound.kind);
            let shown = match &bound.value {
                Held::Known(value) if !bound.secret => json!({"type": kind, "value": **value}),
                _ => json!({"type": kind}),
            };
            echo.insert(bound.name.clone(), shown);
        }
        echo
    }

    /// The names, in lower case, of the parameters that must not be stored.
    pub fn secure_parameters(&self) -> std::collections::BTreeSet<String> {
        let secret = self.frame.parameters.iter().filter(|(_, bound)| bound.secret);
        secret.map(|(name, _)| name.clone()).collect()
    }
}

#[cfg(test)]
mod tests;
