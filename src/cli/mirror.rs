//! `landfall mirror ENV run|status`: the embedded engine here, position and lag from anywhere.

pub mod access;
mod groups;
mod topics;

use std::fmt::Write as _;

use super::args::{self, MirrorAction, MirrorEnd};
use super::clusters;
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use super::world::World;
use crate::config::Environment;
use crate::mirror::embedded::{self, Summary};
use crate::mirror::{self, Status, Until};
use crate::model::units::{binary_size, grouped};
use crate::run::Step;
use crate::ui::table::table;

/// A person reads so many partitions; a program reads all.
const MOST_ROWS: usize = 50;

pub async fn run(session: &Session<'_>, args: &args::Mirror) -> Result<Exit, Failure> {
    let environment = session.environment(&args.environment)?;
    let world = World::open(session, &environment).await?;
    world.warn_of_empty_source(session);
    let ended = match args.action {
        MirrorAction::Run { until } => copy(session, &environment, &world, until).await,
        MirrorAction::Status => status(session, &environment, &world).await,
        MirrorAction::Groups { sync, yes } => {
            groups::run(session, &environment, &world, groups::Wish { sync, yes }).await
        }
        MirrorAction::Topics => topics::run(session, &environment, &world).await,
        MirrorAction::Access { apply, yes } => {
            access::run(session, &environment, &world, access::Wish { apply, yes }).await
        }
    };
    world.close().await;
    ended
}

async fn copy(
    session: &Session<'_>,
    environment: &Environment,
    world: &World,
    end: MirrorEnd,
) -> Result<Exit, Failure> {
    let flow = clusters::flow(session, environment, world).await?;
    session.header(environment);
    let until = match end {
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

async fn status(session: &Session<'_>, environment: &Environment, world: &World) -> Result<Exit, Failure> {
    let flow = clusters::flow(session, environment, world).await?;
    let status = mirror::status(&flow).await?;
    session.ui.result(true, &status, &text(&status));
    Ok(Exit::Done)
}

/// A row for each partition, the worst first when there are too many to read.
fn text(status: &Status) -> String {
    let mut partitions: Vec<_> = status.partitions.iter().collect();
    let left_out = partitions.len().saturating_sub(MOST_ROWS);
    if left_out > 0 {
        partitions.sort_by_key(|partition| std::cmp::Reverse(partition.lag));
        partitions.truncate(MOST_ROWS);
    }
    let rows: Vec<Vec<String>> = partitions
        .iter()
        .map(|partition| {
            vec![
                partition.topic.clone(),
                partition.partition.to_string(),
                partition
                    .position
                    .map_or_else(|| "-".to_owned(), |position| position.to_string()),
                partition.end.to_string(),
                partition.lag.to_string(),
                partition.state.to_string(),
            ]
        })
        .collect();
    let mut text = table(
        &["topic", "partition", "position", "end", "lag", "state"],
        &rows,
        &[1, 2, 3, 4],
    );
    if left_out > 0 {
        let _ = write!(text, "\n … and {left_out} partitions with no more lag than these");
    }
    format!(
        "{text}\n\n{} records behind in {} partitions",
        status.lag,
        status.partitions.len()
    )
}
