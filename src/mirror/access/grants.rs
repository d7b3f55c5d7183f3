//! What a target gets for the entries of the source.

use serde::Serialize;

use crate::kafka::Acl;

/// An entry of the target's own access list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedAcl {
    #[serde(flatten)]
    pub acl: Acl,
    /// Whether the target has it already.
    pub exists: bool,
    /// What to look at, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A role for a principal of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleGrant {
    pub principal: String,
    pub object_id: String,
    pub object_type: String,
    pub role: String,
    /// The entries that it stands for.
    pub stands_for: Vec<String>,
    /// What it allows beyond them, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wider: Option<String>,
}

/// A shared access rule for a client that signs in with a connection string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleGrant {
    pub principal: String,
    pub name: String,
    pub rights: Vec<String>,
    /// The entries that it stands for.
    pub stands_for: Vec<String>,
    /// What it allows beyond them, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wider: Option<String>,
}

/// An entry that needs nothing of its own on the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Covered {
    #[serde(flatten)]
    pub acl: Acl,
    pub by: String,
}

/// An entry that is not carried over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    #[serde(flatten)]
    pub acl: Acl,
    pub reason: String,
}
