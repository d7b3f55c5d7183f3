//! Functions that are operators in Bicep, and lambdas.

use crate::model::expression::Expression;

use super::calls::{arguments_error, unknown};
use super::error::BicepError;
use super::translator::Translator;
use super::tree::{Code, Operator};

impl Translator<'_> {
    pub(super) fn operation(
        &mut self,
        name: &str,
        operator: Operator,
        arguments: &[Expression],
        path: &str,
    ) -> Result<Code, BicepError> {
        let chains = matches!(operator, Operator::And | Operator::Or | Operator::Coalesce);
        match arguments {
            [_] | [_, _, _, ..] if chains => {}
            [_, _] => {}
            _ => {
                return Err(arguments_error(
                    name,
                    if chains { "1 or more" } else { "2" },
                    arguments,
                    path,
                ));
            }
        }
        if let (Operator::Equals, [left, right]) = (operator, arguments)
            && let (Some([left]), Some([right])) =
                (left.arguments_of("toLower"), right.arguments_of("toLower"))
        {
            let (left, right) = (self.expression(left, path)?, self.expression(right, path)?);
            return Ok(Code::binary(Operator::EqualsIgnoringCase, left, right));
        }
        let mut codes = self.expressions(arguments, path)?.into_iter();
        let first = codes.next().unwrap_or(Code::Null);
        Ok(codes.fold(first, |left, right| Code::binary(operator, left, right)))
    }

    pub(super) fn lambda(&mut self, arguments: &[Expression], path: &str) -> Result<Code, BicepError> {
        let Some((body, variables)) = arguments.split_last() else {
            return Err(arguments_error("lambda", "1 or more", arguments, path));
        };
        let before = self.lambdas.len();
        for variable in variables {
            let Some(name) = variable.as_text() else {
                self.lambdas.truncate(before);
                return Err(BicepError::untranslatable(
                    path,
                    "the variable of a lambda must be named by fixed text",
                ));
            };
            let own = self.local_name(&super::names::identifier(name), &[]);
            self.lambdas.push((name.to_lowercase(), own));
        }
        let body = self.expression(body, path);
        let parameters = self.lambdas.drain(before..).map(|(_, own)| own).collect();
        Ok(Code::Lambda {
            parameters,
            body: Box::new(body?),
        })
    }

    pub(super) fn lambda_variable(&mut self, name: &str, path: &str) -> Result<Code, BicepError> {
        let key = name.to_lowercase();
        let own = self.lambdas.iter().rev().find(|(arm, _)| *arm == key);
        own.map(|(_, own)| Code::name(own))
            .ok_or_else(|| unknown("lambda variable", name, path))
    }
}

/// The operator that a function is; `function` in lower case.
pub fn operator(function: &str) -> Option<Operator> {
    Some(match function {
        "add" => Operator::Add,
        "sub" => Operator::Subtract,
        "mul" => Operator::Multiply,
        "div" => Operator::Divide,
        "mod" => Operator::Modulo,
        "equals" => Operator::Equals,
        "less" => Operator::Less,
        "lessorequals" => Operator::LessOrEquals,
        "greater" => Operator::Greater,
        "greaterorequals" => Operator::GreaterOrEquals,
        "and" => Operator::And,
        "or" => Operator::Or,
        "coalesce" => Operator::Coalesce,
        _ => return None,
    })
}

/// `!code`, with the operator that says so where there is one.
pub fn negated(code: Code) -> Code {
    match code {
        Code::Binary {
            operator: Operator::Equals,
            left,
            right,
        } => Code::Binary {
            operator: Operator::NotEquals,
            left,
            right,
        },
        Code::Binary {
            operator: Operator::EqualsIgnoringCase,
            left,
            right,
        } => Code::Binary {
            operator: Operator::NotEqualsIgnoringCase,
            left,
            right,
        },
        other => Code::Not(Box::new(other)),
    }
}
