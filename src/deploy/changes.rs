//! What-if's answer as a list that a person reads: one entry per resource, one line per property, the noise counted.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::azure::what_if::{WhatIfChange, WhatIfDelta};

/// What Azure takes and never gives back: a preview shows it as new for ever. Whoever writes one of them writes a tag
/// with its fingerprint beside it, in which a change shows.
const WRITE_ONLY: &[&str] = &["osProfile.customData"];

/// What would become of one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub kind: ChangeKind,
    pub resource_type: String,
    /// All name segments: `namespace/hub`.
    pub name: String,
    /// Unknown before the deployment for some resources.
    pub id: Option<String>,
    pub delta: Vec<PropertyChange>,
    /// Why Azure cannot foresee it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The kinds of change of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    Create,
    Modify,
    Delete,
    /// Stays, and belongs to its deployment stack no more.
    Detach,
    NoChange,
    /// Exists in the group, is not in the template, and is left alone.
    Ignore,
    /// Cannot be foreseen.
    Unsupported,
}

/// What would become of one property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PropertyChange {
    /// `properties.partitionCount`, `properties.ipRules[0].action`
    pub path: String,
    pub kind: PropertyChangeKind,
    pub before: Value,
    pub after: Value,
}

/// The kinds of change of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PropertyChangeKind {
    Create,
    Modify,
    Delete,
}

/// Reads one change of a what-if; the second value counts the properties that would change without effect.
pub(super) fn read(change: &WhatIfChange) -> (Change, usize) {
    let mut delta = Vec::new();
    let mut noise = 0;
    flatten("", &change.delta, &mut delta, &mut noise);
    let (kind, reason) = match change.change_type.to_ascii_lowercase().as_str() {
        "create" => (ChangeKind::Create, None),
        "delete" => (ChangeKind::Delete, None),
        "nochange" => (ChangeKind::NoChange, None),
        "ignore" => (ChangeKind::Ignore, None),
        // Nothing but noise is no change.
        "modify" if delta.is_empty() && noise > 0 => (ChangeKind::NoChange, None),
        "modify" => (ChangeKind::Modify, None),
        "unsupported" => (ChangeKind::Unsupported, change.unsupported_reason.clone()),
        _ => (ChangeKind::Unsupported, Some(change.change_type.clone())),
    };
    let change = Change {
        kind,
        resource_type: change.id.resource_type(),
        name: change.id.full_name(),
        id: Some(change.id.as_str().to_owned()),
        delta,
        reason,
    };
    (change, noise)
}

fn flatten(path: &str, deltas: &[WhatIfDelta], changes: &mut Vec<PropertyChange>, noise: &mut usize) {
    for delta in deltas {
        let path = join(path, &delta.path);
        if !delta.children.is_empty() {
            flatten(&path, &delta.children, changes, noise);
            continue;
        }
        let never_given_back = delta.before.is_null() && WRITE_ONLY.iter().any(|name| path.ends_with(name));
        let kind = match delta.change_type.to_ascii_lowercase().as_str() {
            "noeffect" => {
                *noise += 1;
                continue;
            }
            _ if never_given_back => {
                *noise += 1;
                continue;
            }
            "create" => PropertyChangeKind::Create,
            "delete" => PropertyChangeKind::Delete,
            _ if delta.before == delta.after => {
                *noise += 1;
                continue;
            }
            _ => PropertyChangeKind::Modify,
        };
        changes.push(PropertyChange {
            path,
            kind,
            before: delta.before.clone(),
            after: delta.after.clone(),
        });
    }
}

/// A child's path is relative to its parent's; that of an array's element is its number.
fn join(parent: &str, child: &str) -> String {
    match (parent, child) {
        ("", child) => child.to_owned(),
        (parent, index) if index.bytes().all(|byte| byte.is_ascii_digit()) => format!("{parent}[{index}]"),
        (parent, child) => format!("{parent}.{child}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource_id::ResourceId;
    use serde_json::json;

    fn delta(path: &str, change_type: &str, after: Value, children: Vec<WhatIfDelta>) -> WhatIfDelta {
        WhatIfDelta {
            path: path.into(),
            change_type: change_type.into(),
            before: Value::Null,
            after,
            children,
        }
    }

    fn change(change_type: &str, delta: Vec<WhatIfDelta>) -> WhatIfChange {
        WhatIfChange {
            id: ResourceId::new("/subscriptions/s/resourceGroups/g/providers/A.B/cs/d/es/f"),
            change_type: change_type.into(),
            unsupported_reason: None,
            delta,
        }
    }

    #[test]
    fn a_nested_change_reads_as_one_path() {
        let inner = vec![delta("action", "Modify", json!("Allow"), vec![])];
        let rules = vec![delta("0", "Modify", Value::Null, inner)];
        let what_if = change(
            "Modify",
            vec![delta("properties.ipRules", "Array", Value::Null, rules)],
        );
        let (change, noise) = read(&what_if);
        assert_eq!((change.kind, noise), (ChangeKind::Modify, 0));
        assert_eq!(change.delta[0].path, "properties.ipRules[0].action");
        assert_eq!(
            (change.resource_type.as_str(), change.name.as_str()),
            ("A.B/cs/es", "d/f")
        );
    }

    #[test]
    fn noise_alone_is_no_change_and_is_counted() {
        let (change, noise) = read(&change(
            "Modify",
            vec![delta("etag", "NoEffect", json!(1), vec![])],
        ));
        assert_eq!((change.kind, noise), (ChangeKind::NoChange, 1));
    }

    #[test]
    fn what_azure_never_gives_back_is_noise() {
        let path = "properties.virtualMachineProfile.osProfile.customData";
        let (change, noise) = read(&change(
            "Modify",
            vec![delta(path, "Create", json!("aGVsbG8="), vec![])],
        ));
        assert_eq!((change.kind, noise), (ChangeKind::NoChange, 1));
    }

    #[test]
    fn a_word_nobody_knows_is_shown_as_it_is() {
        let (change, _) = read(&change("Rename", vec![]));
        assert_eq!(
            (change.kind, change.reason.as_deref()),
            (ChangeKind::Unsupported, Some("Rename"))
        );
    }
}
