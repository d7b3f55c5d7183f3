//! Values from outside the files: `LANDFALL_SET_*` variables and `--set path=value`.
//!
//! `LANDFALL_SET_AZURE__RESOURCE_GROUP` means `azure.resource-group`: two underscores part the keys, one is a hyphen.
//! The program's own variables (`LANDFALL_MOCK`, `LANDFALL_STATE` …) lack the `SET_` and are not values.

use super::node::{Entry, Kind, Node};
use super::path;
use super::place::{Mark, Origin};
use super::problem::Problem;
use super::yaml::{self, Fault};

const PREFIX: &str = "LANDFALL_SET_";

/// What the command line and the process environment say.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `path=value`, in the order given; later ones win.
    pub set: Vec<String>,
    /// Variables, of which those that begin with `LANDFALL_SET_` are values.
    pub variables: Vec<(String, String)>,
}

/// One value from outside, as a document of its own.
#[derive(Debug)]
pub struct Given {
    pub origin: Origin,
    pub root: Option<Node>,
    pub faults: Vec<Fault>,
}

impl Overrides {
    /// Reads the `LANDFALL_*` variables of this process.
    pub fn from_process(set: Vec<String>) -> Self {
        let ours = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            let name = name
                .into_string()
                .ok()
                .filter(|name| name.starts_with("LANDFALL_"))?;
            Some((name, value.into_string().ok()?))
        };
        Self {
            set,
            variables: std::env::vars_os().filter_map(ours).collect(),
        }
    }

    /// All values, farthest first: variables by name, then `--set` in order.
    pub(super) fn given(&self) -> Vec<Given> {
        let mut variables: Vec<_> = self
            .variables
            .iter()
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        variables.sort();
        let variables = variables.into_iter().map(|(name, value)| variable(name, value));
        variables.chain(self.set.iter().map(|text| set(text))).collect()
    }

    /// Warnings about variables that look like a value and are none.
    pub(super) fn strays(&self, sections: &[&str]) -> Vec<Problem> {
        let stray = |(name, _): &(String, String)| {
            let rest = name
                .strip_prefix("LANDFALL_")
                .filter(|_| !name.starts_with(PREFIX))?;
            let (section, key) = rest.split_once('_')?;
            let known = sections.contains(&section.to_lowercase().as_str());
            let meant = format!("{PREFIX}{section}__{}", key.trim_start_matches('_'));
            known.then(|| {
                Problem::nowhere(format!(
                    "the variable `{name}` is not read; did you mean `{meant}`?"
                ))
            })
        };
        self.variables.iter().filter_map(stray).collect()
    }
}

fn variable(name: &str, value: &str) -> Given {
    let keys: Vec<String> = name
        .trim_start_matches(PREFIX)
        .split("__")
        .map(|key| key.to_lowercase().replace('_', "-"))
        .collect();
    let origin = Origin::Variable(name.to_owned());
    if keys.iter().any(String::is_empty) {
        return refused(
            origin,
            "the name holds no path: write `LANDFALL_SET_` and the keys, parted by `__`",
        );
    }
    nested(origin, &keys, value)
}

fn set(text: &str) -> Given {
    let Some((at, value)) = text.split_once('=') else {
        let shown = text
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        return refused(
            Origin::Set(shown.collect()),
            "there is no `=`: write `--set path=value`",
        );
    };
    let origin = Origin::Set(at.to_owned());
    match path::split(at) {
        Some(keys) => nested(origin, &keys, value),
        None => refused(
            origin,
            "the path has an empty key or an open quote: write it as `azure.location`",
        ),
    }
}

fn refused(origin: Origin, message: &str) -> Given {
    let fault = Fault {
        mark: Mark::default(),
        message: message.to_owned(),
    };
    Given {
        origin,
        root: None,
        faults: vec![fault],
    }
}

/// The value inside as many maps as the path has keys.
fn nested(origin: Origin, keys: &[String], value: &str) -> Given {
    let (inner, faults) = read(value);
    let wrap = |value: Node, key: &String| {
        let entry = Entry {
            key: key.clone(),
            mark: Mark::default(),
            value,
        };
        Node {
            mark: Mark::default(),
            kind: Kind::Map(vec![entry]),
        }
    };
    let root = inner.map(|inner| keys.iter().rev().fold(inner, wrap));
    Given { origin, root, faults }
}

/// Lists, maps and quoted text are read as YAML, anything else is a plain value as it stands.
fn read(value: &str) -> (Option<Node>, Vec<Fault>) {
    if value.starts_with(['[', '{', '"', '\'']) {
        let parsed = yaml::parse(value);
        return (parsed.root, parsed.faults);
    }
    let kind = match value {
        "" | "~" | "null" => Kind::Nothing,
        text => Kind::Plain(text.to_owned()),
    };
    (
        Some(Node {
            mark: Mark::default(),
            kind,
        }),
        Vec::new(),
    )
}
