//! Tables of facts in `templates/facts/`, which limits look into: what a size of machine takes, what a region has.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::catalog::Catalog;
use super::error::{Place, TemplateError};
use super::yaml;

/// The tables that a manifest needs, by name.
pub(super) type Tables = BTreeMap<String, Table>;

/// One table.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Table {
    /// Where its rows are from, for whoever keeps them.
    #[expect(dead_code, reason = "for readers of the file; a limit names its own source")]
    source: String,
    rows: BTreeMap<String, Map<String, Value>>,
}

impl Table {
    /// The number in a row, which is found by its name in any case.
    pub(super) fn number(&self, row: &str, column: &str) -> Option<u64> {
        let (_, row) = self
            .rows
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(row))?;
        row.get(column)?.as_u64()
    }
}

/// Reads the tables `names`.
///
/// # Errors
///
/// [`TemplateError::NoFile`] when there is no such table, [`TemplateError::Yaml`] when it is none.
pub(super) fn read<'a>(
    catalog: &Catalog,
    names: impl Iterator<Item = &'a str>,
    manifest: &str,
) -> Result<Tables, TemplateError> {
    let mut tables = Tables::new();
    for name in names {
        let Some(file) = catalog.facts(name)? else {
            return Err(TemplateError::NoFile {
                place: Place::file(manifest),
                file: format!("facts/{name}.yaml"),
                nearest: None,
            });
        };
        tables.insert(name.to_owned(), yaml::decode(&file)?);
    }
    Ok(tables)
}
