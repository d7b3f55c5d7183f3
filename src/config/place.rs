//! Where a value was written: a file with its text, a variable, or a `--set` option.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use camino::Utf8PathBuf;

/// A stretch of a document: line and column count from 1, in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub line: usize,
    pub column: usize,
    pub width: usize,
    /// The last line of the value.
    pub last_line: usize,
}

/// What kind of document holds a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    File(Utf8PathBuf),
    /// An environment variable, by name.
    Variable(String),
    /// The path of a `--set path=value`.
    Set(String),
}

/// One layer's document, kept so that a problem can show its line.
#[derive(Debug)]
pub struct Document {
    pub origin: Origin,
    /// The place of the layer in the stack: 0 is the farthest.
    pub layer: usize,
    lines: Vec<String>,
    /// Lines that hold, or may hold, an inline secret: never shown.
    hidden: BTreeSet<usize>,
}

impl Document {
    /// A file's text, of which the `hidden` lines are dropped at once.
    pub(super) fn file(path: Utf8PathBuf, layer: usize, text: &str, hidden: BTreeSet<usize>) -> Self {
        let line = |(index, line): (usize, &str)| {
            if hidden.contains(&(index + 1)) {
                String::new()
            } else {
                line.to_owned()
            }
        };
        Self {
            origin: Origin::File(path),
            layer,
            lines: text.lines().enumerate().map(line).collect(),
            hidden,
        }
    }

    /// A document without lines to show.
    pub(super) fn single(origin: Origin, layer: usize, hidden: bool) -> Self {
        let hidden = if hidden {
            BTreeSet::from([0])
        } else {
            BTreeSet::new()
        };
        Self {
            origin,
            layer,
            lines: Vec::new(),
            hidden,
        }
    }

    /// Whether values on the line of `mark` must not be repeated.
    pub fn hides(&self, mark: Mark) -> bool {
        (mark.line..=mark.last_line.max(mark.line)).any(|line| self.hidden.contains(&line))
    }
}

/// Where one value is.
#[derive(Clone, Debug)]
pub struct Place {
    pub document: Arc<Document>,
    pub mark: Mark,
}

impl Place {
    /// The source line with a caret under the value; empty where there is no line.
    pub fn excerpt(&self) -> String {
        let Mark {
            line, column, width, ..
        } = self.mark;
        if line == 0 {
            return String::new();
        }
        if self.document.hides(Mark {
            last_line: line,
            ..self.mark
        }) {
            return format!("\n{line:>5} | (not shown: the line may hold a secret)");
        }
        let Some(text) = self.document.lines.get(line - 1) else {
            return String::new();
        };
        let room = text.chars().count().saturating_sub(column - 1);
        let indent: String = text
            .chars()
            .take(column - 1)
            .map(|character| if character == '\t' { '\t' } else { ' ' })
            .collect();
        let carets = "^".repeat(width.min(room).max(1));
        format!("\n{line:>5} | {text}\n      | {indent}{carets}")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.document.origin {
            Origin::File(path) if self.mark.line == 0 => write!(f, "{path}"),
            Origin::File(path) => write!(f, "{path}:{}:{}", self.mark.line, self.mark.column),
            Origin::Variable(name) => f.write_str(name),
            Origin::Set(path) => write!(f, "--set {path}=…"),
        }
    }
}
