//! What is made to go wrong: a list of matches and effects, scripted or drawn from a seed.

use serde::{Deserialize, Serialize};

/// One fault. `{"match": {"method": "PUT", "path": "/deployments/"}, "effect": {"kind": "respond", "status": 429}}`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    #[serde(rename = "match", default)]
    pub matches: Match,
    pub effect: Effect,
    /// How often it matched, whether or not it then struck.
    #[serde(default)]
    pub seen: u32,
    /// How often it struck.
    #[serde(default)]
    pub struck: u32,
}

/// Which requests. What is absent matches all.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    #[serde(default)]
    pub method: Option<String>,
    /// A part of the path, or of a resource id for a failing operation; with `*` or `?` a pattern for the whole of it.
    #[serde(default)]
    pub path: Option<String>,
    /// The first match to strike, counted from 1.
    #[serde(default)]
    pub nth: Option<u32>,
    /// How many matches strike from there on; 1 unless said otherwise.
    #[serde(default)]
    pub times: Option<u32>,
    /// Strikes only with this probability, drawn from the seed.
    #[serde(default)]
    pub chance: Option<f64>,
}

/// What happens instead.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Effect {
    /// An error instead of the answer.
    Respond {
        status: u16,
        #[serde(default)]
        code: Option<String>,
        #[serde(default)]
        message: Option<String>,
        /// In seconds.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// The connection is cut, before the request is looked at or after it was carried out.
    Cut { accepted: bool },
    /// A resource whose id matches fails while it is being made; it is accepted all the same.
    FailOperation {
        #[serde(default)]
        code: Option<String>,
        #[serde(default)]
        message: Option<String>,
    },
    /// A resource whose id matches is never finished.
    Stuck,
    /// The answer waits, in milliseconds.
    Delay { milliseconds: u64 },
}

/// The faults of one emulator, with the generator that draws chances.
#[derive(Debug)]
pub struct Faults {
    pub list: Vec<Fault>,
    seed: u64,
}

impl Faults {
    pub fn new(list: Vec<Fault>, seed: u64) -> Self {
        Self { list, seed }
    }

    /// The first effect on a request, if one strikes.
    pub fn on_request(&mut self, method: &str, path: &str) -> Option<Effect> {
        let request = |effect: &Effect| !matches!(effect, Effect::FailOperation { .. } | Effect::Stuck);
        self.strike(method, path, request)
    }

    /// The first effect on the making of a resource, if one strikes.
    pub fn on_resource(&mut self, id: &str) -> Option<Effect> {
        let operation = |effect: &Effect| matches!(effect, Effect::FailOperation { .. } | Effect::Stuck);
        self.strike("PUT", id, operation)
    }

    fn strike(&mut self, method: &str, path: &str, kind: impl Fn(&Effect) -> bool) -> Option<Effect> {
        for index in 0..self.list.len() {
            let fault = &mut self.list[index];
            if !kind(&fault.effect) || !fault.matches.takes(method, path) {
                continue;
            }
            fault.seen += 1;
            let first = fault.matches.nth.unwrap_or(1).max(1);
            let last = first
                .saturating_add(fault.matches.times.unwrap_or(1))
                .saturating_sub(1);
            if !(first..=last).contains(&fault.seen) {
                continue;
            }
            let chance = fault.matches.chance;
            if chance.is_some_and(|chance| self.drawn() >= chance) {
                continue;
            }
            self.list[index].struck += 1;
            return Some(self.list[index].effect.clone());
        }
        None
    }

    /// A number from 0 to 1. SplitMix64: small, seeded, good enough for chances.
    fn drawn(&mut self) -> f64 {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.seed;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        let high = u32::try_from((mixed ^ mixed >> 31) >> 32).unwrap_or_default();
        f64::from(high) / (f64::from(u32::MAX) + 1.0)
    }
}

impl Match {
    fn takes(&self, method: &str, path: &str) -> bool {
        let same = self
            .method
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
        let path = path.to_lowercase();
        same && self.path.as_ref().is_none_or(|wanted| {
            let wanted = wanted.to_lowercase();
            if wanted.contains(['*', '?']) {
                wildmatch::WildMatch::new(&wanted).matches(&path)
            } else {
                path.contains(&wanted)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(matches: &str) -> Faults {
        let text = format!(r#"[{{"match": {matches}, "effect": {{"kind": "respond", "status": 429}}}}]"#);
        Faults::new(serde_json::from_str(&text).unwrap(), 7)
    }

    #[test]
    fn strikes_at_the_nth_match_and_as_often_as_told() {
        let mut faults = fault(r#"{"method": "put", "path": "/Deployments/", "nth": 2, "times": 2}"#);
        let struck: Vec<bool> = (0..5)
            .map(|_| faults.on_request("PUT", "/x/deployments/d").is_some())
            .collect();
        assert_eq!(struck, [false, true, true, false, false]);
        assert!(faults.on_request("GET", "/x/deployments/d").is_none());
    }

    #[test]
    fn the_same_seed_draws_the_same_faults() {
        let draw = || {
            let mut faults = fault(r#"{"times": 1000, "chance": 0.3}"#);
            (0..100)
                .map(|_| faults.on_request("GET", "/").is_some())
                .collect::<Vec<_>>()
        };
        let struck = draw().iter().filter(|struck| **struck).count();
        assert_eq!(draw(), draw());
        assert!((10..=60).contains(&struck), "{struck} of 100");
    }
}
