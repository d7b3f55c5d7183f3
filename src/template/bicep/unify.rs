//! Whether an expression names a resource of the template, and which element of its loop.
//!
//! A resource's name is a pattern: `copyIndex()` in it is a hole. What stands at the hole in a reference is the element.

use crate::model::expression::Expression;

use super::pieces::{Expansions, Piece, Segment, apart, string_expression};

/// One comparison of a resource's name with a reference.
pub struct Unifier<'a> {
    expansions: &'a Expansions,
    /// What stood at the holes so far.
    element: Option<Expression>,
    /// Ends a comparison that variables would lead in circles.
    fuel: usize,
}

impl<'a> Unifier<'a> {
    pub fn new(expansions: &'a Expansions) -> Self {
        Self {
            expansions,
            element: None,
            fuel: 500,
        }
    }

    /// The element that the reference chose, once everything has matched.
    pub fn element(self) -> Option<Expression> {
        self.element
    }

    pub fn segments(&mut self, pattern: &[Segment], actual: &[Segment]) -> bool {
        pattern.len() == actual.len() && pattern.iter().zip(actual).all(|(p, a)| self.pieces(p, a))
    }

    pub fn pieces(&mut self, pattern: &[Piece], actual: &[Piece]) -> bool {
        if let Some((pattern, actual, number)) = numbered(pattern, actual) {
            return self.pieces(pattern, actual) && self.same(number.0, &number.1);
        }
        pattern.len() == actual.len()
            && pattern.iter().zip(actual).all(|pair| match pair {
                (Piece::Text(p), Piece::Text(a)) => p.eq_ignore_ascii_case(a),
                (Piece::Value(p), Piece::Value(a)) => self.same(p, a),
                _ => false,
            })
    }

    fn same(&mut self, pattern: &Expression, actual: &Expression) -> bool {
        if self.fuel == 0 {
            return false;
        }
        self.fuel -= 1;
        if let Some(offset) = loop_index(pattern) {
            return self.fill(offset, actual);
        }
        if builds_text(pattern) || builds_text(actual) {
            let (pattern, actual) = (self.expansions.pieces(pattern), self.expansions.pieces(actual));
            return self.pieces(&pattern, &actual);
        }
        self.same_shape(pattern, actual) || self.same_inside(pattern, actual)
    }

    fn same_shape(&mut self, pattern: &Expression, actual: &Expression) -> bool {
        match (pattern, actual) {
            (Expression::Text(p), Expression::Text(a)) => p.eq_ignore_ascii_case(a),
            (Expression::Integer(p), Expression::Integer(a)) => p == a,
            (
                Expression::Call {
                    name: p,
                    arguments: left,
                },
                Expression::Call {
                    name: a,
                    arguments: right,
                },
            ) => {
                p.eq_ignore_ascii_case(a)
                    && left.len() == right.len()
                    && left.iter().zip(right).all(|(p, a)| self.same(p, a))
            }
            (Expression::Property { of: left, name: p }, Expression::Property { of: right, name: a }) => {
                p.eq_ignore_ascii_case(a) && self.same(left, right)
            }
            (Expression::Index { of: left, index: p }, Expression::Index { of: right, index: a }) => {
                self.same(p, a) && self.same(left, right)
            }
            (Expression::Property { of: left, name }, Expression::Index { of: right, index })
            | (Expression::Index { of: left, index }, Expression::Property { of: right, name }) => {
                index
                    .as_text()
                    .is_some_and(|text| text.eq_ignore_ascii_case(name))
                    && self.same(left, right)
            }
            _ => false,
        }
    }

    /// One side may be a variable that holds what the other side spells out.
    fn same_inside(&mut self, pattern: &Expression, actual: &Expression) -> bool {
        let expansions = self.expansions;
        match (expansions.look_into(pattern), expansions.look_into(actual)) {
            (Some(inside), _) => self.same(inside, actual),
            (None, Some(inside)) => self.same(pattern, inside),
            (None, None) => false,
        }
    }

