//! The mirror of an environment on Kafka Connect, as this machine reaches it: whom to ask, under which names.
//!
//! A mock site's own worker answers for every environment that is rehearsed on it: a rehearsal never reaches a real one.

use camino::Utf8Path;

use super::clusters;
use super::failure::Failure;
use super::session::Session;
use super::world::World;
use crate::config::{Environment, MirrorEngine};
use crate::deploy::{self, Outputs};
use crate::mirror::PositionSource;
use crate::mirror::connect::{self, Brokers, Facts, Side, SignIn, Wiring, Worker};
use crate::model::security::Security;
use crate::template::Bundle;

/// The output of the workers' deployment that says where they answer.
const URL_OUTPUT: &str = "connectUrl";

/// The workers of an environment, and the names of its connectors there.
pub struct Workers {
    pub worker: Worker,
    pub names: [String; 3],
    alias: String,
}

impl Workers {
    /// The workers of `environment`; `None` where another engine copies.
    pub async fn of(
        environment: &Environment,
        world: &World,
        outputs: &Outputs,
    ) -> Result<Option<Self>, Failure> {
        if environment.mirror.engine != MirrorEngine::Connect {
            return Ok(None);
        }
        let connect = &environment.mirror.connect;
        let deployed = || {
            outputs
                .get(URL_OUTPUT)
                .and_then(|url| url.as_str())
                .map(str::to_owned)
        };
        let rehearsed = world.site_address.as_ref();
        let worker = match rehearsed {
            Some(site) => {
                let url = site.connect.as_deref().ok_or_else(Failure::no_connect_on_site)?;
                Worker::new(url, None, None)?
            }
            None => {
                let url = connect.url.clone().or_else(deployed);
                let url = url.ok_or_else(|| Failure::no_connect_url(environment))?;
                let authorities = connect.ca_file.as_deref().filter(|_| url.starts_with("https"));
                at(&url, authorities, environment, world).await?
            }
        };
        Ok(Some(Self {
            worker,
            names: connect::names(environment.name.as_str()),
            alias: connect.source_alias.clone(),
        }))
    }

    /// Who knows how far the mirror is.
    pub fn position(&self) -> PositionSource<'_> {
        PositionSource::Connect {
            worker: &self.worker,
            connector: &self.names[0],
            alias: &self.alias,
        }
    }
}

async fn at(
    url: &str,
    authorities: Option<&Utf8Path>,
    environment: &Environment,
    world: &World,
) -> Result<Worker, Failure> {
    let connect = &environment.mirror.connect;
    let sign_in = match (&connect.username, &connect.password) {
        (Some(username), Some(reference)) => {
            let mut secrets = clusters::read(vec![reference], &world.client).await?;
            let password = secrets.remove(&reference.to_string()).ok_or_else(Failure::bug)?;
            Some(SignIn {
                username: username.clone(),
                password,
            })
        }
        _ => None,
    };
    Ok(Worker::new(url, authorities, sign_in)?)
}

/// What the workers shall be told, with the brokers counted.
pub async fn wired(
    session: &Session<'_>,
    environment: &Environment,
    world: &World,
    bundle: &Bundle,
    outputs: &Outputs,
) -> Result<Wiring, Failure> {
    let from = environment
        .source
        .as_ref()
        .ok_or_else(|| Failure::no_source(environment))?;
    let source = clusters::source(environment, world).await?;
    let target = clusters::target(environment, bundle, outputs, world).await?;
    session.stop_asked()?;
    let brokers = Brokers {
        source: Some(source.brokers().await?),
        target: Some(target.brokers().await?),
    };
    let seen = Seen {
        source: from.bootstrap.clone(),
        source_security: from.security.clone(),
        target: bundle.connect.bootstrap(&outputs.values())?,
        target_security: environment
            .target
            .security
            .clone()
            .unwrap_or_else(|| bundle.connect.security.clone()),
    };
    let side = |bootstrap, security| Side {
        bootstrap,
        security,
        on_workers: false,
    };
    let facts = Facts::of(
        environment,
        &bundle.connect,
        side(seen.source.as_str(), &seen.source_security),
        side(seen.target.as_str(), &seen.target_security),
    );
    Ok(connect::wiring(&facts.with_brokers(brokers)))
}

/// The clusters as the workers see them.
struct Seen {
    source: String,
    source_security: Security,
    target: String,
    target_security: Security,
}

/// What was deployed, which every question about the mirror begins with.
pub async fn deployed(
    session: &Session<'_>,
    environment: &Environment,
    world: &World,
) -> Result<(Bundle, Outputs), Failure> {
    let bundle = deploy::bundle(environment, &session.catalog(environment)?)?;
    let outputs = deploy::outputs(&world.client, environment, &bundle).await?;
    let outputs = outputs.ok_or_else(|| Failure::not_deployed(environment))?;
    Ok((bundle, outputs))
}
