//! The wiring in the words of Strimzi's operator, which says addresses, sign-in, classes and aliases itself.

use serde_json::{Map, Value, json};

use super::{into_map, kept, vaults};
use crate::cli::clusters::target_security;
use crate::cli::failure::Failure;
use crate::config::Environment;
use crate::mirror::connect::{Keys, Wiring};
use crate::model::connect_secrets::{CLIENT_SECRET, KEY_PASSWORD, PASSWORD};
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
        "worker-config": entries(&wiring.worker, |key| !is_sign_in(key) && !key.starts_with("config.providers")),
        "topics": text(source, "topics"),
        "topics-exclude": text(source, "topics.exclude"),
        "groups": text(target, "groups"),
        "groups-exclude": text(target, "groups.exclude"),
        "source-tasks": text(source, "tasks.max"),
        "checkpoint-tasks": text(target, "tasks.max"),
        "heartbeat-tasks": text(&wiring.heartbeat.config, "tasks.max"),
        "source-config": entries(source, is_ours),
        "checkpoint-config": entries(target, is_ours),
        "heartbeat-config": entries(&wiring.heartbeat.config, is_ours),
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
    let secret = |key: &str, what: &str| json!({ "secretName": name, key: format!("{side}.{what}") });
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
        Mechanism::OauthBearer => "oauth",
    };
    let mut entries = vec![entry("type", kind.into())];
    match (&security.oauth, mechanism) {
        (None, Mechanism::OauthBearer) => {
            return Err(Failure::not_on_kubernetes("tokens of a machine's own identity"));
        }
        (Some(client), Mechanism::OauthBearer) => {
            entries.push(entry("tokenEndpointUri", client.token_endpoint.clone().into()));
            entries.push(entry("clientId", client.client_id.clone().into()));
            entries.push(entry("clientSecret", secret("key", CLIENT_SECRET)));
            entries.extend(client.scope.clone().map(|scope| entry("scope", scope.into())));
        }
        _ => {
            entries.push(entry("username", security.username.clone().into()));
            entries.push(entry("passwordSecret", secret("password", PASSWORD)));
        }
    }
    Ok(entries)
}
