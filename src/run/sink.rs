//! Who listens to events.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::Event;

/// A listener. Emitting must be quick and must never fail the run.
pub trait Sink: Send + Sync {
    fn emit(&self, event: Event);
}

/// Listens to nothing.
pub struct Quiet;

impl Sink for Quiet {
    fn emit(&self, _: Event) {}
}

/// Keeps every event in memory, for tests and summaries.
#[derive(Default)]
pub struct Recorder(Mutex<Vec<Event>>);

impl Recorder {
    /// A copy of what was heard so far.
    pub fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Sink for Recorder {
    fn emit(&self, event: Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}

/// Passes every event to several listeners, in order.
pub struct Tee(pub Vec<Arc<dyn Sink>>);

impl Sink for Tee {
    fn emit(&self, event: Event) {
        for sink in &self.0 {
            sink.emit(event.clone());
        }
    }
}

/// A step that has begun; it reports its time when it ends. Dropped without an end, it reports that it failed.
pub struct Step<'a> {
    sink: &'a dyn Sink,
    id: &'static str,
    title: String,
    began: Instant,
    ended: bool,
}

impl<'a> Step<'a> {
    /// Reports the start and returns the guard that reports the end.
    pub fn start(sink: &'a dyn Sink, step: &'static str, title: impl Into<String>) -> Self {
        let title = title.into();
        sink.emit(Event::StepStarted {
            step,
            title: title.clone(),
        });
        Self {
            sink,
            id: step,
            title,
            began: Instant::now(),
            ended: false,
        }
    }

    /// Reports success with what is worth saying of the result; returns the seconds it took.
    pub fn done(mut self, note: impl Into<Option<String>>) -> f64 {
        self.ended = true;
        let seconds = self.began.elapsed().as_secs_f64();
        self.sink.emit(Event::StepFinished {
            step: self.id,
            title: self.title.clone(),
            seconds,
            note: note.into(),
        });
        seconds
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.sink.emit(Event::StepFailed {
                step: self.id,
                title: self.title.clone(),
                seconds: self.began.elapsed().as_secs_f64(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_is_dropped_has_failed() {
        let heard = Recorder::default();
        drop(Step::start(&heard, "plan", "Plan"));
        Step::start(&heard, "apply", "Apply").done(None);
        let kinds: Vec<bool> = heard
            .events()
            .iter()
            .map(|event| matches!(event, Event::StepFailed { step: "plan", .. }))
            .collect();
        assert_eq!(kinds, [false, true, false, false]);
    }
}
