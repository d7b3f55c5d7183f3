//! `landfall mock`: a site that keeps running, and one in the foreground.

use std::net::SocketAddr;

use camino::Utf8PathBuf;
use serde_json::json;

use super::args::{MockAction, Serve};
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use super::token::token_of;
use crate::kafka::{AddressBook, Cluster, Credentials};
use crate::mock::background::{self, Record};
use crate::mock::dataset;
use crate::mock::place::Place;
use crate::mock::site::{self, Site};
use crate::model::units::grouped;
use crate::run::Step;

pub async fn run(session: &Session<'_>, action: &MockAction) -> Result<Exit, Failure> {
    let place = Place::of(&session.global.state);
    match action {
        MockAction::Up { .. } => up(session, &place).await,
        MockAction::Status => status(session, &place),
        MockAction::Down => down(session, &place).await,
        MockAction::Load => load(session, &place).await,
        MockAction::Serve(args) => serve(session, args).await,
    }
}

/// Starts a site unless one runs already.
async fn up(session: &Session<'_>, place: &Place) -> Result<Exit, Failure> {
    if let Some(record) = background::find(place)? {
        session
            .ui
            .result(true, &record, &described("a mock site runs already", &record));
        return Ok(Exit::Done);
    }
    let program = std::env::current_exe().map_err(|error| Failure::of(Exit::Bug, &error))?;
    let program = Utf8PathBuf::from_path_buf(program).map_err(|_| Failure::bug())?;
    let state = session.global.state.as_str();
    let token = place.token();
    token_of(&token)?;
    let arguments = ["mock", "serve", "--state", state, "--token-file", token.as_str()];
    let record = background::start(&program, &arguments, place).await?;
    session
        .ui
        .result(true, &record, &described("the mock site is up", &record));
    Ok(Exit::Done)
}

fn status(session: &Session<'_>, place: &Place) -> Result<Exit, Failure> {
    match background::find(place)? {
        Some(record) => session
            .ui
            .result(true, &record, &described("a mock site runs", &record)),
        None => session
            .ui
            .result(true, &json!({ "running": false }), "no mock site runs"),
    }
    Ok(Exit::Done)
}

async fn down(session: &Session<'_>, place: &Place) -> Result<Exit, Failure> {
    let Some(record) = background::find(place)? else {
        session
            .ui
            .result(true, &json!({ "stopped": false }), "no mock site runs");
        return Ok(Exit::Done);
    };
    background::end(&record, place).await?;
    session.ui.result(
        true,
        &json!({ "stopped": true, "pid": record.pid }),
        "the mock site is down",
    );
    Ok(Exit::Done)
}

/// Writes the shipped records to the source of the site that runs.
async fn load(session: &Session<'_>, place: &Place) -> Result<Exit, Failure> {
    let record = background::find(place)?.ok_or_else(Failure::no_site)?;
    let source = Cluster::new(
        &record.site.source,
        Credentials::default(),
        &AddressBook::default(),
    );
    let step = Step::start(&*session.ui, "load", "Load the source with real records");
    let written = dataset::load(&source, &session.stop).await?;
    step.done(format!("{} records", grouped(written)));
    session.ui.result(true, &json!({ "records": written }), "");
    Ok(Exit::Done)
}

/// Runs a site here until it is asked to stop.
async fn serve(session: &Session<'_>, args: &Serve) -> Result<Exit, Failure> {
    loopback_only(args.listen)?;
    let place = Place::of(&session.global.state);
    let token_file = args.token_file.clone().unwrap_or_else(|| place.token());
    let token = token_of(&token_file)?;
    let settings = site::Settings {
        listen: args.listen,
        token,
        token_file: Some(token_file),
        subscription: args.subscription.clone(),
        place: Some(place),
    };
    let site = Site::start(settings).await?;
    session.ui.line(site.address());
    session.stop.asked().await;
    site.stop().await;
    Ok(Exit::Done)
}

fn loopback_only(listen: SocketAddr) -> Result<(), Failure> {
    if listen.ip().is_loopback() {
        return Ok(());
    }
    Err(Failure::usage(format!("`{listen}` is not a loopback address"))
        .hint("listen on 127.0.0.1 or [::1]: the emulator is for this machine alone"))
}

fn described(title: &str, record: &Record) -> String {
    let site = &record.site;
    format!(
        "{title}\n  ARM      {}\n  source   {}\n  target   {}\n  process  {}\n\nUse it with `--mock`; end it with `landfall mock down`.",
        site.arm, site.source, site.target, record.pid
    )
}
