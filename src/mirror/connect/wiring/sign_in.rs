//! How the workers sign in to one side, in the Java client's words, without a secret in it.
//!
//! Files of the environment lie beside the secrets file on the workers: `source-ca.pem`, `target-client.pem`. Sources:
//! Kafka's `SslConfigs` (PEM stores since KIP-651) and the login handlers of KIP-768.

use super::{Content, Keys, Side, WorkerFile, WorkerSecret};
use crate::model::connect_secrets::{CLIENT_SECRET, KEY_PASSWORD, PASSWORD, reference};
use crate::model::secret::SecretReference;
use crate::model::security::{Mechanism, OauthClient, Protocol, Security};

const PLAIN: &str = "org.apache.kafka.common.security.plain.PlainLoginModule";
const SCRAM: &str = "org.apache.kafka.common.security.scram.ScramLoginModule";
const OAUTH: &str = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule";
const OAUTH_HANDLER: &str = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler";
/// Kafka 3.9.1 and 4.0 ask no address for a token that this does not name. Source: KIP-1139, CVE-2025-27817.
const ALLOWED_ENDPOINTS: &str = "org.apache.kafka.sasl.oauthbearer.allowed.urls";

/// The keys of one side, without a prefix, and what they need on the workers.
#[derive(Debug, Default)]
pub struct SignIn {
    pub keys: Keys,
    pub secrets: Vec<WorkerSecret>,
    pub files: Vec<WorkerFile>,
    /// Where tokens come from.
    pub endpoint: Option<String>,
}

/// The sign-in of `side`, which is `source` or `target`.
pub fn of(name: &str, side: Side<'_>, secrets_file: &str) -> SignIn {
    let security = side.security;
    let mut sign_in = Making {
        side: name,
        secrets_file,
        on_workers: side.on_workers,
        made: SignIn::default(),
    };
    sign_in.set("security.protocol", security.protocol.as_str());
    if matches!(security.protocol, Protocol::Ssl | Protocol::SaslSsl) {
        sign_in.tls(security);
    }
    if let Some(mechanism) = security.mechanism.filter(|_| security.protocol.is_sasl()) {
        sign_in.sasl(security, mechanism);
    }
    sign_in.made
}

/// What the workers' Java must be started with.
pub fn system_properties(endpoints: [&Option<String>; 2]) -> Keys {
    let mut allowed: Vec<&str> = endpoints.into_iter().flatten().map(String::as_str).collect();
    allowed.dedup();
    let property = (ALLOWED_ENDPOINTS.to_owned(), allowed.join(","));
    (!allowed.is_empty()).then_some(property).into_iter().collect()
}

struct Making<'a> {
    side: &'a str,
    secrets_file: &'a str,
    on_workers: bool,
    made: SignIn,
}

impl Making<'_> {
    fn set(&mut self, key: &str, value: impl Into<String>) {
        self.made.keys.insert(key.to_owned(), value.into());
    }

    /// The reference to a secret, which the secrets file must hold.
    fn secret(&mut self, key: &str, from: &SecretReference) -> String {
        let key = format!("{}.{key}", self.side);
        let named = reference(self.secrets_file, &key);
        self.made.secrets.push(WorkerSecret {
            key,
            reference: from.clone(),
        });
        named
    }

    /// The path of a file beside the secrets file.
    fn beside(&self, name: &str) -> String {
        let folder = self
            .secrets_file
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        format!("{folder}/{}{name}", self.side)
    }

    fn file(&mut self, name: &str, content: Content) -> String {
        let path = self.beside(name);
        self.made.files.push(WorkerFile {
            path: path.clone(),
            content,
        });
        path
    }

    fn tls(&mut self, security: &Security) {
        if let Some(authorities) = &security.ca_file {
            let path = if self.on_workers {
                authorities.to_string()
            } else {
                self.file("-ca.pem", Content::Pem(vec![authorities.to_string()]))
            };
            self.set("ssl.truststore.type", "PEM");
            self.set("ssl.truststore.location", path);
        }
        if let (Some(certificate), Some(key)) = (&security.certificate_file, &security.key_file) {
            // One file for Java: the private key, then the certificates.
            let path = self.file(
                "-client.pem",
                Content::Pem(vec![key.to_string(), certificate.to_string()]),
            );
            self.set("ssl.keystore.type", "PEM");
            self.set("ssl.keystore.location", path);
        }
        if let Some(password) = &security.key_password {
            let password = self.secret(KEY_PASSWORD, password);
            self.set("ssl.key.password", password);
        }
    }

    fn sasl(&mut self, security: &Security, mechanism: Mechanism) {
        self.set("sasl.mechanism", mechanism.as_str());
        let jaas = match mechanism {
            Mechanism::Plain => self.password(PLAIN, security),
            Mechanism::ScramSha256 | Mechanism::ScramSha512 => self.password(SCRAM, security),
            Mechanism::OauthBearer => self.oauth(security.oauth.as_ref()),
        };
        self.set("sasl.jaas.config", jaas);
    }

    fn password(&mut self, module: &str, security: &Security) -> String {
        let mut jaas = format!("{module} required");
        if let Some(username) = &security.username {
            jaas = format!("{jaas} username={}", quoted(username));
        }
        if let Some(password) = &security.password {
            jaas = format!("{jaas} password=\"{}\"", self.secret(PASSWORD, password));
        }
        jaas + ";"
    }

    /// Tokens of a client's own secret, or of the host's identity: Kafka reads those from a file that the host renews.
    fn oauth(&mut self, client: Option<&OauthClient>) -> String {
        self.set("sasl.login.callback.handler.class", OAUTH_HANDLER);
        let (endpoint, jaas) = match client {
            Some(client) => {
                let secret = self.secret(CLIENT_SECRET, &client.client_secret);
                let id = quoted(&client.client_id);
                let mut jaas = format!("{OAUTH} required clientId={id} clientSecret=\"{secret}\"");
                if let Some(scope) = &client.scope {
                    jaas = format!("{jaas} scope={}", quoted(scope));
                }
                (client.token_endpoint.clone(), jaas + ";")
            }
            None => {
                let path = self.file(".token", Content::AzureToken);
                (format!("file://{path}"), format!("{OAUTH} required;"))
            }
        };
        self.set("sasl.oauthbearer.token.endpoint.url", endpoint.clone());
        self.made.endpoint = Some(endpoint);
        jaas
    }
}

/// A value inside JAAS.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}
