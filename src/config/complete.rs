//! From stacked layers to one complete environment, or to everything that is wrong with them.

mod access;
mod azure;
mod cluster;
mod connect;
mod flow;
pub mod mock;
mod topics;

use camino::Utf8Path;

use super::environment::Environment;
use super::layer::Layer;
use super::origin::Origins;
use super::problem::Problems;
use crate::model::name::EnvironmentName;

/// Collects what is wrong while the sections are completed.
#[derive(Debug)]
pub struct Checker<'a> {
    origins: &'a Origins,
    problems: &'a mut Problems,
    /// The environment's folder: relative paths begin there.
    folder: &'a Utf8Path,
}

impl<'a> Checker<'a> {
    /// A checker of the environment in `folder`.
    pub fn new(origins: &'a Origins, problems: &'a mut Problems, folder: &'a Utf8Path) -> Self {
        Self {
            origins,
            problems,
            folder,
        }
    }

    /// Says what is wrong with the value of `path`.
    fn refuse(&mut self, path: &str, message: impl Into<String>) {
        let problem = self.origins.problem(path, message);
        self.problems.add(path, problem);
    }

    /// The value of `path`, which must be there; `what` tells a person what to write.
    fn need<T>(&mut self, path: &str, value: Option<T>, what: &str) -> Option<T> {
        if value.is_none() && !self.problems.blames(path) {
            self.refuse(path, format!("missing `{path}`: {what}"));
        }
        value
    }

    /// The value of `path` if `holds`, and a problem otherwise.
    fn check(&mut self, path: &str, holds: bool, message: impl FnOnce() -> String) {
        if !holds {
            self.refuse(path, format!("`{path}` {}", message()));
        }
    }

    /// The value that a rule made of `path`, or the rule it breaks.
    fn parsed<T, E: std::fmt::Display>(&mut self, path: &str, result: Result<T, E>) -> Option<T> {
        result
            .map_err(|error| self.refuse(path, format!("`{path}`: {error}")))
            .ok()
    }
}

/// Completes the environment `name`; `None` when a problem was found.
pub fn complete(layer: Layer, name: &EnvironmentName, checker: &mut Checker<'_>) -> Option<Environment> {
    version(layer.version, checker);
    own_name(layer.name.as_deref(), name, checker);
    let azure = azure::complete(layer.azure.unwrap_or_default(), checker);
    let target = cluster::target(layer.target.unwrap_or_default(), checker);
    let source = layer.source.map(|source| cluster::source(source, checker));
    let topics = topics::complete(layer.topics.unwrap_or_default(), checker);
    let access = access::complete(layer.access.unwrap_or_default(), checker);
    let mirror = flow::mirror(layer.mirror.unwrap_or_default(), checker);
    let monitoring = flow::monitoring(layer.monitoring.unwrap_or_default(), checker);
    let migration = flow::migration(layer.migration.unwrap_or_default(), checker);
    let mock = mock::complete(layer.mock.unwrap_or_default(), checker);
    let addons = flow::addons(layer.addons.unwrap_or_default(), checker);
    let environment = Environment {
        name: name.clone(),
        folder: checker.folder.to_owned(),
        azure: azure?,
        target: target?,
        source: match source {
            Some(source) => Some(source?),
            None => None,
        },
        topics,
        groups: topics::groups(layer.groups.unwrap_or_default()),
        access,
        mirror,
        monitoring,
        migration,
        mock,
        addons,
    };
    checker.problems.is_empty().then_some(environment)
}

fn version(version: Option<u64>, checker: &mut Checker<'_>) {
    if let Some(version) = checker.need("version", version, "this program reads version 1") {
        checker.check("version", version == 1, || {
            format!("is {version}; this program reads version 1")
        });
    }
}

fn own_name(name: Option<&str>, folder: &EnvironmentName, checker: &mut Checker<'_>) {
    let what = format!("the name of the folder, `{folder}`");
    if let Some(name) = checker.need("name", name, &what) {
        checker.check("name", name == folder.as_str(), || {
            format!("is `{name}` in the folder `{folder}`; both must be the same")
        });
    }
}
