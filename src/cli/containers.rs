//! The mock site in containers, as commands use it: its settings, its start with progress, and the process beside it.

use camino::Utf8PathBuf;

use super::args::{MockSecurity, MockUp};
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use super::token::token_of;
use crate::config::{self, Environment, Mock, Overrides, TargetLimits};
use crate::mock::background::{self, Record};
use crate::mock::kafka::docker::{DockerSettings, DockerSite, Limits};
use crate::mock::place::Place;
use crate::model::security::Guard;
use crate::run::Step;

/// The containers that `environment` asks for, or `base.yaml` when there is none.
pub fn settings(session: &Session<'_>, environment: Option<&Environment>) -> Result<DockerSettings, Failure> {
    let own = environment.map(|environment| environment.mock.clone());
    let flush = environment.map(|environment| {
        let interval = environment.mirror.connect.flush_interval.as_millis();
        ("offset.flush.interval.ms".to_owned(), interval.to_string())
    });
    let mock = match own {
        Some(mock) => mock,
        None => base(session)?,
    };
    let defaults = DockerSettings::default();
    Ok(DockerSettings {
        image: mock.kafka_image.unwrap_or(defaults.image),
        brokers: mock.brokers,
        source: mock.source_security,
        target: mock.target_security,
        limits: match mock.target_limits {
            TargetLimits::Service => Limits::Service,
            TargetLimits::None => Limits::None,
        },
        environment: environment.map(|environment| environment.name.to_string()),
        worker: flush.into_iter().collect(),
    })
}

fn base(session: &Session<'_>) -> Result<Mock, Failure> {
    let overrides = Overrides::from_process(session.global.set.clone());
    Ok(config::mock(&session.global.environments, &overrides)?)
}

/// Lays what was typed over `settings`.
pub fn typed(mut settings: DockerSettings, args: &MockUp) -> Result<DockerSettings, Failure> {
    if let Some(image) = &args.kafka_image {
        if image.starts_with('-') || image.trim().is_empty() {
            return Err(Failure::usage(format!("`{image}` is not the name of an image"))
                .hint("name one as `registry.example/kafka:4.3.1`"));
        }
        settings.image.clone_from(image);
    }
    settings.brokers = args.brokers.unwrap_or(settings.brokers);
    settings.source = args.source_security.map_or(settings.source, guard);
    settings.target = args.target_security.map_or(settings.target, guard);
    Ok(settings)
}

fn guard(typed: MockSecurity) -> Guard {
    match typed {
        MockSecurity::Plaintext => Guard::Plaintext,
        MockSecurity::Scram => Guard::Scram,
        MockSecurity::Tls => Guard::Tls,
    }
}

/// Starts the containers, or finds them; Ctrl-C takes away what was begun.
pub async fn start(
    session: &Session<'_>,
    place: &Place,
    settings: &DockerSettings,
) -> Result<DockerSite, Failure> {
    let step = Step::start(
        &*session.ui,
        "containers",
        "Start Apache Kafka and Kafka Connect in containers",
    );
    let started = tokio::select! {
        started = DockerSite::start(place, settings) => Some(started?),
        () = session.stop.asked() => None,
    };
    let Some(site) = started else {
        DockerSite::stop(place).await?;
        return Err(Failure::stopped());
    };
    step.done(format!("{} containers", site.describe().await?.len()));
    Ok(site)
}

/// Starts the containers and the background process that serves the emulator for them.
pub async fn up(
    session: &Session<'_>,
    place: &Place,
    settings: &DockerSettings,
    more: &[&str],
) -> Result<Record, Failure> {
    start(session, place, settings).await?;
    let more = [&["--docker"], more].concat();
    let served = serve(session, place, &more).await;
    if served.is_err() {
        DockerSite::stop(place).await?;
    }
    served
}

/// Starts `landfall mock serve` in the background.
pub async fn serve(session: &Session<'_>, place: &Place, more: &[&str]) -> Result<Record, Failure> {
    let program = std::env::current_exe().map_err(|error| Failure::of(Exit::Bug, &error))?;
    let program = Utf8PathBuf::from_path_buf(program).map_err(|_| Failure::bug())?;
    let state = session.global.state.as_str();
    let environments = session.global.environments.as_str();
    let token = place.token();
    token_of(&token)?;
    let mut arguments = vec!["mock", "serve", "--state", state, "--token-file", token.as_str()];
    arguments.extend(["--environments", environments]);
    arguments.extend(more);
    Ok(background::start(&program, &arguments, place).await?)
}
