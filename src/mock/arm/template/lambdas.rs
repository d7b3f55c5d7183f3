//! Functions that take a lambda: `map`, `filter`, `reduce`, `sort`, `toObject`, `groupBy`, `mapValues`.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::model::expression::Expression;

use super::error::Halt;
use super::evaluator::{Evaluator, Local};
use super::functions::{display, kind};

/// `lambda('x', 'y', body)`: the names and the body.
struct Lambda<'e> {
    names: Vec<&'e str>,
    body: &'e Expression,
}

impl Evaluator<'_> {
    /// Calls one of the functions of this file by its name in lower case.
    pub fn with_lambda(&self, name: &str, arguments: &[Expression]) -> Result<Value, Halt> {
        let subject = arguments
            .first()
            .ok_or_else(|| self.failed(format!("'{name}' expects arguments")))?;
        let subject = self.evaluate(subject)?;
        if name == "mapvalues" {
            return self.map_values(&subject, &self.lambda(arguments, 1, 1)?);
        }
        let Value::Array(items) = subject else {
            return Err(self.failed(format!(
                "'{name}' expects an array, the value is of type '{}'",
                kind(&subject)
            )));
        };
        match name {
            "map" => self.map(&items, &self.lambda(arguments, 1, 2)?),
            "filter" => self.filter(items, &self.lambda(arguments, 1, 2)?),
            "reduce" => self.reduce(&items, arguments),
            "sort" => self.sort(items, &self.lambda(arguments, 1, 2)?),
            "toobject" => self.object_of(&items, arguments),
            _ => self.group_by(&items, &self.lambda(arguments, 1, 1)?),
        }
    }

    fn lambda<'e>(&self, arguments: &'e [Expression], at: usize, most: usize) -> Result<Lambda<'e>, Halt> {
        let parts = arguments
            .get(at)
            .and_then(|argument| argument.arguments_of("lambda"));
        let (body, names) = parts
            .and_then(<[Expression]>::split_last)
            .ok_or_else(|| self.failed(format!("a lambda is expected as argument {}", at + 1)))?;
        let names: Option<Vec<&str>> = names.iter().map(Expression::as_text).collect();
        match names {
            Some(names) if (1..=most).contains(&names.len()) => Ok(Lambda { names, body }),
            _ => Err(self.failed(format!("a lambda with 1 to {most} variables is expected"))),
        }
    }

    /// The body with its variables bound to `values`; a variable without a value is left out.
    fn apply(&self, lambda: &Lambda<'_>, values: &[&Value]) -> Result<Value, Halt> {
        bind(self, &lambda.names, values, lambda.body)
    }

    fn test(&self, lambda: &Lambda<'_>, values: &[&Value]) -> Result<bool, Halt> {
        let value = self.apply(lambda, values)?;
        value
            .as_bool()
            .ok_or_else(|| self.failed(format!("a lambda gave '{}' for a boolean", kind(&value))))
    }

    fn map(&self, items: &[Value], lambda: &Lambda<'_>) -> Result<Value, Halt> {
        let numbered = items.iter().enumerate();
        numbered
            .map(|(index, item)| self.apply(lambda, &[item, &Value::from(index)]))
            .collect()
    }

    fn filter(&self, items: Vec<Value>, lambda: &Lambda<'_>) -> Result<Value, Halt> {
        let mut kept = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            if self.test(lambda, &[&item, &Value::from(index)])? {
                kept.push(item);
            }
        }
        Ok(Value::Array(kept))
    }

    fn reduce(&self, items: &[Value], arguments: &[Expression]) -> Result<Value, Halt> {
        let first = arguments
            .get(1)
            .ok_or_else(|| self.failed("'reduce' expects a first value"))?;
        let lambda = self.lambda(arguments, 2, 3)?;
        let mut sum = self.evaluate(first)?;
        for (index, item) in items.iter().enumerate() {
            let next = self.apply(&lambda, &[&sum, item, &Value::from(index)])?;
            sum = self.meter.weigh(next).map_err(|message| self.failed(message))?;
        }
        Ok(sum)
    }

    /// A merge sort of our own: the comparison may fail, and may be inconsistent.
    fn sort(&self, mut items: Vec<Value>, lambda: &Lambda<'_>) -> Result<Value, Halt> {
        let mut failure = None;
        let mut compare = |one: &Value, other: &Value| match self.test(lambda, &[one, other]) {
            Ok(true) => Ordering::Less,
            Ok(false) => Ordering::Greater,
            Err(halt) => {
                failure.get_or_insert(halt);
                Ordering::Equal
            }
        };
        let sorted = merge_sorted(&mut items, &mut compare);
        failure.map_or(Ok(Value::Array(sorted)), Err)
    }

    fn object_of(&self, items: &[Value], arguments: &[Expression]) -> Result<Value, Halt> {
        let key = self.lambda(arguments, 1, 1)?;
        let value = if arguments.len() > 2 {
            Some(self.lambda(arguments, 2, 1)?)
        } else {
            None
        };
        let mut fields = Map::new();
        for item in items {
            let name = display(&self.apply(&key, &[item])?);
            let value = match &value {
                Some(value) => self.apply(value, &[item])?,
                None => item.clone(),
            };
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }

    fn group_by(&self, items: &[Value], lambda: &Lambda<'_>) -> Result<Value, Halt> {
        let mut groups: Map<String, Value> = Map::new();
        for item in items {
            let name = display(&self.apply(lambda, &[item])?);
            let group = groups.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            if let Some(group) = group.as_array_mut() {
                group.push(item.clone());
            }
        }
        Ok(Value::Object(groups))
    }

    fn map_values(&self, subject: &Value, lambda: &Lambda<'_>) -> Result<Value, Halt> {
        let Value::Object(fields) = subject else {
            return Err(self.failed(format!(
                "'mapValues' expects an object, found '{}'",
                kind(subject)
            )));
        };
        let pairs = fields
            .iter()
            .map(|(key, value)| Ok((key.clone(), self.apply(lambda, &[value])?)));
        pairs.collect::<Result<Map<_, _>, _>>().map(Value::Object)
    }
}

fn bind(
    evaluator: &Evaluator<'_>,
    names: &[&str],
    values: &[&Value],
    body: &Expression,
) -> Result<Value, Halt> {
    match (names, values) {
        ([name, names @ ..], [value, values @ ..]) => {
            let local = Local {
                name,
                value,
                outer: evaluator.locals,
            };
            bind(
                &Evaluator {
                    locals: Some(&local),
                    ..*evaluator
                },
                names,
                values,
                body,
            )
        }
        _ => evaluator.evaluate(body),
    }
}

/// Sorts stably with a comparison that says `Less` when its first argument comes first.
fn merge_sorted(items: &mut Vec<Value>, compare: &mut dyn FnMut(&Value, &Value) -> Ordering) -> Vec<Value> {
    if items.len() < 2 {
        return std::mem::take(items);
    }
    let mut right = items.split_off(items.len() / 2);
    let left = merge_sorted(items, compare);
    let right = merge_sorted(&mut right, compare);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        let next = if compare(other, one).is_lt() {
            right.next()
        } else {
            left.next()
        };
        merged.extend(next);
    }
    merged.extend(left);
    merged.extend(right);
    merged
}
