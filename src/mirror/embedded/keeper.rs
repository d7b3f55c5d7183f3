//! Watches the lanes, saves the position, and knows when to end. What it reports is in [`super::report`].

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle as Thread;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle as Task;

use super::deal::deal;
use super::ends::{Ends, ask};
use super::lane;
use super::ledger::{Failure, Ledger, Totals};
use super::order::Order;
use super::prepare::{Prepared, Start};
use super::receipts::MOST_PARTITIONS;
use super::speed::Speedometer;
use crate::kafka::{Cluster, Topic};
use crate::mirror::position::{self, Positions};
use crate::mirror::{Flow, MirrorError, Until};
use crate::run::{Event, Sink, Stop};

/// How often the keeper looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How often progress is reported.
const REPORT_EVERY: Duration = Duration::from_millis(500);

/// How often the source is asked for new topics and partitions.
const DISCOVER_EVERY: Duration = Duration::from_secs(30);

/// An unchanged position is saved again this often, so that Kafka does not forget it.
const REFRESH_EVERY: Duration = Duration::from_mins(10);

/// How a round ended.
pub enum End {
    CaughtUp,
    Stopped,
    /// The source has new topics or partitions.
    Changed,
    /// The source no longer has the offset that comes next.
    Overtaken,
}

/// One round of a run: the partitions that were there when it began.
pub struct Keeper<'a> {
    pub(super) flow: &'a Flow,
    pub(super) starts: Vec<Start>,
    pub(super) ledger: Arc<Ledger>,
    order: Order,
    lanes: Vec<Thread<()>>,
    pub(super) ends: Arc<Mutex<Ends>>,
    asking: Task<()>,
    saving: Option<Task<Result<Positions, MirrorError>>>,
    /// What the group holds, as far as we know; `None` after a commit of which nobody knows whether it arrived.
    saved: Option<Positions>,
    saved_at: Instant,
    failing_since: Option<Instant>,
    /// What earlier rounds of the run copied.
    pub(super) before: Totals,
    pub(super) reported: Instant,
    pub(super) speed: Speedometer,
}

impl<'a> Keeper<'a> {
    /// Starts the lanes where `prepared` says; `before` is what earlier rounds copied.
    ///
    /// # Errors
    ///
    /// [`MirrorError::TooManyPartitions`], or [`MirrorError::EngineEnded`] when no thread can be started.
    pub fn start(flow: &'a Flow, prepared: &Prepared, before: Totals) -> Result<Self, MirrorError> {
        let starts = prepared.starts.clone();
        if starts.len() > MOST_PARTITIONS {
            return Err(MirrorError::TooManyPartitions {
                count: starts.len(),
                limit: MOST_PARTITIONS,
            });
        }
        let ledger = Arc::new(Ledger::new(&starts));
        let order = Order::default();
        let ends = Arc::new(Mutex::new(Ends::of(&starts)));
        let dealt = deal(&starts);
        let share = flow.buffer_bytes / dealt.len() as u64;
        let lanes = dealt.into_iter().map(|stretches| {
            let (mut flow, ledger, order) = (flow.clone(), Arc::clone(&ledger), order.clone());
            flow.buffer_bytes = share;
            std::thread::Builder::new()
                .name("landfall-lane".to_owned())
                .spawn(move || lane::copy(&flow, &stretches, &ledger, &order))
        });
        let lanes = lanes
            .collect::<Result<_, _>>()
            .map_err(|_| MirrorError::EngineEnded)?;
        Ok(Self {
            flow,
            asking: tokio::spawn(ask(flow.source.clone(), Arc::clone(&ends))),
            saved: Some(prepared.positions()),
            starts,
            ledger,
            order,
            lanes,
            ends,
            saving: None,
            saved_at: Instant::now(),
            failing_since: None,
            before,
            reported: Instant::now(),
            speed: Speedometer::start(),
        })
    }

