//! Which document said each value, so that a problem found later still points at a line.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::folder;
use super::node::{Kind, Node};
use super::path;
use super::place::{Document, Mark, Origin, Place};
use super::problem::Problem;

/// Where the value of each path comes from.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    values: BTreeMap<String, Place>,
    /// The keys of sections and values, where something missing is reported.
    keys: BTreeMap<String, Place>,
}

impl Origins {
    /// The place of the value of `path`, as `azure.location`.
    pub fn of(&self, path: &str) -> Option<&Place> {
        self.values.get(path).or_else(|| self.keys.get(path))
    }

    /// A problem with the value of `path`, placed at it or at the nearest section around it.
    pub fn problem(&self, path: &str, message: impl Into<String>) -> Problem {
        let around = || self.around(path);
        match self.values.get(path).or_else(around) {
            Some(place) => Problem::at(place.clone(), message),
            None => Problem::nowhere(message),
        }
    }

    fn around(&self, path: &str) -> Option<&Place> {
        let mut section = Some(path);
        while let Some(at) = section {
            if let Some(place) = self.keys.get(at) {
                return Some(place);
            }
            section = path::parent(at);
        }
        self.keys.get("")
    }

    /// Writes down a nearer document over what is known.
    pub(super) fn record(&mut self, root: &Node, document: &Arc<Document>) {
        if matches!(&document.origin, Origin::File(path) if path.file_name() == Some(folder::MAIN)) {
            let whole = Place {
                document: Arc::clone(document),
                mark: Mark::default(),
            };
            self.keys.insert(String::new(), whole);
        }
        self.walk(root, "", document);
    }

    fn walk(&mut self, node: &Node, at: &str, document: &Arc<Document>) {
        let place = |mark| Place {
            document: Arc::clone(document),
            mark,
        };
        match &node.kind {
            Kind::Nothing => {}
            Kind::Map(entries) => {
                for entry in entries {
                    let at = path::join(at, &entry.key);
                    self.keys.insert(at.clone(), place(entry.mark));
                    self.walk(&entry.value, &at, document);
                }
            }
            _ => {
                self.values.insert(at.to_owned(), place(node.mark));
            }
        }
    }

    /// Every path with a value, and its place.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.values.iter().map(|(path, place)| (path.as_str(), place))
    }
}
