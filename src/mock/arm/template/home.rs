//! Where a resource lives: the scope in front of `/providers/…`, and the id that its type and name make there.

use serde_json::Value;

use super::functions::{display, join_id};
use super::level::{Level, segment};
use super::planned::RESOURCE_GROUP;

const MANAGEMENT: &str = "/providers/Microsoft.Management/managementGroups/";

/// What a resource says of its scope, evaluated.
pub struct Elsewhere {
    pub scope: Option<Value>,
    pub subscription: Option<Value>,
    pub group: Option<Value>,
    /// A deployment that names a location is not one into a group.
    pub has_location: bool,
}

impl Elsewhere {
    /// The scope of a resource of a template whose resources live at `home`.
    pub fn from(&self, home: &str) -> String {
        if let Some(scope) = self.scope.as_ref().map(display).filter(|scope| !scope.is_empty()) {
            return absolute(home, &scope);
        }
        let own = segment(home, "subscriptions").unwrap_or_default();
        let subscription = self.subscription.as_ref().map(display);
        let subscription = subscription.filter(|given| !given.is_empty());
        match (&self.group, &subscription) {
            (Some(group), _) => {
                let subscription = subscription.as_deref().unwrap_or(own);
                format!("/subscriptions/{subscription}/resourceGroups/{}", display(group))
            }
            (None, Some(given)) => match segment(home, "resourceGroups") {
                Some(group) if !self.has_location => format!("/subscriptions/{given}/resourceGroups/{group}"),
                _ => format!("/subscriptions/{given}"),
            },
            (None, None) => home.to_owned(),
        }
    }
}

/// A written scope as an id: `/` is the tenant, a management group hangs on it, everything else on `home`.
fn absolute(home: &str, scope: &str) -> String {
    if scope.starts_with('/') {
        return scope.trim_end_matches('/').to_owned();
    }
    let management = MANAGEMENT.trim_start_matches("/providers/");
    let tail = scope.get(..management.len());
    if tail.is_some_and(|start| start.eq_ignore_ascii_case(management)) {
        return format!("/providers/{scope}");
    }
    format!("{home}/providers/{scope}")
}

/// The id of a resource; `A/b/providers/c` with the name `b/Ns/c` is an extension written in one piece.
///
/// # Errors
///
/// A sentence when the name does not fit the type, or the type not the scope.
pub fn identify(scope: &str, resource_type: &str, name: &str) -> Result<String, String> {
    if resource_type.eq_ignore_ascii_case(RESOURCE_GROUP) && Level::of(scope) != Level::Subscription {
        return Err(format!(
            "The resource '{name}' of type '{RESOURCE_GROUP}' can only be deployed at the scope of a subscription, not of a {}",
            Level::of(scope).word()
        ));
    }
    let Some((base_type, extension)) = resource_type.split_once("/providers/") else {
        return join_id(scope, resource_type, &[name.to_owned()]);
    };
    let depth = base_type.split('/').count().saturating_sub(1);
    let parts: Vec<&str> = name.splitn(depth + 2, '/').collect();
    let [names @ .., namespace, own] = parts.as_slice() else {
        return Err(format!(
            "the name '{name}' does not fit the type '{resource_type}'"
        ));
    };
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let base = join_id(scope, base_type, &names)?;
    join_id(&base, &format!("{namespace}/{extension}"), &[(*own).to_owned()])
}
