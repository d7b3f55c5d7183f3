//! Who may do what on the source, in the words that the target understands.
//!
//! A target with access lists of its own gets Kafka entries ([`plan`], [`apply`]); another gets roles or shared access
//! rules through the parameters of its deployment, by the table in its `target.yaml` ([`AccessPlan::parameters`],
//! [`merge`]). Nothing is given in silence that is wider than the source gave, and everything that cannot be carried
//! over is listed with its reason.

mod grants;
mod kept;
mod parameters;
mod plan;
mod roles;

pub use grants::{Covered, LeftOut, PlannedAcl, RoleGrant, RuleGrant};
pub use parameters::{merge, snippet};
pub use plan::{AccessPlan, Question, Understands, apply, plan, translate};
