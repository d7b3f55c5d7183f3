//! The OpenID Connect token that GitHub gives to a workflow, as the assertion of a federated credential.
//!
//! Source: docs.github.com, "OpenID Connect reference": the request carries the workflow's token, the answer is
//! `{"value": "…"}`.

use std::fmt;
use std::pin::Pin;

use azure_core::error::ErrorKind;
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::azure::endpoint::Login;

/// Asks GitHub for an assertion whenever Entra ID wants one.
pub(super) struct GithubOidc {
    url: String,
    token: SecretString,
    audience: &'static str,
}

impl GithubOidc {
    pub fn new(url: String, token: SecretString, login: Login) -> Self {
        // Source: learn.microsoft.com, "Configure a federated identity credential", audiences of the clouds.
        let audience = match login {
            Login::Public => "api://AzureADTokenExchange",
            Login::UsGovernment => "api://AzureADTokenExchangeUSGov",
            Login::China => "api://AzureADTokenExchangeChina",
        };
        Self { url, token, audience }
    }

    async fn assertion(&self) -> azure_core::Result<String> {
        let refused = |said: &str| azure_core::Error::with_message(ErrorKind::Credential, said.to_owned());
        let mut url =
            reqwest::Url::parse(&self.url).map_err(|_| refused("github names no address for its tokens"))?;
        let is_loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
        if url.scheme() != "https" && !is_loopback {
            return Err(refused("github's address for tokens is not https"));
        }
        url.query_pairs_mut().append_pair("audience", self.audience);
        let asked = reqwest::Client::new()
            .get(url)
            .bearer_auth(self.token.expose_secret())
            .header("accept", "application/json")
            .send()
            .await;
        // The address holds the ids of the run: only what went wrong is told.
        let answer =
            asked.map_err(|error| refused(&format!("github did not answer: {}", error.without_url())))?;
        let status = answer.status();
        if !status.is_success() {
            let said = format!(
                "github refused to give an OpenID Connect token ({status}): the workflow needs `permissions: id-token: write`"
            );
            return Err(refused(&said));
        }
        let body: Value = answer
            .json()
            .await
            .map_err(|_| refused("github's answer is not JSON"))?;
        let value = body["value"].as_str();
        value
            .map(str::to_owned)
            .ok_or_else(|| refused("github's answer holds no token"))
    }
}

impl fmt::Debug for GithubOidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GithubOidc")
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

type Answer<'a> = Pin<Box<dyn Future<Output = azure_core::Result<String>> + Send + 'a>>;

/// The trait is asynchronous by a macro: this is what the macro makes of it.
impl ClientAssertion for GithubOidc {
    fn secret<'a, 'b, 'c>(&'a self, _: Option<ClientMethodOptions<'b>>) -> Answer<'c>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(self.assertion())
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::azure::token::install_tls;

    /// Answers one request with `status` and `body`; gives back what was asked.
    async fn asked(status: &str, body: &str) -> (azure_core::Result<String>, String) {
        install_tls();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token?api-version=2", listener.local_addr().unwrap());
        let github = GithubOidc::new(url, "canary-of-the-run".into(), Login::Public);
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        };
        tokio::join!(github.secret(None), serve)
    }

    #[tokio::test]
    async fn the_workflows_token_buys_an_assertion_for_entra() {
        let (assertion, request) = asked("200 OK", r#"{"value": "an.oidc.token"}"#).await;
        assert_eq!(assertion.unwrap(), "an.oidc.token");
        assert!(
            request
                .starts_with("GET /token?api-version=2&audience=api%3A%2F%2FAzureADTokenExchange HTTP/1.1"),
            "{request}"
        );
        assert!(
            request.contains("authorization: Bearer canary-of-the-run"),
            "{request}"
        );
    }

    #[tokio::test]
    async fn a_workflow_without_the_permission_is_told_which_one() {
        let (assertion, _) = asked("403 Forbidden", "").await;
        let error = format!("{:?}", assertion.unwrap_err());
        assert!(
            error.contains("id-token: write") && !error.contains("canary"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn the_workflows_token_never_travels_in_the_clear() {
        let github = GithubOidc::new("http://example.com/token".into(), "canary".into(), Login::Public);
        let error = github.secret(None).await.unwrap_err();
        assert!(error.to_string().contains("not https"), "{error}");
    }
}
