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
}

/// What an environment says, as far as it is known before a deployment.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub environment: &'a Environment,
    pub can: &'a Abilities,
    pub limits: &'a [LimitProblem],
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
    if environment.source.is_none() {
        out.push(NO_SOURCE.at(&at("source"), "the environment names no source"));
    }
    out
}
