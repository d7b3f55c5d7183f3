//! Members and elements: `variables('all').groups[copyIndex()].name`.
//!
//! Templates keep large tables in a variable and take one cell of it in each turn of a loop, so what is known already is
//! walked where it is, and the cell alone is copied.

use std::sync::Arc;

use serde_json::Value;

use crate::model::expression::Expression;

use super::error::Halt;
use super::evaluator::Evaluator;
use super::functions::{kind, lookup};
use super::parameters::SECRET_MARK;

/// One step from a value to what is inside it.
enum Step<'a> {
    Member(&'a str),
    Element(&'a Expression),
}

impl Evaluator<'_> {
    /// The value at the end of a chain of members and elements.
    pub(super) fn chained(&self, tree: &Expression) -> Result<Value, Halt> {
        let mut steps = Vec::new();
        let mut at = tree;
        let root = loop {
            match at {
                Expression::Property { of, name } => {
                    if let Some(part) = self.deployment_part(of, name) {
                        break Arc::new(part);
                    }
                    steps.push(Step::Member(name));
                    at = of;
                }
                Expression::Index { of, index } => {
                    steps.push(Step::Element(index));
                    at = of;
                }
                _ => break self.root(at)?,
            }
        };
        let (mut found, mut before) = (&*root, "");
        for step in steps.into_iter().rev() {
            found = match step {
                Step::Member(name) if is_unknown_output(&root, before, found, name) => {
                    return Ok(Value::from(name));
                }
                Step::Member(name) => {
                    before = name;
                    self.member(found, name)?
                }
                Step::Element(index) => self.element(found, &self.evaluate(index)?)?,
            };
        }
        Ok(self.unmarked(found.clone()))
    }

    /// What a chain begins with; a variable and a parameter are not copied.
    fn root(&self, tree: &Expression) -> Result<Arc<Value>, Halt> {
        if let Some(arguments) = tree.arguments_of("variables") {
            return self.variable(&self.name_of(arguments)?);
        }
        if let Some(arguments) = tree.arguments_of("parameters") {
            return self.parameter(&self.name_of(arguments)?);
        }
        if let Some(arguments) = tree.arguments_of("reference") {
            return self.reference("reference", arguments).map(Arc::new);
        }
        self.evaluate(tree).map(Arc::new)
    }

    /// Takes away the marks of secret outputs, and notes that there were any.
    pub(super) fn unmarked(&self, mut value: Value) -> Value {
        if strip(&mut value) {
            self.meter.taint();
        }
        value
    }

    fn member<'v>(&self, of: &'v Value, name: &str) -> Result<&'v Value, Halt> {
        let Value::Object(fields) = of else {
            return Err(self.failed(format!(
                "The language expression property '{name}' can't be evaluated, the value is of type '{}'",
                kind(of)
            )));
        };
        if fields.contains_key(SECRET_MARK) {
            self.meter.taint();
        }
        lookup(fields, name).ok_or_else(|| {
            let known: Vec<&str> = fields.keys().map(String::as_str).take(50).collect();
            self.failed(format!(
                "The language expression property '{name}' doesn't exist, available properties are '{}'",
                known.join(", ")
            ))
        })
    }

    fn element<'v>(&self, of: &'v Value, index: &Value) -> Result<&'v Value, Halt> {
        match (of, index) {
            (Value::Object(_), Value::String(name)) => self.member(of, name),
            (Value::Array(items), Value::Number(at)) => {
                let at = at.as_u64().and_then(|at| usize::try_from(at).ok());
                at.and_then(|at| items.get(at)).ok_or_else(|| {
                    self.failed(format!(
                        "The language expression property array index '{index}' is out of bounds"
                    ))
                })
            }
            _ => Err(self.failed(format!(
                "a value of type '{}' has no element of type '{}'",
                kind(of),
                kind(index)
            ))),
        }
    }
}

/// Whether `name` is what a deployment script would have put out: nobody runs it, so its outputs are empty, and the name
/// stands for the value.
fn is_unknown_output(root: &Value, before: &str, outputs: &Value, name: &str) -> bool {
    let is_script = || {
        let properties = root.get("properties").unwrap_or(root);
        ["azPowerShellVersion", "azCliVersion"]
            .iter()
            .any(|key| properties.get(key).is_some())
    };
    before.eq_ignore_ascii_case("outputs")
        && outputs
            .as_object()
            .is_some_and(|outputs| lookup(outputs, name).is_none())
        && is_script()
}

/// Removes every mark; whether there was one.
fn strip(value: &mut Value) -> bool {
    match value {
        Value::Object(fields) => {
            let mut any = fields.shift_remove(SECRET_MARK).is_some();
            for field in fields.values_mut() {
                any |= strip(field);
            }
            any
        }
        Value::Array(items) => {
            let mut any = false;
            for item in items {
                any |= strip(item);
            }
            any
        }
        _ => false,
    }
}
