//! What a running emulator is asked by the program that started it: the addresses that Azure has not.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// An emulator that does not answer as it should.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error("`{address}` is not the address of an ARM emulator")]
    Address { address: String },
    #[error("the ARM emulator at `{address}` does not answer")]
    Call { address: String, source: reqwest::Error },
}

#[derive(Deserialize)]
struct List<T> {
    value: Vec<T>,
}

/// The list at `/landfall/{what}`.
///
/// # Errors
///
/// [`Unanswered`] when nobody answers, or not with such a list.
pub async fn list<T: DeserializeOwned>(
    address: &str,
    what: &str,
    query: &[(&str, String)],
    token: &SecretString,
) -> Result<Vec<T>, Unanswered> {
    let unanswered = |source| Unanswered::Call {
        address: address.to_owned(),
        source,
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    // A proxy must not see the token, and loopback over http needs no certificates.
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .build()
        .map_err(unanswered)?;
    let url = reqwest::Url::parse_with_params(&format!("{address}/landfall/{what}"), query);
    let url = url.map_err(|_| Unanswered::Address {
        address: address.to_owned(),
    })?;
    let answer = client
        .get(url)
        .bearer_auth(token.expose_secret())
        .send()
        .await
        .map_err(unanswered)?;
    let answer = answer.error_for_status().map_err(unanswered)?;
    answer
        .json::<List<T>>()
        .await
        .map(|list| list.value)
        .map_err(unanswered)
}
