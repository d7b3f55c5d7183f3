//! Secrets, encryption, and who may speak to the workers. No value is ever repeated here.

use super::rules;
use super::writing::{may_hold_a_secret, place};
use crate::mirror::lint::finding::Finding;
use crate::mirror::lint::read::{Block, Form};
use crate::mirror::lint::spread;

rules! {
    SECRET = Error "secret-in-the-file" {
        trap: "a password in the file",
        reason: "It is in the repository, in backups, and in what `GET /connectors/…/config` answers to anybody who reaches the worker.",
        fix: "write a reference, `${file:/etc/kafka/secrets.properties:source.password}`, and name the provider in `config.providers` of the worker",
        source: "KIP-297; Apache Kafka, docs/security.html"
    }
    PROVIDER = Error "config-provider-missing" {
        trap: "`${file:…}` without `config.providers`",
        reason: "Without the provider the text is used as it is written: the sign-in fails with `${file:…}` for a password.",
        fix: "set `config.providers` to `file` and `config.providers.file.class` to `org.apache.kafka.common.config.provider.FileConfigProvider`",
        source: "KIP-297; MirrorMakerConfig.transform"
    }
    SASL_PLAINTEXT = Warning "sign-in-without-encryption" {
        trap: "SASL_PLAINTEXT",
        reason: "Records go over the line in the clear, and with PLAIN the password as well.",
        fix: "use SASL_SSL, or keep the line inside one network",
        source: "Apache Kafka, docs/security.html"
    }
    HOST_CHECK = Warning "host-name-not-checked" {
        trap: "an empty `ssl.endpoint.identification.algorithm`",
        reason: "Any certificate that the authority ever signed passes for the broker's.",
        fix: "remove it, and give the brokers certificates with their names",
        source: "Apache Kafka, docs/security.html"
    }
    OPEN_REST = Warning "rest-open-to-all" {
        trap: "a worker whose REST port listens everywhere, without sign-in",
        reason: "Whoever reaches the port can read configurations, stop the mirror, and start connectors that read or write any topic.",
        fix: "set `listeners` to a private address, and add `rest.extension.classes` for basic authentication, or HTTPS with client certificates",
        source: "Apache Kafka, docs/security.html"
    }
}

pub fn check(block: &Block, blocks: &[Block], out: &mut Vec<Finding>) {
    let head = spread::head(block);
    let providers = providers(block, blocks);
    for setting in &block.settings {
        let at = place(&head, setting);
        let (key, value) = (setting.key.as_str(), setting.value.trim());
        if may_hold_a_secret(key) && holds_a_secret(key, value) {
            out.push(SECRET.at(&at, format!("`{key}` holds a secret (its value is not shown)")));
        }
        if let Some(providers) = &providers {
            let missing = references(value)
                .into_iter()
                .find(|name| !providers.contains(name));
            if let Some(name) = missing {
                out.push(PROVIDER.at(
                    &at,
                    format!(
                        "`{key}` refers to the provider `{name}`, which `config.providers` does not name"
                    ),
                ));
            }
        }
        if key.ends_with("security.protocol") && value == "SASL_PLAINTEXT" {
            out.push(SASL_PLAINTEXT.at(&at, format!("`{key}` is `SASL_PLAINTEXT`")));
        }
        if key.ends_with("ssl.endpoint.identification.algorithm") && value.is_empty() {
            out.push(HOST_CHECK.at(&at, format!("`{key}` is empty")));
        }
    }
    // A worker that an environment describes gets its listeners from its host.
    if block.form == Form::Worker && block.line.is_some() {
        rest(block, out);
    }
}

/// The names of the providers that resolve references here; unknown when the worker was not given.
fn providers(block: &Block, blocks: &[Block]) -> Option<Vec<String>> {
    let knows = match block.form {
        Form::Connector(_) => blocks.iter().find(|other| other.form == Form::Worker)?,
        _ => block,
    };
    let all = spread::settings(knows);
    let names = crate::mirror::lint::patterns::list(all.text("config.providers").unwrap_or_default());

    Some(names)
}

