//! What the faults of a script do to a request and to its answer.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::faults::{self, Effect, Shape, Subject, catalogue, is_deployment};
use super::super::server::Scissors;
use super::super::world::World;
use super::request::{Answer, Request};
use super::{challenged, checked};

/// How long the first half of a body is given to get on its way.
const HALF_WAY: Duration = Duration::from_millis(20);

/// The answer to a request on which `effect` struck.
pub async fn answer(world: &mut World, request: &Request, effect: Option<&Effect>) -> Answer {
    let subject = Subject {
        method: &request.method,
        path: &request.path,
        location: "",
    };
    match effect {
        Some(Effect::Respond {
            status,
            code,
            message,
            retry_after,
        }) => {
            let code = code.as_deref().unwrap_or_else(|| catalogue::code_of(*status));
            let error = faults::error(*status, code, message.as_deref(), &subject);
            let answer = if *status == 401 {
                challenged(world, error)
            } else {
                Answer::from(error)
            };
            match retry_after {
                Some(seconds) => answer.header("Retry-After", seconds.to_string()),
                None => answer,
            }
        }
        Some(Effect::Preflight { code, message }) => preflight(
            code.as_deref().unwrap_or("QuotaExceeded"),
            message.as_deref(),
            &subject,
        ),
        Some(Effect::AnotherPut { accepted, body }) => {
            let other = request.of_another(body.clone());
            if *accepted {
                let answer = carried_out(world, request).await;
                carried_out(world, &other).await;
                answer
            } else {
                carried_out(world, &other).await;
                carried_out(world, request).await
            }
        }
        _ => carried_out(world, request).await,
    }
}

async fn carried_out(world: &mut World, request: &Request) -> Answer {
    checked(world, request).await.unwrap_or_else(Answer::from)
}

/// What preflight says when it refuses a deployment.
fn preflight(code: &str, said: Option<&str>, subject: &Subject<'_>) -> Answer {
    let cause = faults::error(400, code, said, subject);
    let name = subject
        .path
        .trim_end_matches("/validate")
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let message = format!(
        "The template deployment '{name}' is not valid according to the validation procedure. See inner errors for details."
    );
    ArmError::bad_request("InvalidTemplateDeployment", message)
        .because(vec![cause.object()])
        .into()
}

/// Lets what strikes on answers strike on `answer`. Gives the effect, which may still concern the bytes.
pub fn spoil(world: &mut World, request: &Request, answer: &mut Answer) -> Option<Effect> {
    let (method, path) = (request.method.as_str(), request.path.as_str());
    if answer.status < 300 && world.faults.hides(method, path) {
        *answer = not_found(request).into();
        return Some(Effect::NotYet { polls: 0 });
    }
    let over = answer.body.as_ref().is_some_and(is_over);
    let effect = world.faults.on_answer(method, path, over, answer.status < 300)?;
    match &effect {
        Effect::Stale {} => {
            let lowered = path.to_lowercase();
            answer
                .body
                .as_mut()
                .into_iter()
                .for_each(|body| turn_back(body, &lowered));
            answer.unfinished = true;
        }
        Effect::Malformed { shape } => malform(answer, *shape),
        _ => {}
    }
    Some(effect)
}

fn not_found(request: &Request) -> ArmError {
    let lowered = request.path.to_lowercase();
    let code = if lowered.contains("/deployments/") {
        "DeploymentNotFound"
    } else if lowered.contains("/providers/") {
        "ResourceNotFound"
    } else {
        "ResourceGroupNotFound"
    };
    let path = request
        .path
        .split("/operationStatuses/")
        .next()
        .unwrap_or_default();
    let subject = Subject {
        method: &request.method,
        path,
        location: "",
    };
    faults::error(404, code, None, &subject)
}

/// Whether a body shows something that came to its end.
fn is_over(body: &Value) -> bool {
    let state = body
        .pointer("/properties/provisioningState")
        .or_else(|| body.get("status"));
    // Stacks write theirs in lower case.
    matches!(
        state.and_then(Value::as_str),
        Some("Succeeded" | "Failed" | "Canceled" | "succeeded" | "failed" | "canceled")
    )
}

/// Shows what is over as it was a moment before.
fn turn_back(body: &mut Value, path: &str) {
    let is_stack = path.contains("/deploymentstacks/");
    let running = if path.contains("/deployments/") {
        "Running"
    } else if is_stack {
        "deploying"
    } else {
        "Updating"
    };
    if let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("provisioningState".to_owned(), running.into());
        if is_deployment(path) || is_stack {
            for later in ["outputs", "outputResources", "error"] {
                properties.shift_remove(later);
            }
        }
    } else if let Some(fields) = body.as_object_mut() {
        fields.insert("status".to_owned(), running.into());
        fields.shift_remove("error");
    }
}

fn malform(answer: &mut Answer, shape: Shape) {
    const PAGE: &str = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\r\n";
    answer.body = None;
    answer.text = match shape {
        Shape::Html => Some(("text/html", PAGE.to_owned())),
        Shape::Text => Some((
            "application/json; charset=utf-8",
            "upstream connect error".to_owned(),
        )),
        Shape::Json => Some((
            "application/json; charset=utf-8",
            json!([{"odd": true}]).to_string(),
        )),
        Shape::Empty => None,
    };
}

/// Promises the whole body, sends half of it, and cuts the connection.
pub async fn truncated(response: Response, scissors: Scissors) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    if whole.len() < 2 {
        return Response::from_parts(parts, Body::from(whole));
    }
    parts.headers.insert("content-length", whole.len().into());
    let half = stream::iter([Ok(whole.slice(..whole.len() / 2))]);
    let end = stream::once(async move {
        tokio::time::sleep(HALF_WAY).await;
        scissors.cut();
        Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    Response::from_parts(parts, Body::from_stream(half.chain(end)))
}
