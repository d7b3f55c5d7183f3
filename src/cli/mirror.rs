//! `landfall mirror ENV …`: the embedded engine here, MirrorMaker 2 on Kafka Connect, position and lag from anywhere.

pub mod access;
mod control;
mod groups;
mod status;
mod topics;
mod view;

use std::fmt::Write as _;

use super::args::{self, MirrorAction, MirrorEnd};
use super::clusters;
use super::connect;
use super::exit::Exit;
use super::failure::Failure;
use super::lint;
use super::session::Session;
use super::world::World;
use crate::config::Environment;
use crate::mirror::Until;
use crate::mirror::embedded::{self, Summary};
use crate::model::units::{binary_size, grouped};
use crate::run::Step;

pub use self::control::start;

/// A person reads so many rows; a program reads all.
const MOST_ROWS: usize = 50;

pub async fn run(session: &Session<'_>, args: &args::Mirror) -> Result<Exit, Failure> {
    if let MirrorAction::Lint(options) = &args.action {
        return lint::run(session, &args.environment, options);
    }
    if args.environment.is_empty() {
        return Err(Failure::no_environment());
    }
    let environment = session.environment(&args.environment)?;
    let world = World::open(session, &environment).await?;
    world.warn_of_empty_source(session);
    let ended = match &args.action {
        MirrorAction::Run(args) => copy(session, &environment, &world, args).await,
        MirrorAction::Status(args) => status::run(session, &environment, &world, args).await,
        // Answered above: it needs no world.
        MirrorAction::Lint(_) => Ok(Exit::Done),
        MirrorAction::Groups { sync, yes } => {
            let (sync, yes) = (*sync, *yes);
            groups::run(session, &environment, &world, groups::Wish { sync, yes }).await
        }
        MirrorAction::Topics => topics::run(session, &environment, &world).await,
        MirrorAction::Access { apply, yes } => {
            let (apply, yes) = (*apply, *yes);
            access::run(session, &environment, &world, access::Wish { apply, yes }).await
        }
        action => control::run(session, &environment, &world, action).await,
    };
    world.close().await;
    ended
}

async fn copy(
    session: &Session<'_>,
    environment: &Environment,
    world: &World,
    args: &args::MirrorRun,
) -> Result<Exit, Failure> {
    if connect::is_engine(environment, world) {
        return Err(Failure::runs_on_connect(environment));
    }
    let mut flow = clusters::flow(session, environment, world).await?;
    flow.accept_loss = args.accept_loss;
    flow.begin_anew.clone_from(&args.begin_anew);
    if let Some(topic) = flow.begin_anew.iter().find(|topic| !flow.topics.takes(topic)) {
        return Err(Failure::usage(format!(
            "the environment does not select the topic `{topic}`"
        )));
    }
    session.header(environment);
    let until = match args.until {
        MirrorEnd::CaughtUp => Until::CaughtUp,
        MirrorEnd::Stopped => Until::Forever,
    };
    let step = Step::start(&*session.ui, "mirror", "Mirror");
    let summary = embedded::run(&flow, until, &*session.ui, &session.stop).await?;
    step.done(note(&summary));
    session.ui.result(true, &summary, "");
    // A run without an end is stopped sooner or later: it is half-way only when something is left to copy.
    let left = summary.partitions.iter().any(|partition| partition.lag.0 > 0);
    Ok(if summary.stopped && left {
        Exit::Stopped
    } else {
        Exit::Done
    })
}

/// What was copied, in words.
pub fn note(summary: &Summary) -> String {
    let mut text = format!(
        "{} records, {}",
        grouped(summary.records),
        binary_size(summary.bytes)
    );
    if summary.skipped_already_there > 0 {
        let _ = write!(
            text,
            ", {} were there already",
            grouped(summary.skipped_already_there)
        );
    }
    text
}
