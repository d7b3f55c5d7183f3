//! ARM values and expressions to Bicep, in the place where they stand.
//!
//! The place matters: which loops surround it, which names are local, and which resources it may refer to by symbol.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::model::expression::{self, Expression};

use super::error::BicepError;
use super::graph::Node;
use super::json::{self, join};
use super::kinds::Kinds;
use super::loops::Loop;
use super::pieces::{expression_of, written_pieces};
use super::table::{Found, Table};
use super::tree::{Code, Key, Part};

/// Translates what stands at one node of the template.
pub struct Translator<'a> {
    pub table: &'a Table,
    pub node: Node,
    pub used: Used,
    pub(super) loops: Vec<Loop>,
    /// ARM name and Bicep name of each lambda's variable, innermost last.
    pub(super) lambdas: Vec<(String, String)>,
    /// The parameters of the function whose body this is; they hide the template's.
    pub own_parameters: Option<Vec<(String, String)>>,
    /// The kinds of those parameters.
    pub own_kinds: Option<Kinds>,
    /// Whether a property may be a `for` here: directly in the body of a resource or a module.
    pub allows_for: bool,
}

/// What a translation referred to by symbol.
#[derive(Clone, Debug, Default)]
pub struct Used {
    /// Each with the source of its element, if it is one of a loop.
    pub resources: HashSet<(usize, Option<String>)>,
    /// By lower-case name.
    pub variables: HashSet<String>,
}

impl<'a> Translator<'a> {
    pub fn new(table: &'a Table, node: Node) -> Self {
        Self {
            table,
            node,
            used: Used::default(),
            loops: Vec::new(),
            lambdas: Vec::new(),
            own_parameters: None,
            own_kinds: None,
            allows_for: false,
        }
    }

    pub fn value(&mut self, value: &Value, path: &str) -> Result<Code, BicepError> {
        match value {
            Value::Null => Ok(Code::Null),
            Value::Bool(value) => Ok(Code::Bool(*value)),
            Value::Number(number) => Ok(match number.as_i64() {
                Some(number) => Code::Integer(number),
                // Bicep has no fractions; their text is read when the template is deployed.
                None => Code::call(self.function("json"), vec![Code::text(number.to_string())]),
            }),
            Value::String(text) => self.text(text, path),
            Value::Array(items) => {
                let outside = std::mem::replace(&mut self.allows_for, false);
                let items = items.iter().enumerate();
                let codes: Result<Vec<_>, _> = items
                    .map(|(at, item)| self.value(item, &format!("{path}[{at}]")))
                    .collect();
                self.allows_for = outside;
                codes.map(Code::Array)
            }
            Value::Object(entries) => self.object(entries, path).map(Code::Object),
        }
    }

    /// A template's string: an expression, or text.
    pub fn text(&mut self, text: &str, path: &str) -> Result<Code, BicepError> {
        if expression::is_expression(text) {
            self.expression(&json::expression(text, path)?, path)
        } else {
            Ok(Code::text(expression::unescape(text)))
        }
    }

    pub fn object(
        &mut self,
        entries: &Map<String, Value>,
        path: &str,
    ) -> Result<Vec<(Key, Code)>, BicepError> {
        let mut codes = Vec::new();
        for (name, value) in entries {
            let path = join(path, name);
            match super::loops::property_copies(name, value) {
                Some(copies) => codes.extend(self.property_loops(copies, &path)?),
                None => codes.push((self.key(name, &path)?, self.value(value, &path)?)),
            }
        }
        Ok(codes)
    }

    fn key(&mut self, name: &str, path: &str) -> Result<Key, BicepError> {
        Ok(match self.text(name, path)? {
            Code::Text(parts) if parts.iter().any(|part| matches!(part, Part::Code(_))) => Key::Code(parts),
            fixed @ Code::Text(_) => Key::Text(fixed.as_text().unwrap_or_default().to_owned()),
            code => Key::Code(vec![Part::Code(code)]),
        })
    }

    pub fn expression(&mut self, expression: &Expression, path: &str) -> Result<Code, BicepError> {
        match expression {
            Expression::Text(text) => Ok(Code::text(text)),
            Expression::Integer(number) => Ok(Code::Integer(*number)),
            Expression::Call { name, arguments } => self.call(name, arguments, path),
            Expression::Property { of, name } => {
                if let Some(output) = self.module_output(expression, path)? {
                    return Ok(output);
                }
                Ok(self.expression(of, path)?.property(name))
            }
            Expression::Index { of, index } => {
                let special = self.loop_item(of, index);
                if let Some(code) = special {
                    return Ok(code);
                }
                if let Some(output) = self.module_output(expression, path)? {
                    return Ok(output);
                }
                let of = self.expression(of, path)?;
                Ok(match index.as_text() {
                    Some(name) if super::names::is_identifier(name) => of.property(name),
                    _ => of.index(self.expression(index, path)?),
                })
            }
        }
    }

    pub fn expressions(&mut self, all: &[Expression], path: &str) -> Result<Vec<Code>, BicepError> {
        all.iter().map(|one| self.expression(one, path)).collect()
    }

    /// The text that pieces add up to.
    pub fn pieces(&mut self, pieces: &[super::pieces::Piece], path: &str) -> Result<Code, BicepError> {
        self.expression(&expression_of(pieces), path)
    }

    /// A string of the pieces of `concat` or `format`.
    pub(super) fn interpolation(&mut self, expression: &Expression, path: &str) -> Result<Code, BicepError> {
        let mut parts = Vec::new();
        for piece in written_pieces(expression) {
            let part = match piece {
                super::pieces::Piece::Text(text) => Part::Text(text),
                super::pieces::Piece::Value(value) => Part::Code(self.expression(&value, path)?),
            };
            super::tree::push_part(&mut parts, part);
        }
        Ok(Code::Text(parts))
    }

    /// How a function is called here: with its namespace where something else has its name.
    pub fn function(&self, name: &str) -> String {
        let name = super::functions::spelling(name);
        if self.is_taken(&name) {
            super::functions::qualified(&name)
        } else {
            name
        }
    }

    /// Tells whether `name` already means something here.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        let local = |other: &str| other.eq_ignore_ascii_case(name);
        self.table.names.contains(name)
            || self.lambdas.iter().any(|(_, own)| local(own))
            || self.loops.iter().any(|own| own.names().any(local))
            || self.own_parameters.iter().flatten().any(|(_, own)| local(own))
    }

    /// A name for a loop's or a lambda's variable that hides nothing.
    pub(super) fn local_name(&self, wanted: &str, others: &[&str]) -> String {
        let free =
            |name: &str| !self.is_taken(name) && !others.contains(&name) && !super::functions::is_known(name);
        let base = if super::names::is_reserved(wanted) {
            format!("{wanted}Item")
        } else {
            wanted.to_owned()
        };
        let numbered = (2_usize..).map(|number| format!("{base}{number}"));
        std::iter::once(base.clone())
            .chain(numbered)
            .find(|name| free(name))
            .unwrap_or_default()
    }

    /// The symbol of a resource, or of one element of its loop.
    pub fn symbol(&mut self, found: &Found, path: &str) -> Result<Code, BicepError> {
        let element = found.element.as_ref();
        self.used
            .resources
            .insert((found.resource, element.map(Expression::source)));
        let name = Code::name(&self.table.resources[found.resource].symbol);
        Ok(match element {
            Some(element) => name.index(self.expression(element, path)?),
            None => name,
        })
    }
}
