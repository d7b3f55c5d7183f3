//! `landfall mirror ENV start|pause|resume|stop|restart`: MirrorMaker 2 on Kafka Connect.

use std::fmt::Write as _;

use serde::Serialize;

use super::status;
use crate::cli::args::MirrorAction;
use crate::cli::clusters;
use crate::cli::connect::{self, Workers};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::world::World;
use crate::config::Environment;
use crate::mirror::connect::{
    Change, ConnectorState, Moved, Outcome, Restarted, Started, Wiring, check, pause, restart, resume, stop,
};
use crate::mirror::progress::ONE_LOOK;
use crate::mirror::{Flow, topics};
use crate::run::Step;

pub async fn run(
    session: &Session<'_>,
    environment: &Environment,
    world: &World,
    action: &MirrorAction,
) -> Result<Exit, Failure> {
    if !connect::is_engine(environment, world) {
        return Err(Failure::other_engine(environment));
    }
    let (bundle, outputs) = clusters::deployed(session, environment, world).await?;
    let workers = Workers::of(environment, world, &outputs)
        .await?
        .ok_or_else(Failure::bug)?;
    session.header(environment);
    let (worker, names, sink, asked) = (&workers.worker, &workers.names, &*session.ui, &session.stop);
    match action {
        MirrorAction::Start => {
            let flow = clusters::flow_to(environment, world, &bundle, &outputs).await?;
            let wiring = connect::wired(session, environment, world, &flow, (&bundle, &outputs)).await?;
            let started = start(session, &flow, &workers, &wiring).await?;
            // The first sight of the topics: by it one is known that is made anew before anybody looks.
            let mut watch = status::open(session, environment, &flow, Some(&workers), ONE_LOOK).await?;
            watch.look_at(&workers.position()).await?;
            show(session, &started, &started_text(environment, &started));
        }
        MirrorAction::Pause => {
            let moved = pause(worker, names, sink, asked).await?;
            show(session, &moved, &moved_text(environment, &moved, "paused"));
        }
        MirrorAction::Stop => {
            let moved = stop(worker, names, sink, asked).await?;
            show(session, &moved, &moved_text(environment, &moved, "stopped"));
        }
        MirrorAction::Resume => {
            let moved = resume(worker, names, sink, asked).await?;
            show(session, &moved, &moved_text(environment, &moved, "running"));
        }
        MirrorAction::Restart => {
            let restarted = restart(worker, names, sink, asked).await?;
            show(session, &restarted, &restarted_text(&restarted));
        }
        _ => return Err(Failure::bug()),
    }
    Ok(Exit::Done)
}

/// Starts MirrorMaker 2 once nothing is in its way: the workers can run it, and the topics of the target are made.
pub async fn start(
    session: &Session<'_>,
    flow: &Flow,
    workers: &Workers,
    wiring: &Wiring,
) -> Result<Started, Failure> {
    let (worker, sink) = (&workers.worker, &*session.ui);
    let checked = check(worker, wiring, sink).await?;
    let step = Step::start(sink, "topics", "Topics of the target");
    let plan = topics::plan(flow).await?;
    let made = topics::bring(flow, &plan, sink).await?;
    step.done(format!(
        "{} as they must be, {} made",
        plan.topics.len(),
        made.len()
    ));
    session.stop_asked()?;
    Ok(checked.start(worker, wiring, sink, &session.stop).await?)
}

fn show(session: &Session<'_>, value: &impl Serialize, text: &str) {
    session.ui.result(true, value, text);
}

fn started_text(environment: &Environment, started: &Started) -> String {
    let mut text = String::new();
    if started.changed {
        for change in &started.connectors {
            let _ = writeln!(text, "{}  {}", change.connector, outcome(change));
            for key in &change.keys {
                let _ = writeln!(text, "    {} {}", key.change, key.key);
            }
        }
    } else {
        text.push_str("nothing to change: the mirror runs as the environment says\n");
    }
    let _ = write!(text, "Next: landfall mirror {} status --watch", environment.name);
    text
}

fn outcome(change: &Change) -> &'static str {
    match (change.outcome, change.resumed) {
        (Outcome::Created, _) => "created",
        (Outcome::Updated, _) => "changed",
        (Outcome::Unchanged, true) => "resumed",
        (Outcome::Unchanged, false) => "unchanged",
    }
}

fn moved_text(environment: &Environment, moved: &Moved, wanted: &str) -> String {
    let mut text = if moved.changed {
        format!("the mirror is {wanted}\n{}", states_text(&moved.connectors))
    } else {
        format!("nothing to change: the mirror is {wanted} already\n")
    };
    let next = if wanted == "running" {
        "status --watch"
    } else {
        "resume"
    };
    if next == "resume" {
        text.push_str("The position is kept: it goes on where it was.\n");
    }
    let _ = write!(text, "Next: landfall mirror {} {next}", environment.name);
    text
}

fn restarted_text(restarted: &Restarted) -> String {
    if restarted.restarted.is_empty() {
        format!("nothing had failed\n{}", states_text(&restarted.connectors))
    } else {
        states_text(&restarted.connectors)
    }
}

/// A line for each connector, and one for each task that failed.
pub fn states_text(connectors: &[ConnectorState]) -> String {
    let mut text = String::new();
    for connector in connectors {
        let _ = writeln!(text, "{}  {}", connector.name, connector.told());
        if let Some(cause) = &connector.cause {
            let _ = writeln!(text, "    failed: {cause}");
        }
        for task in &connector.tasks {
            if let Some(cause) = &task.cause {
                let _ = writeln!(text, "    task {} on {} failed: {cause}", task.id, task.worker);
            }
        }
    }
    text
}
