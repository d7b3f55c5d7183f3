//! Entries that stay Kafka entries, under the names that the principals have on the target.

use std::collections::{BTreeMap, BTreeSet};

use super::grants::{LeftOut, PlannedAcl};
use super::plan::AccessPlan;
use crate::config::Principal;
use crate::kafka::Acl;
use crate::kafka::acls::{Operation, Pattern, Permission, Resource};

/// Plans every entry that another Kafka cluster can hold.
pub fn keep(
    acls: &[&Acl],
    principals: &BTreeMap<String, Principal>,
    present: &BTreeSet<Acl>,
    plan: &mut AccessPlan,
) {
    for acl in acls {
        if let Some(reason) = why_not(acl) {
            plan.left_out.push(LeftOut {
                acl: (*acl).clone(),
                reason: reason.to_owned(),
            });
            continue;
        }
        let mut acl = (*acl).clone();
        let renamed = principals
            .get(&acl.principal)
            .and_then(|known| known.name.clone());
        if let Some(name) = renamed {
            acl.principal = name;
        }
        let note = (acl.host != "*").then(|| {
            format!(
                "holds for clients from {}: check that the target sees them so",
                acl.host
            )
        });
        plan.acls.push(PlannedAcl {
            exists: present.contains(&acl),
            acl,
            note,
        });
    }
}

fn why_not(acl: &Acl) -> Option<&'static str> {
    let unknown = acl.resource == Resource::Unknown
        || acl.pattern == Pattern::Unknown
        || acl.operation == Operation::Unknown
        || acl.permission == Permission::Unknown;
    if unknown {
        return Some("this program does not know this kind of entry");
    }
    // Whoever may write needs nothing more for idempotence since Kafka 2.8; the entry does no harm on a new cluster.
    if acl.resource == Resource::Cluster && acl.operation != Operation::IdempotentWrite {
        return Some("it is about running the cluster: decide on the target who may");
    }
    None
}
