//! A list of faults as a file, a request or a command line gives it.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Effect, Fault, Match, catalogue, spec};

/// Faults and the seed that their chances are drawn from. A bare list is a script without a seed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    #[serde(default)]
    pub seed: Option<u64>,
    /// `value` is what the emulator's own API calls them.
    #[serde(alias = "value")]
    pub faults: Vec<Fault>,
}

/// A script that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    #[error("cannot read the fault script `{path}`")]
    Unreadable {
        path: Utf8PathBuf,
        source: std::io::Error,
    },
    #[error("the fault script `{path}` cannot be understood: {problem}")]
    Wrong { path: Utf8PathBuf, problem: String },
    #[error("the fault `{spec}` cannot be understood: {problem}")]
    Spec { spec: String, problem: String },
}

impl Script {
    /// Reads a file: `{"seed": 7, "faults": […]}`, or the bare list.
    ///
    /// # Errors
    ///
    /// [`ScriptError`] with the line and column, or the number of the fault, that is wrong.
    pub fn load(path: &Utf8Path) -> Result<Self, ScriptError> {
        let text = std::fs::read_to_string(path).map_err(|source| ScriptError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::read(&text).map_err(|problem| ScriptError::Wrong {
            path: path.to_owned(),
            problem,
        })
    }

    /// Reads the text of a script.
    ///
    /// # Errors
    ///
    /// A sentence with the place.
    pub fn read(text: &str) -> Result<Self, String> {
        let script: Result<Self, serde_json::Error> = if text.trim_start().starts_with('[') {
            serde_json::from_str(text).map(|faults| Self { seed: None, faults })
        } else {
            serde_json::from_str(text)
        };
        script.map_err(|error| error.to_string())
    }
}

impl Fault {
    /// Reads one fault from a line such as `PUT */deployments/*: 429 retry-after=2 nth=2 times=3`.
    ///
    /// # Errors
    ///
    /// [`ScriptError::Spec`] with what is wrong.
    pub fn from_spec(spec: &str) -> Result<Self, ScriptError> {
        spec::read(spec).map_err(|problem| ScriptError::Spec {
            spec: spec.to_owned(),
            problem,
        })
    }

    /// Fills in what follows from the rest, and refuses what makes no sense.
    pub(super) fn settled(mut self) -> Result<Self, String> {
        const LONGEST_DELAY_MS: u64 = 3_600_000;
        if let Some(problem) = self.matches.problem() {
            return Err(problem);
        }
        match &mut self.effect {
            Effect::Respond { status, code, .. } => {
                if *status == 0 {
                    let code = code.as_deref().ok_or("`respond` needs a `status` or a `code`")?;
                    let known = catalogue::of_code(code).ok_or_else(|| catalogue::unknown(code))?;
                    *status = known.status;
                }
                if !(400..=599).contains(status) {
                    return Err(format!("the status {status} is no error: 400 to 599"));
                }
            }
            Effect::Delay { milliseconds } if *milliseconds > LONGEST_DELAY_MS => {
                return Err(format!("the delay of {milliseconds} ms is above one hour"));
            }
            Effect::FailOperation { at: Some(at), .. } if !(0.0..=100.0).contains(at) => {
                return Err(format!("`at` is {at}, and not from 0 to 100 percent"));
            }
            Effect::NotYet { polls: 0 } => return Err("`polls` is 0, so nothing would be hidden".to_owned()),
            _ => {}
        }
        Ok(self)
    }
}

/// A fault as an object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "match", default)]
    matches: Match,
    effect: Effect,
    #[serde(default)]
    seen: u32,
    #[serde(default)]
    struck: u32,
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Either)
    }
}

/// An object, or a line in the compact syntax.
struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Fault;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault: an object with `match` and `effect`, or a line such as `GET *: 503`")
    }

    fn visit_str<E: Error>(self, line: &str) -> Result<Fault, E> {
        Fault::from_spec(line).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Fault, A::Error> {
        let written = Written::deserialize(MapAccessDeserializer::new(map))?;
        let fault = Fault {
            matches: written.matches,
            effect: written.effect,
            seen: written.seen,
            struck: written.struck,
        };
        fault.settled().map_err(A::Error::custom)
    }
}
