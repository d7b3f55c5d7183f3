//! `landfall verify`: both sides again, record by record.

use super::args;
use super::clusters;
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use super::world::World;
use crate::model::units::grouped;
use crate::run::Step;
use crate::verify::{self, Verdict};

pub async fn run(session: &Session<'_>, args: &args::Verify) -> Result<Exit, Failure> {
    let environment = session.environment(&args.environment)?;
    let world = World::open(session, &environment).await?;
    world.warn_of_empty_source(session);
    let mut flow = clusters::flow(session, &environment, &world).await?;
    if let Some(pattern) = &args.topics {
        flow.topics.include = vec![pattern.clone()];
    }
    session.header(&environment);
    let step = Step::start(&*session.ui, "verify", "Verify every record");
    let verdict = verify::run(
        &flow.source,
        &flow.target,
        &flow.topics,
        verify::Options::default(),
        &*session.ui,
        &session.stop,
    )
    .await?;
    step.done(format!("{} compared", grouped(verdict.counts.records)));
    session.ui.result(verdict.ok, &verdict, &text(&verdict));
    Ok(if verdict.ok { Exit::Done } else { Exit::Differences })
}

/// The verdict in words: one line when all is well, the first differences when not.
pub fn text(verdict: &Verdict) -> String {
    if verdict.ok && verdict.counts.records == 0 {
        return "nothing was compared: the selected topics hold no records".to_owned();
    }
    if verdict.ok {
        return format!(
            "{} records are equal on both sides: keys, values, headers, timestamps and order",
            grouped(verdict.counts.records)
        );
    }
    let counts = [
        ("missing", verdict.counts.missing),
        ("extra", verdict.counts.extra),
        ("altered", verdict.counts.altered),
        ("reordered", verdict.counts.reordered),
        ("duplicated", verdict.counts.duplicated),
    ];
    let found: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{} {kind}", grouped(*count)))
        .collect();
    let mut lines = vec![format!("The sides differ: {}", found.join(", "))];
    lines.extend(
        verdict
            .differences
            .iter()
            .map(|difference| format!("  {difference}")),
    );
    lines.join("\n")
}
