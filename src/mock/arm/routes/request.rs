//! A request as the routes see it, and the answer they give.

use std::collections::HashMap;
use std::net::SocketAddr;

use axum::extract::Query;
use axum::http::{HeaderMap, Method, Uri};
use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::template::decoded;
use super::super::world::World;

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
    pub fn new(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8], address: SocketAddr) -> Self {
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
            bytes => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
        };
        let host = header("host")
            .filter(|host| is_loopback(host))
            .map(ToOwned::to_owned);
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
            base: format!("http://{}", host.unwrap_or_else(|| address.to_string())),
        }
    }

    /// The segments of the path in lower case.
    pub fn lower(&self) -> Vec<&str> {
        self.lowered
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect()
    }

    pub fn api_version(&self) -> Option<&str> {
        self.query.get("api-version").map(String::as_str)
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

/// What goes back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Option<Value>,
    /// The client will ask again: virtual time may move on.
    pub unfinished: bool,
}

impl Answer {
    pub fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Some(body),
            unfinished: false,
        }
    }

    pub fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: None,
            unfinished: false,
        }
    }

    /// `202`: the work goes on, and `result` (a job, or a token that stands for one) is where its end is asked for.
    pub fn accepted(world: &World, request: &Request, result: &str) -> Self {
        let path = format!(
            "/subscriptions/{}/operationresults/{result}?api-version={}",
            world.settings.subscription,
            request.api_version().unwrap_or_default()
        );
        Self::empty(202)
            .header("Location", request.url(&path))
            .header("Retry-After", "15")
            .paced(world)
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Lets the emulator's clock say how soon to ask again, where Azure's pace would be a waste.
    pub fn paced(mut self, world: &World) -> Self {
        if let Some(pace) = world.settings.clock.pace() {
            self.headers
                .retain(|(name, _)| !name.eq_ignore_ascii_case("retry-after"));
            self = self
                .header("Retry-After", (pace / 1000).to_string())
                .header("x-ms-retry-after-ms", pace.to_string());
        }
        self
    }

    /// Marks an answer about something that goes on, if it does.
    pub fn unfinished(mut self, unfinished: bool) -> Self {
        self.unfinished = unfinished;
        self
    }
}

impl From<ArmError> for Answer {
    fn from(error: ArmError) -> Self {
        Self::new(error.status, error.body()).header("x-ms-failure-cause", "gateway")
    }
}

/// The text of `word eq '…'` in a filter.
pub fn literal<'a>(filter: &'a str, word: &str) -> Option<&'a str> {
    let (_, rest) = filter.split_once(&format!("{word} eq '"))?;
    rest.split('\'').next()
}

/// One page of a list, with the address of the next.
pub fn page(request: &Request, items: Vec<Value>, size: usize) -> Answer {
    let skip: usize = request
        .query
        .get("$skiptoken")
        .and_then(|token| token.parse().ok())
        .unwrap_or(0);
    let top: usize = request
        .query
        .get("$top")
        .and_then(|top| top.parse().ok())
        .unwrap_or(usize::MAX);
    let size = size.max(1);
    let count = items.len().min(top);
    let shown: Vec<Value> = items.into_iter().take(top).skip(skip).take(size).collect();
    let mut body = json!({"value": shown});
    if skip.saturating_add(size) < count {
        let kept = request.query.iter().filter(|(key, _)| *key != "$skiptoken");
        let mut query: Vec<String> = kept
            .map(|(key, value)| format!("{}={}", encoded(key), encoded(value)))
            .collect();
        query.sort();
        query.push(format!("$skiptoken={}", skip + size));
        body["nextLink"] = request
            .url(&format!("{}?{}", encoded_path(&request.path), query.join("&")))
            .into();
    }
    Answer::ok(body)
}

fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~$".contains(&byte);
    text.bytes()
        .map(|byte| {
            if keep(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn encoded_path(path: &str) -> String {
    path.split('/').map(encoded).collect::<Vec<_>>().join("/")
}
