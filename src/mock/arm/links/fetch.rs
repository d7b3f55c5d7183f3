//! One document over http or https: neither long nor large, and with nothing of the client's request.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde_json::Value;

use super::super::json;
use super::super::template::Link;

/// Source: Azure Resource Manager, template limits: 4 MB.
const LARGEST: usize = 4 << 20;
const LONGEST: Duration = Duration::from_secs(20);
const MOST_REDIRECTS: usize = 5;

/// The JSON document behind `link`.
///
/// # Errors
///
/// ARM's sentence for content that cannot be had. Neither it nor anything else shows the query of the address.
pub async fn document(link: &Link) -> Result<Arc<Value>, String> {
    let url = url(link).ok_or_else(|| {
        format!(
            "The provided content link '{}' is invalid or not supported. Content link must be an absolute http or https URI.",
            link.shown()
        )
    })?;
    let failed = |why: String| {
        format!(
            "Unable to download deployment content from '{}'. {why}",
            link.shown()
        )
    };
    let bytes = body(url).await.map_err(failed)?;
    let text =
        String::from_utf8(bytes).map_err(|_| failed("The content is not text in UTF-8.".to_owned()))?;
    let document =
        json::parse(&text).map_err(|error| failed(format!("The content is not JSON: {error}.")))?;
    if document.is_object() {
        Ok(Arc::new(document))
    } else {
        Err(failed("The content is not a JSON object.".to_owned()))
    }
}

fn url(link: &Link) -> Option<Url> {
    let mut url = Url::parse(&link.uri).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    if !link.query.is_empty() {
        url.set_query(Some(&link.query));
    }
    Some(url)
}

async fn body(url: Url) -> Result<Vec<u8>, String> {
    let client = client(&url).map_err(|_| "No client could be made.".to_owned())?;
    // The error of the client may show the address with its signature.
    let lost = |error: reqwest::Error| match error {
        error if error.is_timeout() => {
            format!("The host did not answer within {} seconds.", LONGEST.as_secs())
        }
        error if error.is_redirect() => format!("The host redirected more than {MOST_REDIRECTS} times."),
        error if error.is_connect() => "The host could not be reached.".to_owned(),
        _ => "The answer broke off.".to_owned(),
    };
    let mut answer = client.get(url).send().await.map_err(lost)?;
    if !answer.status().is_success() {
        return Err(format!(
            "The host answered with the status code '{}'.",
            answer.status().as_u16()
        ));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(lost)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LARGEST {
            return Err(format!("The content exceeds the limit of {LARGEST} bytes."));
        }
    }
    Ok(bytes)
}

/// A client without memory; this machine is never asked through a proxy.
fn client(url: &Url) -> reqwest::Result<Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .redirect(Policy::limited(MOST_REDIRECTS))
        .timeout(LONGEST)
        .referer(false);
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if is_here { builder.no_proxy() } else { builder }.build()
}
