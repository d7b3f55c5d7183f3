//! The topics of the target: what must be made, grown or set before records flow, and what stands in the way.
//!
//! [`plan`] reads both sides and changes nothing; [`apply`] does what a plan says. Both engines begin with them, so that
//! neither ever makes a topic by its own rules. A topic that the environment declares is made as declared; every other
//! one as the source has it, without the settings that `settings` keeps back and says why.

mod apply;
mod keyed;
mod overrides;
mod plan;
mod rules;
mod settings;

pub use apply::{apply, bring, make};
pub use overrides::overrides;
pub use plan::{Action, Blocked, PlannedTopic, TopicPlan, plan};
pub use rules::{Declared, TopicRules};
pub use settings::LeftOut;
