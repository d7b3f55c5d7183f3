//! What the sign-in may do, against what the plan needs.

use std::collections::BTreeSet;

use super::{Asked, Check, Verdict};
use crate::azure::AzureError;
use crate::azure::groups::GroupScope;
use crate::azure::permissions::Permission;
use crate::deploy::changes::{Change, ChangeKind};

/// What every plan and deployment calls. Source: Azure resource provider operations, `Microsoft.Resources`.
const DEPLOYING: [&str; 4] = [
    "Microsoft.Resources/deployments/read",
    "Microsoft.Resources/deployments/validate/action",
    "Microsoft.Resources/deployments/whatIf/action",
    "Microsoft.Resources/deployments/write",
];
const MAKE_GROUP: &str = "Microsoft.Resources/subscriptions/resourceGroups/write";
const GROUP_TYPE: &str = "Microsoft.Resources/resourceGroups";
const ROLES: &str = "Microsoft.Authorization/roleAssignments/write";

/// More are counted, not named.
const MOST_NAMED: usize = 8;

/// What Azure says the sign-in may do.
pub(in crate::deploy) struct Granted {
    /// Where the deployment goes: the group, or the subscription while there is no group.
    here: Result<Vec<Permission>, Check>,
    /// In the subscription, which registrations are of.
    subscription: Result<Vec<Permission>, Check>,
}

pub(super) async fn granted(asked: &Asked<'_>) -> Result<Granted, AzureError> {
    let subscription = format!("/subscriptions/{}", asked.scope.subscription);
    let read = async |scope: &str| match asked.client.permissions(scope).await {
        // Whoever sees a place holds some right there.
        Ok(granted) if granted.is_empty() => {
            let detail = "could not be checked: azure told of no rights".to_owned();
            Ok(Err(Check::new("permissions", Verdict::Warning, detail)))
        }
        Ok(granted) => Ok(Ok(granted)),
        Err(error) => super::unknown("permissions", error).map(Err),
    };
    if asked.group.is_none() {
        let granted = read(&subscription).await?;
        return Ok(Granted {
            here: granted.clone(),
            subscription: granted,
        });
    }
    let group = asked.scope.path();
    let (here, above) = tokio::join!(read(&group), read(&subscription));
    Ok(Granted {
        here: here?,
        subscription: above?,
    })
}

/// Holds what is granted against what `changes` and the registration of `unregistered` providers need.
pub(in crate::deploy) fn judge(
    granted: &Granted,
    scope: &GroupScope,
    changes: &[Change],
    also: &[&str],
    unregistered: &[String],
) -> Vec<Check> {
    let mut lacking = match lacking(&granted.here, needed(changes, also)) {
        Ok(lacking) => lacking,
        Err(unknown) => return vec![unknown],
    };
    if !unregistered.is_empty() {
        let registering = unregistered
            .iter()
            .map(|namespace| format!("{namespace}/register/action"));
        match self::lacking(&granted.subscription, registering.collect()) {
            Ok(more) => lacking.extend(more),
            Err(unknown) => return vec![unknown],
        }
    }
    vec![verdict(scope, &lacking)]
}

fn lacking(granted: &Result<Vec<Permission>, Check>, needed: BTreeSet<String>) -> Result<Vec<String>, Check> {
    let granted = granted.as_ref().map_err(Clone::clone)?;
    let is_held = |action: &String| granted.iter().any(|one| one.allows(action));
    Ok(needed.into_iter().filter(|action| !is_held(action)).collect())
}

/// The actions behind the changes, and what this way of deploying calls; a plan that changes nothing only asks.
fn needed(changes: &[Change], also: &[&str]) -> BTreeSet<String> {
    let of = |change: &Change| match change.kind {
        ChangeKind::Create if change.resource_type == GROUP_TYPE => Some(MAKE_GROUP.to_owned()),
        ChangeKind::Create | ChangeKind::Modify => Some(format!("{}/write", change.resource_type)),
        ChangeKind::Delete => Some(format!("{}/delete", change.resource_type)),
        ChangeKind::Detach | ChangeKind::NoChange | ChangeKind::Ignore | ChangeKind::Unsupported => None,
    };
    let mut needed: BTreeSet<String> = changes.iter().filter_map(of).collect();
    if !needed.is_empty() {
        needed.extend(DEPLOYING.iter().chain(also).map(ToString::to_string));
    }
    needed
}

