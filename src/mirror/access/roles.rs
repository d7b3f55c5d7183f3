//! Entries that become roles or shared access rules, by the table of the target.
//!
//! A role only allows. So an entry that denies, or that holds for some addresses alone, is not carried over and grants
//! nothing: a role in its place would open what the source keeps shut.

use std::collections::{BTreeMap, BTreeSet};

use super::grants::{Covered, LeftOut, RoleGrant, RuleGrant};
use super::parameters;
use super::plan::AccessPlan;
use crate::config::Principal;
use crate::kafka::Acl;
use crate::kafka::acls::{Pattern, Permission};
use crate::template::{AccessBlock, Grant};

/// What one principal gets.
#[derive(Default)]
struct Earned {
    /// Each role or right and the entries that it stands for.
    roles: BTreeMap<String, Vec<String>>,
    rights: BTreeSet<String>,
    stands_for: Vec<String>,
    wider: bool,
}

/// Plans roles and rules for every entry that the table of the target knows.
pub fn grant(
    acls: &[&Acl],
    principals: &BTreeMap<String, Principal>,
    block: &AccessBlock,
    plan: &mut AccessPlan,
) {
    let mut earned: BTreeMap<&str, Earned> = BTreeMap::new();
    for acl in acls {
        match judge(acl, principals, block) {
            Judged::Left(reason) => plan.left_out.push(LeftOut {
                acl: (*acl).clone(),
                reason,
            }),
            Judged::Covered(by) => plan.covered.push(Covered {
                acl: (*acl).clone(),
                by,
            }),
            Judged::Granted { role, rights } => {
                let earned = earned.entry(&acl.principal).or_default();
                earned
                    .roles
                    .entry(role.to_owned())
                    .or_default()
                    .push(acl.to_string());
                earned.rights.extend(rights.iter().cloned());
                earned.stands_for.push(acl.to_string());
                earned.wider |= !(acl.pattern == Pattern::Literal && acl.name == "*");
            }
        }
    }
    for (principal, earned) in earned {
        if let Some(known) = principals.get(principal) {
            hand_out(principal, known, earned, block, plan);
        }
    }
    plan.parameters = parameters::of(plan, block);
}

enum Judged<'a> {
    Granted { role: &'a str, rights: &'a [String] },
    Covered(String),
    Left(String),
}

fn judge<'a>(acl: &Acl, principals: &BTreeMap<String, Principal>, block: &'a AccessBlock) -> Judged<'a> {
    if acl.permission != Permission::Allow {
        return Judged::Left(
            "roles only allow: with a role of its own the principal could do it all the same".into(),
        );
    }
    if acl.host != "*" {
        let reason = format!(
            "a role holds for every address, this entry for {} alone: restrict the network of the target",
            acl.host
        );
        return Judged::Left(reason);
    }
    let (resource, operation) = (acl.resource.to_string(), acl.operation.to_string());
    let row = block
        .operations
        .get(&resource)
        .and_then(|row| row.get(&operation));
    match row {
        Some(Grant::Covered(covered)) => Judged::Covered(covered.covered_by.clone()),
        Some(Grant::Cannot(cannot)) => Judged::Left(cannot.cannot.clone()),
        None => Judged::Left(format!("the target has nothing like {operation} on a {resource}")),
        Some(Grant::Role(role)) => match unusable(acl, principals, block) {
            Some(reason) => Judged::Left(reason),
            None => Judged::Granted {
                role: &role.role,
                rights: &role.rights,
            },
        },
    }
}

/// Why the principal cannot get a role, if it cannot.
fn unusable(acl: &Acl, principals: &BTreeMap<String, Principal>, block: &AccessBlock) -> Option<String> {
    if acl.principal.ends_with(":*") {
        return Some("it holds for everybody, and a role needs somebody".to_owned());
    }
    let Some(known) = principals.get(&acl.principal) else {
        return Some(format!(
            "nobody says who it is on the target: write `access.principals.{}`",
            acl.principal
        ));
    };
    let can = known.object_id.is_some() || (known.sas_rule.is_some() && block.rules.is_some());
    (!can).then(|| {
        format!(
            "`access.principals.{}` has neither an `object-id` nor a rule that the target takes",
            acl.principal
        )
    })
}

fn hand_out(principal: &str, known: &Principal, earned: Earned, block: &AccessBlock, plan: &mut AccessPlan) {
    let wider = (earned.wider && !block.holds_for.is_empty()).then(|| block.holds_for.clone());
    if let Some(object_id) = &known.object_id {
        let everything = block
            .strongest
            .as_ref()
            .filter(|role| earned.roles.contains_key(*role));
        for (role, stands_for) in &earned.roles {
            // The strongest role holds the others.
            if everything.is_some_and(|strongest| strongest != role) {
                continue;
            }
            plan.roles.push(RoleGrant {
                principal: principal.to_owned(),
                object_id: object_id.clone(),
                object_type: known.object_type.as_str().to_owned(),
                role: role.clone(),
                stands_for: if everything.is_some() {
                    earned.stands_for.clone()
                } else {
                    stands_for.clone()
                },
                wider: wider.clone(),
            });
        }
    }
    if let (Some(name), Some(_)) = (&known.sas_rule, &block.rules) {
        plan.rules.push(RuleGrant {
            principal: principal.to_owned(),
            name: name.clone(),
            rights: earned.rights.into_iter().collect(),
            stands_for: earned.stands_for,
            wider,
        });
    }
}

#[cfg(test)]
#[path = "roles_tests.rs"]
mod tests;
