//! What a person who writes an environment sees: the shipped ones load, and broken ones say what is wrong with them.
//!
//! The broken ones are under `tests/fixtures/environments/`, one folder for each kind of mistake.

mod problems;
mod shipped;
mod stacking;

use camino::{Utf8Path, Utf8PathBuf};

use super::*;

/// A folder of environments that is gone with the test.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap()
    }

    fn write(&self, file: &str, text: &str) -> Utf8PathBuf {
        let path = self.path().join(file);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, text).unwrap();
        path
    }

    /// Loads `dev` and writes the folder's own path as `…` in what is wrong.
    fn problems(&self, overrides: &Overrides) -> String {
        let error = load(self.path(), "dev", overrides).unwrap_err();
        error.to_string().replace(self.path().as_str(), "…")
    }
}

/// An environment that is complete and says as little as it can.
const LEAST: &str = "version: 1
name: dev
azure:
  subscription: 00000000-0000-0000-0000-000000000000
  resource-group: rg-dev
  location: westeurope
target:
  kind: event-hubs
";

fn set(values: &[&str]) -> Overrides {
    Overrides {
        set: values.iter().map(ToString::to_string).collect(),
        variables: Vec::new(),
    }
}

fn variables(values: &[(&str, &str)]) -> Overrides {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Overrides {
        set: Vec::new(),
        variables: values.iter().map(owned).collect(),
    }
}