/// The providers that a value names: `${name:path:key}`.
fn references(value: &str) -> Vec<String> {
    let starts = value.match_indices("${").map(|(at, _)| &value[at + 2..]);
    let name = |rest: &str| {
        let inside = rest.split_once('}')?.0;
        Some(inside.split_once(':')?.0.to_owned())
    };
    starts.filter_map(name).collect()
}

/// Whether a value that may be a secret is one: not a reference, not a path, not a name.
fn holds_a_secret(key: &str, value: &str) -> bool {
    let name = key.rsplit('.').next().unwrap_or_default();
    if value.is_empty() || value.eq_ignore_ascii_case("null") {
        return false;
    }
    if key.ends_with("jaas.config") {
        return secret_word(value);
    }
    let of_value = matches!(name, "password" | "secret" | "token" | "key" | "info")
        || key.ends_with("password")
        || key.ends_with("clientSecret");
    of_value && !resolved(value)
}

/// Whether a JAAS line gives a password, a secret or a connection string outright.
fn secret_word(jaas: &str) -> bool {
    let words = [
        "password",
        "clientsecret",
        "oauth.client.secret",
        "sharedaccesskey",
        "client.secret",
    ];
    let lower = jaas.to_lowercase();
    words.iter().any(|word| {
        lower.match_indices(word).any(|(at, _)| {
            let after = lower[at + word.len()..].trim_start();
            let Some(given) = after.strip_prefix('=') else {
                return false;
            };
            let given = given.trim_start().trim_start_matches(['"', '\'', '\\']);
            !given.is_empty() && !given.starts_with(['"', '\'', ';']) && !resolved(given)
        })
    })
}

/// A reference that somebody resolves later, or an empty sample.
fn resolved(value: &str) -> bool {
    value.starts_with("${") || value.starts_with("{{") || value.starts_with('<')
}

fn rest(block: &Block, out: &mut Vec<Finding>) {
    let all = spread::settings(block);
    let signed = all.get("rest.extension.classes").is_some()
        || all
            .text("listeners.https.ssl.client.auth")
            .is_some_and(|text| text == "required");
    let listeners = all.text("listeners").unwrap_or("http://:8083");
    let open = crate::mirror::lint::patterns::list(listeners)
        .into_iter()
        .find(|listener| {
            let address = listener
                .split_once("://")
                .map_or(listener.as_str(), |(_, address)| address);
            address.starts_with(':') || address.starts_with("0.0.0.0") || address.starts_with("[::]")
        });
    if let Some(listener) = open.filter(|_| !signed) {
        out.push(OPEN_REST.at(
            &all.at("listeners"),
            format!("`{listener}` takes requests from anywhere, without a sign-in"),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_from_a_reference_and_from_a_name() {
        let plain = r#"org.x.PlainLoginModule required username="u" password="hunter2";"#;
        assert!(holds_a_secret("a.sasl.jaas.config", plain));
        assert!(holds_a_secret(
            "a.sasl.jaas.config",
            "x required password=hunter2;"
        ));
        assert!(holds_a_secret("ssl.keystore.password", "changeit"));
        assert!(holds_a_secret("basic.auth.user.info", "a:b"));
        for (key, value) in [
            ("a.sasl.jaas.config", r#"x required password="${file:/s:p}";"#),
            (
                "a.sasl.jaas.config",
                r#"x required password="<your connection string>";"#,
            ),
            ("a.sasl.jaas.config", "OAuthBearerLoginModule required;"),
            ("ssl.keystore.password", "${env:PASSWORD}"),
            (
                "sasl.oauthbearer.token.endpoint.url",
                "https://login.example/token",
            ),
            ("ssl.keystore.password", ""),
        ] {
            assert!(!holds_a_secret(key, value), "{key}={value}");
        }
    }
}