    fn fill(&mut self, offset: i64, actual: &Expression) -> bool {
        let element = match (actual, loop_index(actual)) {
            (_, Some(other)) => shifted(actual, other.saturating_sub(offset)),
            (Expression::Integer(number), None) => Expression::Integer(number.saturating_sub(offset)),
            (other, None) if offset == 0 => other.clone(),
            (other, None) => Expression::call("sub", vec![other.clone(), Expression::Integer(offset)]),
        };
        if let Some(known) = &self.element {
            *known == element
        } else {
            self.element = Some(element);
            true
        }
    }
}

/// What is before the number of a literal name, on either side, and the loop's index with the number it meets.
type Numbered<'p, 'a> = (&'p [Piece], &'a [Piece], (&'p Expression, Expression));

/// A literal name with its number, `nic-3`, against a pattern that ends in its loop's index: the rest, and the number.
fn numbered<'p, 'a>(pattern: &'p [Piece], actual: &'a [Piece]) -> Option<Numbered<'p, 'a>> {
    let ([before @ .., Piece::Value(index)], [same @ .., Piece::Text(text)]) = (pattern, actual) else {
        return None;
    };
    loop_index(index)?;
    let (before, prefix) = match before {
        [before @ .., Piece::Text(prefix)] => (before, prefix.as_str()),
        before => (before, ""),
    };
    let (start, digits) = text.split_at_checked(prefix.len())?;
    let number: i64 = digits.parse().ok()?;
    let plain = start.eq_ignore_ascii_case(prefix) && number.to_string() == digits;
    plain.then_some((before, same, (index, Expression::Integer(number))))
}

fn builds_text(expression: &Expression) -> bool {
    apart(expression).is_some()
}

/// The offset of a call of `copyIndex`.
pub fn loop_index(expression: &Expression) -> Option<i64> {
    match expression.arguments_of("copyIndex")? {
        [] | [Expression::Text(_)] => Some(0),
        [Expression::Integer(offset)] | [Expression::Text(_), Expression::Integer(offset)] => Some(*offset),
        _ => None,
    }
}

/// The same loop's index with another offset.
fn shifted(index: &Expression, offset: i64) -> Expression {
    let name = index
        .arguments_of("copyIndex")
        .and_then(|arguments| arguments.first())
        .filter(|a| a.as_text().is_some());
    let offset = (offset != 0).then_some(Expression::Integer(offset));
    Expression::call("copyIndex", name.cloned().into_iter().chain(offset).collect())
}

/// Reads a template's string for comparison.
pub fn segments_of(expansions: &Expansions, text: &str) -> Option<Vec<Segment>> {
    Some(super::pieces::segments(
        &expansions.pieces(&string_expression(text)?),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(pattern: &str, actual: &str) -> Option<String> {
        let expansions = Expansions::of(Some(
            &serde_json::json!({ "nic": "nic", "own": "[concat('nic', 0)]" }),
        ));
        let pattern = segments_of(&expansions, pattern)?;
        let actual = segments_of(&expansions, actual)?;
        let mut unifier = Unifier::new(&expansions);
        unifier
            .segments(&pattern, &actual)
            .then(|| unifier.element().map_or("whole".into(), |e| e.source()))
    }

    #[test]
    fn finds_the_element_of_a_loop() {
        let pattern = "[concat(variables('nic'), '-', copyIndex(1))]";
        assert_eq!(
            element(pattern, "[format('nic-{0}', copyIndex(1))]").unwrap(),
            "copyIndex()"
        );
        assert_eq!(
            element(pattern, "[concat('NIC-', copyIndex('vm', 2))]").unwrap(),
            "copyIndex('vm', 1)"
        );
        assert_eq!(
            element(pattern, "[concat('nic-', parameters('n'))]").unwrap(),
            "sub(parameters('n'), 1)"
        );
        assert_eq!(element(pattern, "nic-3").unwrap(), "2");
        assert_eq!(element(pattern, "[concat('disk-', copyIndex(1))]"), None);
    }

    #[test]
    fn a_property_and_its_quoted_spelling_are_one() {
        assert_eq!(
            element("[parameters('a').name]", "[Parameters('A')['name']]").unwrap(),
            "whole"
        );
        assert_eq!(
            element(
                "[toLower(concat('a', parameters('b')))]",
                "[toLower(format('a{0}', parameters('b')))]"
            )
            .unwrap(),
            "whole"
        );
    }
}
