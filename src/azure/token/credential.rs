//! The credentials of the Azure SDK, one for each way to sign in.

use std::sync::Arc;

use azure_core::cloud::CloudConfiguration;
use azure_core::credentials::{Secret, SecretBytes, TokenCredential};
use azure_core::http::ClientOptions;
use azure_identity::{
    AzureCliCredential, AzureDeveloperCliCredential, AzurePipelinesCredential,
    AzurePipelinesCredentialOptions, ClientAssertionCredential, ClientAssertionCredentialOptions,
    ClientCertificateCredential, ClientCertificateCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, DeveloperToolsCredential, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};

use super::TokenError;
use super::github::GithubOidc;
use super::sign_in::{self, ManagedIdentity, SignIn};
use crate::azure::endpoint::Login;

type Credential = Arc<dyn TokenCredential>;

/// The credential that `sign_in` names; `Auto` was decided before.
pub(super) fn of(sign_in: &SignIn, login: Login) -> Result<Credential, TokenError> {
    let options = client_options(login);
    let credential = match sign_in {
        SignIn::Auto | SignIn::DeveloperTools => {
            DeveloperToolsCredential::new(None).map(|made| made as Credential)
        }
        SignIn::AzureCli => AzureCliCredential::new(None).map(|made| made as Credential),
        SignIn::AzureDeveloperCli => AzureDeveloperCliCredential::new(None).map(|made| made as Credential),
        SignIn::ManagedIdentity(identity) => managed_identity(identity),
        SignIn::WorkloadIdentity => workload(options),
        SignIn::ClientSecret => client_secret(options)?,
        SignIn::ClientCertificate => client_certificate(options)?,
        SignIn::AzurePipelines => pipelines(options)?,
        SignIn::GithubOidc => github(options, login)?,
    };
    credential.map_err(|source| TokenError::Refused {
        credential: sign_in.name(),
        source: source.into(),
    })
}

type Made = azure_core::Result<Credential>;

fn managed_identity(identity: &ManagedIdentity) -> Made {
    let user_assigned_id = match identity.clone() {
        ManagedIdentity::System => None,
        ManagedIdentity::ClientId(id) => Some(UserAssignedId::ClientId(id)),
        ManagedIdentity::ObjectId(id) => Some(UserAssignedId::ObjectId(id)),
        ManagedIdentity::ResourceId(id) => Some(UserAssignedId::ResourceId(id)),
    };
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id,
        ..ManagedIdentityCredentialOptions::default()
    };
    ManagedIdentityCredential::new(Some(options)).map(|made| made as _)
}

fn workload(client_options: ClientOptions) -> Made {
    let options = WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options },
        ..WorkloadIdentityCredentialOptions::default()
    };
    WorkloadIdentityCredential::new(Some(options)).map(|made| made as _)
}

fn client_secret(client_options: ClientOptions) -> Result<Made, TokenError> {
    let made = ClientSecretCredential::new(
        &needed(sign_in::TENANT)?,
        needed(sign_in::CLIENT)?,
        Secret::new(needed(sign_in::SECRET)?),
        Some(ClientSecretCredentialOptions { client_options }),
    );
    Ok(made.map(|made| made as _))
}

/// The SDK takes PKCS#12 with an RSA key.
fn client_certificate(client_options: ClientOptions) -> Result<Made, TokenError> {
    let path = needed(sign_in::CERTIFICATE)?;
    let bytes = std::fs::read(&path).map_err(|source| TokenError::Certificate { path, source })?;
    let made = ClientCertificateCredential::new(
        needed(sign_in::TENANT)?,
        needed(sign_in::CLIENT)?,
        SecretBytes::new(bytes),
        Some(ClientCertificateCredentialOptions {
            client_options,
            password: sign_in::variable(sign_in::CERTIFICATE_PASSWORD).map(Secret::new),
        }),
    );
    Ok(made.map(|made| made as _))
}

fn pipelines(client_options: ClientOptions) -> Result<Made, TokenError> {
    let made = AzurePipelinesCredential::new(
        needed(sign_in::PIPELINE_TENANT)?,
        needed(sign_in::PIPELINE_CLIENT)?,
        &needed(sign_in::PIPELINE_CONNECTION)?,
        needed(sign_in::PIPELINE_TOKEN)?,
        Some(AzurePipelinesCredentialOptions {
            credential_options: ClientAssertionCredentialOptions { client_options },
        }),
    );
    Ok(made.map(|made| made as _))
}

fn github(client_options: ClientOptions, login: Login) -> Result<Made, TokenError> {
    let url = needed(sign_in::GITHUB_URL)?;
    let token = needed(sign_in::GITHUB_TOKEN)?;
    let made = ClientAssertionCredential::new(
        needed(sign_in::TENANT)?,
        needed(sign_in::CLIENT)?,
        GithubOidc::new(url, token.into(), login),
        Some(ClientAssertionCredentialOptions { client_options }),
    );
    Ok(made.map(|made| made as _))
}

fn needed(variable: &'static str) -> Result<String, TokenError> {
    sign_in::variable(variable).ok_or(TokenError::NoVariable { variable })
}

/// The public cloud is left unsaid, so that `AZURE_AUTHORITY_HOST` still counts.
fn client_options(login: Login) -> ClientOptions {
    let cloud = match login {
        Login::Public => None,
        Login::UsGovernment => Some(CloudConfiguration::AzureGovernment),
        Login::China => Some(CloudConfiguration::AzureChina),
    };
    ClientOptions {
        cloud: cloud.map(Arc::new),
        ..ClientOptions::default()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::azure::token::{fetch, install_tls};

    /// The SDK's HTTP has no TLS of its own in our set of features: it must find ours.
    #[tokio::test]
    async fn the_sdk_signs_in_over_tls() {
        install_tls();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut authority = azure_core::cloud::CustomConfiguration::default();
        authority.authority_host = format!("https://{}", listener.local_addr().unwrap());
        let mut client_options = ClientOptions {
            cloud: Some(Arc::new(CloudConfiguration::Custom(authority))),
            ..ClientOptions::default()
        };
        client_options.retry = azure_core::http::RetryOptions::none();
        let credential = ClientSecretCredential::new(
            "00000000-0000-0000-0000-000000000000",
            "client".into(),
            Secret::new("canary"),
            Some(ClientSecretCredentialOptions { client_options }),
        )
        .unwrap();
        let hello = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut first = [0_u8; 2];
            stream.read_exact(&mut first).await.unwrap();
            first
        };
        let signing_in = fetch("a client secret", credential, "scope".into());
        let (hello, result) = tokio::join!(hello, signing_in);
        // A TLS record of type handshake, version 3.x. Source: RFC 8446, section 5.1.
        assert_eq!(hello, [0x16, 0x03]);
        let error = format!("{:?}", result.unwrap_err());
        assert!(!error.contains("canary"), "{error}");
    }
}
