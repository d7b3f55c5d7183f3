//! From a target's folder and an environment's values to a [`Bundle`]: canonical ARM JSON, parameters, and Bicep.
//!
//! [`Catalog`] finds the folders (in the binary, in a folder of the user's, beside the environment) and hands out a
//! [`Target`]; the target completes the parameters against its schema, checks its limits, and renders. A target is
//! data: nothing in this room knows the name of one.

mod abilities;
mod access;
mod addition;
mod agreement;
pub mod bicep;
mod bundle;
mod catalog;
pub mod client;
mod context;
mod engine;
mod error;
mod facts;
mod files;
mod gifts;
mod hints;
mod json;
mod limit;
mod limits;
mod manifest;
mod parameters;
mod pattern;
mod render;
mod rules;
mod secrets;
mod steps;
mod target;
mod whole;
mod yaml;

pub use abilities::{Abilities, AbilitiesBlock};
pub use access::{AccessBlock, Grant};
pub use addition::{Addition, AdditionBundle};
pub use bundle::{Bundle, Connect};
pub use catalog::Catalog;
pub use context::{CloudFacts, Context, Example, TopicSpec};
pub use error::{ParameterProblem, Place, TemplateError};
pub use files::{FileEntry, RenderedFile};
pub use hints::Hints;
pub use limit::{Amount, Bound, ByTier, Limit, Measure, Rule};
pub use limits::LimitProblem;
pub use manifest::{Fixed, Manifest, Reminder, TopicMaker, TopicNames};
pub use secrets::{NeededSecret, SecretEntry, SecretRule};
pub use steps::{Before, Chosen, Condition, DoneWhen, Each, Gift, Keep, Step};
pub use target::Target;
