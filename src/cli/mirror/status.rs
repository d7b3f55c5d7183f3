//! `landfall mirror ENV status`: how far the mirror is, once or watched.
//!
//! One look ends with 4 when the source no longer holds what the position says. A watch ends with Ctrl-C, or once the
//! mirror has caught up; an outage is shown and waited for: for good, or for a minute where a pipeline waits for the end.

use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};

use serde::Serialize;

use super::control::states_text;
use super::view;
use crate::cli::args::MirrorStatus;
use crate::cli::clusters;
use crate::cli::connect::Workers;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::world::World;
use crate::config::Environment;
use crate::mirror::connect::{ConnectorState, states};
use crate::mirror::progress::{AlarmKind, Memory, Pace, Watch};
use crate::mirror::{Flow, MirrorError, PositionSource, Status};

/// How long a look may take before that is said.
const LATE: Duration = Duration::from_secs(3);
const STILL_AWAITED: &str = "the answer to the last look is still awaited";

pub async fn run(
    session: &Session<'_>,
    environment: &Environment,
    world: &World,
    args: &MirrorStatus,
) -> Result<Exit, Failure> {
    let (bundle, outputs) = clusters::deployed(session, environment, world).await?;
    let flow = clusters::flow_to(environment, world, &bundle, &outputs).await?;
    let workers = Workers::of(environment, world, &outputs).await?;
    let position = workers.as_ref().map_or(PositionSource::Group, Workers::position);
    let mut watch = open(session, environment, &flow, workers.as_ref(), args.interval).await?;
    let mut status = watch.look_at(&position).await?;
    if args.acknowledge {
        status = watch.acknowledge()?;
    }
    if !args.watch && args.until.is_none() {
        return one_look(session, &status, workers.as_ref()).await;
    }
    let mut watched = Watched {
        position,
        session,
        args,
        known: Vec::new(),
        silent_since: None,
    };
    watched.go_on(watch, status, flow.outage_limit).await
}

/// A watch with the memory of this machine, that looks every `interval`.
pub async fn open<'a>(
    session: &Session<'_>,
    environment: &Environment,
    flow: &'a Flow,
    workers: Option<&Workers>,
    interval: Duration,
) -> Result<Watch<'a>, Failure> {
    let position = workers.map_or(PositionSource::Group, Workers::position);
    let identity = flow.source.identity().await?;
    let memory = Memory::open(&session.mirror_journal(environment), &identity)?;
    let commits = match workers {
        Some(_) => environment.mirror.connect.flush_interval,
        None => flow.commit_interval,
    };
    let pace = Pace::of(interval, commits);
    Ok(Watch::new(flow, position.group(flow), pace, Some(memory)))
}

/// The answer to one look: how far, and what the connectors do where there are any.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    status: &'a Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    connectors: Option<Vec<ConnectorState>>,
}

async fn one_look(
    session: &Session<'_>,
    status: &Status,
    workers: Option<&Workers>,
) -> Result<Exit, Failure> {
    let connectors = match workers {
        Some(workers) => Some(states(&workers.worker, &workers.names).await?),
        None => None,
    };
    let mut text = view::text(status);
    if let Some(connectors) = &connectors {
        text = format!("{text}\n\n{}", states_text(connectors));
    }
    let failed = |connectors: &Vec<ConnectorState>| connectors.iter().any(|state| state.failure().is_some());
    let ok = !status.differs() && !connectors.as_ref().is_some_and(failed);
    session.ui.result(ok, &Answer { status, connectors }, &text);
    Ok(if ok { Exit::Done } else { Exit::Differences })
}

/// A watch and what was already said in it.
struct Watched<'a> {
    position: PositionSource<'a>,
    session: &'a Session<'a>,
    args: &'a MirrorStatus,
    known: Vec<(AlarmKind, String)>,
    silent_since: Option<(Instant, String)>,
}

