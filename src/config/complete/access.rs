//! Who the principals of the source are on the target.

use super::Checker;
use crate::config::environment::{Access, Principal};
use crate::config::layer::{AccessLayer, PrincipalLayer};
use crate::config::path;
use crate::config::value::PrincipalValue;

/// Completes `access`.
pub fn complete(layer: AccessLayer, checker: &mut Checker<'_>) -> Access {
    let mut access = Access::default();
    for (name, value) in layer.principals.unwrap_or_default() {
        let at = path::join("access.principals", &name);
        checker.check(&at, is_principal(&name), || {
            "must begin with its type, as `User:orders`".to_owned()
        });
        let principal = principal(value, &at, checker);
        access.principals.insert(name, principal);
    }
    access
}

fn principal(value: PrincipalValue, at: &str, checker: &mut Checker<'_>) -> Principal {
    let layer = match value {
        PrincipalValue::More(layer) => layer,
        PrincipalValue::Text(text) if is_guid(&text) => PrincipalLayer {
            object_id: Some(text),
            ..PrincipalLayer::default()
        },
        PrincipalValue::Text(text) => {
            checker.check(at, is_principal(&text), || {
                format!("is `{text}`, which is neither an object id (a GUID) nor a name like `User:orders`")
            });
            PrincipalLayer {
                name: Some(text),
                ..PrincipalLayer::default()
            }
        }
    };
    if let Some(id) = &layer.object_id {
        checker.check(&path::join(at, "object-id"), is_guid(id), || {
            format!("is `{id}`, which is not a GUID")
        });
    }
    if let Some(name) = &layer.name {
        checker.check(&path::join(at, "name"), is_principal(name), || {
            format!("is `{name}`; it must begin with its type, as `User:orders`")
        });
    }
    Principal {
        object_id: layer.object_id.map(|id| id.to_lowercase()),
        object_type: layer.object_type.unwrap_or_default(),
        name: layer.name,
        sas_rule: layer.sas_rule,
    }
}

/// `User:orders`, `Group:etl`: a type and a name.
fn is_principal(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(kind, name)| !kind.is_empty() && !name.is_empty())
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths = [8, 4, 4, 4, 12];
    parts.len() == lengths.len()
        && parts
            .iter()
            .zip(lengths)
            .all(|(part, length)| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_and_a_principal_are_told_apart() {
        assert!(is_guid("00000000-aaaa-BBBB-1111-222222222222"));
        for text in ["User:orders", "0000", "00000000-aaaa-bbbb-1111-22222222222g"] {
            assert!(!is_guid(text), "{text}");
        }
        assert!(is_principal("User:CN=orders,O=Example"));
        assert!(!is_principal("orders"));
    }
}
