//! The wiring in the words of Strimzi's operator, which says addresses, sign-in, classes and aliases itself.

use serde_json::{Map, Value, json};

use super::{into_map, kept, vaults};
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
    let elsewhere = wiring.secrets.iter().filter(|secret| kept(secret).is_none());
    let kubernetes = json!({
        "name": name,
        "source": cluster(&name, "source", source, &from.security)?,
        "target": cluster(&name, "target", source, target_security(environment, bundle))?,
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
        "secrets": in_vault.iter().map(super::Kept::to_json).collect::<Vec<_>>(),
        "by-hand": elsewhere.map(|secret| secret.key.as_str()).collect::<Vec<_>>(),
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

fn cluster(name: &str, side: &str, keys: &Keys, security: &Security) -> Result<Value, Failure> {
    let text = |key: &str| {
        keys.get(&format!("{side}.cluster.{key}"))
            .cloned()
            .unwrap_or_default()
    };
    let authorities = security.ca_file.as_ref().map(|_| format!("{side}-ca.pem"));
    Ok(json!({
        "alias": text("alias"),
        "bootstrap": text("bootstrap.servers"),
        "tls": matches!(security.protocol, Protocol::Ssl | Protocol::SaslSsl),
        "authorities": authorities,
        "sign-in": sign_in(name, side, security)?,
    }))
}

/// `spec.clusters[].authentication`; empty where nobody signs in.
fn sign_in(name: &str, side: &str, security: &Security) -> Result<Vec<Value>, Failure> {
    let entry = |key: &str, value: Value| json!({ "key": key, "value": value });
    if security.certificate_file.is_some() {
        if security.key_password.is_some() {
            return Err(Failure::not_on_kubernetes(&format!(
                "a private key with a password (`{side}.{KEY_PASSWORD}`)"
            )));
        }
        let (certificate, key) = (format!("{side}-client.crt"), format!("{side}-client.key"));
        let pair = json!({ "secretName": name, "certificate": certificate, "key": key });
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
    Ok(vec![
        entry("type", kind.into()),
        entry("username", security.username.clone().into()),
        entry(
            "passwordSecret",
            json!({ "secretName": name, "password": format!("{side}.{PASSWORD}") }),
        ),
    ])
}
