//! The demo's mirror: MirrorMaker 2 where the site has a worker, this program elsewhere.

use std::time::Duration;

use serde::Serialize;

use super::Journey;
use crate::cli::connect::{self, Workers};
use crate::cli::failure::Failure;
use crate::cli::{clusters, mirror};
use crate::deploy::Outputs;
use crate::mirror::embedded::{self, Summary};
use crate::mirror::progress::{Pace, Watch};
use crate::mirror::{Flow, Status, Until};
use crate::model::units::grouped;
use crate::run::{Event, Sink, Step};
use crate::template::Bundle;

/// How often the demo looks whether MirrorMaker 2 has caught up.
const LOOK: Duration = Duration::from_millis(500);

/// What was copied, as the engine tells it.
#[derive(Serialize)]
#[serde(tag = "engine", rename_all = "kebab-case")]
pub enum Copied {
    Embedded(Summary),
    Connect {
        /// The version of MirrorMaker 2.
        version: String,
        /// The last look.
        #[serde(flatten)]
        status: Status,
    },
}

impl Copied {
    /// Bytes of keys, values and headers, where the engine counts them.
    pub fn bytes(&self) -> Option<u64> {
        match self {
            Self::Embedded(summary) => Some(summary.bytes),
            Self::Connect { .. } => None,
        }
    }

    fn note(&self) -> String {
        match self {
            Self::Embedded(summary) => mirror::note(summary),
            // The demo's records begin at 0 and no transaction is among them: an offset is a record.
            Self::Connect { version, status } => {
                let copied = status
                    .partitions
                    .iter()
                    .filter_map(|partition| partition.position);
                let copied = u64::try_from(copied.sum::<i64>()).unwrap_or(0);
                format!("{} records by MirrorMaker 2 {version}", grouped(copied))
            }
        }
    }
}

impl Journey<'_> {
    pub(super) async fn mirror(&mut self, bundle: &Bundle, outputs: &Outputs) -> Result<Copied, Failure> {
        let sink = self.sink();
        let flow = clusters::flow_to(&self.environment, &self.world, bundle, outputs).await?;
        let workers = Workers::of(&self.environment, &self.world, outputs).await?;
        let step = Step::start(&*sink, "mirror", "Mirror");
        let copied = match workers {
            None => {
                let summary = embedded::run(&flow, Until::CaughtUp, &*sink, &self.session.stop).await?;
                Copied::Embedded(summary)
            }
            Some(workers) => self.by_connect(&workers, &flow, (bundle, outputs)).await?,
        };
        self.end("mirror", step, copied.note())?;
        Ok(copied)
    }

    async fn by_connect(
        &self,
        workers: &Workers,
        flow: &Flow,
        deployed: (&Bundle, &Outputs),
    ) -> Result<Copied, Failure> {
        let (session, environment) = (self.session, &self.environment);
        let wiring = connect::wired(session, environment, &self.world, flow, deployed).await?;
        let started = mirror::start(session, flow, workers, &wiring).await?;
        let pace = Pace::of(LOOK, environment.mirror.connect.flush_interval);
        // The demo begins anew each time: there is nothing to remember.
        let mut watch = Watch::new(flow, None, pace, None);
        loop {
            let status = watch.look_at(&workers.position()).await?;
            let ends = status
                .partitions
                .iter()
                .map(|partition| partition.end)
                .sum::<i64>();
            let total = u64::try_from(ends).unwrap_or(0);
            session.ui.emit(Event::Progress {
                step: "mirror",
                done: total.saturating_sub(status.lag.0),
                total: Some(total),
                unit: "records",
            });
            if status.caught_up {
                let version = started.preflight.version;
                return Ok(Copied::Connect { version, status });
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = session.stop.asked() => return Err(Failure::stopped()),
            }
        }
    }
}
