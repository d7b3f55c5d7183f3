//! The status of what was accepted: jobs behind a `Location`, deployments behind a signed address, and their operations.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::keys;
use super::super::state::{Deployment, Outcome};
use super::super::view;
use super::super::world::World;
use super::deployments::{find, key_of};
use super::no_method;
use super::request::{Answer, Request, page};

/// The job inside a token: the token itself, or `job` in its base64url JSON. Tokens keep their case.
fn job_of(token: &str) -> String {
    let decoded = URL_SAFE_NO_PAD.decode(token).ok();
    let json = decoded.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let job = json
        .as_ref()
        .and_then(|json| json.get("job"))
        .and_then(Value::as_str);
    job.unwrap_or(token).to_owned()
}

/// `…/operationresults/{token}`: 202 while it runs, then what the call would have given.
pub fn result(world: &World, request: &Request, _lowered: &str) -> Result<Answer, ArmError> {
    if request.method != "GET" {
        return Err(no_method(request));
    }
    let token = request.path.rsplit('/').next().unwrap_or_default();
    let missing = || ArmError::not_found("OperationNotFound", "The operation could not be found.");
    let job = world.state.jobs.get(&job_of(token)).ok_or_else(missing)?;
    match &job.outcome {
        None => {
            let again = request
                .query
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect::<Vec<_>>()
                .join("&");
            let url = request.url(&format!("{}?{again}", request.path));
            Ok(Answer::empty(202)
                .header("Location", url)
                .header("Retry-After", "15")
                .paced(world)
                .unfinished(true))
        }
        Some(Outcome::Done { body: Some(body) }) => Ok(Answer::ok(body.clone())),
        Some(Outcome::Done { body: None }) => Ok(Answer::empty(200)),
        Some(Outcome::Failed(error)) => Err(error.clone()),
    }
}

/// `…/operationStatuses/{id}` of a job: `{"status": …}` with HTTP 200 whatever the status is.
pub fn status(world: &World, request: &Request) -> Result<Answer, ArmError> {
    let token = request.path.rsplit('/').next().unwrap_or_default();
    let missing = || ArmError::not_found("OperationNotFound", "The operation could not be found.");
    let job = world.state.jobs.get(token).ok_or_else(missing)?;
    Ok(match &job.outcome {
        None => Answer::ok(json!({"status": "InProgress"})).unfinished(true),
        Some(Outcome::Done { .. }) => Answer::ok(json!({"status": "Succeeded"})),
        Some(Outcome::Failed(error)) => Answer::ok(json!({"status": "Failed", "error": error.object()})),
    })
}

/// The signed address of a deployment's status. It is to be used as it is given.
pub fn signed_url(world: &World, request: &Request, deployment: &Deployment) -> String {
    let token = &world.settings.token;
    let time = deployment.started.as_second();
    let signature = keys::signature(token, &format!("{}/{time}", deployment.operation));
    request.url(&format!(
        "{}/operationStatuses/{}?api-version={}&t={time}&c={}&s={signature}&h={}",
        deployment.id.replacen("/resourceGroups/", "/resourcegroups/", 1),
        deployment.operation,
        request.api_version().unwrap_or_default(),
        "MIIHhzCC",
        keys::signature(token, &signature),
    ))
}

/// The status of a deployment, asked for at its signed address.
pub fn of_status(
    world: &World,
    request: &Request,
    scope: &str,
    name: &str,
    token: &str,
) -> Result<Answer, ArmError> {
    let deployment = find(world, scope, name)?;
    let time = deployment.started.as_second();
    let expected = keys::signature(&world.settings.token, &format!("{}/{time}", deployment.operation));
    if !deployment.operation.eq_ignore_ascii_case(token) || request.query.get("s") != Some(&expected) {
        let message =
            "The signature of the operation status address is not valid; use the address as it was given.";
        return Err(ArmError::new(403, "InvalidOperationStatusSignature", message));
    }
    let over = deployment.is_over();
    let mut body = json!({"status": deployment.state});
    if let Some(error) = &deployment.error {
        body["error"] = error.object();
    }
    Ok(Answer::ok(body).unfinished(!over))
}

/// `…/deployments/{name}/operations[/{id}]`; a group's are without a `providers` segment.
pub fn of_deployment(
    world: &World,
    request: &Request,
    scope: &str,
    name: &str,
    id: Option<&str>,
) -> Result<Answer, ArmError> {
    if request.method != "GET" {
        return Err(no_method(request));
    }
    let deployment = world.state.deployments.get(&key_of(&world.spelled(scope), name));
    let deployment = deployment.ok_or_else(|| super::deployments::missing(name))?;
    let operations = view::operations(deployment);
    let over = deployment.is_over();
    match id {
        None => Ok(page(request, operations, world.settings.page).unfinished(!over)),
        Some(id) => {
            let same = |operation: &Value| {
                operation["operationId"]
                    .as_str()
                    .is_some_and(|own| own.eq_ignore_ascii_case(id))
            };
            let found = operations.into_iter().find(same);
            let missing = || {
                ArmError::not_found(
                    "DeploymentOperationNotFound",
                    format!("The deployment operation '{id}' could not be found."),
                )
            };
            found.map(Answer::ok).ok_or_else(missing)
        }
    }
}
