//! The names an expression may use: bound parameters, variables evaluated when first asked for, own functions.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::error::{EvaluationError, Halt};
use super::evaluator::Evaluator;
use super::functions::lookup;
use super::meter::Meter;
use super::parameters::{self, Bound};
use super::scope::Scope;

/// What the expressions of one template see. A nested template of outer scope shares its parent's frame.
pub struct Frame {
    pub scope: Scope,
    /// By name in lower case.
    pub parameters: BTreeMap<String, Bound>,
    variables: Map<String, Value>,
    functions: Value,
    evaluated: Mutex<HashMap<String, (Arc<Value>, bool)>>,
    pub template: Value,
    /// What `externalInputs` answers from.
    pub inputs: Map<String, Value>,
    pub template_hash: String,
    /// `languageVersion` 2.0, whose resources have symbolic names.
    pub is_symbolic: bool,
}

impl Frame {
    /// Binds `given` to the parameters that `template` declares.
    pub fn bind(
        template: &Value,
        given: &Map<String, Value>,
        scope: Scope,
    ) -> Result<Arc<Self>, EvaluationError> {
        let mut frame = Self {
            scope,
            parameters: BTreeMap::new(),
            variables: section(template, "variables"),
            functions: member(template, "functions").cloned().unwrap_or_default(),
            evaluated: Mutex::default(),
            template: template.clone(),
            inputs: Map::new(),
            template_hash: crate::model::hashes::template_hash(template),
            is_symbolic: member(template, "languageVersion")
                .and_then(Value::as_str)
                .is_some_and(|version| version.starts_with('2')),
        };
        parameters::bind(&mut frame, template, given)?;
        Ok(Arc::new(frame))
    }

    /// The parameters of a request, those evaluated that are given as an expression over `inputs`.
    ///
    /// # Errors
    ///
    /// [`EvaluationError`] when an expression has no value.
    pub fn given(
        mut parameters: Map<String, Value>,
        inputs: &Map<String, Value>,
        scope: Scope,
    ) -> Result<Map<String, Value>, EvaluationError> {
        let mut frame = Self::bind(&Value::Null, &Map::new(), scope)?;
        if let Some(frame) = Arc::get_mut(&mut frame) {
            frame.inputs.clone_from(inputs);
        }
        for (name, parameter) in &mut parameters {
            if let Some(expression) = member(parameter, "expression") {
                let (meter, path) = (Meter::default(), format!("parameters.{name}.expression"));
                let value = Evaluator::of_skeleton(&frame, &meter, &[]).strict(expression, &path);
                *parameter = serde_json::json!({"value": value.map_err(|halt| halt.or_known(&path))?});
            }
        }
        Ok(parameters)
    }

    /// The value of a variable, by name without regard to case.
    pub fn variable(&self, name: &str, evaluator: &Evaluator<'_>) -> Result<Arc<Value>, Halt> {
        let key = name.to_lowercase();
        let known = self
            .evaluated
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some((value, secret)) = known {
            if secret {
                evaluator.meter.taint();
            }
            return Ok(value);
        }
        if !evaluator.meter.enter(&key) {
            return Err(evaluator.failed(format!("the variable '{name}' needs its own value")));
        }
        let (value, secret) = evaluator.meter.watch(|| self.fresh(name, evaluator));
        evaluator.meter.leave();
        let value = Arc::new(value?);
        let mut evaluated = self.evaluated.lock().unwrap_or_else(PoisonError::into_inner);
        evaluated.insert(key, (Arc::clone(&value), secret));
        Ok(value)
    }

    fn fresh(&self, name: &str, evaluator: &Evaluator<'_>) -> Result<Value, Halt> {
        let inside = evaluator.of_variables();
        if let Some(source) = lookup(&self.variables, name).filter(|_| !self.is_loops(name)) {
            return inside.strict(source, &format!("variables.{name}"));
        }
        let named = |copy: &&Value| {
            copy.get("name")
                .and_then(Value::as_str)
                .is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        let copies = self.variables.get("copy").and_then(Value::as_array);
        match copies.and_then(|copies| copies.iter().find(named)) {
            Some(copy) => inside.repeated(copy, &format!("variables.{name}")),
            None => Err(evaluator.failed(format!("the template variable '{name}' is not found"))),
        }
    }

    /// Whether `name` is not a variable but the list of those that are loops.
    fn is_loops(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case("copy") && lookup(&self.variables, name).is_some_and(Value::is_array)
    }

    /// The body of an own function `namespace.name`.
    pub fn function(&self, name: &str) -> Option<&Value> {
        let (namespace, member_name) = name.split_once('.')?;
        let same = |set: &&Value| {
            set.get("namespace")
                .and_then(Value::as_str)
                .is_some_and(|own| own.eq_ignore_ascii_case(namespace))
        };
        let set = self.functions.as_array()?.iter().find(same)?;
        lookup(set.get("members")?.as_object()?, member_name)
    }
}

/// A top-level section that is an object; empty when absent.
pub fn section(template: &Value, name: &str) -> Map<String, Value> {
    member(template, name)
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

/// A member by name without regard to case.
pub fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    lookup(value.as_object()?, name)
}
