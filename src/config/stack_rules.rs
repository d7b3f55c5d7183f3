//! What keeps together what an environment deploys, and how Azure guards it.

use serde::Serialize;

/// What a deployment of ours is on Azure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeploymentKind {
    /// A deployment stack: Azure knows what belongs to it, guards it, and deletes it as one.
    #[default]
    Stack,
    /// A plain deployment in incremental mode; what it made is known by the tags and records of deployments.
    Incremental,
}

/// How a deployment stack treats what it manages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StackRules {
    pub on_unmanage: OnUnmanage,
    pub deny: Deny,
    /// Whether what is denied for a resource is denied for what lives below it, too.
    pub deny_child_scopes: bool,
    /// Object ids of whom nothing is denied.
    pub excluded_principals: Vec<String>,
    /// Actions that are not denied, as `Microsoft.EventHub/namespaces/eventhubs/write`.
    pub excluded_actions: Vec<String>,
}

/// What becomes of a resource that the template does not name any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnUnmanage {
    #[default]
    Delete,
    /// It stays, and belongs to the stack no more.
    Detach,
}

/// What nobody but the stack may do with what it manages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deny {
    #[default]
    None,
    Delete,
    WriteAndDelete,
}
