//! The wiring in the words of Strimzi's operator, which says addresses, sign-in, classes and aliases itself.

use serde_json::{Map, Value, json};

use super::{Kept, into_map, kept, text_of, vaults};
use crate::cli::clusters::target_security;
use crate::cli::failure::Failure;
use crate::config::Environment;
use crate::mirror::connect::{Keys, Wiring};
use crate::model::connect_secrets::{KEY_PASSWORD, PASSWORD};
use crate::model::security::{Mechanism, Protocol, Security};
use crate::template::Bundle;

/// Keys of a connector that the operator writes.
const OPERATORS_OWN: &[&str] = &[
    "name",
    "connector.class",
    "tasks.max",
    "source.cluster.alias",
    "target.cluster.alias",
    "topics",
    "topics.exclude",
    "groups",
    "groups.exclude",
];
/// Keys of a worker for which the operator has words of its own.
const GROUP_ID: &str = "group.id";
const CONFIG_TOPIC: &str = "config.storage.topic";
const OFFSET_TOPIC: &str = "offset.storage.topic";
const STATUS_TOPIC: &str = "status.storage.topic";
/// Prefixes of addresses and sign-in, alone and behind `producer.override.` or a cluster's own.
const SIGN_IN: &[&str] = &["bootstrap.servers", "security.", "sasl.", "ssl."];
const BEHIND: &[&str] = &["source.cluster.", "target.cluster.", "producer.override."];

/// What the manifests' templates are given.
pub fn given(
    environment: &Environment,
    bundle: &Bundle,
    wiring: &Wiring,
) -> Result<Map<String, Value>, Failure> {
    let (source, target) = (&wiring.source.config, &wiring.checkpoint.config);
    let name = format!("landfall-{}", environment.name);
    let from = environment
        .source
        .as_ref()
        .ok_or_else(|| Failure::no_source(environment))?;
    let text = |keys: &Keys, key: &str| keys.get(key).cloned().unwrap_or_default();
    let in_vault: Vec<_> = wiring.secrets.iter().filter_map(kept).collect();
    let secrets = Secrets::of(name.clone(), &in_vault);
    let to = target_security(environment, bundle);
    let sides = [("source", &from.security), ("target", to)];
    let kubernetes = json!({
        "name": name,
        "source": cluster(&secrets, "source", source, &from.security)?,
        "target": cluster(&secrets, "target", source, to)?,
        "group-id": text(&wiring.worker, GROUP_ID),
        "config-topic": text(&wiring.worker, CONFIG_TOPIC),
        "offset-topic": text(&wiring.worker, OFFSET_TOPIC),
        "status-topic": text(&wiring.worker, STATUS_TOPIC),
        "worker-config": entries(&wiring.worker, is_workers_own),
        "topics": text(source, "topics"),
        "topics-exclude": text(source, "topics.exclude"),
        "groups": text(target, "groups"),
        "groups-exclude": text(target, "groups.exclude"),
        "source-tasks": text(source, "tasks.max"),
        "checkpoint-tasks": text(target, "tasks.max"),
        "source-config": entries(source, is_ours),
        "checkpoint-config": entries(target, is_ours),
        "vaults": vaults(&in_vault),
        "secrets": in_vault.iter().map(Kept::to_json).collect::<Vec<_>>(),
        "authorities": authorities(&secrets, sides)?,
        "by-hand": by_hand(&secrets, sides),
    });
    Ok(into_map(json!({
        "workers": environment.mirror.workers,
        "kubernetes": kubernetes,
    })))
}

fn is_ours(key: &str) -> bool {
    let inner = BEHIND.iter().find_map(|prefix| key.strip_prefix(prefix));
    !OPERATORS_OWN.contains(&key) && !is_sign_in(inner.unwrap_or(key))
}

fn is_workers_own(key: &str) -> bool {
    let said = [GROUP_ID, CONFIG_TOPIC, OFFSET_TOPIC, STATUS_TOPIC].contains(&key);
    !said && !is_sign_in(key) && !key.starts_with("config.providers")
}

fn is_sign_in(key: &str) -> bool {
    SIGN_IN.iter().any(|prefix| key.starts_with(prefix))
}

fn entries(keys: &Keys, takes: impl Fn(&str) -> bool) -> Vec<Value> {
    let kept = keys.iter().filter(|(key, _)| takes(key));
    kept.map(|(key, value)| json!({ "key": key, "value": value }))
        .collect()
}

