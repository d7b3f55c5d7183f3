//! From a target's folder and an environment's values to a [`Bundle`]: canonical ARM JSON, parameters, and Bicep.
//!
//! [`Catalog`] finds the folders (in the binary, in a folder of the user's, beside the environment) and hands out a
//! [`Target`]; the target completes the parameters against its schema, checks its limits, and renders. A target is
//! data: nothing in this room knows the name of one.

mod abilities;
mod access;
mod addition;
pub mod bicep;
mod bundle;
mod catalog;
mod context;
mod engine;
mod error;
mod files;
mod hints;
mod json;
mod limits;
mod manifest;
mod parameters;
mod render;
mod target;
mod yaml;

pub use abilities::{Abilities, AbilitiesBlock};
pub use access::{AccessBlock, Grant};
pub use addition::{Addition, AdditionBundle, RenderedFile};
pub use bundle::{Bundle, Connect};
pub use catalog::Catalog;
pub use context::{CloudFacts, Context, Example, TopicSpec};
pub use error::{ParameterProblem, Place, TemplateError};
pub use hints::Hints;
pub use limits::LimitProblem;
pub use manifest::{Amount, Bound, ByTier, Fixed, Limit, Manifest, Measure, Rule, TopicMaker, TopicNames};
pub use target::Target;
