//! The functions that see more than their arguments: names, loops, lambdas, and those that leave arguments unevaluated.

use std::sync::Arc;

use serde_json::Value;

use crate::model::expression::Expression;

use super::error::Halt;
use super::evaluator::{Evaluator, Place};
use super::functions::display;
use super::parameters::Held;

impl Evaluator<'_> {
    /// Calls a function by its name in any case.
    pub fn call(&self, name: &str, arguments: &[Expression]) -> Result<Value, Halt> {
        let lower = name.to_lowercase();
        match lower.as_str() {
            "parameters" => self
                .parameter(&self.name_of(arguments)?)
                .map(Arc::unwrap_or_clone),
            "variables" => self.variable(&self.name_of(arguments)?).map(Arc::unwrap_or_clone),
            "if" => self.choose(arguments),
            "and" => self.until(arguments, false),
            "or" => self.until(arguments, true),
            "copyindex" => self.copy_index(arguments),
            "lambdavariables" => self.local(&self.name_of(arguments)?),
            "coalesce" => self.coalesce(arguments),
            "lambda" => Err(self.failed("a lambda is not expected at this location")),
            "map" | "filter" | "reduce" | "sort" | "toobject" | "groupby" | "mapvalues" => {
                self.with_lambda(&lower, arguments)
            }
            "reference" | "references" => self
                .reference(&lower, arguments)
                .map(|found| self.unmarked(found)),
            _ => self.ordinary(name, &lower, arguments),
        }
    }

    fn ordinary(&self, name: &str, lower: &str, arguments: &[Expression]) -> Result<Value, Halt> {
        if lower.contains('.') {
            return self.own_function(name, arguments);
        }
        let values = self.all(arguments)?;
        if let Some(outcome) = self.pure(lower, &values) {
            return outcome;
        }
        if let Some(outcome) = self.surroundings(lower, &values) {
            return outcome;
        }
        if lower.starts_with("list") {
            return self.list(name, &values);
        }
        Err(self.failed(format!("The template function '{name}' is not valid")))
    }

    pub(super) fn name_of(&self, arguments: &[Expression]) -> Result<String, Halt> {
        match arguments {
            [one] => Ok(display(&self.evaluate(one)?)),
            _ => Err(self.failed("a name is expected as the only argument")),
        }
    }

    pub(super) fn parameter(&self, name: &str) -> Result<Arc<Value>, Halt> {
        let missing = || self.failed(format!("The template parameter '{name}' is not found"));
        if let Some(arguments) = self.arguments {
            return super::functions::lookup(arguments, name)
                .map(|argument| Arc::new(argument.clone()))
                .ok_or_else(missing);
        }
        let bound = self
            .frame
            .parameters
            .get(&name.to_lowercase())
            .ok_or_else(missing)?;
        if bound.secret {
            self.meter.taint();
        }
        match &bound.value {
            Held::Known(value) => Ok(Arc::clone(value)),
            Held::Later => Err(Halt::Later),
        }
    }

    pub(super) fn variable(&self, name: &str) -> Result<Arc<Value>, Halt> {
        if self.arguments.is_some() || self.place == Place::Default {
            return Err(self.failed("The template function 'variables' is not expected at this location"));
        }
        self.frame.variable(name, self)
    }

    fn local(&self, name: &str) -> Result<Value, Halt> {
        let mut current = self.locals;
        while let Some(local) = current {
            if local.name.eq_ignore_ascii_case(name) {
                return Ok(local.value.clone());
            }
            current = local.outer;
        }
        Err(self.failed(format!("the lambda variable '{name}' is not found")))
    }

    /// `if` evaluates only the branch it takes.
    fn choose(&self, arguments: &[Expression]) -> Result<Value, Halt> {
        let [condition, yes, no] = arguments else {
            return Err(self.failed("The template function 'if' expects 3 arguments"));
        };
        if self.truth(condition)? {
            self.evaluate(yes)
        } else {
            self.evaluate(no)
        }
    }

    fn truth(&self, condition: &Expression) -> Result<bool, Halt> {
        let value = self.evaluate(condition)?;
        let wrong = || {
            self.failed(format!(
                "a boolean is expected, found '{}'",
                super::functions::kind(&value)
            ))
        };
        value.as_bool().ok_or_else(wrong)
    }

    /// `and` stops at the first false, `or` at the first true.
    fn until(&self, arguments: &[Expression], stop: bool) -> Result<Value, Halt> {
        for argument in arguments {
            if self.truth(argument)? == stop {
                return Ok(Value::from(stop));
            }
        }
        Ok(Value::from(!stop))
    }

    fn coalesce(&self, arguments: &[Expression]) -> Result<Value, Halt> {
        for argument in arguments {
            let value = self.evaluate(argument)?;
            if !value.is_null() {
                return Ok(value);
            }
        }
        Ok(Value::Null)
    }

    /// `copyIndex(['loop'][, offset])`.
    fn copy_index(&self, arguments: &[Expression]) -> Result<Value, Halt> {
        let values = self.all(arguments)?;
        let name = values.first().and_then(Value::as_str);
        let offset = values.last().and_then(Value::as_i64).unwrap_or(0);
        let found = match name {
            Some(name) => self
                .loops
                .iter()
                .rev()
                .find(|one| one.name.eq_ignore_ascii_case(name)),
            None => self
                .loops
                .iter()
                .rev()
                .find(|one| one.unnamed)
                .or(self.loops.last()),
        };
        let index = found.and_then(|found| found.index.checked_add(offset));
        index.map(Value::from).ok_or_else(|| {
            let named = name.map(|name| format!(" '{name}'")).unwrap_or_default();
            self.failed(format!(
                "The template function 'copyIndex' has no loop{named} at this location"
            ))
        })
    }

    /// A function of the template's own: it sees its arguments and nothing else.
    fn own_function(&self, name: &str, arguments: &[Expression]) -> Result<Value, Halt> {
        let body = self.frame.function(name);
        let body = body.ok_or_else(|| self.failed(format!("The template function '{name}' is not valid")))?;
        let declared = body
            .get("parameters")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let values = self.all(arguments)?;
        if declared.len() != values.len() {
            return Err(self.failed(format!(
                "The template function '{name}' expects {} arguments, {} were given",
                declared.len(),
                values.len()
            )));
        }
        let names = declared
            .iter()
            .map(|one| one.get("name").and_then(Value::as_str).unwrap_or_default());
        let arguments = names.map(ToOwned::to_owned).zip(values).collect();
        let inside = Evaluator {
            arguments: Some(&arguments),
            locals: None,
            loops: &[],
            ..*self
        };
        let output = body
            .get("output")
            .and_then(|output| output.get("value"))
            .unwrap_or(&Value::Null);
        inside.strict(output, "")
    }
}