/// The secrets of the namespace. Each has one owner: what an operator brings, it also takes away.
struct Secrets {
    /// What comes from key vaults.
    vault: String,
    /// What is public and stands in the manifests.
    authorities: String,
    /// What somebody has to bring.
    by_hand: String,
    /// The keys of what comes from key vaults.
    in_vault: Vec<String>,
}

impl Secrets {
    fn of(name: String, in_vault: &[Kept<'_>]) -> Self {
        Self {
            authorities: format!("{name}-authorities"),
            by_hand: format!("{name}-by-hand"),
            vault: name,
            in_vault: in_vault.iter().map(|kept| kept.key.to_owned()).collect(),
        }
    }
}

type Side<'a> = (&'a str, &'a Security);

/// The certificates of those who sign the brokers': public, so the manifests hold them.
fn authorities(secrets: &Secrets, sides: [Side<'_>; 2]) -> Result<Value, Failure> {
    let mut entries = Vec::new();
    for (side, security) in sides {
        if let Some(file) = &security.ca_file {
            entries.push(json!({ "key": ca_key(side), "text": text_of(file.as_str())? }));
        }
    }
    Ok(json!({ "secret": secrets.authorities, "entries": entries }))
}

/// What is neither in a key vault nor public, with the words of the environment that name it.
fn by_hand(secrets: &Secrets, sides: [Side<'_>; 2]) -> Value {
    let mut entries = Vec::new();
    for (side, security) in sides {
        let mut add = |key: String, word: &str| {
            entries.push(json!({ "key": key, "is": format!("{side}.security.{word}") }));
        };
        let password = password_key(side);
        if security.password.is_some() && !secrets.in_vault.contains(&password) {
            add(password, "password");
        }
        if security.certificate_file.is_some() {
            let (certificate, key) = pair_keys(side);
            add(certificate, "certificate-file");
            add(key, "key-file");
        }
    }
    json!({ "secret": secrets.by_hand, "entries": entries })
}

fn ca_key(side: &str) -> String {
    format!("{side}-ca.pem")
}

fn password_key(side: &str) -> String {
    format!("{side}.{PASSWORD}")
}

/// The keys of a client's certificate and of its private key.
fn pair_keys(side: &str) -> (String, String) {
    (format!("{side}-client.crt"), format!("{side}-client.key"))
}

fn cluster(secrets: &Secrets, side: &str, keys: &Keys, security: &Security) -> Result<Value, Failure> {
    let text = |key: &str| {
        keys.get(&format!("{side}.cluster.{key}"))
            .cloned()
            .unwrap_or_default()
    };
    let authorities = security
        .ca_file
        .as_ref()
        .map(|_| json!({ "secretName": secrets.authorities, "certificate": ca_key(side) }));
    Ok(json!({
        "alias": text("alias"),
        "bootstrap": text("bootstrap.servers"),
        "tls": matches!(security.protocol, Protocol::Ssl | Protocol::SaslSsl),
        "authorities": authorities,
        "sign-in": sign_in(secrets, side, security)?,
    }))
}

/// `spec.clusters[].authentication`; empty where nobody signs in.
fn sign_in(secrets: &Secrets, side: &str, security: &Security) -> Result<Vec<Value>, Failure> {
    let entry = |key: &str, value: Value| json!({ "key": key, "value": value });
    if security.certificate_file.is_some() {
        if security.key_password.is_some() {
            return Err(Failure::not_on_kubernetes(&format!(
                "a private key with a password (`{side}.{KEY_PASSWORD}`)"
            )));
        }
        let (certificate, key) = pair_keys(side);
        let pair = json!({ "secretName": secrets.by_hand, "certificate": certificate, "key": key });
        return Ok(vec![
            entry("type", "tls".into()),
            entry("certificateAndKey", pair),
        ]);
    }
    let Some(mechanism) = security.mechanism.filter(|_| security.protocol.is_sasl()) else {
        return Ok(Vec::new());
    };
    let kind = match mechanism {
        Mechanism::Plain => "plain",
        Mechanism::ScramSha256 => "scram-sha-256",
        Mechanism::ScramSha512 => "scram-sha-512",
        // From its v1 on the operator leaves OAuth to whoever builds it from `type: custom`.
        Mechanism::OauthBearer => return Err(Failure::not_on_kubernetes("OAuth")),
    };
    let password = password_key(side);
    let secret = if secrets.in_vault.contains(&password) {
        &secrets.vault
    } else {
        &secrets.by_hand
    };
    Ok(vec![
        entry("type", kind.into()),
        entry("username", security.username.clone().into()),
        entry(
            "passwordSecret",
            json!({ "secretName": secret, "password": password }),
        ),
    ])
}