fn verdict(scope: &GroupScope, lacking: &[String]) -> Check {
    let name = "permissions";
    if lacking.is_empty() {
        return Check::new(
            name,
            Verdict::Passed,
            "this sign-in holds every right needed".to_owned(),
        );
    }
    let named: Vec<String> = lacking
        .iter()
        .take(MOST_NAMED)
        .map(|one| format!("`{one}`"))
        .collect();
    let more = match lacking.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let role = if lacking.len() == 1 && lacking[0].eq_ignore_ascii_case(ROLES) {
        "`Role Based Access Control Administrator`"
    } else {
        "`Contributor`, and `Role Based Access Control Administrator` for role assignments"
    };
    let detail = format!(
        "this sign-in lacks {}{more} for `{}`: ask for a role that holds them, such as {role}",
        named.join(", "),
        scope.group
    );
    Check::new(name, Verdict::Failed, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(kind: ChangeKind, resource_type: &str) -> Change {
        Change {
            kind,
            resource_type: resource_type.into(),
            name: "n".into(),
            id: None,
            delta: Vec::new(),
            reason: None,
        }
    }

    fn scope() -> GroupScope {
        GroupScope {
            subscription: "s".into(),
            group: "rg-kafka".into(),
        }
    }

    fn granted(actions: &[&str], not_actions: &[&str]) -> Granted {
        let list = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        let permission = Permission {
            actions: list(actions),
            not_actions: list(not_actions),
        };
        let reader = Permission {
            actions: list(&["*/read"]),
            not_actions: Vec::new(),
        };
        Granted {
            here: Ok(vec![permission]),
            subscription: Ok(vec![reader]),
        }
    }

    #[test]
    fn a_contributor_cannot_assign_roles_and_is_told_so() {
        let changes = [
            change(ChangeKind::Create, "Microsoft.EventHub/namespaces"),
            change(ChangeKind::Create, "Microsoft.Authorization/roleAssignments"),
        ];
        let granted = granted(&["*"], &["Microsoft.Authorization/*/Write"]);
        let check = judge(&granted, &scope(), &changes, &[], &[]).remove(0);
        assert_eq!(check.verdict, Verdict::Failed);
        assert_eq!(
            check.detail,
            "this sign-in lacks `Microsoft.Authorization/roleAssignments/write` for `rg-kafka`: ask for a role that \
             holds them, such as `Role Based Access Control Administrator`"
        );
        assert_eq!(
            judge(&granted, &scope(), &changes[..1], &[], &[])[0].verdict,
            Verdict::Passed
        );
    }

    #[test]
    fn registration_is_a_right_in_the_subscription() {
        let changes = [change(ChangeKind::Create, "A.B/cs")];
        let all = granted(&["*"], &[]);
        let check = judge(&all, &scope(), &changes, &[], &["A.B".to_owned()]).remove(0);
        assert!(check.detail.contains("`A.B/register/action`"), "{}", check.detail);
    }

    #[test]
    fn a_reader_may_see_that_nothing_changes() {
        let unchanged = [change(ChangeKind::NoChange, "A.B/cs")];
        let reader = granted(&["*/read"], &[]);
        assert_eq!(
            judge(&reader, &scope(), &unchanged, &[], &[])[0].verdict,
            Verdict::Passed
        );
        let changes = [change(ChangeKind::Modify, "A.B/cs")];
        let check = judge(&reader, &scope(), &changes, &[], &[]).remove(0);
        assert!(check.detail.contains("`A.B/cs/write`"), "{}", check.detail);
    }

    #[test]
    fn what_azure_does_not_tell_is_a_warning() {
        let unknown = Check::new("permissions", Verdict::Warning, "could not be checked".into());
        let granted = Granted {
            here: Err(unknown.clone()),
            subscription: Err(unknown.clone()),
        };
        let changes = [change(ChangeKind::Create, "A.B/cs")];
        assert_eq!(judge(&granted, &scope(), &changes, &[], &[]), [unknown]);
    }
}
