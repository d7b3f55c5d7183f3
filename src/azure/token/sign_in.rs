//! The ways to sign in, and which of them this process has been prepared for.

pub(super) const TENANT: &str = "AZURE_TENANT_ID";
pub(super) const CLIENT: &str = "AZURE_CLIENT_ID";
pub(super) const SECRET: &str = "AZURE_CLIENT_SECRET";
pub(super) const CERTIFICATE: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
pub(super) const CERTIFICATE_PASSWORD: &str = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
const FEDERATED: &str = "AZURE_FEDERATED_TOKEN_FILE";
/// Set by the tasks of Azure Pipelines that name a service connection.
pub(super) const PIPELINE_TENANT: &str = "AZURESUBSCRIPTION_TENANT_ID";
pub(super) const PIPELINE_CLIENT: &str = "AZURESUBSCRIPTION_CLIENT_ID";
pub(super) const PIPELINE_CONNECTION: &str = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID";
pub(super) const PIPELINE_TOKEN: &str = "SYSTEM_ACCESSTOKEN";
const PIPELINE_URL: &str = "SYSTEM_OIDCREQUESTURI";
/// Set by GitHub where a workflow has `permissions: id-token: write`.
pub(super) const GITHUB_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
pub(super) const GITHUB_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
/// Set where App Service, Functions or Container Apps give an identity.
const IDENTITY_ENDPOINT: &str = "IDENTITY_ENDPOINT";

/// How to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// The first of [`SignIn::found`].
    Auto,
    /// Azure CLI, then Azure Developer CLI.
    DeveloperTools,
    AzureCli,
    AzureDeveloperCli,
    ManagedIdentity(ManagedIdentity),
    WorkloadIdentity,
    ClientSecret,
    ClientCertificate,
    AzurePipelines,
    GithubOidc,
}

/// Which identity of the machine or the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ManagedIdentity {
    #[default]
    System,
    /// The id of its application.
    ClientId(String),
    /// The id of its principal.
    ObjectId(String),
    ResourceId(String),
}

impl SignIn {
    /// What the variables of this process suggest, in the order of the README; the developer's tools where they say
    /// nothing.
    pub fn found() -> Self {
        Self::of(&|name| variable(name).is_some())
    }

    fn of(set: &dyn Fn(&str) -> bool) -> Self {
        let all = |names: &[&str]| names.iter().all(|name| set(name));
        if all(&[TENANT, CLIENT, SECRET]) {
            Self::ClientSecret
        } else if all(&[TENANT, CLIENT, CERTIFICATE]) {
            Self::ClientCertificate
        } else if set(FEDERATED) {
            Self::WorkloadIdentity
        } else if all(&[
            PIPELINE_URL,
            PIPELINE_TOKEN,
            PIPELINE_CONNECTION,
            PIPELINE_CLIENT,
            PIPELINE_TENANT,
        ]) {
            Self::AzurePipelines
        } else if all(&[GITHUB_URL, GITHUB_TOKEN, TENANT, CLIENT]) {
            Self::GithubOidc
        } else if set(IDENTITY_ENDPOINT) {
            let identity = variable(CLIENT).map_or(ManagedIdentity::System, ManagedIdentity::ClientId);
            Self::ManagedIdentity(identity)
        } else {
            Self::DeveloperTools
        }
    }

    /// What signs in, in words.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Auto | Self::DeveloperTools => "the Azure CLI or the Azure Developer CLI",
            Self::AzureCli => "the Azure CLI",
            Self::AzureDeveloperCli => "the Azure Developer CLI",
            Self::ManagedIdentity(ManagedIdentity::System) => "a managed identity",
            Self::ManagedIdentity(_) => "a user-assigned managed identity",
            Self::WorkloadIdentity => "a workload identity",
            Self::ClientSecret => "the client secret of `AZURE_CLIENT_ID`",
            Self::ClientCertificate => "the client certificate of `AZURE_CLIENT_ID`",
            Self::AzurePipelines => "the service connection of Azure Pipelines",
            Self::GithubOidc => "the OpenID Connect token of GitHub Actions",
        }
    }
}

/// A variable of this process; an empty one is not set.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[&str]) -> SignIn {
        SignIn::of(&|name| variables.contains(&name))
    }

    #[test]
    fn the_variables_decide_in_the_order_of_the_readme() {
        let github = [GITHUB_URL, GITHUB_TOKEN, TENANT, CLIENT];
        let pipeline = [
            PIPELINE_URL,
            PIPELINE_TOKEN,
            PIPELINE_CONNECTION,
            PIPELINE_CLIENT,
            PIPELINE_TENANT,
        ];
        let mut all: Vec<&str> = [&github[..], &pipeline].concat();
        all.extend([SECRET, CERTIFICATE, FEDERATED, IDENTITY_ENDPOINT]);
        let order = [
            (SignIn::ClientSecret, SECRET),
            (SignIn::ClientCertificate, CERTIFICATE),
            (SignIn::WorkloadIdentity, FEDERATED),
            (SignIn::AzurePipelines, PIPELINE_TOKEN),
            (SignIn::GithubOidc, GITHUB_TOKEN),
        ];
        for (wanted, variable) in order {
            assert_eq!(found(&all), wanted);
            all.retain(|name| *name != variable);
        }
        assert!(matches!(found(&all), SignIn::ManagedIdentity(_)));
        all.retain(|name| *name != IDENTITY_ENDPOINT);
        assert_eq!(found(&all), SignIn::DeveloperTools);
        // A workflow of GitHub that signs in with `azure/login` has no client here.
        assert_eq!(found(&github[..2]), SignIn::DeveloperTools);
    }
}
