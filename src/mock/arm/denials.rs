//! Deny assignments: what a stack forbids everybody else to do with its resources.
//!
//! They are not stored but read off the stacks: a resource is denied as the last run of its stack that came so far says.
//! The stack itself may do what it forbids.

use serde_json::{Value, json};
use uuid::Uuid;

use super::error::ArmError;
use super::stacks::{DenyMode, DenySettings, DenyStatus, Managed, Stack};
use super::world::World;
use crate::model::resource_id::ResourceId;

const TYPE: &str = "Microsoft.Authorization/denyAssignments";
/// The type of a group, as actions and policies name it.
pub const GROUP: &str = "Microsoft.Resources/subscriptions/resourceGroups";
/// Source: Microsoft.Resources/deploymentStacks, `denySettings.excludedActions`: these are always added.
const ALWAYS: &str = "Microsoft.Authorization/locks/delete";
const READS: &str = "*/read";

/// One assignment.
pub struct Denial<'w> {
    stack: &'w Stack,
    managed: &'w Managed,
}

/// Every assignment there is.
pub fn all(world: &World) -> impl Iterator<Item = Denial<'_>> {
    let stacks = world.state.stacks.all.values();
    stacks.flat_map(|stack| {
        let holds =
            |one: &&Managed| matches!(one.deny, DenyStatus::DenyDelete | DenyStatus::DenyWriteAndDelete);
        let held = stack.resources.iter().filter(holds);
        held.map(move |managed| Denial { stack, managed })
    })
}

impl Denial<'_> {
    fn settings(&self) -> &DenySettings {
        &self.stack.enforced
    }

    fn name(&self) -> String {
        let seed = format!("{}#{}", self.stack.id, self.managed.id).to_lowercase();
        Uuid::new_v5(&Uuid::NAMESPACE_URL, seed.as_bytes()).to_string()
    }

    fn title(&self) -> String {
        format!(
            "Deny assignment '{}' created by Deployment Stack '{}'.",
            self.name(),
            self.stack.id
        )
    }

    /// `actions` and `notActions`.
    fn actions(&self) -> (&'static str, Vec<&str>) {
        let excluded = self.settings().excluded_actions.iter().map(String::as_str);
        let always: &[&str] = match self.settings().mode {
            DenyMode::DenyWriteAndDelete => &[READS, ALWAYS],
            _ => &[ALWAYS],
        };
        let mut not: Vec<&str> = excluded.collect();
        for one in always {
            if !not.iter().any(|known| known.eq_ignore_ascii_case(one)) {
                not.push(one);
            }
        }
        let actions = match self.settings().mode {
            DenyMode::DenyWriteAndDelete => "*",
            _ => "*/delete",
        };
        (actions, not)
    }

    fn forbids(&self, caller: &str, action: &str) -> bool {
        let (actions, not) = self.actions();
        let excluded = &self.settings().excluded_principals;
        is_like(action, actions)
            && !not.iter().any(|pattern| is_like(action, pattern))
            && !excluded
                .iter()
                .any(|principal| principal.eq_ignore_ascii_case(caller))
    }

    fn covers(&self, id: &str) -> bool {
        let (own, id) = (self.managed.id.to_lowercase(), id.to_lowercase());
        id == own || (self.settings().apply_to_child_scopes && id.starts_with(&format!("{own}/")))
    }

    /// Whether it is at `scope`, above it or below it.
    pub fn touches(&self, scope: &str, below: bool) -> bool {
        let (own, scope) = (self.managed.id.to_lowercase(), scope.to_lowercase());
        own == scope
            || scope.starts_with(&format!("{own}/"))
            || (below && own.starts_with(&format!("{scope}/")))
    }

    pub fn is_named(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// As a reader gets it.
    pub fn document(&self) -> Value {
        let (actions, not_actions) = self.actions();
        let excluded = self.settings().excluded_principals.iter();
        let excluded: Vec<Value> = excluded.map(|id| json!({"id": id, "type": "Unknown"})).collect();
        json!({
            "id": format!("{}/providers/{TYPE}/{}", self.managed.id, self.name()),
            "name": self.name(),
            "type": TYPE,
            "properties": {
                "denyAssignmentName": self.title(),
                "description": format!("Created by Deployment Stack '{}'.", self.stack.id),
                "permissions": [{
                    "actions": [actions],
                    "notActions": not_actions,
                    "dataActions": [],
                    "notDataActions": [],
                }],
                "scope": self.managed.id,
                "doNotApplyToChildScopes": !self.settings().apply_to_child_scopes,
                "principals": [{"id": Uuid::nil().to_string(), "type": "SystemDefined"}],
                "excludePrincipals": excluded,
                "isSystemProtected": true,
            },
        })
    }

    fn refusal(&self, caller: &str, action: &str, id: &str) -> ArmError {
        let message = format!(
            "The client '{caller}' with object id '{caller}' has permission to perform action '{action}' on scope '{id}'; \
             however, the access is denied because of the deny assignment with name '{}' and Id '{}' at scope '{}'.",
            self.title(),
            self.name().replace('-', ""),
            self.managed.id
        );
        ArmError::new(403, "DenyAssignmentAuthorizationFailed", message)
    }
}

