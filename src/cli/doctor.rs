//! `landfall doctor`: named checks of this machine, the sign-in and the environments; each says what to do.

mod sign_in;

use serde::Serialize;

use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::config;
use crate::mock::kafka::docker::Engine;
use crate::run::journal;
use crate::template::Catalog;

/// Where systems keep the certificate authorities that they trust.
/// Source: the openssl-probe crate, `ENV_CERT_FILE` candidates.
const CERTIFICATES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/opt/homebrew/etc/openssl@3/cert.pem",
];

/// What the Kafka client must have been built with.
const NEEDED: [&str; 6] = [
    "ssl",
    "sasl_plain",
    "sasl_scram",
    "sasl_oauthbearer",
    "zstd",
    "lz4",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Health {
    Ok,
    /// Something that only some commands need.
    Missing,
    Wrong,
}

#[derive(Debug, Serialize)]
struct Check {
    name: String,
    health: Health,
    text: String,
}

impl Check {
    fn new(name: impl Into<String>, health: Health, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            health,
            text: text.into(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Checks {
    checks: Vec<Check>,
}

pub async fn run(session: &Session<'_>) -> Result<Exit, Failure> {
    let mut checks = vec![
        librdkafka(),
        certificates(),
        state_folder(session),
        templates(session),
    ];
    checks.push(docker().await);
    checks.extend(environments(session));
    checks.extend(sign_in::checks(session).await);
    let wrong = checks.iter().any(|check| check.health == Health::Wrong);
    let text = text(&checks);
    session.ui.result(!wrong, &Checks { checks }, &text);
    Ok(if wrong { Exit::Configuration } else { Exit::Done })
}

fn text(checks: &[Check]) -> String {
    let width = checks
        .iter()
        .map(|check| check.name.chars().count())
        .max()
        .unwrap_or_default();
    let line = |check: &Check| {
        let mark = match check.health {
            Health::Ok => "ok     ",
            Health::Missing => "missing",
            Health::Wrong => "wrong  ",
        };
        format!("{mark}  {:width$}  {}", check.name, check.text)
    };
    checks.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn librdkafka() -> Check {
    let (version, built_in) = crate::kafka::librdkafka();
    let missing: Vec<&str> = NEEDED
        .into_iter()
        .filter(|name| !built_in.iter().any(|one| one == name))
        .collect();
    if missing.is_empty() {
        return Check::new(
            "librdkafka",
            Health::Ok,
            format!("{version}, inside this program, with {}", NEEDED.join(", ")),
        );
    }
    Check::new(
        "librdkafka",
        Health::Wrong,
        format!("{version} was built without {}", missing.join(", ")),
    )
}

fn certificates() -> Check {
    let named = std::env::var("SSL_CERT_FILE").ok();
    let found = named
        .as_deref()
        .into_iter()
        .chain(CERTIFICATES)
        .find(|path| std::path::Path::new(path).exists());
    match found {
        Some(path) => Check::new("certificates", Health::Ok, path),
        None => Check::new(
            "certificates",
            Health::Missing,
            "no file of certificate authorities: install `ca-certificates`, or name one in SSL_CERT_FILE",
        ),
    }
}

fn state_folder(session: &Session<'_>) -> Check {
    let state = &session.global.state;
    let probe = state.join("doctor");
    match journal::replace(&probe, b"").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => Check::new("state folder", Health::Ok, state.as_str()),
        Err(error) => Check::new(
            "state folder",
            Health::Wrong,
            format!("cannot write to {state}: {error}"),
        ),
    }
}

/// Only the mock site in containers needs it.
async fn docker() -> Check {
    match Engine.version().await {
        Ok(version) => Check::new(
            "docker",
            Health::Ok,
            format!("engine {version}, for `landfall mock up`"),
        ),
        Err(error) => Check::new(
            "docker",
            Health::Missing,
            format!("{}: the mock site is embedded", reason(&error)),
        ),
    }
}

fn templates(session: &Session<'_>) -> Check {
    let catalog = Catalog::open(session.global.templates.as_deref(), None);
    match catalog.and_then(|catalog| catalog.targets()) {
        Ok(targets) => {
            let names: Vec<String> = targets.iter().map(ToString::to_string).collect();
            Check::new("templates", Health::Ok, format!("targets: {}", names.join(", ")))
        }
        Err(error) => Check::new("templates", Health::Wrong, error.to_string()),
    }
}

fn environments(session: &Session<'_>) -> Vec<Check> {
    let names = match config::list(&session.global.environments) {
        Ok(names) => names,
        Err(error) => return vec![Check::new("environments", Health::Missing, error.to_string())],
    };
    let mut checks = vec![Check::new(
        "environments",
        Health::Ok,
        format!("{} in {}", names.len(), session.global.environments),
    )];
    for name in names {
        checks.push(match session.environment(name.as_str()) {
            Ok(environment) => {
                let missing: Vec<String> = environment
                    .secrets()
                    .into_iter()
                    .filter(|secret| secret.local().is_err())
                    .map(ToString::to_string)
                    .collect();
                let name = format!("  {name}");
                if missing.is_empty() {
                    Check::new(name, Health::Ok, environment.target.kind.to_string())
                } else {
                    Check::new(
                        name,
                        Health::Missing,
                        format!("secrets that cannot be read: {}", missing.join(", ")),
                    )
                }
            }
            Err(failure) => Check::new(format!("  {name}"), Health::Wrong, failure.message),
        });
    }
    checks
}

/// The error with its innermost cause, on one line.
fn reason(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let (outer, inner) = (error.to_string(), innermost.to_string());
    if outer == inner {
        outer
    } else {
        format!("{outer}: {inner}")
    }
}
