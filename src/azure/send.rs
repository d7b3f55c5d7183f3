//! The one place from which a request leaves.
//!
//! Every try carries a fresh `x-ms-client-request-id`: Azure replays the stored outcome of one that it has seen. The
//! run's correlation id stays the same. Logs name method, path, status and ids; never a header or a query.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use super::budget::Kind;
use super::call::{Answer, Call, Place};
use super::{AzureError, Client, Refusal, retry};

impl Client {
    /// Sends a call until it is answered, refused for good, or patience runs out.
    pub(super) async fn send(&self, call: &Call) -> Result<Answer, AzureError> {
        let (url, scope) = self.locate(call)?;
        let began = Instant::now();
        let mut refreshed = false;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let token = self
                .tokens
                .token(&scope)
                .await
                .map_err(|source| AzureError::SignIn { source })?;
            let error = match self.attempt(call, &url, &token, attempts).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if error.status() == Some(401) && !refreshed && self.tokens.forget(&scope, &token).await {
                refreshed = true;
                continue;
            }
            let Some(wait) = self.wait_after(&error, call, attempts) else {
                return Err(error);
            };
            if began.elapsed() + wait > self.rhythm.patience {
                return Err(AzureError::GaveUp {
                    attempts,
                    patience: self.rhythm.patience,
                    source: Box::new(error),
                });
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// How long to wait before another try; `None` when trying again is wrong.
    fn wait_after(&self, error: &AzureError, call: &Call, attempts: u32) -> Option<Duration> {
        let factor = retry::patience_factor(error, call.repeat)?;
        let asked = match error {
            AzureError::Refused { retry_after, .. } => *retry_after,
            _ => None,
        };
        let first = self.rhythm.first_wait * factor;
        let longest = self.rhythm.longest_wait.max(first);
        Some(retry::wait(first, longest, attempts, retry::roll(), asked))
    }

    fn locate(&self, call: &Call) -> Result<(Url, String), AzureError> {
        let (mut url, scope) = match &call.place {
            Place::Path(path) => (self.endpoint.join(path), self.endpoint.scope.clone()),
            Place::Link(link) => (self.endpoint.own(link)?, self.endpoint.scope.clone()),
            Place::Service { url, scope } => (url.clone(), scope.clone()),
        };
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        Ok((url, scope))
    }

    async fn attempt(
        &self,
        call: &Call,
        url: &Url,
        token: &SecretString,
        attempt: u32,
    ) -> Result<Answer, AzureError> {
        let method = call.method.to_string();
        let path = url.path().to_owned();
        let client_request_id = Uuid::new_v4();
        let began = Instant::now();
        let mut request = self
            .http
            .request(call.method.clone(), url.clone())
            .header(AUTHORIZATION, bearer(token))
            .header(ACCEPT, "application/json")
            .header("x-ms-client-request-id", client_request_id.to_string())
            .header("x-ms-correlation-request-id", self.correlation_id().to_string())
            .header("x-ms-return-client-request-id", "true");
        match &call.body {
            Some(body) => request = request.json(body),
            None if call.method == reqwest::Method::POST => request = request.header("content-length", "0"),
            None => {}
        }
        let host = url.authority();
        let kind = Kind::of(&call.method);
        self.budget.take(host, &path, kind).await;
        let received = receive(request).await;
        if let Ok(received) = &received {
            self.budget.learn(host, &path, kind, &received.headers);
        }
        let status = received.as_ref().map_or(0, |received| received.status.as_u16());
        let request_id = received
            .as_ref()
            .ok()
            .and_then(|r| text(&r.headers, "x-ms-request-id"));
        tracing::debug!(
            %method, %path, status, attempt, %client_request_id,
            request_id = request_id.as_deref().unwrap_or("-"),
            correlation_id = %self.correlation_id(),
            milliseconds = began.elapsed().as_millis(),
            "azure call"
        );
        let received = received.map_err(|fault| fault.into_error(&method, url))?;
        received.into_answer(method, path, url.clone(), request_id)
    }
}

/// A whole answer, read to its end.
struct Received {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// A connection that broke, and whether the request can have arrived.
struct Fault {
    arrived: bool,
    source: reqwest::Error,
}

async fn receive(request: reqwest::RequestBuilder) -> Result<Received, Fault> {
    let fault = |source: reqwest::Error| Fault {
        arrived: !source.is_connect() && !source.is_builder(),
        // A URL in an error could carry a signature.
        source: source.without_url(),
    };
    let response = request.send().await.map_err(fault)?;
    let status = response.status();
    let headers = response.headers().clone();
    let body = response.bytes().await.map_err(fault)?.to_vec();
    Ok(Received {
        status,
        headers,
        body,
    })
}

impl Fault {
    fn into_error(self, method: &str, url: &Url) -> AzureError {
        let (method, path, source) = (method.to_owned(), url.path().to_owned(), self.source);
        if self.arrived {
            return AzureError::Cut { method, path, source };
        }
        let name = url.host_str().unwrap_or_default();
        let host = url
            .port()
            .map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
        AzureError::Unreachable {
            host,
            method,
            path,
            source,
        }
    }
}

impl Received {
    fn into_answer(
        self,
        method: String,
        path: String,
        url: Url,
        request_id: Option<String>,
    ) -> Result<Answer, AzureError> {
        let status = self.status.as_u16();
        let retry_after = retry::asked_by(&self.headers, Timestamp::now());
        if !self.status.is_success() {
            let refusal = Refusal::of_body(status, &String::from_utf8_lossy(&self.body));
            let source = Box::new(refusal.challenged(text(&self.headers, "www-authenticate").as_deref()));
            let told = || retry::asked_by_text(&source.to_string());
            return Err(AzureError::Refused {
                method,
                path,
                status,
                request_id,
                retry_after: retry_after.or_else(|| (status == 429).then(told).flatten()),
                source,
            });
        }
        let empty = self.body.iter().all(u8::is_ascii_whitespace);
        let body = if empty {
            Ok(Value::Null)
        } else {
            serde_json::from_slice(&self.body)
        };
        let body = body.map_err(|source| AzureError::Malformed {
            method: method.clone(),
            path: path.clone(),
            status,
            request_id: request_id.clone(),
            source,
        })?;
        Ok(Answer {
            method,
            path,
            url,
            status,
            request_id,
            retry_after,
            monitor: text(&self.headers, "azure-asyncoperation"),
            location: text(&self.headers, "location"),
            body,
        })
    }
}

/// The header with the token, marked so that nothing prints it.
fn bearer(token: &SecretString) -> HeaderValue {
    let text = format!("Bearer {}", token.expose_secret());
    // A token that is no header text cannot be a token: it is sent as none and refused with 401.
    let mut value = HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
    value.set_sensitive(true);
    value
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
