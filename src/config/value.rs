//! The values inside a layer that are neither text nor number: choices, secret references, a target's parameters.

use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::decode::{Decode, Reader};
use super::environment::{
    CleanupPolicy, Cloud, Credential, MirrorEngine, MirrorRuntime, ObjectType, TargetLimits,
};
use super::guard::REFERENCE_KEYS;
use super::layer::PrincipalLayer;
use super::migration::Strategy;
use super::node::{Kind, Node};
use super::over::{Over, replaces};
use super::path;
use super::stack_rules::{Deny, DeploymentKind, OnUnmanage};
use crate::model::connect_topics::OffsetSyncs;
use crate::model::secret::SecretReference;
use crate::model::security::{Guard, Mechanism, Protocol};

/// A type that is one of a few names.
macro_rules! choice {
    ($type:ty { $($name:literal => $value:expr),* $(,)? }) => {
        impl Decode for $type {
            fn decode(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Self> {
                reader.choice(node, at, &[$(($name, $value)),*])
            }
        }
        replaces!($type);
    };
}

choice!(Cloud { "public" => Self::Public, "us-government" => Self::UsGovernment, "china" => Self::China });
choice!(Credential {
    "auto" => Self::Auto,
    "developer-tools" => Self::DeveloperTools,
    "azure-cli" => Self::AzureCli,
    "azure-developer-cli" => Self::AzureDeveloperCli,
    "managed-identity" => Self::ManagedIdentity,
    "workload-identity" => Self::WorkloadIdentity,
    "client-secret" => Self::ClientSecret,
    "client-certificate" => Self::ClientCertificate,
    "azure-pipelines" => Self::AzurePipelines,
    "github-oidc" => Self::GithubOidc,
});
choice!(DeploymentKind { "stack" => Self::Stack, "incremental" => Self::Incremental });
choice!(OnUnmanage { "delete" => Self::Delete, "detach" => Self::Detach });
choice!(Deny {
    "none" => Self::None,
    "delete" => Self::Delete,
    "write-and-delete" => Self::WriteAndDelete,
});
choice!(bool { "true" => true, "false" => false });
choice!(CleanupPolicy {
    "delete" => Self::Delete,
    "compact" => Self::Compact,
    "compact-and-delete" => Self::CompactAndDelete,
});
choice!(ObjectType {
    "service-principal" => Self::ServicePrincipal,
    "user" => Self::User,
    "group" => Self::Group,
});
choice!(MirrorEngine { "auto" => Self::Auto, "connect" => Self::Connect, "embedded" => Self::Embedded });
choice!(MirrorRuntime { "vm" => Self::Vm, "kubernetes" => Self::Kubernetes });
choice!(Guard { "plaintext" => Self::Plaintext, "scram" => Self::Scram, "tls" => Self::Tls });
choice!(TargetLimits { "service" => Self::Service, "none" => Self::None });
choice!(OffsetSyncs { "target" => Self::Target, "source" => Self::Source });
choice!(Strategy { "producers-first" => Self::ProducersFirst, "consumers-first" => Self::ConsumersFirst });
choice!(Protocol {
    "PLAINTEXT" => Self::Plaintext,
    "SSL" => Self::Ssl,
    "SASL_PLAINTEXT" => Self::SaslPlaintext,
    "SASL_SSL" => Self::SaslSsl,
});
choice!(Mechanism {
    "PLAIN" => Self::Plain,
    "SCRAM-SHA-256" => Self::ScramSha256,
    "SCRAM-SHA-512" => Self::ScramSha512,
    "OAUTHBEARER" => Self::OauthBearer,
});

replaces!(SecretReference);

impl Decode for SecretReference {
    fn decode(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Self> {
        const EXPECTED: &str =
            "a secret reference: `{ env: NAME }`, `{ file: PATH }` or `{ key-vault: VAULT/SECRET }`";
        let known = REFERENCE_KEYS.map(ToOwned::to_owned);
        let Kind::Map(_) = node.kind else {
            reader.mismatch(node, at, EXPECTED);
            return None;
        };
        let before = reader.problems.len();
        let section = reader.section(node, at, &known)?;
        let [env, file, key_vault] = REFERENCE_KEYS.map(|key| section.take::<String>(key, reader));
        match (env, file, key_vault) {
            (Some(name), None, None) => Some(Self::Env(name)),
            (None, Some(file), None) => Some(Self::File(file.into())),
            (None, None, Some(name)) if is_vault_and_secret(&name) => Some(Self::KeyVault(name)),
            _ => {
                if reader.problems.len() == before {
                    reader.refuse(at, node.mark, format!("`{at}` must be {EXPECTED}"));
                }
                None
            }
        }
    }
}

fn is_vault_and_secret(name: &str) -> bool {
    name.split_once('/')
        .is_some_and(|(vault, secret)| !vault.is_empty() && !secret.is_empty() && !secret.contains('/'))
}

/// A principal on the target: the section, or one text for the one thing that matters.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum PrincipalValue {
    /// An object id of Microsoft Entra ID (a GUID), or a name in the access lists of the target.
    Text(String),
    More(PrincipalLayer),
}

impl Default for PrincipalValue {
    fn default() -> Self {
        Self::More(PrincipalLayer::default())
    }
}

replaces!(PrincipalValue);

impl Decode for PrincipalValue {
    fn decode(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Self> {
        match node.scalar() {
            Some(text) => Some(Self::Text(text.to_owned())),
            None => PrincipalLayer::decode(node, at, reader).map(Self::More),
        }
    }
}

/// What an environment gives to its target's template. A parameter is replaced whole by a nearer layer; one without a
/// value takes a farther layer's value away.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(transparent)]
pub struct Parameters(pub Map<String, Value>);

impl Over for Parameters {
    fn over(self, mut far: Self) -> Self {
        far.0.extend(self.0);
        far
    }
}

impl Decode for Parameters {
    fn decode(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Self> {
        object(node, at, reader).map(Self)
    }
}

fn object(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Map<String, Value>> {
    let mut map = Map::new();
    for entry in reader.entries(node, at)? {
        let value = json(&entry.value, &path::join(at, &entry.key), reader);
        map.extend(value.map(|value| (entry.key.clone(), value)));
    }
    Some(map)
}

fn json(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Value> {
    match &node.kind {
        Kind::Nothing => Some(Value::Null),
        Kind::Quoted(text) => Some(Value::String(text.clone())),
        Kind::Plain(text) => Some(plain(text)),
        Kind::List(items) => {
            let values = items.iter().enumerate();
            let values: Vec<_> = values
                .filter_map(|(index, item)| json(item, &format!("{at}[{index}]"), reader))
                .collect();
            Some(Value::Array(values))
        }
        Kind::Map(_) => object(node, at, reader).map(Value::Object),
        Kind::Withheld => None,
    }
}

/// A boolean or a whole number where the text is exactly how one is written; text otherwise.
///
/// So `3.10`, `1.2` and `007` stay as written. A fraction is text too: ARM templates know no fractions.
fn plain(text: &str) -> Value {
    match text {
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => match text.parse::<i64>() {
            Ok(whole) if whole.to_string() == text => Value::from(whole),
            _ => Value::String(text.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_written_as_a_number_is_one() {
        assert_eq!(plain("12"), json!(12));
        assert_eq!(plain("-1"), json!(-1));
        assert_eq!(plain("true"), json!(true));
        for text in [
            "3.10", "007", "1_000", "0x1F", "no", "yes", "1e3", ".inf", "NaN", "tRue", "+1",
        ] {
            assert_eq!(plain(text), json!(text));
        }
    }
}
