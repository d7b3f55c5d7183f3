//! `landfall mirror ENV groups`: where consumer groups would go on, and writing it for the embedded engine.

use std::fmt::Write as _;

use serde::Serialize;

use super::MOST_ROWS;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::world::World;
use crate::cli::{clusters, connect, deploy};
use crate::config::Environment;
use crate::mirror::Flow;
use crate::mirror::groups::{self, Engine, Groups, Internals, PartitionReport, Question, Reason, SyncPlan};
use crate::model::units::grouped;
use crate::run::{Sink, Step};
use crate::ui::table::table;

/// What was asked for beside looking.
#[derive(Clone, Copy)]
pub struct Wish {
    pub sync: bool,
    pub yes: bool,
}

/// What `--sync` returns.
#[derive(Serialize)]
struct Synced<'a> {
    plan: &'a SyncPlan,
    written_groups: &'a [String],
    #[serde(flatten)]
    groups: &'a Groups,
}

pub async fn run(
    session: &Session<'_>,
    environment: &Environment,
    world: &World,
    wish: Wish,
) -> Result<Exit, Failure> {
    let engine = engine(environment, world);
    if wish.sync {
        if engine != Engine::Embedded {
            return Err(
                Failure::usage("MirrorMaker 2 writes the offsets of groups by itself")
                    .hint("look at them with `landfall mirror ENV groups`"),
            );
        }
        deploy::may_ask(session, wish.yes, "mirror ENV groups --sync")?;
    }
    let flow = clusters::flow(session, environment, world).await?;
    let found = look(session, environment, &flow, &engine).await?;
    if wish.sync {
        return sync(session, environment, &flow, &found, wish.yes).await;
    }
    session.ui.result(found.all_well(), &found, &text(&found));
    Ok(exit(&found))
}

fn exit(found: &Groups) -> Exit {
    if found.all_well() {
        Exit::Done
    } else {
        Exit::Differences
    }
}

fn engine(environment: &Environment, world: &World) -> Engine {
    if connect::is_engine(environment, world) {
        Engine::Connect(Internals::of(&environment.mirror.connect, true))
    } else {
        Engine::Embedded
    }
}

async fn look(
    session: &Session<'_>,
    environment: &Environment,
    flow: &Flow,
    engine: &Engine,
) -> Result<Groups, Failure> {
    let question = Question {
        flow,
        groups: &environment.groups,
        engine,
    };
    let step = Step::start(
        &*session.ui as &dyn Sink,
        "groups",
        "Look at the groups on both sides",
    );
    let found = groups::look(question, &*session.ui, &session.stop).await?;
    if session.stop.is_asked() {
        return Err(Failure::stopped());
    }
    step.done(format!(
        "{} groups, {} offsets",
        found.totals.groups, found.totals.partitions
    ));
    Ok(found)
}

async fn sync(
    session: &Session<'_>,
    environment: &Environment,
    flow: &Flow,
    found: &Groups,
    yes: bool,
) -> Result<Exit, Failure> {
    let plan = SyncPlan::of(found);
    if !plan.is_empty() && !yes {
        session.ui.text_to_person(&plan_text(&plan));
        deploy::confirm(session, environment, "write these offsets for").await?;
    }
    let written = plan.apply(&flow.target).await?;
    let left = plan.groups() - written.len();
    let mut text = format!(
        "{} groups written, {} offsets planned",
        written.len(),
        plan.writes.len()
    );
    if left > 0 {
        let _ = write!(
            text,
            "; {left} groups moved meanwhile and were left alone: run it again"
        );
    }
    let shown = Synced {
        plan: &plan,
        written_groups: &written,
        groups: found,
    };
    let well = left == 0 && found.all_well();
    session
        .ui
        .result(well, &shown, &format!("{text}\n\n{}", self::text(found)));
    Ok(if well { Exit::Done } else { Exit::Differences })
}

fn plan_text(plan: &SyncPlan) -> String {
    let shown = plan.writes.iter().take(MOST_ROWS);
    let rows: Vec<Vec<String>> = shown
        .map(|write| {
            let mut note = if write.exact {
                String::new()
            } else {
                "earlier than exact".to_owned()
            };
            if write.missing > 0 {
                note = format!("{} records are not on the target", grouped(write.missing));
            }
            vec![
                write.group.clone(),
                write.topic.clone(),
                write.partition.to_string(),
                write.from.map_or_else(|| "-".to_owned(), |from| from.to_string()),
                write.to.to_string(),
                note,
            ]
        })
        .collect();
    let head = ["group", "topic", "partition", "from", "to", ""];
    let mut text = table(&head, &rows, &[2, 3, 4]);
    let left_out = plan.writes.len().saturating_sub(MOST_ROWS);
    if left_out > 0 {
        let _ = write!(text, "\n … and {left_out} more");
    }
    text
}

/// The worst rows first: what has no place, then what skips, then what reads most again.
fn text(found: &Groups) -> String {
    let mut partitions: Vec<(&str, &PartitionReport)> = found
        .groups
        .iter()
        .flat_map(|group| group.partitions.iter().map(|one| (group.group.as_str(), one)))
        .collect();
    let left_out = partitions.len().saturating_sub(MOST_ROWS);
    if left_out > 0 {
        partitions.sort_by_key(|(_, one)| {
            let in_the_way = one.reason.is_some_and(Reason::stands_in_the_way);
            std::cmp::Reverse((in_the_way, one.skips.unwrap_or(0), one.rereads.unwrap_or(0)))
        });
        partitions.truncate(MOST_ROWS);
    }
    let rows: Vec<_> = partitions
        .into_iter()
        .map(|(group, one)| row(group, one))
        .collect();
    let mut parts = Vec::new();
    if !rows.is_empty() {
        let head = [
            "group",
            "topic",
            "partition",
            "source",
            "target",
            "again",
            "skipped",
            "",
        ];
        let mut text = table(&head, &rows, &[2, 3, 4, 5, 6]);
        if left_out > 0 {
            let _ = write!(text, "\n … and {left_out} that are no worse than these");
        }
        parts.push(text);
    }
    let without: Vec<String> = found
        .groups
        .iter()
        .filter_map(|group| group.reason.map(|reason| format!("  {}: {reason}", group.group)))
        .collect();
    if !without.is_empty() {
        parts.push(without.join("\n"));
    }
    parts.push(totals(found));
    parts.extend(found.notes.iter().cloned());
    parts.join("\n\n")
}

fn totals(found: &Groups) -> String {
    let totals = &found.totals;
    if totals.groups == 0 {
        return "no group in scope has offsets on selected topics".to_owned();
    }
    format!(
        "{} of {} groups have a place on the target; {} records would be read again, {} skipped",
        totals.ready,
        totals.groups,
        grouped(totals.rereads),
        grouped(totals.skips)
    )
}

fn row(group: &str, one: &PartitionReport) -> Vec<String> {
    let offset = |offset: Option<i64>| offset.map_or_else(|| "-".to_owned(), |offset| offset.to_string());
    let count = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), grouped);
    vec![
        group.to_owned(),
        one.topic.clone(),
        one.partition.to_string(),
        one.source_offset.to_string(),
        offset(one.resumes_at),
        count(one.rereads),
        count(one.skips),
        one.reason.map_or_else(String::new, |reason| reason.to_string()),
    ]
}
