//! A run: rounds of preparing and copying, until it has caught up or is asked to stop.

use std::borrow::Cow;
use std::time::Instant;

use super::keeper::{End, Keeper};
use super::prepare::prepare;
use super::summary::Summary;
use crate::mirror::{Flow, MirrorError, Until, position};
use crate::run::{Event, Sink, Stop};

/// So often in a row the source may be faster than a run that accepts losses.
const MOST_OVERTAKEN_ROUNDS: u32 = 100;

/// Copies `flow` until it has caught up or somebody asks it to stop.
///
/// # Errors
///
/// [`MirrorError`]; what was acknowledged before is saved if the source can be reached.
pub async fn run(flow: &Flow, until: Until, sink: &dyn Sink, stop: &Stop) -> Result<Summary, MirrorError> {
    let began = Instant::now();
    let mut summary = Summary {
        flow: flow.name.clone(),
        ..Summary::default()
    };
    let mut overtaken_rounds = 0;
    let mut flow = Cow::Borrowed(flow);
    loop {
        let prepared = prepare(&flow, sink).await?;
        summary
            .created_topics
            .extend(prepared.created_topics.iter().cloned());
        summary.skipped_already_there += prepared.skipped_already_there;
        summary.possibly_lost += prepared.possibly_lost;
        position::save(&flow.source, &flow.group, &prepared.positions()).await?;
        // Forgotten once: the positions of the next rounds are new ones.
        flow.to_mut().begin_anew.clear();
        let mut keeper = Keeper::start(&flow, &prepared, summary.totals())?;
        let end = keeper.watch(until, sink, stop).await;
        let settled = keeper.settle(end.is_ok()).await;
        keeper.report(sink);
        summary.take(&keeper);
        summary.seconds = began.elapsed().as_secs_f64();
        warn_of_times(&summary, sink);
        drop(keeper);
        match (end?, settled?) {
            (End::CaughtUp, ()) => return Ok(summary),
            (End::Stopped, ()) => {
                summary.stopped = true;
                return Ok(summary);
            }
            (End::Changed, ()) => {}
            // What became of the partition is found when the next round is prepared.
            (End::Overtaken, ()) if overtaken_rounds < MOST_OVERTAKEN_ROUNDS => overtaken_rounds += 1,
            (End::Overtaken, ()) => return Err(MirrorError::AlwaysOvertaken),
        }
    }
}

fn warn_of_times(summary: &Summary, sink: &dyn Sink) {
    if summary.restamped > 0 {
        let text = format!(
            "{} records have the time 0 ms, which cannot be sent: the target has the time of copying instead",
            summary.restamped
        );
        sink.emit(Event::Warning { text });
    }
}
