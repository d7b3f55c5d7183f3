//! `copy` to `for`: over a list where the template walks one, over a range of numbers otherwise.

use serde_json::{Map, Value};

use crate::model::expression::Expression;

use super::error::BicepError;
use super::json::{self, as_object, join, member};
use super::names::{is_identifier, lower_first, singular};
use super::translator::Translator;
use super::tree::{Code, Key, Operator};
use super::unify::loop_index;

/// A loop around the value at hand.
#[derive(Clone, Debug)]
pub struct Loop {
    /// What ARM calls it.
    name: Option<String>,
    /// A loop of the whole resource, which is what `copyIndex()` without a name means in it.
    of_resource: bool,
    index: String,
    /// The list it walks, and what one element is called.
    item: Option<(Expression, String)>,
    index_used: bool,
    item_used: bool,
}

impl Loop {
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.index.as_str()).chain(self.item.iter().map(|(_, item)| item.as_str()))
    }
}

/// The parts of a `copy` object.
pub struct Copy<'a> {
    pub name: Option<&'a str>,
    pub count: &'a Value,
    pub of_resource: bool,
}

impl<'a> Copy<'a> {
    pub fn read(copy: &'a Map<String, Value>, of_resource: bool, path: &str) -> Result<Self, BicepError> {
        let count = member(copy, "count").ok_or_else(|| BicepError::Missing {
            path: join(path, "count"),
        })?;
        Ok(Self {
            name: member(copy, "name").and_then(Value::as_str),
            count,
            of_resource,
        })
    }
}

/// How a loop is spelled: `for` where Bicep takes one, a call of `map` elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    For,
    Map,
}

/// The loops in an object's `copy`, if that is what the member is.
pub fn property_copies<'a>(name: &str, value: &'a Value) -> Option<&'a [Value]> {
    let copies = value.as_array().filter(|_| name.eq_ignore_ascii_case("copy"))?;
    let is_copy = |copy: &Value| {
        copy.as_object()
            .is_some_and(|copy| member(copy, "input").is_some())
    };
    (!copies.is_empty() && copies.iter().all(is_copy)).then_some(copies)
}

