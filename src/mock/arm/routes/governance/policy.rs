//! What policies would say of a resource; and the definitions and assignments that hold at a scope.

use serde_json::{Value, json};

use super::super::super::error::ArmError;
use super::super::super::policy::{Subject, built_in_definition, built_in_definitions, is_in, scope_of};
use super::super::super::providers::REGIONS;
use super::super::super::world::World;
use super::super::super::writes::{group_of, no_group};
use super::super::no_method;
use super::super::request::{Answer, Request, page};

/// The answer to a path about policies that is not simply a stored resource; `None` for others.
pub fn routed(world: &World, request: &Request) -> Option<Result<Answer, ArmError>> {
    let path = request.path.to_lowercase();
    if let Some(scope) = path.strip_suffix("/providers/microsoft.policyinsights/checkpolicyrestrictions") {
        return Some(restrictions(world, request, scope));
    }
    if request.method != "GET" {
        return None;
    }
    if let Some(scope) = path.strip_suffix("/providers/microsoft.authorization/policyassignments") {
        return Some(Ok(assignments(world, request, scope)));
    }
    let (_, rest) = path.split_once("/providers/microsoft.authorization/policydefinitions")?;
    if rest.is_empty() {
        let own = world.state.resources.range(format!("{path}/")..);
        let own = own.take_while(|(key, _)| key.starts_with(&format!("{path}/")));
        let own = own.map(|(_, stored)| stored.document.clone());
        let all = own.chain(built_in_definitions()).collect();
        return Some(Ok(page(request, all, world.settings.page)));
    }
    if world.state.resources.contains_key(&path) {
        return None;
    }
    built_in_definition(rest.trim_start_matches('/')).map(|found| Ok(Answer::ok(found)))
}

/// Those that hold at the scope: its own, those above and those below.
fn assignments(world: &World, request: &Request, scope: &str) -> Answer {
    let touches = |assignment: &&Value| {
        let own = scope_of(assignment["id"].as_str().unwrap_or_default());
        is_in(&own, scope) || is_in(scope, &own)
    };
    let found = world.assignments().filter(touches).cloned().collect();
    page(request, found, world.settings.page)
}

/// `POST …/checkPolicyRestrictions`: what would be denied, and which values of pending fields would.
fn restrictions(world: &World, request: &Request, scope: &str) -> Result<Answer, ArmError> {
    if request.method != "POST" {
        return Err(no_method(request));
    }
    if let Some(group) = group_of(scope).filter(|group| !world.state.groups.contains_key(*group)) {
        return Err(no_group(group));
    }
    let body = request.object()?;
    let details = &body["resourceDetails"];
    let content = details
        .get("resourceContent")
        .filter(|content| content.is_object());
    let content = content.ok_or_else(|| {
        let message = "The request content has no 'resourceDetails.resourceContent'.";
        ArmError::bad_request("InvalidRequestContent", message)
    })?;
    let audits = body["includeAuditEffect"].as_bool().unwrap_or(false);
    let question = Question {
        world,
        id: id_of(scope, details["scope"].as_str(), content),
        audits,
    };
    let pending = body["pendingFields"].as_array();
    let pending: Vec<&Value> = pending.into_iter().flatten().collect();
    let restricted: Vec<Value> = pending
        .iter()
        .filter_map(|field| question.restricted(content, field))
        .collect();
    Ok(Answer::ok(json!({
        "fieldRestrictions": restricted,
        "contentEvaluationResult": {"policyEvaluations": question.evaluated(content, &pending)},
    })))
}

/// The id that the resource would have.
fn id_of(scope: &str, inside: Option<&str>, content: &Value) -> String {
    let (namespace, types) = content["type"]
        .as_str()
        .unwrap_or_default()
        .split_once('/')
        .unwrap_or_default();
    let name = content["name"].as_str().unwrap_or("pending");
    let mut id = format!("{}/providers/{namespace}", inside.unwrap_or(scope));
    for (kind, name) in types
        .split('/')
        .zip(name.split('/').chain(std::iter::repeat("pending")))
    {
        id = format!("{id}/{kind}/{name}");
    }
    id
}

struct Question<'w> {
    world: &'w World,
    id: String,
    audits: bool,
}

impl Question<'_> {
    fn violations(&self, content: &Value) -> Vec<super::super::super::policy::Violation> {
        let subject = Subject {
            id: &self.id,
            resource_type: content["type"].as_str().unwrap_or_default(),
            body: content,
        };
        let mut found = self.world.violations(subject);
        found.retain(|one| one.effect == "deny" || self.audits);
        found
    }

    /// What the content breaks for certain: not by a field that is still open.
    fn evaluated(&self, content: &Value, pending: &[&Value]) -> Vec<Value> {
        let is_open = |expression: &Value| {
            expression["expressionValue"].is_null()
                && pending
                    .iter()
                    .any(|field| field["field"] == expression["expression"])
        };
        let certain = self.violations(content).into_iter();
        let certain = certain.filter(|one| !one.expressions.iter().any(is_open));
        certain
            .map(|one| {
                json!({
                    "policyInfo": one.reference(),
                    "evaluationResult": "NonCompliant",
                    "evaluationDetails": {"evaluatedExpressions": one.expressions},
                    "effectDetails": {"policyEffect": titled(&one.effect)},
                })
            })
            .collect()
    }

    /// The values of a pending field that a policy would not let through.
    fn restricted(&self, content: &Value, field: &Value) -> Option<Value> {
        let name = field["field"].as_str()?;
        let given = field["values"].as_array().cloned();
        let values = match given {
            Some(values) => values,
            None if name.eq_ignore_ascii_case("location") => REGIONS
                .iter()
                .map(|(region, _, _)| Value::from(*region))
                .collect(),
            None => return None,
        };
        let mut restrictions: Vec<Value> = Vec::new();
        for value in values {
            let tried = set(content, name, &value);
            for one in self.violations(&tried) {
                let (policy, result) = (one.reference(), titled(&one.effect));
                let known = restrictions
                    .iter_mut()
                    .find(|known| known["policy"] == policy && known["result"] == result.as_str());
                match known.and_then(|known| known["values"].as_array_mut()) {
                    Some(values) => values.push(value.clone()),
                    None => restrictions.push(json!({"result": result, "values": [value], "policy": policy})),
                }
            }
        }
        (!restrictions.is_empty()).then(|| json!({"field": name, "restrictions": restrictions}))
    }
}

/// `deny` as `Deny`.
fn titled(effect: &str) -> String {
    let mut effect = effect.to_owned();
    if let Some(first) = effect.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    effect
}

/// `content` with a member, or a tag, at its value.
fn set(content: &Value, field: &str, value: &Value) -> Value {
    let mut content = content.clone();
    match field.strip_prefix("tags.") {
        Some(tag) => content["tags"][tag] = value.clone(),
        None => content[field] = value.clone(),
    }
    content
}
