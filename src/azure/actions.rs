//! Calls that a template folder asks for by their path: actions of resources, and resources beside a deployment.

use secrecy::SecretString;
use serde_json::Value;

use super::call::Call;
use super::deployments::none_if_not_found;
use super::{AzureError, Client};

/// How a path is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// A POST that changes nothing, however often it is sent.
    Ask,
    /// A POST that is sent again only while it is certain that Azure has not accepted it.
    Post,
    Put,
}

impl Client {
    /// Calls `path`, and follows what it starts to its end. Returns the result; it may hold secrets.
    ///
    /// # Errors
    ///
    /// Azure's refusal, at once or at the end.
    pub async fn call_path(
        &self,
        verb: Verb,
        path: &str,
        api_version: &str,
        body: Option<Value>,
    ) -> Result<Value, AzureError> {
        let call = match verb {
            Verb::Ask => Call::post(path, api_version, body),
            Verb::Post => Call::post(path, api_version, body).unless_accepted(),
            Verb::Put => Call::put(path, api_version, body.unwrap_or(Value::Null)),
        };
        let answer = self.send(&call).await?;
        self.finish(answer).await
    }

    /// Reads `path`; `None` when nothing is there.
    ///
    /// # Errors
    ///
    /// Every refusal other than 404, and whatever keeps a call from being answered.
    pub async fn read_path(&self, path: &str, api_version: &str) -> Result<Option<Value>, AzureError> {
        let found = self.send(&Call::get(path, api_version)).await;
        found.map(|answer| Some(answer.body)).or_else(none_if_not_found)
    }

    /// Whether a vault holds a secret, named `vault-name/secret-name`.
    ///
    /// # Errors
    ///
    /// As [`Client::key_vault_secret`], save that an absent one is an answer.
    pub async fn has_key_vault_secret(&self, secret: &str) -> Result<bool, AzureError> {
        let found: Result<SecretString, AzureError> = self.key_vault_secret(secret).await;
        found
            .map(|_| Some(()))
            .or_else(none_if_not_found)
            .map(|found| found.is_some())
    }
}
