//! One call as it is asked for, and one answer as it came.

use std::time::Duration;

use reqwest::{Method, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::AzureError;
use super::retry::Repeat;

/// What to ask. Built by [`Call::get`] and its sisters.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub method: Method,
    pub place: Place,
    pub query: Vec<(&'static str, String)>,
    pub body: Option<Value>,
    pub repeat: Repeat,
}

/// Where to ask.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// A path of the Resource Manager, starting with a slash.
    Path(String),
    /// An address that an answer gave; used verbatim, for it may be signed.
    Link(String),
    /// Another service, with the scope of its token.
    Service { url: Url, scope: String },
}

impl Call {
    fn new(method: Method, place: Place) -> Self {
        Self {
            method,
            place,
            query: Vec::new(),
            body: None,
            repeat: Repeat::Harmless,
        }
    }

    pub fn get(path: impl Into<String>, api_version: &str) -> Self {
        Self::new(Method::GET, Place::Path(path.into())).with("api-version", api_version)
    }

    pub fn put(path: impl Into<String>, api_version: &str, body: Value) -> Self {
        let mut call = Self::new(Method::PUT, Place::Path(path.into())).with("api-version", api_version);
        call.body = Some(body);
        call
    }

    /// A POST that only asks, or that does the same however often it is sent.
    pub fn post(path: impl Into<String>, api_version: &str, body: Option<Value>) -> Self {
        let mut call = Self::new(Method::POST, Place::Path(path.into())).with("api-version", api_version);
        call.body = body;
        call
    }

    pub fn delete(path: impl Into<String>, api_version: &str) -> Self {
        Self::new(Method::DELETE, Place::Path(path.into())).with("api-version", api_version)
    }

    pub fn link(url: impl Into<String>) -> Self {
        Self::new(Method::GET, Place::Link(url.into()))
    }

    pub fn service(url: Url, scope: impl Into<String>) -> Self {
        let scope = scope.into();
        Self::new(Method::GET, Place::Service { url, scope })
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Sends this only while it is certain that Azure has not accepted it yet.
    pub fn unless_accepted(mut self) -> Self {
        self.repeat = Repeat::UnlessAccepted;
        self
    }
}

/// What came back with a 2xx.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub method: String,
    /// Without the query: it may be signed.
    pub path: String,
    /// The whole address, for polls of the original address.
    pub url: Url,
    pub status: u16,
    pub request_id: Option<String>,
    pub retry_after: Option<Duration>,
    /// `Azure-AsyncOperation`.
    pub monitor: Option<String>,
    pub location: Option<String>,
    /// `Null` for an empty body.
    pub body: Value,
}

impl Answer {
    /// Decodes the body.
    ///
    /// # Errors
    ///
    /// [`AzureError::Malformed`].
    pub fn decode<T: DeserializeOwned>(self) -> Result<T, AzureError> {
        serde_json::from_value(self.body).map_err(|source| AzureError::Malformed {
            method: self.method,
            path: self.path,
            status: self.status,
            request_id: self.request_id,
            source,
        })
    }
}
