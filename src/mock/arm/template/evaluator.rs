//! Walks values and expressions: text between brackets becomes its value, everything else stays.
//!
//! An [`Evaluator`] is a handful of references and is copied freely; whoever needs another place, another loop or
//! another local variable makes one with that field changed.

use serde_json::{Map, Value};

use crate::model::expression::{self, Expression};

use super::error::{EvaluationError, Halt};
use super::frame::Frame;
use super::functions;
use super::meter::Meter;
use super::names::Names;

/// The deployed world, as `reference` and `list…` see it.
pub trait Runtime: Sync {
    /// The whole resource with this id, if it exists.
    fn resource(&self, id: &str) -> Option<Value>;

    /// The answer of `POST {id}/{function}`.
    ///
    /// # Errors
    ///
    /// A sentence when there is no such resource or action.
    fn list(&self, id: &str, function: &str) -> Result<Value, String>;
}

/// Where an expression stands: some functions are refused in some places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Default,
    Variable,
    /// A name, type, condition, scope or count: what must be known before the run.
    Skeleton,
    Body,
}

/// One loop that is being walked.
#[derive(Clone, Debug)]
pub struct Loop {
    pub name: String,
    pub index: i64,
    /// Loops over resources and outputs answer `copyIndex()` without a name.
    pub unnamed: bool,
}

/// A local variable of a lambda.
pub struct Local<'a> {
    pub name: &'a str,
    pub value: &'a Value,
    pub outer: Option<&'a Local<'a>>,
}

#[derive(Clone, Copy)]
pub struct Evaluator<'a> {
    pub frame: &'a Frame,
    pub meter: &'a Meter,
    pub place: Place,
    pub loops: &'a [Loop],
    pub locals: Option<&'a Local<'a>>,
    /// The arguments of the own function being evaluated; its body sees nothing else.
    pub arguments: Option<&'a Map<String, Value>>,
    pub names: Option<&'a Names>,
    pub runtime: Option<&'a dyn Runtime>,
}

/// What was found while a value was resolved: JSON pointers of what has to wait, and of what holds a secret.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    pub later: Vec<String>,
    pub secret: Vec<String>,
}

impl<'a> Evaluator<'a> {
    pub fn of_defaults(frame: &'a Frame, meter: &'a Meter) -> Self {
        Self {
            place: Place::Default,
            ..Self::of_skeleton(frame, meter, &[])
        }
    }

    pub fn of_skeleton(frame: &'a Frame, meter: &'a Meter, loops: &'a [Loop]) -> Self {
        let (locals, arguments, names, runtime) = (None, None, None, None);
        Self {
            frame,
            meter,
            place: Place::Skeleton,
            loops,
            locals,
            arguments,
            names,
            runtime,
        }
    }

    /// The same budget, where variables are evaluated.
    pub fn of_variables(&self) -> Evaluator<'a> {
        Evaluator {
            place: Place::Variable,
            ..Self::of_skeleton(self.frame, self.meter, &[])
        }
    }

    /// An error at this expression; the path is added by whoever walks the document.
    #[expect(
        clippy::unused_self,
        reason = "an error belongs to the evaluation that found it"
    )]
    pub fn failed(&self, message: impl Into<String>) -> Halt {
        Halt::Failed(EvaluationError::expression(message, ""))
    }

    /// The value of a text: itself, or of the expression between its brackets.
    pub fn text(&self, text: &str) -> Result<Value, Halt> {
        if !expression::is_expression(text) {
            return Ok(Value::from(expression::unescape(text).as_ref()));
        }
        let tree = expression::parse(text)
            .map_err(|error| self.failed(format!("Unable to parse language expression: {error}")))?;
        self.evaluate(&tree)
    }

    /// The value of an expression.
    pub fn evaluate(&self, tree: &Expression) -> Result<Value, Halt> {
        self.meter.deeper(
            |message| self.failed(message),
            || match tree {
                Expression::Text(text) => Ok(Value::from(text.as_str())),
                Expression::Integer(number) => Ok(Value::from(*number)),
                Expression::Call { name, arguments } => {
                    let value = self.call(name, arguments)?;
                    self.meter.weigh(value).map_err(|message| self.failed(message))
                }
                Expression::Property { .. } | Expression::Index { .. } => self.chained(tree),
            },
        )
    }

    /// Evaluates all arguments.
    pub fn all(&self, arguments: &[Expression]) -> Result<Vec<Value>, Halt> {
        arguments.iter().map(|argument| self.evaluate(argument)).collect()
    }

    /// A pure function of already evaluated arguments.
    pub fn pure(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, Halt>> {
        functions::call(name, arguments).map(|outcome| outcome.map_err(|message| self.failed(message)))
    }
}
