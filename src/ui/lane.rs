//! One environment's share of the output while several run at once: its lines are marked, its result is kept.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};

use super::{Failed, Ui};

/// Whose lines they are, and the result until somebody takes it.
pub(super) struct Lane {
    pub name: String,
    answer: Mutex<Option<Answer>>,
}

/// What an environment's command came to.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub ok: bool,
    /// As `--output json` shows it; an object with `error` for a failure.
    pub value: Value,
    /// As a person reads it; empty for a failure, which was shown when it happened.
    pub text: String,
}

impl Lane {
    pub fn keep(&self, ok: bool, value: &impl Serialize, text: &str) {
        let value = serde_json::to_value(value).unwrap_or_default();
        let text = text.trim_end_matches('\n').to_owned();
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(Answer { ok, value, text });
    }

    pub fn keep_failure(&self, failed: &Failed<'_>) {
        self.keep(false, &json!({ "error": failed }), "");
    }
}

impl Ui {
    /// The share of the environment `name`; names are padded to `width` characters, so that lines stand below each other.
    pub fn lane(&self, name: &str, width: usize) -> Arc<Self> {
        Arc::new(Self {
            output: self.output,
            kind: self.kind,
            command: self.command,
            quiet: self.quiet,
            human: self.human.lane(name, width),
            screen: Mutex::default(),
            lane: Some(Lane {
                name: name.to_owned(),
                answer: Mutex::default(),
            }),
        })
    }

    /// What was kept in this lane.
    pub fn answer(&self) -> Answer {
        let kept = self.lane.as_ref().map(|lane| &lane.answer);
        let kept = kept.and_then(|kept| kept.lock().unwrap_or_else(PoisonError::into_inner).take());
        kept.unwrap_or_default()
    }
}
