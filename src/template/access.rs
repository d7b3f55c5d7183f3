//! The `access` block of `target.yaml`: what a target without access lists makes of one.
//!
//! The names of resources and operations are Kafka's, in words with hyphens: `transactional-id`, `describe-configs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What becomes of the entries of an access list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AccessBlock {
    /// The parameter that takes roles: a list of `principal-id`, `principal-type` and `role`.
    pub roles: String,
    /// The parameter that takes shared access rules: a list of `name` and `rights`.
    pub rules: Option<String>,
    /// The role that holds all others.
    pub strongest: Option<String>,
    /// What a role holds for beyond the resource that an entry names, in words.
    pub holds_for: String,
    /// By resource, then by operation.
    pub operations: BTreeMap<String, BTreeMap<String, Grant>>,
    pub source: String,
}

/// What becomes of one operation on one kind of resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Grant {
    Role(RoleAndRights),
    Covered(CoveredBy),
    Cannot(Cannot),
}

/// A role, and the rights of a shared access rule that allow the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RoleAndRights {
    pub role: String,
    pub rights: Vec<String>,
}

/// Nothing has to be given: who has this has it too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CoveredBy {
    pub covered_by: String,
}

/// The target has nothing of the kind, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cannot {
    pub cannot: String,
}

impl AccessBlock {
    /// Every parameter that the block names.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.roles)
            .chain(&self.rules)
            .map(String::as_str)
    }
}