/// Whether an action fits a pattern: no regard to case, `*` spans everything.
fn is_like(action: &str, pattern: &str) -> bool {
    let (action, pattern) = (action.to_lowercase(), pattern.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| action.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    let mut rest = rest;
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// The last type in an id with what is done: `Microsoft.EventHub/namespaces/write`.
fn action(id: &str, verb: &str) -> String {
    let kind = ResourceId::new(id).resource_type();
    format!("{}/{verb}", if kind.is_empty() { GROUP } else { &kind })
}

/// Refuses `write`, `delete` or `NAME/action` on a resource when a stack other than `own` forbids it.
///
/// # Errors
///
/// `DenyAssignmentAuthorizationFailed`.
pub fn check(world: &World, id: &str, verb: &str, own: Option<&str>) -> Result<(), ArmError> {
    let (caller, action) = (world.caller(), action(id, verb));
    let foreign = |denial: &Denial<'_>| own.is_none_or(|own| !denial.stack.id.eq_ignore_ascii_case(own));
    let mut found = all(world).filter(|denial| foreign(denial) && denial.covers(id));
    found
        .find(|denial| denial.forbids(&caller, &action))
        .map_or(Ok(()), |denial| Err(denial.refusal(&caller, &action, id)))
}

/// Refuses a deployment's write, unless the deployment is the stack's own.
///
/// # Errors
///
/// See [`check`].
pub fn check_deployment(world: &World, deployment: &str, id: &str) -> Result<(), ArmError> {
    let mut root = deployment.to_lowercase();
    while let Some((parent, _)) = world
        .state
        .deployments
        .get(&root)
        .and_then(|deployment| deployment.parent.clone())
    {
        root = parent;
    }
    let runs = |stack: &&Stack| {
        let own = stack.deployment_id.as_ref();
        own.is_some_and(|own| own.eq_ignore_ascii_case(&root))
    };
    let own = world.state.stacks.all.values().find(runs);
    check(world, id, "write", own.map(|stack| stack.id.as_str()))
}

/// Refuses the deletion of a resource, or of a group that is denied or has a resource whose deletion is, unless `own` is
/// the stack that denies it.
///
/// # Errors
///
/// See [`check`].
pub fn may_delete(world: &World, id: &str, own: Option<&str>) -> Result<(), ArmError> {
    check(world, id, "delete", own)?;
    if id.split('/').count() != 5 {
        return Ok(());
    }
    let caller = world.caller();
    let below = format!("{}/", id.to_lowercase());
    let denied = |denial: &Denial<'_>| {
        own.is_none_or(|own| !denial.stack.id.eq_ignore_ascii_case(own))
            && denial.managed.id.to_lowercase().starts_with(&below)
            && denial.forbids(&caller, &action(&denial.managed.id, "delete"))
    };
    all(world).find(denied).map_or(Ok(()), |denial| {
        Err(denial.refusal(&caller, &format!("{GROUP}/delete"), id))
    })
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn a_star_spans_everything_between_what_is_written() {
        for (pattern, fits) in [
            ("*", true),
            ("*/write", true),
            ("*/delete", false),
            ("Microsoft.EventHub/*", true),
            ("microsoft.eventhub/*/WRITE", true),
            ("Microsoft.EventHub/namespaces/write", true),
            ("Microsoft.EventHub/namespaces", false),
            ("Microsoft.EventHub/namespaces/write/*", false),
        ] {
            assert_eq!(
                is_like("Microsoft.EventHub/namespaces/write", pattern),
                fits,
                "{pattern}"
            );
        }
    }
}
