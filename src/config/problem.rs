//! What is wrong with a configuration: all of it together, each with its place.

use std::collections::BTreeSet;
use std::fmt;

use super::place::Place;

/// Everything that is wrong, in the order of the layers and their lines.
#[derive(Debug)]
pub struct ConfigError {
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

/// One thing that is wrong, or worth a warning. Its text never holds a secret.
#[derive(Clone, Debug)]
pub struct Problem {
    pub place: Option<Place>,
    pub message: String,
}

impl Problem {
    /// A problem of no file in particular.
    pub fn nowhere(message: impl Into<String>) -> Self {
        Self {
            place: None,
            message: message.into(),
        }
    }

    /// A problem at a place.
    pub fn at(place: Place, message: impl Into<String>) -> Self {
        Self {
            place: Some(place),
            message: message.into(),
        }
    }

    /// Nearer layers come later, and lines in their order.
    fn rank(&self) -> (usize, String, usize, usize) {
        self.place
            .as_ref()
            .map_or((usize::MAX, String::new(), 0, 0), |place| {
                let file = match &place.document.origin {
                    super::place::Origin::File(path) => path.to_string(),
                    _ => String::new(),
                };
                (place.document.layer, file, place.mark.line, place.mark.column)
            })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}{}", self.message, place.excerpt()),
            None => f.write_str(&self.message),
        }
    }
}

/// Problems as they are found, and the values they are about.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<Problem>,
    /// Paths of values that are there but wrong: they are not reported as missing too.
    spoilt: BTreeSet<String>,
}

impl Problems {
    /// Adds a problem with the value at `path`.
    pub fn add(&mut self, path: &str, problem: Problem) {
        self.spoil(path);
        self.found.push(problem);
    }

    /// Remembers that the value at `path` was meant, though it could not be read.
    pub fn spoil(&mut self, path: &str) {
        self.spoilt.insert(path.to_owned());
    }

    /// Whether the value at `path`, or a section around it, has a problem already.
    pub fn blames(&self, path: &str) -> bool {
        self.spoilt.iter().any(|spoilt| {
            path.strip_prefix(spoilt.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || spoilt.is_empty())
        })
    }

    /// How many were found.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Adds `text` to the message of the last problem, if it is newer than the first `before`.
    pub fn extend_last(&mut self, before: usize, text: &str) {
        if let Some(problem) = self.found.get_mut(before..).and_then(<[Problem]>::last_mut) {
            problem.message.push_str(text);
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Everything found, sorted.
    pub fn into_error(mut self) -> ConfigError {
        self.found.sort_by_key(Problem::rank);
        ConfigError { problems: self.found }
    }
}
