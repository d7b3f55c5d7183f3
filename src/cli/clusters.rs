//! The two clusters of an environment, ready to use: addresses from the file and the deployment, secrets read now.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use secrecy::SecretString;

use super::failure::Failure;
use super::session::Session;
use super::world::World;
use crate::azure::{Client, Tokens};
use crate::config::Environment;
use crate::deploy::{self, Outputs};
use crate::kafka::{Cluster, Credentials, LARGEST_REQUEST_BYTES, OauthToken, TokenSource, oauth};
use crate::mirror::topics::TopicRules;
use crate::mirror::{Creation, Flow};
use crate::model::secret::SecretReference;
use crate::model::security::{Mechanism, Security};
use crate::template::{Abilities, Bundle, TopicMaker};

/// A token from our cache is good for at least this long.
const TOKEN_LIFE: Duration = Duration::from_mins(5);

/// What was deployed, which every question about the mirror begins with.
pub async fn deployed(
    session: &Session<'_>,
    environment: &Environment,
    world: &World,
) -> Result<(Bundle, Outputs), Failure> {
    let bundle = deploy::bundle(environment, &session.catalog(environment)?)?;
    let outputs = deploy::outputs(&world.client, environment, &bundle).await?;
    let mut outputs = outputs.ok_or_else(|| Failure::not_deployed(environment))?;
    deploy::steps::read(&world.client, &bundle, &mut outputs).await?;
    Ok((bundle, outputs))
}

/// The flow from the environment's source to its deployed target.
pub async fn flow(session: &Session<'_>, environment: &Environment, world: &World) -> Result<Flow, Failure> {
    let (bundle, outputs) = deployed(session, environment, world).await?;
    flow_to(environment, world, &bundle, &outputs).await
}

/// Like [`flow`] to a target that was looked up already.
pub async fn flow_to(
    environment: &Environment,
    world: &World,
    bundle: &Bundle,
    outputs: &Outputs,
) -> Result<Flow, Failure> {
    let source = source(environment, world).await?;
    let target = target(environment, bundle, outputs, world).await?;
    let can = &bundle.connect.can;
    Ok(Flow {
        creation: creation(can),
        rules: rules(environment, bundle),
        largest_record_bytes: largest_record(bundle),
        buffer_bytes: environment.mirror.buffer_bytes,
        commit_interval: environment.mirror.commit_interval,
        ..Flow::new(
            environment.name.as_str(),
            source,
            target,
            environment.topics.selection.clone(),
        )
    })
}

/// The largest record that the target takes, from the settings that it wants of its clients.
fn largest_record(bundle: &Bundle) -> u32 {
    let setting = bundle.connect.settings.get("message.max.bytes");
    setting
        .and_then(|bytes| bytes.parse().ok())
        .unwrap_or(LARGEST_REQUEST_BYTES)
}

/// Whether the mirror may make topics that the target lacks.
fn creation(can: &Abilities) -> Creation {
    if can.create_topics {
        Creation::Allowed {
            forbidden_settings: Vec::new(),
        }
    } else {
        Creation::Forbidden
    }
}

/// What may be done to the topics of the target, and what the environment declares of them.
fn rules(environment: &Environment, bundle: &Bundle) -> TopicRules {
    let can = &bundle.connect.can;
    let declared = environment.topics.overrides.iter();
    TopicRules {
        grow: can.grow_partitions,
        settings: can.topic_configs.clone(),
        made_by_deployment: bundle.connect.topics == TopicMaker::Arm,
        declared: declared
            .map(|(name, topic)| (name.to_string(), topic.into()))
            .collect(),
    }
}

/// The cluster that is left.
pub async fn source(environment: &Environment, world: &World) -> Result<Cluster, Failure> {
    let source = environment
        .source
        .as_ref()
        .ok_or_else(|| Failure::no_source(environment))?;
    connect(&source.bootstrap, &source.security, world).await
}

/// The cluster that was deployed.
pub async fn target(
    environment: &Environment,
    bundle: &Bundle,
    outputs: &Outputs,
    world: &World,
) -> Result<Cluster, Failure> {
    let bootstrap = bundle.connect.bootstrap(&outputs.values())?;
    connect(&bootstrap, target_security(environment, bundle), world).await
}

/// How clients sign in to the target: as the environment says, or in the target's own way.
pub fn target_security<'a>(environment: &'a Environment, bundle: &'a Bundle) -> &'a Security {
    let own = &bundle.connect.security;
    environment.target.security.as_ref().unwrap_or(own)
}

async fn connect(bootstrap: &str, security: &Security, world: &World) -> Result<Cluster, Failure> {
    // What the book answers for is spoken to in the listener's own way: nothing to read, nobody to ask.
    if world.book.find(bootstrap).is_some() {
        return Ok(Cluster::new(bootstrap, Credentials::default(), &world.book));
    }
    let secrets = read(security.secrets(), &world.client).await?;
    let mut credentials = Credentials::resolve(security, |reference| {
        secrets
            .get(&reference.to_string())
            .cloned()
            .ok_or_else(Failure::bug)
    })?;
    if security.protocol.is_sasl() && security.mechanism == Some(Mechanism::OauthBearer) {
        let tokens = match &security.oauth {
            Some(client) => {
                let secret = secrets
                    .get(&client.client_secret.to_string())
                    .cloned()
                    .ok_or_else(Failure::bug)?;
                oauth::client_credentials(client, secret)
            }
            None => azure_tokens(bootstrap, &world.tokens),
        };
        credentials = credentials.with_tokens(tokens);
    }
    Ok(Cluster::new(bootstrap, credentials, &world.book))
}

/// Reads secrets now, from this machine or from Key Vault.
pub async fn read(
    references: Vec<&SecretReference>,
    client: &Client,
) -> Result<BTreeMap<String, SecretString>, Failure> {
    let mut secrets = BTreeMap::new();
    for reference in references {
        let secret = match (reference.local()?, reference) {
            (Some(secret), _) => secret,
            (None, SecretReference::KeyVault(name)) => client.key_vault_secret(name).await?,
            (None, _) => return Err(Failure::bug()),
        };
        secrets.insert(reference.to_string(), secret);
    }
    Ok(secrets)
}

/// Tokens of the Azure sign-in for the host that `bootstrap` names.
fn azure_tokens(bootstrap: &str, tokens: &Tokens) -> TokenSource {
    let host = bootstrap
        .split(',')
        .next()
        .unwrap_or_default()
        .split(':')
        .next()
        .unwrap_or_default();
    let scope = format!("https://{host}/.default");
    let tokens = tokens.clone();
    let runtime = tokio::runtime::Handle::current();
    Arc::new(move || {
        let token = runtime
            .block_on(tokens.token(&scope))
            .map_err(|error| error.to_string())?;
        Ok(OauthToken {
            token,
            principal: "landfall".to_owned(),
            expires: SystemTime::now() + TOKEN_LIFE,
        })
    })
}
