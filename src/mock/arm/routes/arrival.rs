//! A request as it comes in: how large it may be, and how it is read.

use axum::body::to_bytes;
use axum::http::HeaderMap;

use super::super::Site;
use super::super::error::ArmError;
use super::request::Request;

/// In bytes: the 4 MB that Azure Resource Manager takes, and what is around them.
///
/// Source: Azure Resource Manager, limits: a template of 4 MB.
const LARGEST_BODY: usize = 5 << 20;
/// In bytes. A client must be able to send back the 4 KB of a signed status address, and proxies allow twice that.
const LONGEST_URL: usize = 16 << 10;
/// In bytes, of all names and values together.
const LARGEST_HEADERS: usize = 64 << 10;

/// Reads a request to its end; what is too large is refused, with as much of it as is known.
pub async fn read(site: &Site, request: axum::extract::Request) -> (Request, Result<(), ArmError>) {
    let (parts, body) = request.into_parts();
    let made = |bytes: &[u8]| {
        let served = (site.address, site.allow_remote);
        Request::new(&parts.method, &parts.uri, &parts.headers, bytes, served)
    };
    if let Err(error) = check(&parts.uri.to_string(), &parts.headers) {
        return (made(&[]), Err(error));
    }
    match to_bytes(body, LARGEST_BODY).await {
        Ok(bytes) => (made(&bytes), Ok(())),
        Err(error) => {
            let error = if is_too_large(&error) {
                let message = format!("The request content exceeds the limit of {LARGEST_BODY} bytes.");
                ArmError::new(413, "RequestContentTooLarge", message)
            } else {
                ArmError::bad_request("InvalidRequestContent", "The request content could not be read.")
            };
            (made(&[]), Err(error))
        }
    }
}

fn check(url: &str, headers: &HeaderMap) -> Result<(), ArmError> {
    if url.len() > LONGEST_URL {
        let message = format!(
            "The address of {} bytes exceeds the limit of {LONGEST_URL}.",
            url.len()
        );
        return Err(ArmError::new(414, "UriTooLong", message));
    }
    let size: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if size > LARGEST_HEADERS {
        let message = format!("The headers of {size} bytes exceed the limit of {LARGEST_HEADERS}.");
        return Err(ArmError::new(431, "RequestHeaderFieldsTooLarge", message));
    }
    Ok(())
}

/// Whether a body was refused for its length; axum says so in a source of the error.
fn is_too_large(error: &axum::Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(one) = next {
        if one.to_string().contains("length limit exceeded") {
            return true;
        }
        next = one.source();
    }
    false
}
