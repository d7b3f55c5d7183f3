//! What can be wrong with templates and with what an environment gives them.

use std::fmt;

use serde::Serialize;

use super::limits::LimitProblem;
use crate::model::nearest::did_you_mean;

/// Where in a file: lines and columns count from 1, and are absent where they cannot be known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    pub file: String,
    pub line: Option<usize>,
    pub column: Option<usize>,
}

impl Place {
    /// A whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: None,
            column: None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        Ok(())
    }
}

/// One thing that the target's schema refuses in the parameters of an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParameterProblem {
    /// The path below `parameters`, as `private-endpoint.subnet-id`.
    pub path: String,
    pub reason: String,
    /// The known name that was probably meant.
    pub nearest: Option<String>,
}

impl fmt::Display for ParameterProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            reason,
            nearest,
        } = self;
        if !path.is_empty() {
            write!(f, "`{path}`: ")?;
        }
        write!(f, "{reason}{}", did_you_mean(nearest.as_deref()))
    }
}

/// What the folder `name` is: a target has its own name, an add-on that of its folder.
fn folder(name: &str) -> String {
    match name.strip_prefix("addons/") {
        Some(addon) => format!("add-on `{addon}`"),
        None => format!("target `{name}`"),
    }
}

/// Why a target cannot be found, completed or rendered.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("there is no folder of templates at `{path}`")]
    NoTemplates { path: String },
    #[error("cannot read the template file `{path}`")]
    Unreadable { path: String, source: std::io::Error },
    #[error(
        "there is no target `{name}`; the targets are {}{}",
        known.join(", "),
        did_you_mean(nearest.as_deref())
    )]
    UnknownTarget {
        name: String,
        known: Vec<String>,
        nearest: Option<String>,
    },
    #[error(
        "there is no add-on `{name}`; the add-ons are {}{}",
        known.join(", "),
        did_you_mean(nearest.as_deref())
    )]
    UnknownAddon {
        name: String,
        known: Vec<String>,
        nearest: Option<String>,
    },
    #[error("the add-on `{addon}` is not for the target `{target}`, but for {}", targets.join(", "))]
    Unsuited {
        addon: String,
        target: String,
        targets: Vec<String>,
    },
    #[error("the add-on `{addon}` takes what is deployed after it, which takes what the add-on gives")]
    Circle { addon: String },
    #[error("{place}: there is no file `{file}` in the target{}", did_you_mean(nearest.as_deref()))]
    NoFile {
        place: Place,
        file: String,
        nearest: Option<String>,
    },
    #[error("`{path}` replaces no file of the target `{target}`{}", did_you_mean(nearest.as_deref()))]
    ReplacesNothing {
        path: String,
        target: String,
        nearest: Option<String>,
    },
    #[error("{place}: {reason}")]
    Yaml { place: Place, reason: String },
    #[error("{place}: {reason}")]
    Schema { place: Place, reason: String },
    #[error("the parameters of the {} are wrong:{}", folder(target), lines(problems))]
    Parameters {
        target: String,
        problems: Vec<ParameterProblem>,
    },
    #[error("the {} does not allow this:{}", folder(target), lines(problems))]
    Limits {
        target: String,
        problems: Vec<LimitProblem>,
    },
    #[error("{place}: the template cannot be parsed: {reason}")]
    Syntax { place: Place, reason: String },
    #[error("{place}: the template uses `{name}`, which nothing defines{}", did_you_mean(nearest.as_deref()))]
    UnknownName {
        place: Place,
        name: String,
        nearest: Option<String>,
    },
    #[error("{place}: the template cannot be rendered: {reason}")]
    Render { place: Place, reason: String },
    #[error("{place}: what the template renders to is not JSON: {reason}, in `{excerpt}`")]
    Json {
        place: Place,
        reason: String,
        excerpt: String,
    },
    #[error("{place}: {reason}")]
    Deployment { place: Place, reason: String },
}

fn lines<T: fmt::Display>(problems: &[T]) -> String {
    match problems {
        [one] => format!(" {one}"),
        many => {
            let told: Vec<String> = many.iter().map(ToString::to_string).collect();
            format!("\n  {}", told.join("\n  "))
        }
    }
}