impl Translator<'_> {
    pub(super) fn property_loops(
        &mut self,
        copies: &[Value],
        path: &str,
    ) -> Result<Vec<(Key, Code)>, BicepError> {
        let mut codes = Vec::new();
        for (position, copy) in copies.iter().enumerate() {
            let path = format!("{path}[{position}]");
            let copy = as_object(copy, &path)?;
            let name = json::text(copy, "name", &path)?.to_owned();
            let input = member(copy, "input").unwrap_or(&Value::Null);
            let spelling = if self.allows_for {
                Spelling::For
            } else {
                Spelling::Map
            };
            let outside = std::mem::replace(&mut self.allows_for, false);
            let input_path = join(&path, "input");
            let header = Copy::read(copy, false, &path)?;
            let code = self.looped(&header, spelling, &path, |t| t.value(input, &input_path));
            self.allows_for = outside;
            codes.push((Key::Text(name), code?));
        }
        Ok(codes)
    }

    /// Repeats what `body` translates.
    pub fn looped(
        &mut self,
        copy: &Copy<'_>,
        spelling: Spelling,
        path: &str,
        body: impl FnOnce(&mut Self) -> Result<Code, BicepError>,
    ) -> Result<Code, BicepError> {
        let count_path = join(path, "count");
        let count = match copy.count {
            Value::String(text) => json::expression(text, &count_path)?,
            Value::Number(number) => {
                number
                    .as_i64()
                    .map(Expression::Integer)
                    .ok_or_else(|| BicepError::NotATemplate {
                        path: count_path.clone(),
                        expected: "a whole number",
                    })?
            }
            _ => {
                return Err(BicepError::NotATemplate {
                    path: count_path,
                    expected: "a number or an expression",
                });
            }
        };
        let list = match count.arguments_of("length") {
            Some([list]) => Some(list.clone()),
            _ => None,
        };
        let over = list
            .as_ref()
            .map(|list| self.expression(list, &count_path))
            .transpose()?;
        let numbers = Code::call(
            self.function("range"),
            vec![Code::Integer(0), self.expression(&count, &count_path)?],
        );
        let entered = self.enter(copy, list);
        self.loops.push(entered);
        let body = body(self);
        let Some(left) = self.loops.pop() else { return body };
        let body = body?;
        let (variables, over) = match (over, &left.item) {
            (Some(over), Some((_, item))) if left.item_used && left.index_used => {
                (vec![item.clone(), left.index.clone()], over)
            }
            (Some(over), Some((_, item))) if left.item_used || !left.index_used => (vec![item.clone()], over),
            _ => (vec![left.index.clone()], numbers),
        };
        Ok(match spelling {
            Spelling::For => {
                let variables = if variables.len() == 1 {
                    variables.concat()
                } else {
                    format!("({})", variables.join(", "))
                };
                Code::For {
                    variables,
                    over: Box::new(over),
                    body: Box::new(body),
                }
            }
            Spelling::Map => {
                let lambda = Code::Lambda {
                    parameters: variables,
                    body: Box::new(body),
                };
                Code::call(self.function("map"), vec![over, lambda])
            }
        })
    }

    fn enter(&self, copy: &Copy<'_>, list: Option<Expression>) -> Loop {
        let counts = list
            .as_ref()
            .is_some_and(|list| list.arguments_of("range").is_some());
        let item = list.map(|list| {
            let item = if counts {
                self.index_name(&[])
            } else {
                self.local_name(&one_of(&list), &[])
            };
            (list, item)
        });
        let taken: Vec<&str> = item.iter().map(|(_, item)| item.as_str()).collect();
        Loop {
            name: copy.name.map(str::to_owned),
            of_resource: copy.of_resource,
            index: self.index_name(&taken),
            item,
            index_used: false,
            item_used: false,
        }
    }

    fn index_name(&self, others: &[&str]) -> String {
        let free = |name: &&str| !self.is_taken(name) && !others.contains(name);
        ["i", "j", "k"]
            .into_iter()
            .find(free)
            .map_or_else(|| self.local_name("index", others), str::to_owned)
    }

    /// `list[copyIndex()]` of a loop over that list.
    pub(super) fn loop_item(&mut self, of: &Expression, index: &Expression) -> Option<Code> {
        let at = self.loop_of(index).filter(|_| loop_index(index) == Some(0))?;
        let around = &mut self.loops[at];
        let (list, item) = around.item.as_ref()?;
        if list.source().eq_ignore_ascii_case(&of.source()) {
            around.item_used = true;
            return Some(Code::name(item));
        }
        None
    }

    /// `copyIndex(…)`: the variable of its loop, shifted.
    pub(super) fn loop_number(&mut self, call: &Expression, path: &str) -> Result<Code, BicepError> {
        let at = self.loop_of(call).ok_or_else(|| BicepError::Unknown {
            path: path.to_owned(),
            what: "loop",
            name: call.source(),
        })?;
        self.loops[at].index_used = true;
        let index = Code::name(&self.loops[at].index);
        Ok(match loop_index(call) {
            Some(0) => index,
            Some(offset) if offset < 0 => {
                Code::binary(Operator::Subtract, index, Code::Integer(offset.saturating_neg()))
            }
            Some(offset) => Code::binary(Operator::Add, index, Code::Integer(offset)),
            None => {
                let offset = call.arguments_of("copyIndex").and_then(<[_]>::last).cloned();
                let offset = offset.unwrap_or(Expression::Integer(0));
                Code::binary(Operator::Add, index, self.expression(&offset, path)?)
            }
        })
    }

    fn loop_of(&self, call: &Expression) -> Option<usize> {
        let named = call
            .arguments_of("copyIndex")?
            .first()
            .and_then(Expression::as_text);
        match named {
            Some(name) => self.loops.iter().rposition(|around| {
                around
                    .name
                    .as_deref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(name))
            }),
            None => self
                .loops
                .iter()
                .position(|around| around.of_resource)
                .or_else(|| self.loops.len().checked_sub(1)),
        }
    }
}

/// What one element of a list is called: of `parameters('hubs')` it is a `hub`.
fn one_of(list: &Expression) -> String {
    let many = name_of(list).unwrap_or_default();
    let one = singular(&lower_first(many));
    if one == lower_first(many) || !is_identifier(&one) {
        "item".to_owned()
    } else {
        one
    }
}

/// The name that a list goes by, also when it is sorted or may be missing.
fn name_of(list: &Expression) -> Option<&str> {
    match list {
        Expression::Property { name, .. } => Some(name),
        Expression::Call { name, arguments } => {
            match (name.to_ascii_lowercase().as_str(), arguments.first()?) {
                ("parameters" | "variables", Expression::Text(text)) => Some(text),
                ("items" | "filter" | "sort" | "coalesce", inner) => name_of(inner),
                _ => None,
            }
        }
        _ => None,
    }
}
