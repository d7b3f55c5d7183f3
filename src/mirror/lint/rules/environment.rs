//! An environment before anything is deployed, whatever its engine.

use super::rules;
use crate::config::Environment;
use crate::mirror::lint::finding::{Finding, Place};
use crate::template::{Abilities, LimitProblem};

rules! {
    LIMIT = Error "limit-passed" {
        trap: "topics that the target does not hold",
        reason: "The target refuses it when it is deployed, or the mirror when it writes.",
        fix: "change the environment, or take another tier",
        source: "the target's `target.yaml`"
    }
    UNDECLARED = Warning "topics-not-declared" {
        trap: "a selection of topics that the environment does not declare, on a target that makes topics by template only",
        reason: "What is selected and not declared is not made, and the mirror stops at the first such topic.",
        fix: "declare every topic under `topics.overrides`",
        source: "the target's `can.create-topics`"
    }
    NO_SOURCE = Warning "no-source" {
        trap: "an environment that names no source",
        reason: "There is nothing to mirror from.",
        fix: "write `source: { bootstrap: HOST:PORT }` into its environment.yaml",
        source: "environments/README.md"
    }
    ONE_CLUSTER = Error "source-is-target" {
        trap: "a source that is the target",
        reason: "The mirror would read its own copies and write them again, without end.",
        fix: "correct `source.bootstrap`",
        source: "IdentityReplicationPolicy"
    }
}

/// What an environment says, as far as it is known before a deployment.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub environment: &'a Environment,
    pub can: &'a Abilities,
    pub limits: &'a [LimitProblem],
    /// Where the target's clients connect, if it is deployed or known.
    pub bootstrap: Option<&'a str>,
}

pub fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    let environment = subject.environment;
    let file = environment.folder.join("environment.yaml").to_string();
    let at = |key: &str| {
        Place {
            file: file.clone(),
            ..Place::default()
        }
        .about(key)
    };
    for problem in subject.limits {
        let found = format!("{}: {}, {}", problem.subject, problem.value, problem.limit);
        out.push(LIMIT.at(&at("topics"), found).fix(problem.way_out.clone()));
    }
    let declared = |name: &str| {
        environment
            .topics
            .overrides
            .keys()
            .any(|topic| topic.as_str() == name)
    };
    let open: Vec<&str> = environment
        .topics
        .selection
        .include
        .iter()
        .map(String::as_str)
        .filter(|name| !declared(name))
        .collect();
    if !subject.can.create_topics && !open.is_empty() {
        let found = format!("`{}` may select topics that are not declared", open.join("`, `"));
        out.push(UNDECLARED.at(&at("topics.include"), found));
    }
    match &environment.source {
        None => out.push(NO_SOURCE.at(&at("source"), "the environment names no source")),
        Some(source) => {
            let own = crate::mirror::lint::model::addresses(&source.bootstrap);
            let others = crate::mirror::lint::model::addresses(subject.bootstrap.unwrap_or_default());
            if let Some(host) = own.iter().find(|host| others.contains(host)) {
                out.push(ONE_CLUSTER.at(
                    &at("source.bootstrap"),
                    format!("`{host}` is a server of the target"),
                ));
            }
        }
    }
    out
}