impl Watched<'_> {
    async fn go_on(
        &mut self,
        mut watch: Watch<'_>,
        mut status: Status,
        outage_limit: Duration,
    ) -> Result<Exit, Failure> {
        let mut resized = signal(SignalKind::window_change()).ok();
        loop {
            self.show(&status);
            let ended = self.end(&status);
            if let Some(exit) = ended {
                return Ok(self.close(&status, exit));
            }
            self.pause(&status, resized.as_mut()).await;
            if self.session.stop.is_asked() {
                continue;
            }
            let position = self.position;
            let look = watch.look_at(&position);
            tokio::pin!(look);
            let looked = loop {
                tokio::select! {
                    looked = &mut look => break looked,
                    () = self.session.stop.asked() => return Ok(self.close(&status, Exit::Done)),
                    () = tokio::time::sleep(self.args.interval.max(LATE)) => self.late(&status),
                }
            };
            match looked {
                Ok(next) => {
                    self.silent_since = None;
                    status = next;
                }
                Err(error) => self.outage(error, outage_limit)?,
            }
        }
    }

    fn close(&self, status: &Status, exit: Exit) -> Exit {
        self.session.ui.leave_block();
        self.session.ui.result(exit == Exit::Done, status, "");
        exit
    }

    /// A worker that is cut off from its own topics answers late or not at all, and is said to be silent by then.
    fn late(&mut self, status: &Status) {
        self.silent_since
            .get_or_insert_with(|| (Instant::now(), STILL_AWAITED.to_owned()));
        self.show(status);
    }

    /// Whether the watch is over: asked to stop, caught up, or unable ever to catch up.
    fn end(&self, status: &Status) -> Option<Exit> {
        if self.session.stop.is_asked() {
            return Some(Exit::Done);
        }
        self.args.until?;
        if status.differs() {
            return Some(Exit::Differences);
        }
        (status.caught_up && self.silent_since.is_none()).then_some(Exit::Done)
    }

    /// Waits for the next look; a terminal that changes its size gets its frame at once.
    async fn pause(&self, status: &Status, mut resized: Option<&mut Signal>) {
        let wait = tokio::time::sleep(self.args.interval);
        tokio::pin!(wait);
        loop {
            let resize = async {
                match &mut resized {
                    Some(signal) => signal.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = &mut wait => return,
                () = self.session.stop.asked() => return,
                _ = resize => if self.session.ui.redraws() { self.draw(status) },
            }
        }
    }

    /// A source or a worker that does not answer for a while is part of what is watched.
    fn outage(&mut self, error: MirrorError, limit: Duration) -> Result<(), Failure> {
        let failure = Failure::from(error);
        if failure.exit != Exit::Kafka {
            return Err(failure);
        }
        let since = self
            .silent_since
            .as_ref()
            .map_or_else(Instant::now, |(since, _)| *since);
        // Somebody who looks on decides for himself when to give up.
        if self.args.until.is_some() && since.elapsed() > limit {
            return Err(failure);
        }
        self.silent_since = Some((since, failure.in_one_line()));
        Ok(())
    }

    fn show(&mut self, status: &Status) {
        let ui = &self.session.ui;
        if ui.redraws() {
            return self.draw(status);
        }
        if let Some((_, reason)) = &self.silent_since {
            let value = serde_json::json!({ "reason": reason });
            return ui.part("mirror-silent", &value, || format!("no answer: {reason}"));
        }
        ui.part("mirror-status", &view::Moving::of(status), || view::line(status));
        let raised: Vec<_> = status
            .alarms
            .iter()
            .map(|alarm| (alarm.kind, alarm.text.clone()))
            .collect();
        for alarm in status
            .alarms
            .iter()
            .filter(|alarm| !self.knows(alarm.kind, &alarm.text))
        {
            // Kept apart: an alarm has a kind of its own.
            let value = serde_json::json!({ "alarm": alarm });
            ui.part("mirror-alarm", &value, || format!("  alarm: {alarm}"));
        }
        self.known = raised;
    }

    fn knows(&self, kind: AlarmKind, text: &str) -> bool {
        self.known
            .iter()
            .any(|(known, said)| *known == kind && said == text)
    }

    fn draw(&self, status: &Status) {
        let silent = self.silent_since.as_ref().map(|(_, reason)| reason.as_str());
        self.session.ui.draw(|size| view::frame(size, status, silent));
    }
}
