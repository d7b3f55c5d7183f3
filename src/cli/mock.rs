//! `landfall mock`: a site that keeps running, and one in the foreground.

use serde::Serialize;
use serde_json::json;

use super::args::{MockAction, MockKind, MockUp, Serve};
use super::containers;
use super::exit::Exit;
use super::failure::Failure;
use super::laboratory;
use super::session::Session;
use super::token::token_of;
use crate::mock::background::{self, Record};
use crate::mock::dataset;
use crate::mock::kafka::docker::{DockerError, DockerSite, Engine, Found, Removed};
use crate::mock::place::Place;
use crate::mock::site::{self, Site};
use crate::model::security::{Protocol, Security};
use crate::model::units::grouped;
use crate::run::Step;
use crate::ui::table::table;

pub async fn run(session: &Session<'_>, action: &MockAction) -> Result<Exit, Failure> {
    let place = Place::of(&session.global.state);
    match action {
        MockAction::Up(args) => up(session, &place, args).await,
        MockAction::Status => status(session, &place).await,
        MockAction::Down => down(session, &place).await,
        MockAction::Load => load(session, &place).await,
        MockAction::Requests(args) => laboratory::requests(session, &place, args).await,
        MockAction::Serve(args) => serve(session, args).await,
    }
}

/// Starts a site unless one runs already.
async fn up(session: &Session<'_>, place: &Place, args: &MockUp) -> Result<Exit, Failure> {
    // What is wrong with it is said here, and not by a process in the background.
    laboratory::of(&args.laboratory, false)?;
    let mut running = background::find(place)?;
    if let Some(record) = &running
        && record.site.is_docker()
        && DockerSite::find(place).await?.is_none()
    {
        // Somebody took its containers away: what is left of it serves nobody.
        background::end(record, place).await?;
        running = None;
    }
    if let Some(record) = running {
        if laboratory::is_asked_for(&args.laboratory) {
            return Err(Failure::other_laboratory());
        }
        again(session, place, args, &record).await?;
        let text = described("a mock site runs already", &record);
        session.ui.result(true, &record, &text);
        return Ok(Exit::Done);
    }
    let wanted = containers::typed(containers::settings(session, None)?, args)?;
    // Without a word from the person: containers where an engine answers.
    let docker = match wish(session, args) {
        Some(kind) => kind == MockKind::Docker,
        None => Engine.version().await.is_ok(),
    };
    let more = laboratory::arguments(&args.laboratory);
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    let record = if docker {
        containers::up(session, place, &wanted, &more).await?
    } else {
        containers::serve(session, place, &more).await?
    };
    let text = described("the mock site is up", &record);
    session.ui.result(true, &record, &text);
    Ok(Exit::Done)
}

/// Which site is asked for: by what was typed for `up`, else by `--mock` or its variable.
fn wish(session: &Session<'_>, args: &MockUp) -> Option<MockKind> {
    let only_containers_can = args.docker
        || args.brokers.is_some()
        || args.source_security.is_some()
        || args.target_security.is_some()
        || args.kafka_image.is_some();
    if args.embedded {
        return Some(MockKind::Embedded);
    }
    if only_containers_can {
        return Some(MockKind::Docker);
    }
    session.global.mock.filter(|kind| *kind != MockKind::Running)
}

/// A site that runs already must be the one that is asked for; its containers are started where they stand still.
async fn again(session: &Session<'_>, place: &Place, args: &MockUp, record: &Record) -> Result<(), Failure> {
    let wish = wish(session, args);
    if record.site.is_docker() && wish == Some(MockKind::Embedded) {
        return Err(Failure::other_site("in containers"));
    }
    if !record.site.is_docker() {
        let other = Failure::other_site("with its brokers in one process");
        return if wish == Some(MockKind::Docker) {
            Err(other)
        } else {
            Ok(())
        };
    }
    let running = DockerSite::find(place).await?;
    let wanted = match running {
        Some(site) => containers::typed(site.settings().clone(), args)?,
        None => containers::typed(containers::settings(session, None)?, args)?,
    };
    containers::start(session, place, &wanted).await.map(drop)
}

async fn status(session: &Session<'_>, place: &Place) -> Result<Exit, Failure> {
    let Some(record) = background::find(place)? else {
        let text = "no mock site runs";
        session.ui.result(true, &json!({ "running": false }), text);
        return Ok(Exit::Done);
    };
    let found = match DockerSite::find(place).await {
        Ok(Some(site)) if record.site.is_docker() => site.describe().await?,
        _ => Vec::new(),
    };
    let mut text = described("a mock site runs", &record);
    if record.site.is_docker() {
        let rows: Vec<Vec<String>> = found
            .iter()
            .map(|one| vec![one.name.clone(), one.role.clone(), one.state.clone()])
            .collect();
        text = format!("{text}\n\n{}", table(&["container", "role", "state"], &rows, &[]));
    }
    let shown = Shown {
        record: &record,
        containers: &found,
    };
    session.ui.result(true, &shown, &text);
    Ok(Exit::Done)
}

