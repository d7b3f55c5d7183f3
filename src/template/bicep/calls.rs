//! Calls: operators and literals where Bicep has them, symbols for what the template declares, calls for the rest.

use serde_json::Value;

use crate::model::expression::Expression;

use super::error::BicepError;
use super::graph::Node;
use super::kinds::Kind;
use super::operators::{negated, operator};
use super::pieces::apart;
use super::translator::Translator;
use super::tree::{Code, Key, Operator, Part, joined};

impl Translator<'_> {
    pub(super) fn call(
        &mut self,
        name: &str,
        arguments: &[Expression],
        path: &str,
    ) -> Result<Code, BicepError> {
        let whole = || Expression::call(name, arguments.to_vec());
        let lower = name.to_ascii_lowercase();
        if let Some(operator) = operator(&lower) {
            return self.operation(name, operator, arguments, path);
        }
        match (lower.as_str(), arguments) {
            ("parameters" | "variables", _) => self.declared(&lower, arguments, path),
            ("copyindex", _) => self.loop_number(&whole(), path),
            ("lambda", _) => self.lambda(arguments, path),
            ("lambdavariables", [Expression::Text(variable)]) => self.lambda_variable(variable, path),
            ("true", []) => Ok(Code::Bool(true)),
            ("false", []) => Ok(Code::Bool(false)),
            ("null", []) => Ok(Code::Null),
            ("json", [Expression::Text(text)]) => Ok(self.literal(text)),
            ("concat", _) => self.concat(arguments, path),
            ("format", _) if apart(&whole()).is_some() => self.interpolation(&whole(), path),
            ("if", [condition, yes, no]) => Ok(Code::Ternary {
                condition: Box::new(self.expression(condition, path)?),
                yes: Box::new(self.expression(yes, path)?),
                no: Box::new(self.expression(no, path)?),
            }),
            ("not", [value]) => Ok(negated(self.expression(value, path)?)),
            ("createarray", items) => self.expressions(items, path).map(Code::Array),
            ("createobject", pairs) if pairs.len().is_multiple_of(2) => self.create_object(pairs, path),
            ("float", [value]) => self.float(value, path),
            ("tryget", [of, first, rest @ ..]) => self.try_get(of, first, rest, path),
            ("indexfromend" | "tryindexfromend", [list, back]) => {
                self.counted_back(list, back, lower.starts_with("try"), path)
            }
            ("if", _) => Err(arguments_error(name, "3", arguments, path)),
            ("not" | "float", _) => Err(arguments_error(name, "1", arguments, path)),
            ("createobject", _) => Err(arguments_error(name, "keys and values in pairs", arguments, path)),
            ("tryget" | "indexfromend" | "tryindexfromend", _) => {
                Err(arguments_error(name, "2 or more", arguments, path))
            }
            _ => match self.resource_call(&whole(), path)? {
                Some(code) => Ok(code),
                None => self.plain_call(name, arguments, path),
            },
        }
    }

    fn plain_call(&mut self, name: &str, arguments: &[Expression], path: &str) -> Result<Code, BicepError> {
        let function = if name.contains('.') {
            let own = self.table.functions.get(&name.to_lowercase()).cloned();
            own.ok_or_else(|| unknown("function", name, path))?
        } else {
            self.function(name)
        };
        Ok(Code::call(function, self.expressions(arguments, path)?))
    }

    /// `parameters('x')` and `variables('x')`.
    fn declared(&mut self, kind: &str, arguments: &[Expression], path: &str) -> Result<Code, BicepError> {
        if let ("variables", [name]) = (kind, arguments)
            && name.as_text().is_none()
        {
            return self.chosen_variable(name, path);
        }
        let [Expression::Text(name)] = arguments else {
            let reason = "a parameter or variable must be named by fixed text";
            return Err(BicepError::untranslatable(path, reason));
        };
        let key = name.to_lowercase();
        if kind == "variables" {
            self.used.variables.insert(key.clone());
            let symbol = self
                .table
                .variables
                .get(&key)
                .ok_or_else(|| unknown("variable", name, path))?;
            return Ok(Code::name(symbol));
        }
        let symbol = match &self.own_parameters {
            Some(own) => own.iter().find(|(arm, _)| *arm == key).map(|(_, symbol)| symbol),
            None => self.table.parameters.get(&key),
        };
        Ok(Code::name(
            symbol.ok_or_else(|| unknown("parameter", name, path))?,
        ))
    }

    /// `variables(parameters('x'))`: Bicep cannot name a variable by a value, but can choose one from an object.
    fn chosen_variable(&mut self, name: &Expression, path: &str) -> Result<Code, BicepError> {
        let own = match &self.node {
            Node::Variable(own) => own.clone(),
            _ => String::new(),
        };
        let mut all: Vec<_> = self
            .table
            .variables
            .iter()
            .filter(|(arm, _)| **arm != own)
            .collect();
        all.sort();
        self.used
            .variables
            .extend(all.iter().map(|(arm, _)| (*arm).clone()));
        let entries = all
            .into_iter()
            .map(|(_, symbol)| (Key::Text(symbol.clone()), Code::name(symbol)))
            .collect();
        Ok(Code::Object(entries).index(self.expression(name, path)?))
    }

    /// Strings are interpolated; lists, and what could be either, keep the call.
    fn concat(&mut self, arguments: &[Expression], path: &str) -> Result<Code, BicepError> {
        let whole = Expression::call("concat", arguments.to_vec());
        let kinds = self.own_kinds.as_ref().unwrap_or(&self.table.kinds);
        match kinds.of_expression(&whole) {
            Kind::Array | Kind::Object | Kind::Unknown => self.plain_call("concat", arguments, path),
            _ => Ok(joined(self.expressions(arguments, path)?)),
        }
    }

    /// `json('…')` of plain data is that data.
    fn literal(&mut self, text: &str) -> Code {
        let simple = match serde_json::from_str::<Value>(text) {
            Ok(Value::Null) => Some(Code::Null),
            Ok(Value::Bool(value)) => Some(Code::Bool(value)),
            Ok(Value::Number(number)) => number.as_i64().map(Code::Integer),
            Ok(Value::Array(items)) if items.is_empty() => Some(Code::Array(Vec::new())),
            Ok(Value::Object(entries)) if entries.is_empty() => Some(Code::Object(Vec::new())),
            _ => None,
        };
        simple.unwrap_or_else(|| Code::call(self.function("json"), vec![Code::text(text)]))
    }

    /// Bicep has no fractions; `json` reads one from text.
    fn float(&mut self, value: &Expression, path: &str) -> Result<Code, BicepError> {
        let code = self.expression(value, path)?;
        let text = match code {
            text @ Code::Text(_) => text,
            other => Code::Text(vec![Part::Code(other)]),
        };
        let text = if let Code::Text(parts) = &text
            && let [Part::Code(Code::Integer(number))] = parts.as_slice()
        {
            Code::text(number.to_string())
        } else {
            text
        };
        Ok(Code::call(self.function("json"), vec![text]))
    }

    fn create_object(&mut self, pairs: &[Expression], path: &str) -> Result<Code, BicepError> {
        let mut entries = Vec::new();
        for pair in pairs.chunks_exact(2) {
            let key = match self.expression(&pair[0], path)? {
                Code::Text(parts) if parts.iter().any(|part| matches!(part, Part::Code(_))) => {
                    Key::Code(parts)
                }
                fixed @ Code::Text(_) => Key::Text(fixed.as_text().unwrap_or_default().to_owned()),
                code => Key::Code(vec![Part::Code(code)]),
            };
            entries.push((key, self.expression(&pair[1], path)?));
        }
        Ok(Code::Object(entries))
    }

    /// `tryGet(of, 'a', 'b')` is `of.?a.b`: once the first is missing, the rest is not asked for.
    fn try_get(
        &mut self,
        of: &Expression,
        first: &Expression,
        rest: &[Expression],
        path: &str,
    ) -> Result<Code, BicepError> {
        let mut code = self.expression(of, path)?;
        for (position, part) in std::iter::once(first).chain(rest).enumerate() {
            let safe = position == 0;
            code = match part.as_text() {
                Some(name) if super::names::is_identifier(name) => Code::Property {
                    of: Box::new(code),
                    name: name.to_owned(),
                    safe,
                },
                _ => {
                    let index = Box::new(self.expression(part, path)?);
                    Code::Index {
                        of: Box::new(code),
                        index,
                        safe,
                    }
                }
            };
        }
        Ok(code)
    }

    /// Bicep's `[^n]` is not known to every reader of Bicep; counting from the length says the same.
    fn counted_back(
        &mut self,
        list: &Expression,
        back: &Expression,
        safe: bool,
        path: &str,
    ) -> Result<Code, BicepError> {
        let (list, back) = (self.expression(list, path)?, self.expression(back, path)?);
        let length = self.function("length");
        let pick = |of: Code| {
            let length = Code::call(length.clone(), vec![of.clone()]);
            let index = Box::new(Code::binary(Operator::Subtract, length, back.clone()));
            Code::Index {
                of: Box::new(of),
                index,
                safe,
            }
        };
        if is_short(&list) {
            return Ok(pick(list));
        }
        let variable = self.local_name("list", &[]);
        let lambda = Code::Lambda {
            parameters: vec![variable.clone()],
            body: Box::new(pick(Code::name(variable))),
        };
        Ok(Code::call(self.function("map"), vec![Code::Array(vec![list]), lambda]).index(Code::Integer(0)))
    }
}

/// Short enough to be written twice.
fn is_short(code: &Code) -> bool {
    match code {
        Code::Name(_) => true,
        Code::Property { of, .. } => is_short(of),
        _ => false,
    }
}

pub(super) fn unknown(what: &'static str, name: &str, path: &str) -> BicepError {
    BicepError::Unknown {
        path: path.to_owned(),
        what,
        name: name.to_owned(),
    }
}

pub(super) fn arguments_error(
    function: &str,
    expected: &'static str,
    found: &[Expression],
    path: &str,
) -> BicepError {
    BicepError::Arguments {
        path: path.to_owned(),
        function: function.to_owned(),
        expected,
        found: found.len(),
    }
}
