//! How our deployments are named and tagged, so that they are found again by anyone, from anywhere.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::unit::Unit;
use crate::azure::groups::GroupScope;
use crate::config::{Deny, DeploymentKind, Environment, OnUnmanage, StackRules};

/// On everything we make: the environment it belongs to.
pub(super) const ENVIRONMENT_TAG: &str = "landfall-environment";
/// On a group that we made ourselves, and may therefore remove.
pub(super) const CREATED_TAG: &str = "landfall-created";
const TARGET_TAG: &str = "landfall-target";
/// On the deployment of an addition, in the place of the target's.
const ADDITION_TAG: &str = "landfall-addition";
const RUN_TAG: &str = "landfall-run";

/// Source: Azure Resource Manager, deployment names: at most 64 of letters, digits, `-`, `_`, `.`, `(`, `)`.
const LONGEST_NAME: usize = 64;

/// Source: Azure Resource Manager, deployment stacks: at most 90 of the same.
const LONGEST_STACK_NAME: usize = 90;

/// The resource group of an environment.
pub(super) fn scope(environment: &Environment) -> GroupScope {
    GroupScope {
        subscription: environment.azure.subscription.clone(),
        group: environment.azure.resource_group.to_string(),
    }
}

/// A fresh id of a run: 12 hexadecimal digits.
pub(super) fn run_id() -> String {
    let mut id = Uuid::new_v4().simple().to_string();
    id.truncate(12);
    id
}

/// `landfall-<environment>-<target>-<run>`, the two in the middle shortened alike where it would be too long.
pub(super) fn deployment_name(environment: &str, target: &str, run: &str) -> String {
    let room = LONGEST_NAME.saturating_sub("landfall---".len() + run.len());
    let environment_room = room.saturating_sub(target.len()).max(room / 2);
    let environment = short(environment, environment_room);
    let target = short(target, room - environment.len());
    format!("landfall-{environment}-{target}-{run}")
}

fn short(text: &str, room: usize) -> &str {
    text.get(..room).unwrap_or(text)
}

/// `landfall-<environment>-<target>`: a stack keeps its name, for it is what is deployed and not one deployment of it.
pub(super) fn stack_name(environment: &str, target: &str) -> String {
    let room = LONGEST_STACK_NAME - "landfall--".len();
    let environment = short(environment, room / 2);
    format!(
        "landfall-{environment}-{}",
        short(target, room - environment.len())
    )
}

/// The body of a deployment, a validation or a what-if.
pub(super) fn body(unit: &Unit<'_>, run: &str) -> Value {
    json!({
        "tags": tags(unit, run),
        "properties": {
            "mode": "Incremental",
            "template": unit.template,
            "parameters": unit.sent_parameters(),
        },
    })
}

/// The body of a deployment stack.
pub(super) fn stack_body(unit: &Unit<'_>, run: &str, rules: &StackRules) -> Value {
    let mut body = stack_rules(rules);
    body["template"] = unit.template.clone();
    body["parameters"] = unit.sent_parameters();
    json!({ "tags": tags(unit, run), "properties": body })
}

/// How a stack treats what it manages, in Azure's words. Resource groups are never the stack's to delete.
pub(super) fn stack_rules(rules: &StackRules) -> Value {
    let resources = match rules.on_unmanage {
        OnUnmanage::Delete => "delete",
        OnUnmanage::Detach => "detach",
    };
    let mode = match rules.deny {
        Deny::None => "none",
        Deny::Delete => "denyDelete",
        Deny::WriteAndDelete => "denyWriteAndDelete",
    };
    json!({
        "actionOnUnmanage": {
            "resources": resources,
            "resourceGroups": "detach",
            "managementGroups": "detach",
        },
        "denySettings": {
            "mode": mode,
            "applyToChildScopes": rules.deny_child_scopes,
            "excludedPrincipals": rules.excluded_principals,
            "excludedActions": rules.excluded_actions,
        },
    })
}

fn tags(unit: &Unit<'_>, run: &str) -> Value {
    let kind = if unit.is_target { TARGET_TAG } else { ADDITION_TAG };
    json!({
        ENVIRONMENT_TAG: unit.environment,
        kind: unit.name,
        RUN_TAG: run,
    })
}

/// Two deployments with the same fingerprint deploy the same in the same way.
pub(super) fn fingerprint(unit: &Unit<'_>, environment: &Environment) -> String {
    fingerprint_of(unit.template, &unit.parameters, environment)
}

/// The fingerprint of a template with its parameters, and of what keeps together what they make.
pub(super) fn fingerprint_of(template: &Value, parameters: &Value, environment: &Environment) -> String {
    let rules = match environment.azure.deployment {
        DeploymentKind::Stack => stack_rules(&environment.azure.stack).to_string(),
        DeploymentKind::Incremental => String::new(),
    };
    let text = format!("{template}{parameters}{rules}");
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()))
}

/// Whose deployment it was: the name of the target or of the addition, and whether it was the target's.
pub(super) fn whose(tags: &BTreeMap<String, String>) -> Option<(&str, bool)> {
    let tag = |tag| tags.get(tag).map(String::as_str);
    let addition = tag(ADDITION_TAG).map(|name| (name, false));
    addition.or_else(|| tag(TARGET_TAG).map(|name| (name, true)))
}

/// Whether something with these tags was made for this environment.
pub(super) fn belongs(tags: &BTreeMap<String, String>, environment: &Environment) -> bool {
    tags.get(ENVIRONMENT_TAG).map(String::as_str) == Some(environment.name.as_str())
}

/// The tags of a group that we make.
pub(super) fn group_tags(environment: &Environment) -> BTreeMap<String, String> {
    let mut tags = environment.azure.tags.clone();
    tags.insert(ENVIRONMENT_TAG.to_owned(), environment.name.to_string());
    tags.insert(CREATED_TAG.to_owned(), environment.name.to_string());
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_grows_past_what_azure_takes() {
        assert_eq!(
            deployment_name("dev", "event-hubs", "0123456789ab"),
            "landfall-dev-event-hubs-0123456789ab"
        );
        let long = "e".repeat(40);
        for (environment, target) in [
            (long.as_str(), "event-hubs"),
            ("dev", long.as_str()),
            (long.as_str(), long.as_str()),
        ] {
            let name = deployment_name(environment, target, "0123456789ab");
            assert!(name.len() <= 64, "{name}");
            assert!(name.ends_with("-0123456789ab"), "{name}");
        }
    }
}
