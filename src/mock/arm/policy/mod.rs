//! Azure Policy: definitions and assignments are resources, and what they deny is not written.
//!
//! Of the effects, `deny` refuses and `audit` is told to whoever asks; others are kept and do nothing.

mod built_in;
mod rule;

use serde_json::{Map, Value, json};

use super::error::ArmError;
use super::providers;
use super::view::name_of;
use super::world::World;
use super::writes::Put;

pub use built_in::{all as built_in_definitions, named as built_in_definition};
pub use rule::Subject;

pub const DEFINITION: &str = "Microsoft.Authorization/policyDefinitions";
pub const ASSIGNMENT: &str = "Microsoft.Authorization/policyAssignments";
const BEHIND_SCOPE: &str = "/providers/microsoft.authorization/policyassignments/";

/// A policy that a resource does not comply with.
pub struct Violation {
    pub assignment: Value,
    pub definition: Value,
    /// In lower case: `deny` or `audit`.
    pub effect: String,
    /// The conditions that led to it.
    pub expressions: Vec<Value>,
}

/// The scope of an assignment, in lower case.
pub fn scope_of(assignment: &str) -> String {
    let lower = assignment.to_lowercase();
    let end = lower.rfind(BEHIND_SCOPE).unwrap_or(lower.len());
    lower[..end].to_owned()
}

/// Whether a lower-cased scope holds an id.
pub fn is_in(scope: &str, id: &str) -> bool {
    let id = id.to_lowercase();
    id == scope || id.starts_with(&format!("{scope}/"))
}

impl World {
    /// Every assignment, as its reader gets it.
    pub fn assignments(&self) -> impl Iterator<Item = &Value> {
        let all = self.state.resources.values();
        all.filter(|stored| stored.resource_type.eq_ignore_ascii_case(ASSIGNMENT))
            .map(|stored| &stored.document)
    }

    fn definition(&self, id: &str) -> Option<Value> {
        let stored = self.state.resources.get(&id.to_lowercase());
        let name = id.rsplit('/').next().unwrap_or_default();
        stored
            .map(|stored| stored.document.clone())
            .or_else(|| built_in::named(name))
    }

    /// The policies that a resource would not comply with.
    pub fn violations(&self, subject: Subject<'_>) -> Vec<Violation> {
        if subject
            .resource_type
            .to_lowercase()
            .starts_with("microsoft.authorization/")
        {
            return Vec::new();
        }
        let found = self
            .assignments()
            .filter(|assignment| holds_for(assignment, subject.id));
        found
            .filter_map(|assignment| self.violation(assignment, subject))
            .collect()
    }

    fn violation(&self, assignment: &Value, subject: Subject<'_>) -> Option<Violation> {
        let definition = self.definition(assignment["properties"]["policyDefinitionId"].as_str()?)?;
        let properties = &definition["properties"];
        let indexed = properties["mode"]
            .as_str()
            .is_none_or(|mode| mode.eq_ignore_ascii_case("Indexed"));
        if indexed && !providers::is_tracked(subject.resource_type) {
            return None;
        }
        let parameters = parameters(properties, &assignment["properties"]);
        let rule = &properties["policyRule"];
        let effect = rule::bound(rule.pointer("/then/effect")?, &parameters);
        let effect = effect.as_str().unwrap_or_default().to_lowercase();
        let mut expressions = Vec::new();
        let struck = ["deny", "audit"].contains(&effect.as_str())
            && rule::holds(rule::member(rule, "if")?, &parameters, subject, &mut expressions);
        struck.then(|| Violation {
            assignment: assignment.clone(),
            definition,
            effect,
            expressions,
        })
    }

    /// Refuses what a policy denies.
    ///
    /// # Errors
    ///
    /// `RequestDisallowedByPolicy`, with every policy that says no.
    pub fn check_policy(&self, id: &str, resource_type: &str, body: &Value) -> Result<(), ArmError> {
        let subject = Subject {
            id,
            resource_type,
            body,
        };
        let denied = self.violations(subject);
        let denied: Vec<&Violation> = denied.iter().filter(|one| one.effect == "deny").collect();
        if denied.is_empty() {
            return Ok(());
        }
        let name = name_of(id);
        let policies: Vec<Value> = denied.iter().map(|one| one.identifiers()).collect();
        let message = format!(
            "Resource '{name}' was disallowed by policy. Policy identifiers: '{}'.",
            Value::Array(policies)
        );
        let mut error = ArmError::new(403, "RequestDisallowedByPolicy", message).about(name);
        error.additional_info = denied.iter().map(|one| one.additional_info()).collect();
        Err(error)
    }

