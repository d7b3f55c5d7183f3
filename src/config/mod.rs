//! From an environment's folder to one complete, checked [`Environment`].
//!
//! Layers are decoded typed (`decode`, `layer`), laid over each other (`over`) and completed once (`complete`);
//! whatever is wrong on the way is collected, never only the first. `yaml` alone knows the YAML crate, and `guard`
//! forgets a secret that was written inline before anything else can see it.

mod addon;
mod complete;
mod connect;
mod decode;
mod environment;
mod folder;
mod guard;
mod layer;
mod migration;
mod node;
mod origin;
mod over;
mod overrides;
mod path;
mod place;
mod problem;
mod schema;
mod section;
mod stack;
mod stack_rules;
mod unit;
mod value;
mod yaml;

use camino::Utf8Path;

pub use addon::Addon;
pub use connect::Connect;
pub use environment::*;
pub use folder::list;
pub use migration::{Gates, Migration, Strategy};
pub use origin::Origins;
pub use overrides::Overrides;
pub use place::{Document, Mark, Origin, Place};
pub use problem::{ConfigError, Problem};
pub use schema::schema;
pub use stack_rules::{Deny, DeploymentKind, OnUnmanage, StackRules};
pub use unit::time;

use complete::Checker;
use stack::Stack;

#[cfg(test)]
mod tests;

/// An environment, where each of its values was written, and what its owner should look at.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub environment: Environment,
    pub origins: Origins,
    pub warnings: Vec<Problem>,
}

/// Sections whose names a mistaken variable may begin with.
const SECTIONS: [&str; 9] = [
    "azure",
    "target",
    "source",
    "topics",
    "groups",
    "mirror",
    "monitoring",
    "migration",
    "mock",
];

/// Loads the environment `name`: `--set` over `LANDFALL_SET_*` variables over its folder over `base.yaml`.
///
/// # Errors
///
/// [`ConfigError`] with everything that is wrong in any layer.
pub fn load(environments: &Utf8Path, name: &str, overrides: &Overrides) -> Result<Loaded, ConfigError> {
    let name = folder::find(environments, name)?;
    let folder = environments.join(name.as_str());
    let mut stack = Stack::default();
    for (path, layer) in folder::files(environments, &name) {
        stack.file(&path, layer);
    }
    for (index, given) in overrides.given().into_iter().enumerate() {
        stack.given(given, index + 2);
    }
    let Stack {
        layer,
        origins,
        mut problems,
        torn,
        ..
    } = stack;
    if torn {
        return Err(problems.into_error());
    }
    let environment = complete::complete(layer, &name, &mut Checker::new(&origins, &mut problems, &folder));
    let Some(environment) = environment else {
        return Err(problems.into_error());
    };
    let mut warnings = folder::strays(&folder);
    warnings.extend(overrides.strays(&SECTIONS));
    warnings.extend(undeclared(&environment, &origins));
    Ok(Loaded {
        environment,
        origins,
        warnings,
    })
}

/// Loads the section `mock` of what every environment starts from, for a site that is started for no environment.
///
/// # Errors
///
/// [`ConfigError`] with everything that is wrong in `base.yaml` or an override.
pub fn mock(environments: &Utf8Path, overrides: &Overrides) -> Result<Mock, ConfigError> {
    let mut stack = Stack::default();
    let base = environments.join("base.yaml");
    if base.exists() {
        stack.file(&base, 0);
    }
    for (index, given) in overrides.given().into_iter().enumerate() {
        stack.given(given, index + 2);
    }
    let Stack {
        layer,
        origins,
        mut problems,
        ..
    } = stack;
    let mut checker = Checker::new(&origins, &mut problems, environments);
    let mock = complete::mock::complete(layer.mock.unwrap_or_default(), &mut checker);
    if problems.is_empty() {
        Ok(mock)
    } else {
        Err(problems.into_error())
    }
}

/// Topics that are declared and yet not selected: they would be made and stay empty.
fn undeclared(environment: &Environment, origins: &Origins) -> Vec<Problem> {
    let left_out = |name: &&crate::model::name::TopicName| !environment.topics.selection.takes(name.as_str());
    let warn = |name: &crate::model::name::TopicName| {
        let at = path::join("topics.overrides", name.as_str());
        origins.problem(
            &at,
            format!("the topic `{name}` is declared, but `topics.include` and `exclude` leave it out"),
        )
    };
    environment
        .topics
        .overrides
        .keys()
        .filter(left_out)
        .map(warn)
        .collect()
}
