//! How fast something moves, over a sliding window.

use std::collections::VecDeque;
use std::time::Duration;

use super::status::Speed;

/// The most samples that one partition keeps.
const MOST_SAMPLES: usize = 16;

/// The shortest rest that is named: tasks begin anew and leaders move in less.
const LEAST_PATIENCE: Duration = Duration::from_secs(5);

/// What is usual between two looks, from which follows how long to wait for a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Over how long rates are measured.
    pub window: Duration,
    /// How long a position may rest, while records wait, before it has stalled.
    pub patience: Duration,
}

impl Pace {
    /// The pace of a mirror that is looked at every `poll` and saves its position every `commit`.
    ///
    /// A position moves in jumps of `commit`: the window holds several of them, and only a rest of two is a rest. Looks
    /// that are further apart than that see it with the second one.
    pub fn of(poll: Duration, commit: Duration) -> Self {
        Self {
            window: Duration::from_secs(20).max(commit * 3).max(poll * 5),
            patience: poll.max(commit * 2).max(LEAST_PATIENCE),
        }
    }
}

/// Where a partition was, now and then.
#[derive(Clone, Debug, Default)]
pub(in crate::mirror) struct Window(VecDeque<Sample>);

#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Duration,
    position: i64,
    end: i64,
}

impl Window {
    pub fn add(&mut self, at: Duration, position: i64, end: i64, pace: Pace) {
        self.0.push_back(Sample { at, position, end });
        // The sample just outside of the window is its beginning.
        while self
            .0
            .get(1)
            .is_some_and(|second| at.saturating_sub(second.at) >= pace.window)
        {
            self.0.pop_front();
        }
        if self.0.len() > MOST_SAMPLES {
            self.0.remove(1);
        }
    }

    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// What the mirror and the source pass per second; nothing before the second look.
    pub fn flowing(&self) -> Option<Flowing> {
        let (first, last) = (self.0.front()?, self.0.back()?);
        let seconds = last.at.saturating_sub(first.at).as_secs_f64();
        (seconds > 0.0).then(|| Flowing {
            copied: number(last.position - first.position) / seconds,
            arrived: number(last.end - first.end) / seconds,
        })
    }
}

/// Offsets per second: passed by the mirror, and arrived at the source.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flowing {
    pub copied: f64,
    pub arrived: f64,
}

impl Flowing {
    /// Seconds until `lag` is gone; `None` while the mirror is not faster than the source.
    pub fn eta(&self, lag: u64) -> Option<f64> {
        let net = self.copied - self.arrived;
        if lag == 0 {
            return Some(0.0);
        }
        #[expect(clippy::cast_precision_loss, reason = "a time for people")]
        (net > 0.0).then(|| lag as f64 / net)
    }
}

/// Sums of speeds, and the longest of their times.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    lag: u64,
    bytes: Option<u64>,
    unknown_bytes: bool,
    flowing: Option<Flowing>,
    longest: f64,
}

impl Sum {
    pub fn add(&mut self, lag: u64, speed: &Speed) {
        self.lag += lag;
        match speed.estimated_bytes_behind {
            Some(bytes) => self.bytes = Some(self.bytes.unwrap_or(0) + bytes),
            None => self.unknown_bytes = true,
        }
        if let (Some(copied), Some(arrived)) = (speed.records_per_second, speed.source_records_per_second) {
            let sum = self.flowing.get_or_insert_default();
            sum.copied += copied;
            sum.arrived += arrived;
        }
        self.longest = self.longest.max(speed.eta_seconds.unwrap_or(0.0));
    }

    /// The whole takes at least as long as its slowest part: one hot partition lags alone.
    pub fn speed(&self) -> Speed {
        let eta = self.flowing.and_then(|flowing| flowing.eta(self.lag));
        Speed {
            estimated_bytes_behind: self.bytes.filter(|_| !self.unknown_bytes),
            records_per_second: self.flowing.map(|flowing| flowing.copied),
            source_records_per_second: self.flowing.map(|flowing| flowing.arrived),
            eta_seconds: eta.map(|eta| eta.max(self.longest)),
        }
    }

    pub fn lag(&self) -> u64 {
        self.lag
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn number(count: i64) -> f64 {
    count as f64
}