    /// Watches until the round is over.
    ///
    /// # Errors
    ///
    /// What went wrong in a lane, or with the source, or with saving.
    pub async fn watch(&mut self, until: Until, sink: &dyn Sink, stop: &Stop) -> Result<End, MirrorError> {
        let mut discovered = Instant::now();
        loop {
            // In this order: a lane says why before it ends.
            let ended = self.lanes.iter().any(Thread::is_finished);
            if let Some(failure) = self.ledger.failure() {
                return Err(self.explain(failure));
            }
            if ended {
                return Err(MirrorError::EngineEnded);
            }
            if stop.is_asked() {
                return Ok(End::Stopped);
            }
            if until == Until::CaughtUp && self.has_caught_up() {
                return Ok(End::CaughtUp);
            }
            if self.ledger.doubts().is_overtaken() {
                return Ok(End::Overtaken);
            }
            self.check_source()?;
            self.save_sometimes(sink).await?;
            if self.reported.elapsed() >= REPORT_EVERY {
                self.report(sink);
            }
            if until == Until::Forever && discovered.elapsed() >= DISCOVER_EVERY {
                discovered = Instant::now();
                if self.source_has_grown().await {
                    return Ok(End::Changed);
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Every partition has reached the end that it had when the run began.
    fn has_caught_up(&self) -> bool {
        let positions = self.ledger.positions();
        let reached = |start: &Start| {
            positions
                .get(&start.place)
                .is_some_and(|position| position.source >= start.end)
        };
        self.starts.iter().all(reached)
    }

    fn check_source(&self) -> Result<(), MirrorError> {
        if let Some((slot, code)) = self.ledger.doubts().unknown_for(self.flow.outage_limit) {
            return Err(self.explain(Failure::Unreadable { slot, code }));
        }
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(change) = &ends.change {
            return Err(change.to_error());
        }
        match &ends.silent_since {
            Some((since, source)) if since.elapsed() > self.flow.outage_limit => {
                Err(MirrorError::SourceSilent {
                    waited: self.flow.outage_limit,
                    source: source.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    async fn source_has_grown(&self) -> bool {
        let Ok(topics) = self.flow.source.selected_topics(&self.flow.topics).await else {
            return false;
        };
        let known: BTreeSet<_> = self.starts.iter().map(|start| &start.place).collect();
        let mut places = topics.iter().flat_map(Topic::each_partition);
        places.any(|place| !known.contains(&place))
    }

    /// Saves the position beside the work, one commit at a time.
    async fn save_sometimes(&mut self, sink: &dyn Sink) -> Result<(), MirrorError> {
        if let Some(saving) = self.saving.take_if(|saving| saving.is_finished()) {
            match saving.await.unwrap_or(Err(MirrorError::EngineEnded)) {
                Ok(saved) => {
                    self.saved = Some(saved);
                    self.failing_since = None;
                }
                Err(error @ MirrorError::SecondMirror { .. }) => return Err(error),
                Err(error) => {
                    let since = *self.failing_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > self.flow.outage_limit {
                        return Err(error);
                    }
                    let text = format!("{error}; it is tried again");
                    sink.emit(Event::Warning { text });
                }
            }
        }
        if self.saving.is_none() && self.saved_at.elapsed() >= self.flow.commit_interval {
            let positions = self.ledger.positions();
            if self.saved.as_ref() != Some(&positions) || self.saved_at.elapsed() >= REFRESH_EVERY {
                let (source, group) = (self.flow.source.clone(), self.flow.group.clone());
                let before = self.saved.take();
                self.saving = Some(tokio::spawn(save_after(source, group, before, positions)));
                self.saved_at = Instant::now();
            }
        }
        Ok(())
    }

    /// Ends the lanes and saves what was acknowledged.
    ///
    /// # Errors
    ///
    /// [`MirrorError::PositionNotSaved`], or what went wrong while the lanes finished.
    pub async fn settle(&mut self, gracefully: bool) -> Result<(), MirrorError> {
        if gracefully {
            self.order.finish();
        } else {
            self.order.abandon();
        }
        while self.lanes.iter().any(|lane| !lane.is_finished()) {
            tokio::time::sleep(LOOK_EVERY / 4).await;
        }
        if let Some(saving) = self.saving.take() {
            let _ = saving.await;
        }
        position::save(&self.flow.source, &self.flow.group, &self.ledger.positions()).await?;
        match self.ledger.failure() {
            Some(failure) if gracefully => Err(self.explain(failure)),
            _ => Ok(()),
        }
    }
}

impl Drop for Keeper<'_> {
    /// A run that is dropped half-way leaves nothing running.
    fn drop(&mut self) {
        self.order.abandon();
        self.asking.abort();
        if let Some(saving) = &self.saving {
            saving.abort();
        }
    }
}

/// Saves `positions`, unless somebody else has moved the group since `before` was saved.
async fn save_after(
    source: Cluster,
    group: String,
    before: Option<Positions>,
    positions: Positions,
) -> Result<Positions, MirrorError> {
    if let Some(before) = before {
        let places: Vec<_> = before.keys().cloned().collect();
        if position::read(&source, &group, &places).await? != before {
            return Err(MirrorError::SecondMirror { group });
        }
    }
    position::save(&source, &group, &positions).await?;
    Ok(positions)
}
