//! Where in Azure, and how to sign in there.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::stack_rules::{DeploymentKind, StackRules};
use crate::model::name::ResourceGroupName;

/// Where in Azure.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Azure {
    pub cloud: Cloud,
    /// The subscription's GUID, lower case.
    pub subscription: String,
    pub resource_group: ResourceGroupName,
    pub location: String,
    pub tags: BTreeMap<String, String>,
    pub credential: Credential,
    /// The user-assigned identity that `credential: managed-identity` means; the machine's own when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<AssignedIdentity>,
    /// What keeps what is deployed together.
    pub deployment: DeploymentKind,
    pub stack: StackRules,
}

/// A user-assigned managed identity, by one of its three ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssignedIdentity {
    ClientId(String),
    ObjectId(String),
    ResourceId(String),
}

/// Which Azure. Hosts: reference of the Azure Resource Manager contract, section 13.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    #[default]
    Public,
    UsGovernment,
    China,
}

/// How to sign in to Azure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Credential {
    /// What the variables of the process suggest, else the Azure CLI; the README has the order.
    #[default]
    Auto,
    /// Azure CLI, then Azure Developer CLI.
    DeveloperTools,
    AzureCli,
    AzureDeveloperCli,
    ManagedIdentity,
    WorkloadIdentity,
    ClientSecret,
    ClientCertificate,
    AzurePipelines,
    GithubOidc,
}
