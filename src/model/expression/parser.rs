//! From text to tree: one pass over the characters, bounded in length and depth.

use std::iter::Peekable;
use std::str::Chars;

use super::{DEEPEST, Expression, LONGEST, is_expression};

/// Text between brackets that is no expression, and where reading stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at column {column}")]
pub struct ExpressionError {
    /// Counted in characters from 1, the opening bracket included.
    pub column: usize,
    pub problem: Problem,
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("not an expression: it must open with one `[` and close with `]`")]
    NotBracketed,
    #[error("expected {expected}, found {found}")]
    Unexpected { expected: &'static str, found: String },
    #[error("text without a closing quote")]
    OpenText,
    #[error("integer outside 64 bits")]
    IntegerTooLarge,
    #[error("nested deeper than {limit} levels", limit = DEEPEST)]
    TooDeep,
    #[error("expression of {length} characters, above the limit of {limit}", limit = LONGEST)]
    TooLong { length: usize },
}

/// Reads one expression with its brackets: `[concat('a', parameters('b'))]`.
///
/// # Errors
///
/// [`ExpressionError`] with the column where reading stopped.
pub fn parse(text: &str) -> Result<Expression, ExpressionError> {
    let fail = |column, problem| Err(ExpressionError { column, problem });
    if !is_expression(text) {
        return fail(1, Problem::NotBracketed);
    }
    let length = text.chars().count();
    if length > LONGEST {
        return fail(LONGEST, Problem::TooLong { length });
    }
    let mut parser = Parser {
        rest: text[1..text.len() - 1].chars().peekable(),
        column: 2,
    };
    let tree = parser.expression(1)?;
    parser.skip_space();
    match parser.rest.peek() {
        None => Ok(tree.expression),
        Some(_) => parser.unexpected("the end of the expression"),
    }
}

/// A subtree and how many levels it has.
struct Tree {
    expression: Expression,
    height: usize,
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    /// Of the next character.
    column: usize,
}

impl Parser<'_> {
    fn expression(&mut self, depth: usize) -> Result<Tree, ExpressionError> {
        if depth > DEEPEST {
            return self.fail(Problem::TooDeep);
        }
        let mut tree = self.primary(depth)?;
        loop {
            self.skip_space();
            tree = if self.take('.') {
                self.skip_space();
                let name = self.identifier("the name of a property")?;
                let of = Box::new(tree.expression);
                Tree {
                    expression: Expression::Property { of, name },
                    height: tree.height + 1,
                }
            } else if self.take('[') {
                let index = self.expression(depth + 1)?;
                self.expect(']', "`]`")?;
                let height = tree.height.max(index.height) + 1;
                let (of, index) = (Box::new(tree.expression), Box::new(index.expression));
                Tree {
                    expression: Expression::Index { of, index },
                    height,
                }
            } else {
                return Ok(tree);
            };
            if tree.height > DEEPEST {
                return self.fail(Problem::TooDeep);
            }
        }
    }

    fn primary(&mut self, depth: usize) -> Result<Tree, ExpressionError> {
        self.skip_space();
        match self.rest.peek().copied() {
            Some('\'') => Ok(Tree {
                expression: Expression::Text(self.text()?),
                height: 1,
            }),
            Some(c) if c == '-' || c.is_ascii_digit() => Ok(Tree {
                expression: Expression::Integer(self.integer()?),
                height: 1,
            }),
            Some(c) if starts_identifier(c) => self.call(depth),
            _ => self.unexpected("a value"),
        }
    }

    fn call(&mut self, depth: usize) -> Result<Tree, ExpressionError> {
        let mut name = self.identifier("the name of a function")?;
        while self.take('.') {
            name.push('.');
            name.push_str(&self.identifier("the name of a function")?);
        }
        self.expect('(', "`(` after the name of a function")?;
        let (mut arguments, mut height) = (Vec::new(), 0);
        self.skip_space();
        if !self.take(')') {
            loop {
                let argument = self.expression(depth + 1)?;
                height = height.max(argument.height);
                arguments.push(argument.expression);
                self.skip_space();
                if self.take(')') {
                    break;
                }
                self.expect(',', "`,` or `)`")?;
            }
        }
        Ok(Tree {
            expression: Expression::Call { name, arguments },
            height: height + 1,
        })
    }

    fn text(&mut self) -> Result<String, ExpressionError> {
        let start = self.column;
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some('\'') if !self.take('\'') => return Ok(text),
                Some(c) => text.push(c),
                None => {
                    return Err(ExpressionError {
                        column: start,
                        problem: Problem::OpenText,
                    });
                }
            }
        }
    }

    fn integer(&mut self) -> Result<i64, ExpressionError> {
        let start = self.column;
        let mut digits = String::new();
        if self.take('-') {
            digits.push('-');
        }
        while let Some(c) = self.rest.peek().copied().filter(char::is_ascii_digit) {
            digits.push(c);
            self.next();
        }
        if digits == "-" {
            return self.unexpected("a digit");
        }
        let too_large = ExpressionError {
            column: start,
            problem: Problem::IntegerTooLarge,
        };
        digits.parse().map_err(|_| too_large)
    }

    fn identifier(&mut self, expected: &'static str) -> Result<String, ExpressionError> {
        if !self.rest.peek().copied().is_some_and(starts_identifier) {
            return self.unexpected(expected);
        }
        let mut name = String::new();
        while let Some(c) = self
            .rest
            .peek()
            .copied()
            .filter(|c| starts_identifier(*c) || c.is_ascii_digit())
        {
            name.push(c);
            self.next();
        }
        Ok(name)
    }

    fn next(&mut self) -> Option<char> {
        self.column += 1;
        self.rest.next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let here = self.rest.peek() == Some(&wanted);
        if here {
            self.next();
        }
        here
    }

    fn expect(&mut self, wanted: char, expected: &'static str) -> Result<(), ExpressionError> {
        self.skip_space();
        if self.take(wanted) {
            Ok(())
        } else {
            self.unexpected(expected)
        }
    }

    fn skip_space(&mut self) {
        while self.rest.peek().is_some_and(|c| c.is_whitespace()) {
            self.next();
        }
    }

    fn unexpected<T>(&mut self, expected: &'static str) -> Result<T, ExpressionError> {
        let found = match self.rest.peek() {
            Some(c) if c.is_control() => format!("`{}`", c.escape_default()),
            Some(c) => format!("`{c}`"),
            None => "the end".to_owned(),
        };
        self.fail(Problem::Unexpected { expected, found })
    }

    fn fail<T>(&self, problem: Problem) -> Result<T, ExpressionError> {
        Err(ExpressionError {
            column: self.column,
            problem,
        })
    }
}

fn starts_identifier(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}
