//! The answer that a route gives.

use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::world::World;
use super::request::Request;

/// What goes back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Option<Value>,
    /// The client will ask again: virtual time may move on.
    pub unfinished: bool,
    /// Text instead of JSON: its content type, and itself.
    pub text: Option<(&'static str, String)>,
}

impl Answer {
    pub fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Some(body),
            unfinished: false,
            text: None,
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
            text: None,
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

    /// Text of another kind than JSON.
    pub fn text(content_type: &'static str, text: String) -> Self {
        Self {
            text: Some((content_type, text)),
            ..Self::empty(200)
        }
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

/// One page of a list, with the address of the next.
pub fn page(request: &Request, items: Vec<Value>, size: usize) -> Answer {
    page_of(request, items, size, |item| item)
}

/// As [`page`], of items that are turned into documents only where they are shown.
pub fn page_of<T>(request: &Request, items: Vec<T>, size: usize, shown: impl Fn(T) -> Value) -> Answer {
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
    let value: Vec<Value> = items
        .into_iter()
        .take(top)
        .skip(skip)
        .take(size)
        .map(shown)
        .collect();
    let mut body = json!({ "value": value });
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
