//! The folder of environments on disk: which there are, and which files say one.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::problem::{ConfigError, Problem};
use crate::model::name::EnvironmentName;
use crate::model::nearest::{did_you_mean, nearest, quoted};

/// The file that makes a folder an environment.
pub const MAIN: &str = "environment.yaml";

/// Files that may hold a part of a long environment; their keys are those of `environment.yaml`.
const PARTS: [&str; 2] = ["topics.yaml", "migration.yaml"];

/// The names of all environments, sorted.
///
/// # Errors
///
/// [`ConfigError`] when the folder cannot be read.
pub fn list(environments: &Utf8Path) -> Result<Vec<EnvironmentName>, ConfigError> {
    let unreadable = |error: io::Error| {
        let why = reason(&error);
        Problem::nowhere(format!(
            "cannot read the folder of environments `{environments}`: {why}"
        ))
    };
    let entries = std::fs::read_dir(environments).map_err(unreadable)?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        let name = entry
            .file_name()
            .to_str()
            .and_then(|name| EnvironmentName::parse(name).ok());
        names.extend(name.filter(|_| entry.path().join(MAIN).exists()));
    }
    names.sort();
    Ok(names)
}

/// Why something cannot be read, without the path that the message has already.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it is not there".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotADirectory => "it is not a folder".to_owned(),
        kind => kind.to_string(),
    }
}

/// Checks that there is an environment of this name.
pub fn find(environments: &Utf8Path, name: &str) -> Result<EnvironmentName, ConfigError> {
    let there = list(environments)?;
    if let Some(found) = there.iter().find(|candidate| candidate.as_str() == name) {
        return Ok(found.clone());
    }
    if let Some(why) = almost(environments, name) {
        return Err(Problem::nowhere(why).into());
    }
    let names = || there.iter().map(EnvironmentName::as_str);
    let known = if there.is_empty() {
        "it holds none".to_owned()
    } else {
        format!("there are {}", quoted(names()))
    };
    let hint = did_you_mean(nearest(name, names()));
    Err(Problem::nowhere(format!(
        "there is no environment `{name}` in `{environments}` ({known}){hint}"
    ))
    .into())
}

/// Why a folder that is there is no environment.
fn almost(environments: &Utf8Path, name: &str) -> Option<String> {
    let folder = environments.join(name);
    let is_child = !name.is_empty() && folder.parent() == Some(environments) && folder.is_dir();
    match EnvironmentName::parse(name) {
        _ if !is_child => None,
        Ok(_) => Some(format!("`{folder}` is no environment: it holds no `{MAIN}`")),
        Err(error) => Some(error.to_string()),
    }
}

/// The files that say an environment, farthest first, each with its layer.
pub fn files(environments: &Utf8Path, name: &EnvironmentName) -> Vec<(Utf8PathBuf, usize)> {
    let base = environments.join("base.yaml");
    let folder = environments.join(name.as_str());
    let parts = PARTS
        .iter()
        .map(|part| folder.join(part))
        .filter(|path| path.exists());
    let base = base.exists().then_some((base, 0));
    let own = std::iter::once(folder.join(MAIN)).chain(parts);
    base.into_iter().chain(own.map(|path| (path, 1))).collect()
}

/// YAML files of the folder that nobody reads: probably a slip in the name.
pub fn strays(folder: &Utf8Path) -> Vec<Problem> {
    let known = || PARTS.into_iter().chain([MAIN]);
    let Ok(entries) = folder.read_dir_utf8() else {
        return Vec::new();
    };
    let mut strays: Vec<String> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.file_name().to_owned()))
        .filter(|file| matches!(Utf8Path::new(file).extension(), Some("yaml" | "yml")))
        .filter(|file| !known().any(|name| name == file))
        .collect();
    strays.sort();
    strays
        .iter()
        .map(|file| {
            let hint = did_you_mean(nearest(file, known()));
            Problem::nowhere(format!(
                "`{}` is not read: it is no file of an environment{hint}",
                folder.join(file)
            ))
        })
        .collect()
}
