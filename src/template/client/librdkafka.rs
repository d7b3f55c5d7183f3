//! Settings of Java's clients in librdkafka's words.
//!
//! Source: librdkafka, CONFIGURATION.md.

use std::fmt::Write as _;

use super::plain_variables;
use super::properties::Properties;

const HEAD: &str = "# librdkafka and the clients built on it. Replace values of the form ${NAME} when the application starts: it has no\n# providers of its own.\n";

/// Those that have another name.
const RENAMED: [(&str, &str); 4] = [
    ("max.request.size", "message.max.bytes"),
    ("ssl.truststore.location", "ssl.ca.location"),
    ("ssl.truststore.certificates", "ssl.ca.pem"),
    ("ssl.key.password", "ssl.key.password"),
];

/// Those that it has nothing for.
const UNKNOWN: [&str; 7] = [
    "config.providers",
    "ssl.truststore.type",
    "ssl.truststore.password",
    "ssl.keystore.type",
    "sasl.login.callback.handler.class",
    "sasl.login.class",
    "default.api.timeout.ms",
];

pub(super) fn text(settings: &Properties) -> String {
    let mut text = HEAD.to_owned();
    for (key, value) in settings.iter() {
        let value = plain_variables(value);
        if key == "sasl.jaas.config" {
            signed_in(&value, &mut text);
            continue;
        }
        if UNKNOWN.iter().any(|unknown| key.starts_with(unknown)) {
            continue;
        }
        if key == "ssl.keystore.location" {
            // One PEM file holds both in Java.
            let _ = writeln!(text, "ssl.certificate.location={value}\nssl.key.location={value}");
            continue;
        }
        let name = RENAMED
            .iter()
            .find(|(java, _)| *java == key)
            .map_or(key, |(_, name)| name);
        let _ = writeln!(text, "{name}={value}");
    }
    text
}

/// The user and the password of a login module; tokens come from the application.
fn signed_in(jaas: &str, text: &mut String) {
    let option = |name: &str| {
        let (_, rest) = jaas.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value)
    };
    match (option("username"), option("password")) {
        (Some(user), Some(password)) => {
            let _ = writeln!(text, "sasl.username={user}\nsasl.password={password}");
        }
        _ => text.push_str("# The application sets a callback that fetches the token of OAUTHBEARER.\n"),
    }
}
