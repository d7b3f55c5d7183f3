//! `validate` and `whatIf`: what a deployment would do, without doing it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::prepare::Prepared;
use super::super::state::Work;
use super::super::view;
use super::super::what_if::validated;
use super::super::world::World;
use super::deployments::{id_of, seed};
use super::no_method;
use super::request::{Answer, Request};

/// Source: recorded what-ifs of trivial templates took 15 to 76 s.
const WHAT_IF: Duration = Duration::from_secs(15);

pub fn validate(world: &mut World, request: &Request, scope: &str, name: &str) -> Answer {
    let seed = seed(world);
    let outcome = request.object().and_then(|body| {
        let prepared = world.prepare(scope, name, body, seed)?;
        world.preflight(&prepared, name)?;
        Ok(prepared)
    });
    match outcome {
        // A 400 is a result like any other here; other refusals are errors.
        Err(error) => Answer::from(error),
        Ok(prepared) => Answer::ok(validation(world, request, scope, name, &prepared)),
    }
}

fn validation(world: &World, request: &Request, scope: &str, name: &str, prepared: &Prepared) -> Value {
    let expanded = &prepared.expanded;
    let mut document = json!({
        "id": id_of(scope, name),
        "name": name,
        "type": "Microsoft.Resources/deployments",
        "properties": {
            "templateHash": expanded.template_hash,
            "parameters": expanded.parameters(),
            "mode": prepared.mode,
            "provisioningState": "Succeeded",
            "timestamp": view::stamp(world.now()),
            "duration": "PT0S",
            "correlationId": request.correlation(),
            "validatedResources": validated(expanded, &world.around()),
        },
    });
    if let Some(location) = &prepared.location {
        document["location"] = location.as_str().into();
    }
    document
}

pub fn what_if(world: &mut World, request: &Request, scope: &str, name: &str) -> Result<Answer, ArmError> {
    let seed = seed(world);
    let body = request.object()?;
    let correlation = match request.correlation() {
        Some(correlation) => correlation,
        None => world.fresh_guid(),
    };
    let ids_only = body
        .pointer("/properties/whatIfSettings/resultFormat")
        .and_then(Value::as_str)
        .is_some_and(|format| format.eq_ignore_ascii_case("ResourceIdOnly"));
    let outcome = world.prepare(scope, name, body, seed).and_then(|prepared| {
        world.preflight(&prepared, name)?;
        Ok(prepared)
    });
    let result = match outcome {
        Ok(prepared) => world.what_if(&prepared, scope, &correlation, ids_only),
        // A template that cannot be read is a plain 400; a provider's no is a result with an error inside.
        Err(error) if &*error.code == "InvalidTemplateDeployment" => {
            json!({"status": "Failed", "error": error.object()})
        }
        Err(error) => return Err(error),
    };
    let job = world.schedule(Work::Answer { body: result }, WHAT_IF);
    let token = URL_SAFE_NO_PAD
        .encode(json!({"jobId": format!("DeploymentWhatIfJob-{job}"), "job": job}).to_string());
    Ok(Answer::accepted(world, request, &token))
}

/// `POST /providers/Microsoft.Resources/calculateTemplateHash`: the body is the template itself.
pub fn template_hash(request: &Request) -> Result<Answer, ArmError> {
    if request.method != "POST" {
        return Err(no_method(request));
    }
    let template = request.object()?;
    Ok(Answer::ok(serde_json::json!({
        "minifiedTemplate": template.to_string(),
        "templateHash": super::super::template::template_hash(template),
    })))
}
