//! How the emulator of a site is told to behave.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;

use super::arm::{Clock, Fault, Settings};

/// What a person may set of the emulator's behaviour; the rest is as [`super::arm::Settings`] has it.
#[derive(Clone, Debug, Default)]
pub struct Laboratory {
    pub faults: Vec<Fault>,
    pub seed: Option<u64>,
    pub clock: Clock,
    /// By lower-cased resource type.
    pub latencies: BTreeMap<String, Duration>,
    pub answer_latency: Duration,
    pub strict: bool,
    pub request_log: Option<Utf8PathBuf>,
    pub allow_remote: bool,
}

impl Laboratory {
    pub(super) fn equip(self, settings: Settings) -> Settings {
        Settings {
            faults: self.faults,
            seed: self.seed.unwrap_or(settings.seed),
            clock: self.clock,
            latencies: self.latencies,
            answer_latency: self.answer_latency,
            strict: self.strict,
            request_log: self.request_log,
            allow_remote: self.allow_remote,
            ..settings
        }
    }
}
