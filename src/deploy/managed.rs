//! What becomes of a deployment stack and of what it manages: the part of a plan that what-if knows nothing of.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::changes::{Change, ChangeKind, PropertyChange, PropertyChangeKind};
use super::naming;
use super::records::Record;
use super::unit::Unit;
use crate::config::{Deny, DeploymentKind, Environment, OnUnmanage};
use crate::model::resource_id::ResourceId;

const STACKS: &str = "Microsoft.Resources/deploymentStacks";

/// What of a stack's rules is compared: what an environment says, and nothing that Azure adds.
const RULES: [&str; 5] = [
    "/actionOnUnmanage/resources",
    "/denySettings/mode",
    "/denySettings/applyToChildScopes",
    "/denySettings/excludedPrincipals",
    "/denySettings/excludedActions",
];

/// The rights that deploying as a stack needs. Source: Azure resource provider operations, `Microsoft.Resources`.
pub(super) fn actions(environment: &Environment) -> Vec<&'static str> {
    let azure = &environment.azure;
    if azure.deployment == DeploymentKind::Incremental {
        return Vec::new();
    }
    let mut actions = vec![
        "Microsoft.Resources/deploymentStacks/read",
        "Microsoft.Resources/deploymentStacks/write",
    ];
    if azure.stack.deny != Deny::None {
        actions.push("Microsoft.Resources/deploymentStacks/manageDenySetting/action");
    }
    actions
}

/// The change of the stack of `unit` itself, and of what it manages and `foreseen` does not name.
pub(super) fn changes(
    environment: &Environment,
    unit: &Unit<'_>,
    records: &[Record],
    foreseen: &[Change],
) -> Vec<Change> {
    let name = naming::stack_name(unit.environment, unit.name);
    let stack = records
        .iter()
        .find(|record| record.kind == DeploymentKind::Stack && record.name == name);
    let own = match stack {
        None => Some((ChangeKind::Create, Vec::new())),
        Some(stack) => {
            let delta = delta(&naming::stack_rules(&environment.azure.stack), stack);
            (!delta.is_empty()).then_some((ChangeKind::Modify, delta))
        }
    };
    let own = own.map(|(kind, delta)| Change {
        kind,
        resource_type: STACKS.to_owned(),
        id: Some(stack_id(environment, &name)),
        name,
        delta,
        reason: None,
    });
    let unmanaged = stack
        .map(|stack| unmanaged(environment.azure.stack.on_unmanage, stack, foreseen))
        .unwrap_or_default();
    own.into_iter().chain(unmanaged).collect()
}

/// The id of a stack in the group of the environment.
pub(super) fn stack_id(environment: &Environment, name: &str) -> String {
    format!(
        "/subscriptions/{}/resourceGroups/{}/providers/{STACKS}/{name}",
        environment.azure.subscription, environment.azure.resource_group
    )
}

/// Where the rules of a stack differ from what they should be, and a last change that did not come to its end.
fn delta(wanted: &Value, stack: &Record) -> Vec<PropertyChange> {
    let modify = |path: &str, before: Value, after: Value| PropertyChange {
        path: format!("properties{}", path.replace('/', ".")),
        kind: PropertyChangeKind::Modify,
        before,
        after,
    };
    let of = |rules: &Value, path: &str| rules.pointer(path).cloned().unwrap_or_default();
    let rules = RULES.iter().filter_map(|path| {
        let (before, after) = (of(&stack.rules, path), of(wanted, path));
        (!is_same(&before, &after)).then(|| modify(path, before, after))
    });
    let broken = (stack.is_finished() && !stack.succeeded())
        .then(|| modify("/provisioningState", json!(stack.state), json!("succeeded")));
    rules.chain(broken).collect()
}

/// Azure leaves out what is empty, and writes words in any case.
fn is_same(one: &Value, other: &Value) -> bool {
    let empty = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    let word = |value: &Value| value.to_string().to_lowercase();
    (empty(one) && empty(other)) || word(one) == word(other)
}

/// What the stack manages and the template does not name any more.
fn unmanaged(action: OnUnmanage, stack: &Record, foreseen: &[Change]) -> Vec<Change> {
    let named: HashSet<String> = foreseen
        .iter()
        .filter(|change| change.kind != ChangeKind::Ignore)
        .filter_map(|change| change.id.as_deref().map(|id| ResourceId::new(id).key()))
        .collect();
    let kind = match action {
        OnUnmanage::Delete => ChangeKind::Delete,
        OnUnmanage::Detach => ChangeKind::Detach,
    };
    // A resource whose id is not known yet may be one of them.
    let vague = foreseen
        .iter()
        .any(|change| change.id.is_none() || change.kind == ChangeKind::Unsupported);
    let reason = vague.then(|| "unless it is one of those that cannot be foreseen".to_owned());
    let gone = stack.resources.iter().filter(|id| !named.contains(&id.key()));
    gone.map(|id| Change {
        kind,
        resource_type: id.resource_type(),
        name: id.full_name(),
        id: Some(id.as_str().to_owned()),
        delta: Vec::new(),
        reason: reason.clone(),
    })
    .collect()
}
