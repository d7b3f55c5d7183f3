//! Secrets that files refer to as `key-vault: VAULT/SECRET`.

use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::call::Call;
use super::{AzureError, Client};

/// Source: Azure Key Vault REST API, data plane, "Get Secret" and "Set Secret".
const API_VERSION: &str = "7.4";

#[derive(Deserialize)]
struct Kept {
    value: SecretText,
}

/// Text that never passes through a type that prints it.
struct SecretText(SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretString::from(text)))
    }
}

impl Client {
    /// Reads the newest version of a secret, named `vault-name/secret-name`.
    ///
    /// # Errors
    ///
    /// [`AzureError::NotAVaultSecret`] for another form, [`AzureError::NoKeyVault`] on an emulator, and Azure's refusal.
    pub async fn key_vault_secret(&self, secret: &str) -> Result<SecretString, AzureError> {
        let kept: Kept = self.send(&self.vault_call(secret)?).await?.decode()?;
        Ok(kept.value.0)
    }

    /// Writes a new version of a secret, named `vault-name/secret-name`.
    ///
    /// # Errors
    ///
    /// As [`Client::key_vault_secret`].
    pub async fn keep_in_key_vault(&self, secret: &str, value: &SecretString) -> Result<(), AzureError> {
        let mut call = self.vault_call(secret)?;
        call.method = Method::PUT;
        call.body = Some(json!({ "value": value.expose_secret() }));
        self.send(&call).await?;
        Ok(())
    }

    fn vault_call(&self, secret: &str) -> Result<Call, AzureError> {
        let Some(suffix) = self.endpoint.key_vault_suffix else {
            return Err(AzureError::NoKeyVault {
                secret: secret.to_owned(),
            });
        };
        let url = address(secret, suffix).ok_or_else(|| AzureError::NotAVaultSecret {
            secret: secret.to_owned(),
        })?;
        Ok(Call::service(url, format!("https://{suffix}/.default")).with("api-version", API_VERSION))
    }
}

/// Vault and secret names are letters, digits and hyphens. Source: Azure resource naming rules, `Microsoft.KeyVault`.
fn address(secret: &str, suffix: &str) -> Option<Url> {
    let (vault, name) = secret.split_once('/')?;
    let is_name =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !is_name(vault) || !is_name(name) {
        return None;
    }
    Url::parse(&format!("https://{vault}.{suffix}/secrets/{name}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::{Endpoint, Tokens};

    #[test]
    fn a_token_for_the_vault_can_only_go_to_a_vault() {
        let url = address("kv-prod/mirror-password", "vault.azure.net").unwrap();
        assert_eq!(
            url.as_str(),
            "https://kv-prod.vault.azure.net/secrets/mirror-password"
        );
        for bad in ["kv-prod", "evil.example/x", "kv/x/y", "kv@evil/x", "/x", "kv/"] {
            assert_eq!(address(bad, "vault.azure.net"), None, "{bad}");
        }
    }

    #[tokio::test]
    async fn an_emulator_has_no_vault() {
        let endpoint = Endpoint::at("http://127.0.0.1:9").unwrap();
        let client = Client::new(endpoint, Tokens::fixed("canary".into())).unwrap();
        let error = client.key_vault_secret("kv/x").await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "this azure has no key vault: the secret `kv/x` cannot be read"
        );
    }
}
