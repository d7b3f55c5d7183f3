//! The headers that Azure puts on every answer.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::Value;

use super::request::{Answer, Request};

/// The HTTP response of an answer; `identity` is its request id.
pub fn respond(answer: &Answer, request: &Request, identity: &str) -> Response {
    let json = |body: &Value| ("application/json; charset=utf-8", body.to_string());
    let content = answer.text.clone().or_else(|| answer.body.as_ref().map(json));
    let kind = content.as_ref().map(|(kind, _)| (*kind).to_owned());
    let body = match content {
        Some((_, text)) if request.method != "HEAD" => Body::from(text),
        _ => Body::empty(),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let correlation = request.correlation().unwrap_or_else(|| identity.to_owned());
    let routing = format!(
        "LOOPBACK:{}:{identity}",
        jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ")
    );
    let mut headers = vec![
        ("cache-control", "no-cache".to_owned()),
        ("pragma", "no-cache".to_owned()),
        ("expires", "-1".to_owned()),
        (
            "strict-transport-security",
            "max-age=31536000; includeSubDomains".to_owned(),
        ),
        ("x-content-type-options", "nosniff".to_owned()),
        ("x-cache", "CONFIG_NOCACHE".to_owned()),
        (
            "x-msedge-ref",
            format!("Ref A: {}", identity.replace('-', "").to_uppercase()),
        ),
        ("x-ms-request-id", identity.to_owned()),
        ("x-ms-correlation-request-id", correlation),
        ("x-ms-routing-request-id", routing),
    ];
    if let Some(kind) = kind {
        headers.push(("content-type", kind));
    }
    let wanted = request
        .header("x-ms-return-client-request-id")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if let (true, Some(id)) = (wanted, request.header("x-ms-client-request-id")) {
        headers.push(("x-ms-client-request-id", id.to_owned()));
    }
    let own = answer
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()));
    for (name, value) in headers.into_iter().chain(own) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
