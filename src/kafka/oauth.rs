//! Tokens of OAUTHBEARER from an OAuth 2.0 token endpoint: the client credentials grant.
//!
//! librdkafka's own OIDC client needs libcurl, which is not built in; so the token is fetched here and handed over.
//! Source: RFC 6749, section 4.4.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{OauthToken, TokenSource};
use crate::model::security::OauthClient;

/// How long the endpoint may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// What is taken for the life of a token whose endpoint does not say.
const USUAL_LIFE: u64 = 300;

/// What the endpoint answers; the rest is of no use here.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<u64>,
}

/// Gives tokens of `client`, whose secret has been read; to be made inside a tokio runtime.
pub fn client_credentials(client: &OauthClient, secret: SecretString) -> TokenSource {
    let client = client.clone();
    let runtime = tokio::runtime::Handle::current();
    Arc::new(move || runtime.block_on(fetch(&client, &secret)))
}

/// The text of a failure names the endpoint and the status, never what was sent or answered.
async fn fetch(client: &OauthClient, secret: &SecretString) -> Result<OauthToken, String> {
    let endpoint = &client.token_endpoint;
    // Somebody else may have chosen already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .timeout(PATIENCE)
        .build()
        .map_err(|error| error.to_string())?;
    let mut form = vec![("grant_type", "client_credentials")];
    if let Some(scope) = &client.scope {
        form.push(("scope", scope));
    }
    let body = form
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect::<Vec<_>>()
        .join("&");
    let answer = http
        .post(endpoint)
        .basic_auth(encoded(&client.client_id), Some(encoded(secret.expose_secret())))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .map_err(|_| format!("no answer from the token endpoint `{endpoint}`"))?;
    let status = answer.status();
    if !status.is_success() {
        return Err(format!(
            "the token endpoint `{endpoint}` refused the client with status {status}"
        ));
    }
    let granted: Granted = answer
        .json()
        .await
        .map_err(|_| format!("the answer of `{endpoint}` holds no access token"))?;
    Ok(OauthToken {
        token: SecretString::from(granted.access_token),
        principal: client.client_id.clone(),
        expires: SystemTime::now() + Duration::from_secs(granted.expires_in.unwrap_or(USUAL_LIFE)),
    })
}

/// A value as a form carries it.
fn encoded(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    value
        .bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::SecretReference;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// An endpoint that answers once and returns what it was sent.
    async fn endpoint(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = Vec::new();
            while !String::from_utf8_lossy(&heard).contains("grant_type=") {
                let mut part = [0; 1024];
                let count = stream.read(&mut part).await.unwrap();
                heard.extend_from_slice(&part[..count]);
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&heard).into_owned()
        });
        (url, heard)
    }

    fn client(token_endpoint: String) -> OauthClient {
        OauthClient {
            token_endpoint,
            client_id: "kafka client".into(),
            client_secret: SecretReference::Env("X".into()),
            scope: Some("kafka/.default".into()),
        }
    }

    #[tokio::test]
    async fn a_token_is_asked_for_with_the_clients_credentials() {
        let (url, heard) = endpoint(
            "HTTP/1.1 200 OK\r\ncontent-length: 42\r\n\r\n{\"access_token\":\"t0ken\",\"expires_in\":3600} ",
        )
        .await;
        let token = fetch(&client(url), &SecretString::from("s:cret")).await.unwrap();
        assert_eq!(token.token.expose_secret(), "t0ken");
        assert!(token.expires > SystemTime::now() + Duration::from_mins(59));
        let heard = heard.await.unwrap();
        assert!(
            heard.contains("grant_type=client_credentials&scope=kafka%2F.default"),
            "{heard}"
        );
        // `kafka%20client:s%3Acret`
        assert!(
            heard
                .to_lowercase()
                .contains("authorization: basic a2fma2elmjbjbgllbnq6cyuzqwnyzxq="),
            "{heard}"
        );
    }

    #[tokio::test]
    async fn a_refusal_names_the_endpoint_and_no_secret() {
        let (url, _heard) = endpoint("HTTP/1.1 401 Unauthorized\r\ncontent-length: 6\r\n\r\ns:cret").await;
        let error = fetch(&client(url.clone()), &SecretString::from("s:cret"))
            .await
            .unwrap_err();
        assert_eq!(
            error,
            format!("the token endpoint `{url}` refused the client with status 401 Unauthorized")
        );
    }
}
