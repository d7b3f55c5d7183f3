//! What is made to go wrong: a list of matches and effects, scripted or drawn from a seed.
//!
//! `script` reads a list, `spec` one fault on one line; [`Faults`] decides who is struck. What an effect then does is
//! the business of the routes and of whoever writes resources.

pub mod catalogue;
mod effect;
mod matching;
mod script;
mod spec;
mod subject;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::ArmError;
use effect::Stage;
pub use effect::{Effect, LockLevel, Shape, is_deployment};
pub use matching::Match;
pub use script::{Script, ScriptError};
pub use subject::Subject;

/// One fault. `{"match": {"method": "PUT", "path": "/deployments/"}, "effect": {"kind": "respond", "status": 429}}`
#[derive(Clone, Debug, Serialize)]
pub struct Fault {
    #[serde(rename = "match")]
    pub matches: Match,
    pub effect: Effect,
    /// How often it matched, whether or not it then struck.
    pub seen: u32,
    /// How often it struck.
    pub struck: u32,
}

/// The faults of one emulator, with the generator that draws chances.
#[derive(Debug)]
pub struct Faults {
    list: Vec<Fault>,
    seed: u64,
    drawn: u64,
    /// What a PUT made and reads cannot find yet: lower-cased paths, and how many reads that lasts.
    hidden: BTreeMap<String, u32>,
    /// How often each kind struck since the emulator started.
    totals: BTreeMap<&'static str, u64>,
}

impl Faults {
    pub fn new(list: Vec<Fault>, seed: u64) -> Self {
        Self {
            list,
            seed,
            drawn: seed,
            hidden: BTreeMap::new(),
            totals: BTreeMap::new(),
        }
    }

    pub fn list(&self) -> &[Fault] {
        &self.list
    }

    /// From which chances are drawn.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How often each kind of effect struck.
    pub fn totals(&self) -> &BTreeMap<&'static str, u64> {
        &self.totals
    }

    /// Begins anew with other faults; what was counted over all is kept.
    pub fn replace(&mut self, list: Vec<Fault>, seed: u64) {
        let totals = std::mem::take(&mut self.totals);
        *self = Self {
            totals,
            ..Self::new(list, seed)
        };
    }

    /// Adds faults behind those that are there.
    pub fn add(&mut self, more: Vec<Fault>) {
        self.list.extend(more);
    }

    /// How many milliseconds the answer to this request waits, if it does.
    pub fn on_arrival(&mut self, method: &str, path: &str) -> Option<Effect> {
        self.strike(Stage::Arrival, method, path, |_| true)
    }

    /// The first effect on a request, if one strikes.
    pub fn on_request(&mut self, method: &str, path: &str) -> Option<Effect> {
        self.strike(Stage::Request, method, path, |_| true)
    }

    /// The first effect on an answer, if one strikes: `over` says that it shows something that came to its end, `made` that
    /// the request was carried out.
    pub fn on_answer(&mut self, method: &str, path: &str, over: bool, made: bool) -> Option<Effect> {
        let effect = self.strike(Stage::Answer, method, path, |effect| match effect {
            Effect::Stale {} => over,
            Effect::NotYet { .. } => made,
            _ => true,
        })?;
        if let Effect::NotYet { polls } = effect {
            self.hidden.insert(path.to_lowercase(), polls);
        }
        Some(effect)
    }

    /// The first effect on the making of a resource, if one strikes.
    pub fn on_resource(&mut self, id: &str) -> Option<Effect> {
        self.strike(Stage::Resource, "PUT", id, |_| true)
    }

    /// What happens beside the making of a resource.
    pub fn beside_resource(&mut self, id: &str) -> Option<Effect> {
        self.strike(Stage::Beside, "PUT", id, |_| true)
    }

    /// Whether a read comes too early to find what is there; each read brings the end of that nearer.
    pub fn hides(&mut self, method: &str, path: &str) -> bool {
        if !matches!(method, "GET" | "HEAD") || self.hidden.is_empty() {
            return false;
        }
        let path = path.to_lowercase();
        let covers = |hidden: &str| path == hidden || path.starts_with(&format!("{hidden}/"));
        let Some((_, polls)) = self.hidden.iter_mut().find(|(hidden, _)| covers(hidden)) else {
            return false;
        };
        *polls = polls.saturating_sub(1);
        self.hidden.retain(|_, polls| *polls > 0);
        true
    }

    fn strike(
        &mut self,
        stage: Stage,
        method: &str,
        path: &str,
        fits: impl Fn(&Effect) -> bool,
    ) -> Option<Effect> {
        if self.list.is_empty() {
            return None;
        }
        let path = path.to_lowercase();
        for index in 0..self.list.len() {
            let Fault {
                effect,
                matches,
                seen,
                ..
            } = &mut self.list[index];
            let meant = effect.stage() == stage && effect.concerns(method, &path) && fits(effect);
            if !meant || !matches.takes(method, &path) {
                continue;
            }
            *seen += 1;
            if !matches.strikes_at(*seen) {
                continue;
            }
            let chance = matches.chance;
            if chance.is_some_and(|chance| self.drawn() >= chance) {
                continue;
            }
            let fault = &mut self.list[index];
            fault.struck += 1;
            *self.totals.entry(fault.effect.kind()).or_default() += 1;
            return Some(fault.effect.clone());
        }
        None
    }

    /// A number from 0 to 1. SplitMix64: small, seeded, good enough for chances.
    fn drawn(&mut self) -> f64 {
        self.drawn = self.drawn.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.drawn;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        let high = u32::try_from((mixed ^ mixed >> 31) >> 32).unwrap_or_default();
        f64::from(high) / (f64::from(u32::MAX) + 1.0)
    }
}

/// The error that a script asks for, in the words of the catalogue where it has none of its own.
pub fn error(status: u16, code: &str, said: Option<&str>, subject: &Subject<'_>) -> ArmError {
    let message = said.map_or_else(|| catalogue::message(code, subject), ToOwned::to_owned);
    ArmError::new(status, code, message)
}

/// How a script lets a resource fail, or be refused.
pub fn failure(effect: &Effect, subject: &Subject<'_>) -> Option<ArmError> {
    let (status, code, message) = match effect {
        Effect::FailOperation { code, message, .. } => (None, code, message),
        Effect::RefuseOperation { code, message } => {
            let known = code.as_deref().and_then(catalogue::of_code);
            (known.map(|known| known.status), code, message)
        }
        _ => return None,
    };
    let code = code.as_deref().unwrap_or("InternalServerError");
    let said = message.as_deref().or_else(|| {
        let unknown = catalogue::of_code(code).is_none();
        unknown.then_some("The operation failed.")
    });
    Some(error(status.unwrap_or(409), code, said, subject))
}
