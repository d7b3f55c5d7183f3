//! Functions over URIs: resolution against a base, percent-encoding, data URIs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{Call, Outcome};

pub fn call(call: Call<'_>) -> Option<Outcome> {
    Some(match call.name {
        "uri" => resolve(call),
        "uricomponent" => call.text(0).map(|text| Value::from(encoded(text))),
        "uricomponenttostring" => call.text(0).and_then(|text| decoded(text).map(Value::from)),
        "datauri" => call.text(0).map(|text| {
            Value::from(format!(
                "data:text/plain;charset=utf8;base64,{}",
                BASE64.encode(text)
            ))
        }),
        "datauritostring" => data(call),
        "parseuri" => parsed(call),
        "builduri" => built(call),
        _ => return None,
    })
}

fn address(text: &str) -> Result<reqwest::Url, String> {
    reqwest::Url::parse(text).map_err(|_| format!("'{text}' is not a URI"))
}

fn resolve(call: Call<'_>) -> Outcome {
    call.count(2, 2)?;
    resolve_uri(call.text(0)?, call.text(1)?).map(Value::from)
}

/// `relative` as it leads on from `base`.
pub fn resolve_uri(base: &str, relative: &str) -> Result<String, String> {
    let joined = address(base)?.join(relative);
    joined
        .map(|whole| whole.as_str().to_owned())
        .map_err(|_| format!("'{relative}' is not a relative URI"))
}

/// Everything but RFC 3986's unreserved characters, as two upper-case digits.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    out
}

/// An upper-case hexadecimal digit.
fn digit(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16)
        .unwrap_or('0')
        .to_ascii_uppercase()
}

/// Percent-encoded text in clear.
pub fn decoded(text: &str) -> Result<String, String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).map_err(|_| format!("'{text}' is not the encoding of a text"))
}

fn data(call: Call<'_>) -> Outcome {
    let text = call.text(0)?;
    let wrong = || format!("'{text}' is not a data URI of a text");
    let (head, body) = text
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(','))
        .ok_or_else(wrong)?;
    if !head.ends_with(";base64") {
        return decoded(body).map(Value::from);
    }
    let bytes = BASE64.decode(body).map_err(|_| wrong())?;
    String::from_utf8(bytes).map(Value::from).map_err(|_| wrong())
}

fn parsed(call: Call<'_>) -> Outcome {
    let whole = address(call.text(0)?)?;
    Ok(json!({
        "scheme": whole.scheme(),
        "host": whole.host_str().unwrap_or_default(),
        "port": whole.port_or_known_default(),
        "path": whole.path(),
        "query": whole.query().map(|query| format!("?{query}")).unwrap_or_default(),
    }))
}

fn built(call: Call<'_>) -> Outcome {
    let parts = call.object(0)?;
    let text = |key: &str| parts.get(key).and_then(Value::as_str).unwrap_or_default();
    let port = parts.get("port").and_then(Value::as_i64);
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let whole = format!(
        "{}://{}{port}{}{}",
        text("scheme"),
        text("host"),
        text("path"),
        text("query")
    );
    address(&whole).map(|whole| Value::from(whole.as_str()))
}
