//! How fast a run copies, and how long it still takes.

use std::time::{Duration, Instant};

use super::ledger::Totals;
use crate::mirror::progress::{Pace, Window};

/// Rates are measured over this time: longer than a hiccup, shorter than a change.
const PACE: Pace = Pace {
    window: Duration::from_secs(5),
    patience: Duration::from_secs(5),
};

/// The last seconds of a round.
pub struct Speedometer {
    began: Instant,
    records: Window,
    bytes: Window,
}

/// What it shows, per second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    pub records: f64,
    pub bytes: f64,
    /// Seconds until the lag is gone; absent while the source is as fast as the run.
    pub eta: Option<f64>,
}

impl Speedometer {
    /// Begins with nothing copied.
    pub fn start() -> Self {
        Self {
            began: Instant::now(),
            records: Window::default(),
            bytes: Window::default(),
        }
    }

    /// Takes in what was copied so far and what is left.
    pub fn measure(&mut self, totals: Totals, lag: u64) -> Reading {
        self.measure_at(self.began.elapsed(), totals, lag)
    }

    fn measure_at(&mut self, at: Duration, totals: Totals, lag: u64) -> Reading {
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let (records, bytes) = (signed(totals.records), signed(totals.bytes));
        // What was copied and what is left, together, grows as the source does.
        self.records
            .add(at, records, records.saturating_add(signed(lag)), PACE);
        self.bytes.add(at, bytes, bytes, PACE);
        let records = self.records.flowing();
        Reading {
            records: records.map_or(0.0, |flowing| flowing.copied),
            bytes: self.bytes.flowing().map_or(0.0, |flowing| flowing.copied),
            eta: records.and_then(|flowing| flowing.eta(lag)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_counts_what_arrives_meanwhile() {
        let mut speed = Speedometer::start();
        let totals = |records| Totals {
            records,
            bytes: records * 100,
        };
        let first = speed.measure_at(Duration::ZERO, totals(0), 10_000);
        assert_eq!(first, Reading::default());
        let reading = speed.measure_at(Duration::from_secs(1), totals(1000), 9500);
        assert_eq!((reading.records, reading.bytes), (1000.0, 100_000.0));
        assert_eq!(reading.eta, Some(19.0), "500 of every 1000 are made good for");
        let reading = speed.measure_at(Duration::from_secs(2), totals(2000), 11_000);
        assert_eq!(reading.eta, None, "it falls behind");
    }
}
