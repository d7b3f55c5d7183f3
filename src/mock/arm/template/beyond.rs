//! What a template needs of the world before it runs: the groups it deploys into, and the documents behind its links.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::EvaluationError;
use super::functions::resolve_uri;

/// Where a linked document is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// An address, or the id of a version of a template spec.
    pub uri: String,
    /// Sent behind the address; it may hold a signature, so it is never shown.
    pub query: String,
}

/// A resource group as a template sees it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub location: String,
    pub tags: Map<String, Value>,
    pub manager: Option<String>,
}

/// Answers what a template asks of the world around it.
pub trait Beyond {
    /// The resource group with this id, if it exists.
    fn group(&self, id: &str) -> Option<Facts>;

    /// The document behind a link.
    ///
    /// # Errors
    ///
    /// [`EvaluationError::Unread`] when nobody has read it yet, [`EvaluationError::Link`] when it cannot be had.
    fn document(&self, link: &Link) -> Result<Arc<Value>, EvaluationError>;

    /// The secret of a key vault.
    fn secret(&self, vault: &str, name: &str) -> Option<String>;

    /// Counts one more nested template; `false` when there have been too many.
    fn may_nest(&self) -> bool;
}

impl Link {
    /// The link in `written`, whose relative path leads on from `parent`.
    ///
    /// # Errors
    ///
    /// A sentence when the link leads nowhere.
    pub fn of(written: &Value, parent: Option<&Link>) -> Result<Self, String> {
        let text = |name: &str| {
            let text = super::frame::member(written, name).and_then(Value::as_str);
            text.filter(|text| !text.is_empty())
        };
        let query = text("queryString").unwrap_or_default();
        if let Some(id) = text("id") {
            return Ok(Self {
                uri: id.to_owned(),
                query: String::new(),
            });
        }
        if let Some(uri) = text("uri") {
            return Ok(Self {
                uri: uri.to_owned(),
                query: query.trim_start_matches('?').to_owned(),
            });
        }
        let relative = text("relativePath").ok_or("the link has neither 'uri', 'relativePath' nor 'id'")?;
        let parent = parent.ok_or_else(|| {
            format!(
                "the relative path '{relative}' of a linked template needs a parent that was deployed from a link"
            )
        })?;
        if parent.uri.starts_with('/') {
            let spec = parent.uri.split('#').next().unwrap_or_default();
            return Ok(Self {
                uri: format!("{spec}#{relative}"),
                query: String::new(),
            });
        }
        let base = parent.uri.split('?').next().unwrap_or_default();
        Ok(Self {
            uri: resolve_uri(base, relative)?,
            query: if query.is_empty() {
                parent.query.clone()
            } else {
                query.trim_start_matches('?').to_owned()
            },
        })
    }

    /// The address without what may be a signature.
    pub fn shown(&self) -> &str {
        self.uri.split('?').next().unwrap_or_default()
    }
}
