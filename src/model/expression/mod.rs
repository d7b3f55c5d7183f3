//! The grammar of ARM template expressions, shared by whoever writes or evaluates them.
//!
//! [`is_expression`] tells an expression from plain text, [`parse`] reads one, and `Display` writes it back.
//! There are no operators: everything is a call, and a lambda is a call of `lambda` like any other.
//! Function names are kept as written and compare without regard to case; that is the caller's business.

mod parser;

use std::borrow::Cow;
use std::fmt;

pub use parser::{ExpressionError, Problem, parse};

/// The longest expression that Azure Resource Manager reads, in characters, brackets included.
///
/// Source: Azure Resource Manager, template limits.
pub const LONGEST: usize = 24_576;

/// How deep an expression may nest; ours, so that no reader of the tree runs out of stack.
pub const DEEPEST: usize = 128;

/// An expression, without its brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expression {
    /// `'text'`, with doubled quotes undone.
    Text(String),
    /// `42`; a fraction has no literal.
    Integer(i64),
    /// `name(arguments)`; a function of the template's own has its namespace in the name: `contoso.unique`.
    Call {
        name: String,
        arguments: Vec<Expression>,
    },
    /// `of.name`.
    Property { of: Box<Expression>, name: String },
    /// `of[index]`.
    Index {
        of: Box<Expression>,
        index: Box<Expression>,
    },
}

/// Tells whether ARM evaluates `text`: it opens with one `[` and closes with `]`.
pub fn is_expression(text: &str) -> bool {
    text.len() >= 2 && text.starts_with('[') && text.ends_with(']') && !text.starts_with("[[")
}

/// Undoes the escape of plain text that would read as an expression: `[[x]` means `[x]`.
///
/// Text that does not also end with `]` was never in danger and stays as it is.
pub fn unescape(text: &str) -> Cow<'_, str> {
    match text.strip_prefix('[') {
        Some(rest) if rest.starts_with('[') && rest.ends_with(']') => Cow::Borrowed(rest),
        _ => Cow::Borrowed(text),
    }
}

impl Expression {
    /// A call, for whoever builds expressions rather than reading them.
    pub fn call(name: impl Into<String>, arguments: Vec<Expression>) -> Self {
        Self::Call {
            name: name.into(),
            arguments,
        }
    }

    /// The arguments, if this is a call of `function` in any case.
    pub fn arguments_of(&self, function: &str) -> Option<&[Expression]> {
        match self {
            Self::Call { name, arguments } if name.eq_ignore_ascii_case(function) => Some(arguments),
            _ => None,
        }
    }

    /// The text, if this is a literal.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The expression as written between the brackets.
    pub fn source(&self) -> String {
        struct Bare<'a>(&'a Expression);
        impl fmt::Display for Bare<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write(f)
            }
        }
        Bare(self).to_string()
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Call { name, arguments } => {
                write!(f, "{name}(")?;
                for (position, argument) in arguments.iter().enumerate() {
                    if position > 0 {
                        f.write_str(", ")?;
                    }
                    argument.write(f)?;
                }
                f.write_str(")")
            }
            Self::Property { of, name } => {
                of.write(f)?;
                write!(f, ".{name}")
            }
            Self::Index { of, index } => {
                of.write(f)?;
                f.write_str("[")?;
                index.write(f)?;
                f.write_str("]")
            }
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        self.write(f)?;
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests;
