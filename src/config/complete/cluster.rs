//! The two clusters: the target's kind, the source's address, and how clients sign in to each.

use camino::Utf8PathBuf;

use super::Checker;
use crate::config::environment::{Source, Target};
use crate::config::layer::{OauthLayer, SecurityLayer, SourceLayer, TargetLayer};
use crate::model::name::TargetName;
use crate::model::secret::SecretReference;
use crate::model::security::{Mechanism, OauthClient, Protocol, Security};

/// Completes `target`.
pub fn target(layer: TargetLayer, checker: &mut Checker<'_>) -> Option<Target> {
    let kind = checker.need(
        "target.kind",
        layer.kind,
        "a folder under `templates/targets/`, as `event-hubs`",
    );
    let kind = kind.and_then(|kind| checker.parsed("target.kind", TargetName::parse(&kind)));
    let security = layer
        .security
        .map(|layer| security(layer, "target.security", checker));
    let mut parameters = layer.parameters.unwrap_or_default().0;
    parameters.retain(|_, value| !value.is_null());
    Some(Target {
        kind: kind?,
        parameters,
        security: match security {
            Some(security) => Some(security?),
            None => None,
        },
    })
}

/// Completes `source`.
pub fn source(layer: SourceLayer, checker: &mut Checker<'_>) -> Option<Source> {
    let what = "where clients begin, as `kafka-1:9092,kafka-2:9092`";
    let bootstrap = checker.need("source.bootstrap", layer.bootstrap, what);
    if let Some(bootstrap) = &bootstrap {
        for address in bootstrap
            .split(',')
            .map(str::trim)
            .filter(|address| !is_address(address))
        {
            checker.check("source.bootstrap", false, || {
                format!("names `{address}`, which is not `host:port`")
            });
        }
    }
    let security = security(layer.security.unwrap_or_default(), "source.security", checker);
    let bootstrap = bootstrap?.split(',').map(str::trim).collect::<Vec<_>>().join(",");
    Some(Source {
        bootstrap,
        security: security?,
    })
}

fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let bracketed = host.starts_with('[') && host.ends_with(']');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let host_holds = !host.is_empty() && (bracketed || host.chars().all(plain));
    host_holds && port.parse::<u16>().is_ok_and(|port| port > 0)
}

fn security(layer: SecurityLayer, at: &str, checker: &mut Checker<'_>) -> Option<Security> {
    let protocol = layer.protocol.unwrap_or_default();
    let mechanism = layer.mechanism;
    let of = |key: &str| format!("{at}.{key}");
    check_sign_in(&layer, protocol, at, checker);
    check_tls(&layer, protocol, at, checker);
    let oauth = layer.oauth.map(|oauth| client(oauth, &of("oauth"), checker));
    if protocol.is_sasl() {
        let what = "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER";
        checker.need(&of("mechanism"), mechanism, what)?;
    }
    Some(Security {
        protocol,
        mechanism,
        username: layer.username,
        password: layer.password.map(|password| in_folder(password, checker)),
        ca_file: layer.ca_file.map(|file| checker.folder.join(file)),
        certificate_file: layer.certificate_file.map(|file| checker.folder.join(file)),
        key_file: layer.key_file.map(|file| checker.folder.join(file)),
        key_password: layer.key_password.map(|password| in_folder(password, checker)),
        oauth: match oauth {
            Some(oauth) => Some(oauth?),
            None => None,
        },
    })
}

/// What the protocol and the mechanism need and refuse.
fn check_sign_in(layer: &SecurityLayer, protocol: Protocol, at: &str, checker: &mut Checker<'_>) {
    let of = |key: &str| format!("{at}.{key}");
    let given = [
        ("mechanism", layer.mechanism.is_some()),
        ("username", layer.username.is_some()),
        ("password", layer.password.is_some()),
        ("oauth", layer.oauth.is_some()),
    ];
    let mut refuse = |keys: &[&str], why: &str| {
        for (key, _) in given.iter().filter(|(key, there)| *there && keys.contains(key)) {
            checker.check(&of(key), false, || why.to_owned());
        }
    };
    let spoken = protocol.as_str();
    match (protocol.is_sasl(), layer.mechanism) {
        (false, _) => refuse(
            &["mechanism", "username", "password", "oauth"],
            &format!("needs the protocol SASL_SSL or SASL_PLAINTEXT; it is {spoken}"),
        ),
        (true, Some(Mechanism::OauthBearer)) => {
            refuse(
                &["username", "password"],
                "has no use with the mechanism OAUTHBEARER",
            );
        }
        (true, Some(mechanism)) => {
            let name = mechanism.as_str();
            refuse(&["oauth"], &format!("has no use with the mechanism {name}"));
            checker.need(
                &of("username"),
                layer.username.as_ref(),
                &format!("the mechanism {name} needs it"),
            );
            let what = format!("the mechanism {name} needs it, as `{{ env: NAME }}`");
            checker.need(&of("password"), layer.password.as_ref(), &what);
        }
        (true, None) => {}
    }
}

/// Files of TLS need a protocol with TLS, and a client certificate comes with its key.
fn check_tls(layer: &SecurityLayer, protocol: Protocol, at: &str, checker: &mut Checker<'_>) {
    let of = |key: &str| format!("{at}.{key}");
    let given = [
        ("ca-file", layer.ca_file.is_some()),
        ("certificate-file", layer.certificate_file.is_some()),
        ("key-file", layer.key_file.is_some()),
        ("key-password", layer.key_password.is_some()),
    ];
    if !matches!(protocol, Protocol::Ssl | Protocol::SaslSsl) {
        for (key, _) in given.iter().filter(|(_, there)| *there) {
            checker.check(&of(key), false, || {
                format!("needs the protocol SSL or SASL_SSL; it is {}", protocol.as_str())
            });
        }
        return;
    }
    if layer.certificate_file.is_some() {
        checker.need(
            &of("key-file"),
            layer.key_file.as_ref(),
            "the private key of `certificate-file`",
        );
    }
    if layer.key_file.is_some() {
        checker.need(
            &of("certificate-file"),
            layer.certificate_file.as_ref(),
            "the certificate of `key-file`",
        );
    } else if layer.key_password.is_some() {
        checker.need(
            &of("key-file"),
            layer.key_file.as_ref(),
            "the private key that `key-password` opens",
        );
    }
}

fn client(layer: OauthLayer, at: &str, checker: &mut Checker<'_>) -> Option<OauthClient> {
    let of = |key: &str| format!("{at}.{key}");
    let endpoint = checker.need(
        &of("token-endpoint"),
        layer.token_endpoint,
        "the https address that gives tokens",
    );
    if let Some(endpoint) = &endpoint {
        let holds = endpoint
            .strip_prefix("https://")
            .is_some_and(|rest| !rest.is_empty());
        checker.check(&of("token-endpoint"), holds, || {
            format!("is `{endpoint}`; it must begin with `https://`")
        });
    }
    let client_id = checker.need(&of("client-id"), layer.client_id, "the id of the client");
    let what = "the secret of the client, as `{ env: NAME }`";
    let secret = checker.need(&of("client-secret"), layer.client_secret, what);
    Some(OauthClient {
        token_endpoint: endpoint?,
        client_id: client_id?,
        client_secret: in_folder(secret?, checker),
        scope: layer.scope,
    })
}

/// A secret's file is looked for in the environment's folder.
pub(super) fn in_folder(secret: SecretReference, checker: &Checker<'_>) -> SecretReference {
    match secret {
        SecretReference::File(path) => SecretReference::File(Utf8PathBuf::from(checker.folder).join(path)),
        other => other,
    }
}
