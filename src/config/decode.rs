//! From a tree to typed values, with every problem on the way and not only the first.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::node::{Entry, Kind, Node};
use super::path;
use super::place::{Document, Mark, Place};
use super::problem::{Problem, Problems};
use crate::model::nearest::{did_you_mean, nearest, quoted};

/// A type that a document can hold.
pub trait Decode: Sized {
    /// Reads `node`, the value of `at`; a problem is told to `reader` and gives `None`.
    fn decode(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Self>;
}

/// One document being decoded.
#[derive(Debug)]
pub struct Reader<'a> {
    pub document: Arc<Document>,
    pub problems: &'a mut Problems,
}

impl Reader<'_> {
    /// Adds a problem with the value at `at`.
    pub fn refuse(&mut self, at: &str, mark: Mark, message: impl Into<String>) {
        let place = Place {
            document: Arc::clone(&self.document),
            mark,
        };
        self.problems.add(at, Problem::at(place, message));
    }

    /// Says that `node` is not what it must be; a value on a hidden line is not repeated.
    pub fn mismatch(&mut self, node: &Node, at: &str, expected: &str) {
        if matches!(node.kind, Kind::Withheld) {
            self.problems.spoil(at);
            return;
        }
        let found = match node.scalar() {
            Some(text) if text.chars().count() <= 40 && !self.document.hides(node.mark) => {
                let kind = if matches!(node.kind, Kind::Quoted(_)) {
                    "the text "
                } else {
                    ""
                };
                format!("{kind}`{text}`")
            }
            _ => node.what().to_owned(),
        };
        let mark = Mark {
            last_line: node.mark.line,
            ..node.mark
        };
        self.refuse(at, mark, format!("`{at}` must be {expected}, found {found}"));
    }

    /// The entries of a map, without repeated keys; `None` for anything else.
    pub fn entries<'n>(&mut self, node: &'n Node, at: &str) -> Option<Vec<&'n Entry>> {
        let entries = match &node.kind {
            Kind::Map(entries) => entries,
            Kind::Nothing => return None,
            _ => {
                self.mismatch(node, if at.is_empty() { "an environment" } else { at }, "a map");
                return None;
            }
        };
        let mut first: BTreeMap<&str, Mark> = BTreeMap::new();
        let mut kept = Vec::with_capacity(entries.len());
        for entry in entries {
            if let Some(mark) = first.get(entry.key.as_str()) {
                self.duplicate(entry, *mark, at);
            } else {
                first.insert(&entry.key, entry.mark);
                kept.push(entry);
            }
        }
        Some(kept)
    }

    fn duplicate(&mut self, entry: &Entry, first: Mark, at: &str) {
        let message = format!(
            "duplicate key `{}`{}; first written on line {}",
            entry.key,
            within(at),
            first.line
        );
        self.refuse(&path::join(at, &entry.key), entry.mark, message);
    }

    /// The entries of a section by their keys; keys outside `known` are refused.
    pub fn section<'n>(&mut self, node: &'n Node, at: &str, known: &[String]) -> Option<Section<'n>> {
        let mut values = BTreeMap::new();
        for entry in self.entries(node, at)? {
            if known.contains(&entry.key) {
                values.insert(entry.key.as_str(), &entry.value);
            } else {
                self.unknown(entry, at, known);
            }
        }
        Some(Section {
            at: at.to_owned(),
            values,
        })
    }

    fn unknown(&mut self, entry: &Entry, at: &str, known: &[String]) {
        let names = || known.iter().map(String::as_str);
        let hint = match nearest(&entry.key, names()) {
            Some(name) => {
                self.problems.spoil(&path::join(at, name));
                format!("; did you mean `{name}`?")
            }
            None => format!("; known here: {}", quoted(names())),
        };
        let message = format!("unknown key `{}`{}{hint}", entry.key, within(at));
        self.refuse(&path::join(at, &entry.key), entry.mark, message);
    }

    /// One of a few names.
    pub fn choice<T: Copy>(&mut self, node: &Node, at: &str, names: &[(&str, T)]) -> Option<T> {
        let known = || names.iter().map(|(name, _)| *name);
        let word = node.scalar().unwrap_or_default();
        let found = names
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, value)| *value);
        if found.is_none() && !matches!(node.kind, Kind::Nothing) {
            let expected = format!("one of {}", quoted(known()));
            let before = self.problems.len();
            self.mismatch(node, at, &expected);
            self.problems
                .extend_last(before, &did_you_mean(nearest(word, known())));
        }
        found
    }
}

fn within(at: &str) -> String {
    if at.is_empty() {
        String::new()
    } else {
        format!(" in `{at}`")
    }
}

/// The known keys of one section that a document says.
#[derive(Debug)]
pub struct Section<'n> {
    at: String,
    values: BTreeMap<&'n str, &'n Node>,
}

impl Section<'_> {
    /// Decodes the value of `key`; `None` when it is absent, empty or wrong.
    pub fn take<T: Decode>(&self, key: &str, reader: &mut Reader<'_>) -> Option<T> {
        let node = self.values.get(key)?;
        if matches!(node.kind, Kind::Nothing) {
            return None;
        }
        T::decode(node, &path::join(&self.at, key), reader)
    }
}

impl Decode for String {
    fn decode(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Self> {
        let text = node.scalar().map(ToOwned::to_owned);
        if text.is_none() {
            reader.mismatch(node, at, "text");
        }
        text
    }
}

impl Decode for u64 {
    fn decode(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Self> {
        let number = match &node.kind {
            Kind::Plain(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            reader.mismatch(node, at, "a whole number");
        }
        number
    }
}

impl Decode for u32 {
    fn decode(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Self> {
        let number = u64::decode(node, at, reader)?;
        let fitting = Self::try_from(number).ok();
        if fitting.is_none() {
            reader.mismatch(node, at, "a whole number up to 4294967295");
        }
        fitting
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Self> {
        let Kind::List(items) = &node.kind else {
            reader.mismatch(node, at, "a list");
            return None;
        };
        let decoded: Vec<Option<T>> = items.iter().map(|item| T::decode(item, at, reader)).collect();
        decoded.into_iter().collect()
    }
}

impl<T: Decode + Default> Decode for BTreeMap<String, T> {
    fn decode(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Self> {
        let mut map = Self::new();
        for entry in reader.entries(node, at)? {
            let at = path::join(at, &entry.key);
            let value = match entry.value.kind {
                Kind::Nothing => Some(T::default()),
                _ => T::decode(&entry.value, &at, reader),
            };
            map.extend(value.map(|value| (entry.key.clone(), value)));
        }
        Some(map)
    }
}
