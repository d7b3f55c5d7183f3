//! Time in the emulator: fast, real at some speed, or virtual.
//!
//! Virtual time stands still until a client polls something unfinished; then it jumps to the next thing that happens.
//! So a test sees every intermediate state and waits for none.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// How long anything takes under the fast clock: long enough that a client has to poll once.
const FAST: Duration = Duration::from_millis(30);

/// The time of one emulator; copies share it.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Fast,
    Real { speed: f64 },
    Virtual(Arc<Mutex<Timestamp>>),
}

impl Default for Clock {
    fn default() -> Self {
        Self::fast()
    }
}

impl Clock {
    /// The wall clock, on which every operation takes a moment.
    pub fn fast() -> Self {
        Self(Kind::Fast)
    }

    /// The wall clock, on which operations take their usual time divided by `speed`.
    pub fn real(speed: f64) -> Self {
        Self(Kind::Real {
            speed: if speed.is_finite() { speed.max(0.001) } else { 1.0 },
        })
    }

    /// Reads `real`, `fast`, or `x60` for real time at sixty times its speed.
    ///
    /// # Errors
    ///
    /// A sentence with what it may be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let speed = |text: &str| {
            text.parse()
                .ok()
                .filter(|speed: &f64| (1.0..=1_000_000.0).contains(speed))
        };
        match text {
            "real" => Ok(Self::real(1.0)),
            "fast" => Ok(Self::fast()),
            _ => {
                let speed = text.strip_prefix('x').and_then(speed);
                speed
                    .map(Self::real)
                    .ok_or_else(|| "it is `real`, `fast`, or `x` and how much faster: `x60`".to_owned())
            }
        }
    }

    /// Whether everything takes but a moment, whatever it usually takes.
    pub fn is_fast(&self) -> bool {
        matches!(self.0, Kind::Fast)
    }

    /// A clock that stands at `start` until somebody polls.
    pub fn virtual_from(start: Timestamp) -> Self {
        Self(Kind::Virtual(Arc::new(Mutex::new(start))))
    }

    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::Virtual(time) => *time.lock().unwrap_or_else(PoisonError::into_inner),
            _ => Timestamp::now(),
        }
    }

    pub fn is_virtual(&self) -> bool {
        matches!(self.0, Kind::Virtual(_))
    }

    /// Moves virtual time forward to `at`; other clocks, and the past, are left alone.
    pub fn jump(&self, at: Timestamp) {
        if let Kind::Virtual(time) = &self.0 {
            let mut time = time.lock().unwrap_or_else(PoisonError::into_inner);
            *time = at.max(*time);
        }
    }

    /// How long something takes here that usually takes `usual`.
    pub fn takes(&self, usual: Duration) -> Duration {
        match &self.0 {
            Kind::Fast => FAST.min(usual),
            Kind::Real { speed } => usual.div_f64(*speed),
            Kind::Virtual(_) => usual,
        }
    }

    /// How many milliseconds a client should wait between two polls, where Azure's own pace would be a waste.
    pub fn pace(&self) -> Option<u64> {
        match &self.0 {
            Kind::Fast => Some(50),
            Kind::Real { speed } if *speed > 1.0 => Some(250),
            _ => None,
        }
    }
}

/// `at` plus `time`, kept inside the calendar.
pub fn after(at: Timestamp, time: Duration) -> Timestamp {
    at.checked_add(time).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_real_fast_or_so_many_times_faster() {
        let takes = |text: &str| Clock::parse(text).unwrap().takes(Duration::from_mins(1));
        assert_eq!(takes("real"), Duration::from_mins(1));
        assert_eq!(takes("fast"), FAST);
        assert_eq!(takes("x60"), Duration::from_secs(1));
        for wrong in ["", "slow", "60", "x", "x0", "x-1", "xNaN", "xinf"] {
            assert!(Clock::parse(wrong).is_err(), "{wrong}");
        }
    }
}
