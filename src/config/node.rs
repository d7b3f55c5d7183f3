//! A document as a tree in which each part knows its place.

use super::place::Mark;

/// One value of a document.
#[derive(Clone, Debug)]
pub struct Node {
    pub mark: Mark,
    pub kind: Kind,
}

/// What a value is, as far as its writing tells.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Nothing, `~` or `null`: as if the key were not written.
    Nothing,
    /// Quoted, or a block of text: text and never a number.
    Quoted(String),
    /// Unquoted, exactly as written: whoever asks for it decides what it is.
    Plain(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// A secret was written here; it has been forgotten.
    Withheld,
}

/// One key of a map with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    pub mark: Mark,
    pub value: Node,
}

impl Node {
    /// The text of a scalar.
    pub fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Quoted(text) | Kind::Plain(text) => Some(text),
            _ => None,
        }
    }

    /// What the value is, for a message: `a list`, `text`.
    pub fn what(&self) -> &'static str {
        match self.kind {
            Kind::Nothing => "nothing",
            Kind::Quoted(_) | Kind::Plain(_) => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
            Kind::Withheld => "a secret",
        }
    }
}
