//! Documents behind links: templates and parameters that a deployment names instead of bringing them along.
//!
//! They are read before a request is answered, in rounds, for only an evaluated template tells where its nested ones are;
//! see `gather`. Nothing is read from the file system, and no token goes along.

mod fetch;
mod gather;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

pub use gather::gather;

use super::state::State;
use super::template::{Beyond, EvaluationError, Facts, Link};
use super::world::World;

/// Source: Azure Resource Manager, what-if: nested templates that are expanded before a run.
const MOST_NESTED: u32 = 500;
/// How many documents are kept between requests; all are forgotten together.
const MOST_KEPT: usize = 1000;

/// What was read, or the sentence that says why it could not be.
pub type Known = BTreeMap<Link, Result<Arc<Value>, String>>;

/// The world around a template: its groups, and the documents that were read.
pub struct Around<'a> {
    state: &'a State,
    known: &'a Known,
    vault: &'a BTreeMap<String, SecretString>,
    /// What was asked for and is not known.
    unread: RefCell<BTreeSet<Link>>,
    nested: Cell<u32>,
}

impl World {
    pub fn around(&self) -> Around<'_> {
        self.around_with(&self.links)
    }

    /// The same with other documents.
    fn around_with<'a>(&'a self, known: &'a Known) -> Around<'a> {
        Around {
            state: &self.state,
            known,
            vault: &self.settings.vault,
            unread: RefCell::default(),
            nested: Cell::new(0),
        }
    }

    /// Keeps what was read; what was read before is read anew by every request.
    fn keep(&mut self, read: Known) {
        if self.links.len() + read.len() > MOST_KEPT {
            self.links.clear();
        }
        self.links.extend(read);
    }

    /// Reads a document whose place was known only at run time.
    pub async fn read(&mut self, link: Link) {
        let document = fetch::document(&link).await;
        self.keep(Known::from([(link, document)]));
    }
}

impl<'a> Around<'a> {
    /// The main template of a template spec's version, or one that lies beside it.
    fn spec(&self, uri: &str) -> Option<&'a Value> {
        let (id, path) = uri.split_once('#').unwrap_or((uri, ""));
        let properties = &self.state.resources.get(&id.to_lowercase())?.given["properties"];
        if path.is_empty() {
            return properties.get("mainTemplate");
        }
        let linked = properties["linkedTemplates"].as_array()?;
        let same = |one: &&Value| {
            one["path"]
                .as_str()
                .is_some_and(|own| own.eq_ignore_ascii_case(path))
        };
        linked.iter().find(same)?.get("template")
    }
}

impl Beyond for Around<'_> {
    fn group(&self, id: &str) -> Option<Facts> {
        let name = super::writes::group_of(id)?;
        let group = self.state.groups.get(&name.to_lowercase())?;
        Some(Facts {
            location: group.location.clone(),
            tags: group.tags.clone(),
            manager: group.managed_by.clone(),
        })
    }

    fn document(&self, link: &Link) -> Result<Arc<Value>, EvaluationError> {
        let broken = |message: String| EvaluationError::Link {
            message,
            path: "properties.templateLink".to_owned(),
        };
        if link.uri.starts_with('/') {
            let message = || {
                broken(format!(
                    "The template spec version '{}' could not be found.",
                    link.uri
                ))
            };
            return self
                .spec(&link.uri)
                .map(|found| Arc::new(found.clone()))
                .ok_or_else(message);
        }
        match self.known.get(link) {
            Some(Ok(document)) => Ok(Arc::clone(document)),
            Some(Err(message)) => Err(broken(message.clone())),
            None => {
                self.unread.borrow_mut().insert(link.clone());
                Err(EvaluationError::Unread { link: link.clone() })
            }
        }
    }

    fn secret(&self, vault: &str, name: &str) -> Option<String> {
        let found = self.vault.get(&format!("{vault}/{name}"))?;
        Some(found.expose_secret().to_owned())
    }

    fn may_nest(&self) -> bool {
        self.nested.set(self.nested.get() + 1);
        self.nested.get() <= MOST_NESTED
    }
}
