//! Plan, apply and destroy what an environment's target is made of on Azure.
//!
//! [`bundle()`] renders, [`plan()`] looks and changes nothing, [`apply()`] does what the plan says and follows it to its end,
//! [`destroy()`] removes exactly what our own deployments made. Our deployments are known by their tags, and what a crash
//! must not lose is in the journal before the next call leaves.

mod apply;
mod baseline;
mod bundle;
mod cancel;
mod changes;
mod checks;
mod client_kit;
mod counts;
mod deletion_order;
mod destroy;
mod destroy_group;
mod destroy_plan;
mod destroy_stacks;
mod drift;
mod error;
mod follow;
mod foresight;
mod foretold;
mod graph;
mod known;
mod launch;
mod lock;
mod made;
mod managed;
mod memory;
mod naming;
mod outputs;
mod plan;
mod preview;
mod records;
mod saved;
mod status;
pub mod steps;
mod unit;
mod unnamed;

pub use apply::apply;
pub use baseline::Baseline;
pub use bundle::{addition, bundle, context, manifests};
pub use cancel::cancel;
pub use changes::{Change, ChangeKind, PropertyChange, PropertyChangeKind};
pub use checks::{Check, Verdict};
pub use client_kit::{ClientKit, client_kit};
pub use counts::Counts;
pub use destroy::{Destroyed, destroy};
pub use destroy_plan::{DestroyPlan, Removal, destroy_plan};
pub use drift::{Against, Drift, DriftState, Drifted, drift};
pub use error::{DeployError, Failure};
pub use graph::{Edge, Graph, Node, Tone, graph_of_bundle, graph_of_plan, graph_of_status};
pub use outputs::{Output, Outputs, outputs};
pub use plan::{Plan, Preview, plan, plan_against};
pub use saved::{SavedPlan, SavedPlanError};
pub use status::{LastDeployment, Status, StatusResource, status};
pub use steps::StepError;
