//! The one place from which a call to a worker leaves.
//!
//! A worker answers 409 while its group rebalances, and 503 while it starts: both pass by themselves, so the call is made
//! again for a while. Every call here may be made twice: `PUT` and `GET` by nature, a restart because it asks for failed
//! tasks alone. Logs name method, path and status; never a body.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode, Url};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::time::Instant;

use super::answers::bounded;
use super::{ConnectError, Worker};

/// One call.
pub struct Call<'a> {
    pub method: Method,
    /// The parts of the path, not yet encoded.
    pub path: &'a [&'a str],
    pub query: &'a [(&'a str, &'a str)],
    pub body: Option<Value>,
}

/// An answer of success.
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl<'a> Call<'a> {
    pub fn new(method: Method, path: &'a [&'a str]) -> Self {
        Self {
            method,
            path,
            query: &[],
            body: None,
        }
    }

    pub fn get(path: &'a [&'a str]) -> Self {
        Self::new(Method::GET, path)
    }

    /// `PUT /connectors/x/config`, for errors and logs.
    pub fn name(&self) -> String {
        format!("{} /{}", self.method, self.path.join("/"))
    }
}

impl Worker {
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Answer, ConnectError> {
        let began = Instant::now();
        let mut wait = self.patience.poll;
        loop {
            let error = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let ConnectError::Refused {
                status: 409 | 503,
                message,
                ..
            } = error
            else {
                return Err(error);
            };
            if began.elapsed() + wait > self.patience.rebalance {
                return Err(ConnectError::Busy {
                    call: call.name(),
                    waited: began.elapsed(),
                    message,
                });
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(5));
        }
    }

    async fn attempt(&self, call: &Call<'_>) -> Result<Answer, ConnectError> {
        let began = Instant::now();
        let mut request = self.http.request(call.method.clone(), self.locate(call)?);
        if let Some(sign_in) = &self.sign_in {
            request = request.basic_auth(&sign_in.username, Some(sign_in.password.expose_secret()));
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        } else if call.method != Method::GET {
            request = request.header("content-length", "0");
        }
        let response = request.send().await.map_err(|error| self.broken(call, error))?;
        let status = response.status();
        tracing::debug!(
            call = %call.name(), status = status.as_u16(), milliseconds = began.elapsed().as_millis(), "connect call"
        );
        self.read(call, status, response).await
    }

    fn locate(&self, call: &Call<'_>) -> Result<Url, ConnectError> {
        let mut url = self.url.clone();
        let nowhere = || ConnectError::NotAnAddress {
            url: self.url.to_string(),
        };
        url.path_segments_mut()
            .map_err(|()| nowhere())?
            .pop_if_empty()
            .extend(call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        Ok(url)
    }

    fn broken(&self, call: &Call<'_>, error: reqwest::Error) -> ConnectError {
        let (url, source) = (self.url(), error.without_url());
        if source.is_connect() || source.is_builder() {
            ConnectError::Unreachable { url, source }
        } else {
            ConnectError::Cut {
                url,
                call: call.name(),
                source,
            }
        }
    }

    async fn read(
        &self,
        call: &Call<'_>,
        status: StatusCode,
        response: Response,
    ) -> Result<Answer, ConnectError> {
        let bytes = response.bytes().await.map_err(|error| self.broken(call, error))?;
        let number = status.as_u16();
        if status.is_success() {
            let empty = bytes.iter().all(u8::is_ascii_whitespace);
            let body = if empty {
                Ok(Value::Null)
            } else {
                serde_json::from_slice(&bytes)
            };
            let body = body.map_err(|error| ConnectError::Malformed {
                call: call.name(),
                reason: error.to_string(),
            })?;
            return Ok(Answer { status: number, body });
        }
        let (call, message) = (call.name(), message_of(&bytes, status));
        Err(match number {
            401 | 403 => ConnectError::SignIn {
                url: self.url(),
                status: number,
            },
            300..=399 => ConnectError::Redirected {
                url: self.url(),
                call,
                status: number,
            },
            404 => ConnectError::NotFound { call, message },
            _ => ConnectError::Refused {
                call,
                status: number,
                message,
            },
        })
    }
}

/// Connect's own `{ error_code, message }`, or what a gateway says.
fn message_of(body: &[u8], status: StatusCode) -> String {
    let document: Option<Value> = serde_json::from_slice(body).ok();
    let own = document.as_ref().and_then(|value| value.get("message")?.as_str());
    let text = own.map_or_else(|| String::from_utf8_lossy(body).into_owned(), str::to_owned);
    let line: Vec<&str> = text.split_whitespace().collect();
    if line.is_empty() {
        return status
            .canonical_reason()
            .unwrap_or("no reason given")
            .to_lowercase();
    }
    bounded(&line.join(" "))
}
