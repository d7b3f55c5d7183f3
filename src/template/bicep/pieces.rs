//! A string expression taken apart: fixed text and the values between, so that two spellings of one name can meet.
//!
//! `concat('a', x)`, `format('a{0}', x)` and a variable that holds either are the same pieces.

use std::collections::HashMap;

use serde_json::Value;

use crate::model::expression::{self, Expression};

/// How many variables one comparison may look into; a chain that is longer simply stays apart.
const FUEL: usize = 64;

/// One stretch of a string expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Text(String),
    Value(Expression),
}

/// The pieces between two slashes.
pub type Segment = Vec<Piece>;

/// The variables of a template that are strings or expressions, by lower-case name.
#[derive(Clone, Debug, Default)]
pub struct Expansions(HashMap<String, Expression>);

impl Expansions {
    /// Reads what `variables` holds; what does not parse is left for the emitter to complain about.
    pub fn of(variables: Option<&Value>) -> Self {
        let entries = variables.and_then(Value::as_object).into_iter().flatten();
        let expressions = entries.filter_map(|(name, value)| {
            let expression = string_expression(value.as_str()?)?;
            Some((name.to_lowercase(), expression))
        });
        Self(expressions.collect())
    }

    /// What a call of `variables('name')` stands for.
    pub fn look_into<'a>(&'a self, expression: &Expression) -> Option<&'a Expression> {
        let [name] = expression.arguments_of("variables")? else {
            return None;
        };
        self.0.get(&name.as_text()?.to_lowercase())
    }

    /// The pieces of `expression`, variables looked into.
    pub fn pieces(&self, expression: &Expression) -> Vec<Piece> {
        let mut pieces = Vec::new();
        self.collect(expression, &mut pieces, &mut FUEL.clone());
        pieces
    }

    fn collect(&self, expression: &Expression, pieces: &mut Vec<Piece>, fuel: &mut usize) {
        if let Some(inside) = self.look_into(expression).filter(|_| *fuel > 0) {
            *fuel -= 1;
            return self.collect(inside, pieces, fuel);
        }
        match apart(expression) {
            Some(parts) => parts.iter().for_each(|part| self.collect(part, pieces, fuel)),
            None => push(pieces, expression),
        }
    }
}

/// The pieces of `expression` as written, variables left alone.
pub fn written_pieces(expression: &Expression) -> Vec<Piece> {
    Expansions::default().pieces(expression)
}

/// A template's string as an expression: a literal if it is none.
pub fn string_expression(text: &str) -> Option<Expression> {
    if expression::is_expression(text) {
        expression::parse(text).ok()
    } else {
        Some(Expression::Text(expression::unescape(text).into_owned()))
    }
}

/// What `concat` joins and what `format` fills in, if the expression is one of them and can only be a string.
pub fn apart(expression: &Expression) -> Option<Vec<Expression>> {
    if let Some(arguments) = expression.arguments_of("concat") {
        return Some(arguments.to_vec());
    }
    let [Expression::Text(pattern), values @ ..] = expression.arguments_of("format")? else {
        return None;
    };
    filled(pattern, values)
}

/// The parts of a format pattern; `None` when it asks for alignment or a number format, or for a value that is not there.
fn filled(pattern: &str, values: &[Expression]) -> Option<Vec<Expression>> {
    let (mut parts, mut text) = (Vec::new(), String::new());
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '{' | '}' if rest.peek() == Some(&c) => {
                rest.next();
                text.push(c);
            }
            '{' => {
                let number: String = std::iter::from_fn(|| rest.next_if(char::is_ascii_digit)).collect();
                let value = values.get(number.parse::<usize>().ok()?)?;
                rest.next_if_eq(&'}')?;
                parts.push(Expression::Text(std::mem::take(&mut text)));
                parts.push(value.clone());
            }
            '}' => return None,
            c => text.push(c),
        }
    }
    parts.push(Expression::Text(text));
    Some(parts)
}

fn push(pieces: &mut Vec<Piece>, expression: &Expression) {
    let text = match expression {
        Expression::Text(text) => text.clone(),
        Expression::Integer(number) => number.to_string(),
        other => return pieces.push(Piece::Value(other.clone())),
    };
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Text(last)) => last.push_str(&text),
        _ => pieces.push(Piece::Text(text)),
    }
}

/// Cuts pieces at the slashes of their text; empty segments (a leading slash) fall away.
pub fn segments(pieces: &[Piece]) -> Vec<Segment> {
    let mut segments = vec![Segment::new()];
    for piece in pieces {
        match piece {
            Piece::Value(_) => append(&mut segments, piece.clone()),
            Piece::Text(text) => {
                for (position, part) in text.split('/').enumerate() {
                    if position > 0 {
                        segments.push(Segment::new());
                    }
                    if !part.is_empty() {
                        append(&mut segments, Piece::Text(part.to_owned()));
                    }
                }
            }
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments
}

fn append(segments: &mut [Segment], piece: Piece) {
    if let Some(last) = segments.last_mut() {
        last.push(piece);
    }
}

/// The fixed text of a segment that holds nothing else.
pub fn fixed(segment: &[Piece]) -> Option<&str> {
    match segment {
        [Piece::Text(text)] => Some(text),
        _ => None,
    }
}

/// One expression for the pieces in order.
pub fn expression_of(pieces: &[Piece]) -> Expression {
    let one = |piece: &Piece| match piece {
        Piece::Text(text) => Expression::Text(text.clone()),
        Piece::Value(value) => value.clone(),
    };
    match pieces {
        [single] => one(single),
        several => Expression::call("concat", several.iter().map(one).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces_of(text: &str) -> Vec<Piece> {
        let variables = serde_json::json!({ "hub": "[concat(parameters('ns'), '/orders')]", "loop": "[variables('loop')]" });
        Expansions::of(Some(&variables)).pieces(&expression::parse(text).unwrap())
    }

    #[test]
    fn two_spellings_of_a_name_are_the_same_pieces() {
        let one = pieces_of("[concat(parameters('ns'), '/', 'orders')]");
        assert_eq!(one, pieces_of("[format('{0}/orders', parameters('ns'))]"));
        assert_eq!(one, pieces_of("[variables('hub')]"));
        assert_eq!(segments(&one).len(), 2);
    }

    #[test]
    fn a_format_that_does_more_than_fill_in_stays_whole() {
        assert_eq!(pieces_of("[format('{0:D3}', 7)]").len(), 1);
        assert_eq!(
            pieces_of("[format('{{{0}}}', 7)]"),
            vec![Piece::Text("{7}".into())]
        );
        assert_eq!(pieces_of("[variables('loop')]").len(), 1);
    }
}