    /// Refuses a definition whose rule is not understood, and an assignment of a definition that is not there.
    ///
    /// # Errors
    ///
    /// `InvalidPolicyRule`, `PolicyDefinitionNotFound`, `MissingPolicyParameter`.
    pub fn check_policy_object(&self, put: &Put) -> Result<(), ArmError> {
        let properties = &put.body["properties"];
        if put.resource_type.eq_ignore_ascii_case(DEFINITION) {
            return rule::check(&properties["policyRule"]).map_err(|why| {
                let message = format!("The policy rule is invalid: {why}.");
                ArmError::bad_request("InvalidPolicyRule", message)
            });
        }
        if !put.resource_type.eq_ignore_ascii_case(ASSIGNMENT) {
            return Ok(());
        }
        let id = properties["policyDefinitionId"].as_str().unwrap_or_default();
        if !self.settings.strict && is_built_in(id) && self.definition(id).is_none() {
            // What Azure's own definitions say is not known here: they are assigned, and deny nothing.
            return Ok(());
        }
        let definition = self.definition(id).ok_or_else(|| {
            let message = format!("The policy definition '{id}' could not be found.");
            ArmError::not_found("PolicyDefinitionNotFound", message)
        })?;
        let declared = definition["properties"]["parameters"].as_object();
        let bound = parameters(&definition["properties"], properties);
        let missing = declared
            .into_iter()
            .flatten()
            .find(|(name, _)| !bound.contains_key(&name.to_lowercase()));
        missing.map_or(Ok(()), |(name, _)| {
            let message = format!("The policy assignment is missing the parameter value(s) '{name}'.");
            Err(ArmError::bad_request("MissingPolicyParameter", message))
        })
    }
}

/// Whether a definition or a set of them is one of Azure's, which belong to the tenant.
fn is_built_in(id: &str) -> bool {
    let id = id.to_lowercase();
    ["policydefinitions", "policysetdefinitions"]
        .iter()
        .any(|kind| id.starts_with(&format!("/providers/microsoft.authorization/{kind}/")))
}

/// Whether an assignment holds for a resource.
fn holds_for(assignment: &Value, id: &str) -> bool {
    let properties = &assignment["properties"];
    let off = properties["enforcementMode"].as_str();
    let excluded = properties["notScopes"].as_array();
    let mut excluded = excluded.into_iter().flatten().filter_map(Value::as_str);
    let scope = scope_of(assignment["id"].as_str().unwrap_or_default());
    is_in(&scope, id)
        && !off.is_some_and(|mode| mode.eq_ignore_ascii_case("DoNotEnforce"))
        && !excluded.any(|scope| is_in(&scope.to_lowercase(), id))
}

/// The values of a definition's parameters by lower-cased name: the assignment's own, or the defaults.
fn parameters(definition: &Value, assignment: &Value) -> Map<String, Value> {
    let mut bound = Map::new();
    for (name, declared) in definition["parameters"].as_object().into_iter().flatten() {
        if let Some(default) = declared.get("defaultValue") {
            bound.insert(name.to_lowercase(), default.clone());
        }
    }
    for (name, given) in assignment["parameters"].as_object().into_iter().flatten() {
        if let Some(value) = given.get("value") {
            bound.insert(name.to_lowercase(), value.clone());
        }
    }
    bound
}

impl Violation {
    /// The ids by which the answer of `checkPolicyRestrictions` names a policy.
    pub fn reference(&self) -> Value {
        json!({
            "policyDefinitionId": self.definition["id"],
            "policyAssignmentId": self.assignment["id"],
        })
    }

    fn identifiers(&self) -> Value {
        let named = |one: &Value| {
            let title = one["properties"]["displayName"].as_str().map(Value::from);
            json!({"name": title.unwrap_or_else(|| one["name"].clone()), "id": one["id"]})
        };
        json!({"policyAssignment": named(&self.assignment), "policyDefinition": named(&self.definition)})
    }

    fn additional_info(&self) -> Value {
        let assigned = &self.assignment["properties"];
        json!({
            "type": "PolicyViolation",
            "info": {
                "evaluationDetails": {"evaluatedExpressions": self.expressions},
                "policyDefinitionDisplayName": self.definition["properties"]["displayName"],
                "policyDefinitionId": self.definition["id"],
                "policyDefinitionName": self.definition["name"],
                "policyDefinitionEffect": self.effect,
                "policyAssignmentId": self.assignment["id"],
                "policyAssignmentName": self.assignment["name"],
                "policyAssignmentDisplayName": assigned["displayName"],
                "policyAssignmentScope": scope_of(self.assignment["id"].as_str().unwrap_or_default()),
                "policyAssignmentParameters": assigned["parameters"],
            },
        })
    }
}
