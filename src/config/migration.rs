//! The cut-over, as an environment asks for it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::environment::as_seconds;
use crate::model::units::Lag;

/// The cut-over, as an environment asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Migration {
    pub strategy: Strategy,
    pub gates: Gates,
    /// Commands of the environment's owner, by the step that runs them: the program, then its arguments.
    pub hooks: BTreeMap<String, Vec<String>>,
}

/// Whose clients move first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Producers move, consumers drain the source and follow: order is kept, consumers idle in between.
    #[default]
    ProducersFirst,
    /// Consumers move with translated offsets, producers follow.
    ConsumersFirst,
}

/// What must hold before clients move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Gates {
    pub max_lag: Lag,
    /// How long nothing may have been written to the source.
    #[serde(serialize_with = "as_seconds")]
    pub quiet: Duration,
}