/// The site that runs, with its containers.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    record: &'a Record,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    containers: &'a [Found],
}

async fn down(session: &Session<'_>, place: &Place) -> Result<Exit, Failure> {
    let record = background::find(place)?;
    if let Some(record) = &record {
        background::end(record, place).await?;
    }
    let removed = remove_containers(place).await?;
    let (stopped, pid) = (
        record.is_some() || removed != Removed::default(),
        record.map(|record| record.pid),
    );
    let text = if stopped {
        "the mock site is down"
    } else {
        "no mock site runs"
    };
    let result = json!({ "stopped": stopped, "pid": pid, "containers": removed.containers, "networks": removed.networks });
    session.ui.result(true, &result, text);
    Ok(Exit::Done)
}

/// Removes the containers of this place; without an engine there is nothing to remove unless some were written down.
pub async fn remove_containers(place: &Place) -> Result<Removed, Failure> {
    if !place.docker().exists() {
        return Ok(Removed::default());
    }
    let written_down = place.docker().join("containers.json").exists();
    match DockerSite::stop(place).await {
        Err(DockerError::NoEngine { .. } | DockerError::NoProgram { .. }) if !written_down => {
            Ok(Removed::default())
        }
        ended => Ok(ended?),
    }
}

/// Writes the shipped records to the source of the site that runs.
async fn load(session: &Session<'_>, place: &Place) -> Result<Exit, Failure> {
    let record = background::find(place)?.ok_or_else(Failure::no_site)?;
    let source = record.site.source_cluster()?;
    let step = Step::start(&*session.ui, "load", "Load the source with real records");
    let written = dataset::load(&source, &session.stop).await?;
    step.done(format!("{} records", grouped(written)));
    session.ui.result(true, &json!({ "records": written }), "");
    Ok(Exit::Done)
}

/// Runs a site here until it is asked to stop.
async fn serve(session: &Session<'_>, args: &Serve) -> Result<Exit, Failure> {
    loopback_only(args)?;
    let laboratory = laboratory::of(&args.laboratory, args.allow_remote)?;
    let place = Place::of(&session.global.state);
    let token_file = args.token_file.clone().unwrap_or_else(|| place.token());
    let token = token_of(&token_file)?;
    let containers = if args.docker {
        Some(containers_of(session, &place).await?)
    } else {
        None
    };
    let settings = site::Settings {
        listen: args.listen,
        token,
        token_file: Some(token_file),
        subscription: args.subscription.clone(),
        place: Some(place),
        containers,
        laboratory,
    };
    let site = Site::start(settings).await?;
    session.ui.line(site.address());
    session.stop.asked().await;
    site.stop().await;
    Ok(Exit::Done)
}

/// The containers that are there, woken up, or those that `base.yaml` asks for.
async fn containers_of(session: &Session<'_>, place: &Place) -> Result<DockerSite, Failure> {
    let settings = match DockerSite::find(place).await? {
        Some(site) => site.settings().clone(),
        None => containers::settings(session, None)?,
    };
    Ok(DockerSite::start(place, &settings).await?)
}

fn loopback_only(args: &Serve) -> Result<(), Failure> {
    let listen = args.listen;
    if listen.ip().is_loopback() || args.allow_remote {
        return Ok(());
    }
    Err(Failure::usage(format!("`{listen}` is not a loopback address"))
        .hint("listen on 127.0.0.1 or [::1], or add `--allow-remote`: whoever reads the network then reads the token"))
}

fn described(title: &str, record: &Record) -> String {
    let site = &record.site;
    let guarded = |security: &Security| match security.protocol {
        Protocol::Plaintext => String::new(),
        protocol => format!("  ({})", protocol.as_str()),
    };
    let connect = site
        .connect
        .as_ref()
        .map_or_else(String::new, |url| format!("\n  Connect  {url}"));
    format!(
        "{title}\n  ARM      {}\n  source   {}{}\n  target   {}{}{connect}\n  process  {}\n\nUse it with `--mock`; end it with `landfall mock down`.",
        site.arm,
        site.source,
        guarded(&site.source_security),
        site.target,
        guarded(&site.target_security),
        record.pid
    )
}
