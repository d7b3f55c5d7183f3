//! From the entries of the source to a plan for the target.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::grants::{Covered, LeftOut, PlannedAcl, RoleGrant, RuleGrant};
use super::{kept, roles};
use crate::config::Principal;
use crate::kafka::acls::{Pattern, Resource};
use crate::kafka::{Acl, Cluster, KafkaError};
use crate::mirror::MirrorError;
use crate::model::selection::Selection;
use crate::template::AccessBlock;

/// What the source allows and what of it is in scope.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub source: &'a Cluster,
    pub topics: &'a Selection,
    pub groups: &'a Selection,
    /// Who the principals of the source are on the target.
    pub principals: &'a BTreeMap<String, Principal>,
}

/// What the target takes.
#[derive(Clone, Copy, Debug)]
pub enum Understands<'a> {
    /// Kafka's access lists.
    Acls(&'a Cluster),
    /// Roles and rules, by the table of the target.
    Roles(&'a AccessBlock),
    /// Nothing that this program can say.
    Nothing,
}

/// What becomes of every entry of the source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AccessPlan {
    /// `false` where the source has no access list, so that everybody may do everything.
    pub source_has_acls: bool,
    pub acls: Vec<PlannedAcl>,
    pub roles: Vec<RoleGrant>,
    pub rules: Vec<RuleGrant>,
    pub covered: Vec<Covered>,
    pub left_out: Vec<LeftOut>,
    /// What the deployment of the target must be given, by the names of its parameters.
    pub parameters: serde_json::Map<String, serde_json::Value>,
}

impl AccessPlan {
    /// The entries that the target lacks.
    pub fn missing(&self) -> Vec<Acl> {
        let missing = self.acls.iter().filter(|planned| !planned.exists);
        missing.map(|planned| planned.acl.clone()).collect()
    }
}

/// Reads the access lists and plans; changes nothing.
///
/// # Errors
///
/// [`MirrorError::Source`] and [`MirrorError::Target`]; a source or target whose broker has no authorizer is none.
pub async fn plan(question: Question<'_>, target: Understands<'_>) -> Result<AccessPlan, MirrorError> {
    let at_source = |source| MirrorError::Source { source };
    let acls = question.source.acls().await;
    let Some(acls) = none_where_unsupported(acls).map_err(at_source)? else {
        return Ok(AccessPlan::default());
    };
    let topics = question.source.selected_topics(question.topics).await;
    let topics = topics.map_err(at_source)?;
    let topics: Vec<String> = topics.into_iter().map(|topic| topic.name).collect();
    let present = match target {
        Understands::Acls(cluster) => {
            let present = cluster.acls().await;
            present
                .map_err(|source| MirrorError::Target { source })?
                .unwrap_or_default()
        }
        _ => BTreeSet::new(),
    };
    Ok(translate(&acls, &topics, question, target, &present))
}

fn none_where_unsupported(
    acls: Result<Option<BTreeSet<Acl>>, KafkaError>,
) -> Result<Option<BTreeSet<Acl>>, KafkaError> {
    match acls {
        Err(KafkaError::Unsupported { .. }) => Ok(None),
        other => other,
    }
}

/// Translates entries that were read already; `topics` are the selected ones, `present` what the target has.
pub fn translate(
    acls: &BTreeSet<Acl>,
    topics: &[String],
    question: Question<'_>,
    target: Understands<'_>,
    present: &BTreeSet<Acl>,
) -> AccessPlan {
    let mut plan = AccessPlan {
        source_has_acls: true,
        ..AccessPlan::default()
    };
    let mut in_scope = Vec::new();
    for acl in acls {
        match out_of_scope(acl, topics, question.groups) {
            Some(reason) => plan.left_out.push(LeftOut {
                acl: acl.clone(),
                reason: reason.to_owned(),
            }),
            None => in_scope.push(acl),
        }
    }
    match target {
        Understands::Acls(_) => kept::keep(&in_scope, question.principals, present, &mut plan),
        Understands::Roles(block) => roles::grant(&in_scope, question.principals, block, &mut plan),
        Understands::Nothing => {
            let reason = "the target understands neither access lists nor roles that this program knows";
            plan.left_out.extend(in_scope.into_iter().map(|acl| LeftOut {
                acl: acl.clone(),
                reason: reason.to_owned(),
            }));
        }
    }
    plan
}

fn out_of_scope(acl: &Acl, topics: &[String], groups: &Selection) -> Option<&'static str> {
    let everything = acl.pattern == Pattern::Literal && acl.name == "*";
    let holds = match (acl.resource, acl.pattern) {
        _ if everything => true,
        (Resource::Topic, Pattern::Literal) => topics.contains(&acl.name),
        (Resource::Topic, Pattern::Prefixed) => topics.iter().any(|topic| topic.starts_with(&acl.name)),
        (Resource::Group, Pattern::Literal) => groups.takes(&acl.name),
        _ => true,
    };
    match acl.resource {
        Resource::Topic if !holds => Some("no topic that is mirrored has this name"),
        Resource::Group if !holds => Some("the group is not among those in scope"),
        _ => None,
    }
}

/// Adds what the target's access list lacks; says how many entries that were.
///
/// # Errors
///
/// [`MirrorError::Target`] with the first entry that was refused; those before it are there.
pub async fn apply(target: &Cluster, plan: &AccessPlan) -> Result<usize, MirrorError> {
    let missing = plan.missing();
    // One request takes many entries; a bounded one is also bounded in what a refusal leaves unsaid.
    for some in missing.chunks(100) {
        let made = target.create_acls(some).await;
        made.map_err(|source| MirrorError::Target { source })?;
    }
    Ok(missing.len())
}
