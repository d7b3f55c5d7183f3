//! The mirror of an environment on Kafka Connect, as this machine reaches it: whom to ask, under which names.
//!
//! A mock site's own worker answers for every environment that is rehearsed on it: a rehearsal never reaches a real one.

use camino::Utf8Path;

use super::clusters;
use super::failure::Failure;
use super::session::Session;
use super::world::World;
use crate::config::{Environment, MirrorEngine};
use crate::deploy::Outputs;
use crate::mirror::connect::{self, Brokers, Facts, Side, SignIn, Wiring, Worker};
use crate::mirror::{Flow, PositionSource};
use crate::mock::kafka::docker::Inside;
use crate::model::secret::SecretReference;
use crate::model::security::Security;
use crate::template::Bundle;

/// The output of the workers' deployment that says where they answer.
const URL_OUTPUT: &str = "connectUrl";

/// Whether Kafka Connect copies: as the environment says, or because a worker is known.
pub fn is_engine(environment: &Environment, world: &World) -> bool {
    match (environment.mirror.engine, &world.site_address) {
        (MirrorEngine::Auto, Some(site)) => site.connect.is_some(),
        _ => environment.mirror.uses_connect(),
    }
}

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
        if !is_engine(environment, world) {
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

/// What the workers shall be told, with the brokers of `flow` counted.
pub async fn wired(
    session: &Session<'_>,
    environment: &Environment,
    world: &World,
    flow: &Flow,
    (bundle, outputs): (&Bundle, &Outputs),
) -> Result<Wiring, Failure> {
    let from = environment
        .source
        .as_ref()
        .ok_or_else(|| Failure::no_source(environment))?;
    session.stop_asked()?;
    let brokers = Brokers {
        source: Some(flow.source.brokers().await?),
        target: Some(flow.target.brokers().await?),
    };
    let seen = match world.site_address.as_ref().and_then(|site| site.inside.as_ref()) {
        Some(inside) => Seen::inside(inside),
        None => Seen {
            source: (from.bootstrap.clone(), from.security.clone()),
            target: (
                bundle.connect.bootstrap(&outputs.values())?,
                clusters::target_security(environment, bundle).clone(),
            ),
            secrets_file: None,
        },
    };
    let (source, target) = (seen.side(&seen.source), seen.side(&seen.target));
    let mut facts = Facts::of(environment, &bundle.connect, source, target);
    if let Some(file) = &seen.secrets_file {
        facts.secrets_file = file;
        facts.tasks = facts.tasks.min(processors());
    }
    Ok(connect::wiring(&facts.with_brokers(brokers)))
}

/// A site's worker has this machine's processors, beside the brokers of both sides. Each task keeps one busy: twice as many
/// copied a third slower (docs/benchmarks.md).
fn processors() -> u32 {
    let known = std::thread::available_parallelism().ok();
    known
        .and_then(|count| u32::try_from(count.get()).ok())
        .unwrap_or(1)
}

/// The clusters as the workers see them: where, and how to sign in.
struct Seen {
    source: (String, Security),
    target: (String, Security),
    /// The file on the workers with their secrets, where a site made it.
    secrets_file: Option<String>,
}

impl Seen {
    /// What a site's own worker sees: names of its network, files of its container.
    fn inside(inside: &Inside) -> Self {
        let signed = |security: &Security| {
            let mut security = security.clone();
            if security.protocol.is_sasl() {
                // The site has put the password into the worker's secrets file; where else it is does not matter here.
                let kept = SecretReference::File(inside.secrets_file.as_str().into());
                security.password.get_or_insert(kept);
            }
            security
        };
        Self {
            source: (inside.source.clone(), signed(&inside.source_security)),
            target: (inside.target.clone(), signed(&inside.target_security)),
            secrets_file: Some(inside.secrets_file.clone()),
        }
    }

    fn side<'a>(&self, (bootstrap, security): &'a (String, Security)) -> Side<'a> {
        Side {
            bootstrap,
            security,
            on_workers: self.secrets_file.is_some(),
        }
    }
}
