//! A request as the routes see it.

use std::collections::HashMap;
use std::net::SocketAddr;

use axum::extract::Query;
use axum::http::{HeaderMap, Method, Uri};
use serde_json::Value;

use super::super::error::ArmError;
use super::super::json;
use super::super::template::decoded;
pub use super::answer::{Answer, page, page_of};

pub struct Request {
    pub method: String,
    /// Decoded, without an empty end.
    pub path: String,
    lowered: String,
    pub query: HashMap<String, String>,
    pub bearer: Option<String>,
    pub headers: HeaderMap,
    /// `Err` when there is a body and it is not JSON.
    body: Result<Value, String>,
    base: String,
}

impl Request {
    /// `served` says under which address, and whether a client may call this server by a name of its own.
    pub fn new(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
        served: (SocketAddr, bool),
    ) -> Self {
        let (address, any_host) = served;
        let path = uri.path().trim_end_matches('/');
        let path = decoded(path).unwrap_or_else(|_| path.to_owned());
        let query = Query::<HashMap<String, String>>::try_from_uri(uri)
            .map(|Query(query)| query)
            .unwrap_or_default();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = header("authorization").and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then(|| token.trim().to_owned())
        });
        let body = match body {
            [] => Ok(Value::Null),
            bytes => std::str::from_utf8(bytes)
                .map_err(|error| error.to_string())
                .and_then(|text| json::parse(text).map_err(|error| error.to_string())),
        };
        let host = header("host")
            .filter(|host| is_loopback(host) || (any_host && is_plain(host)))
            .map(ToOwned::to_owned);
        // Some clients send a token over TLS alone: somebody ends it in front of the emulator and says so.
        let is_encrypted =
            header("x-forwarded-proto").is_some_and(|proto| proto.eq_ignore_ascii_case("https"));
        let scheme = if is_encrypted { "https" } else { "http" };
        Self {
            method: method.as_str().to_owned(),
            lowered: path.to_lowercase(),
            path,
            query: query
                .into_iter()
                .map(|(key, value)| (key.to_lowercase(), value))
                .collect(),
            bearer,
            headers: headers.clone(),
            body,
            base: format!("{scheme}://{}", host.unwrap_or_else(|| address.to_string())),
        }
    }

    /// The segments of the path in lower case.
    pub fn lower(&self) -> Vec<&str> {
        self.lowered
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect()
    }

    /// The first `count` segments of the path, as written.
    pub fn start(&self, count: usize) -> String {
        let segments = self.path.split('/').skip(1).take(count);
        segments.fold(String::new(), |path, segment| format!("{path}/{segment}"))
    }

    pub fn api_version(&self) -> Option<&str> {
        self.query.get("api-version").map(String::as_str)
    }

    /// The same request of another caller, with a body of its own if it has one.
    pub fn of_another(&self, body: Option<Value>) -> Self {
        let mut headers = self.headers.clone();
        for name in ["x-ms-correlation-request-id", "x-ms-client-request-id"] {
            headers.remove(name);
        }
        Self {
            method: self.method.clone(),
            path: self.path.clone(),
            lowered: self.lowered.clone(),
            query: self.query.clone(),
            bearer: self.bearer.clone(),
            headers,
            body: body.map_or_else(|| self.body.clone(), Ok),
            base: self.base.clone(),
        }
    }

    /// The body, when it is an object.
    pub fn object(&self) -> Result<&Value, ArmError> {
        match &self.body {
            Ok(body) if body.is_object() => Ok(body),
            Ok(_) => Err(ArmError::bad_request(
                "InvalidRequestContent",
                "The request content was invalid and could not be deserialized: an object is expected.",
            )),
            Err(why) => Err(ArmError::bad_request(
                "InvalidRequestContent",
                format!("The request content was invalid and could not be deserialized: '{why}'."),
            )),
        }
    }

    /// Whether there is a body, whatever it is.
    pub fn has_body(&self) -> bool {
        self.body != Ok(Value::Null)
    }

    /// An address of this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The client's correlation id, if it sent one.
    pub fn correlation(&self) -> Option<String> {
        self.header("x-ms-correlation-request-id").map(ToOwned::to_owned)
    }

    /// `$filter`; empty when there is none.
    pub fn filter(&self) -> &str {
        self.query.get("$filter").map(String::as_str).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Whether a `Host` has the letters of one.
fn is_plain(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    !host.is_empty() && host.bytes().all(plain)
}

/// Whether a `Host` is this machine: `127.0.0.1:80`, `localhost`, `[::1]:80`.
fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|b| b.is_ascii_digit()) {
            name
        } else {
            host
        }
    });
    let name = name.trim_matches(['[', ']']);
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The text of `word eq '…'` in a filter.
pub fn literal<'a>(filter: &'a str, word: &str) -> Option<&'a str> {
    let (_, rest) = filter.split_once(&format!("{word} eq '"))?;
    rest.split('\'').next()
}
