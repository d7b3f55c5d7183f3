//! The names that a template's own declarations take, by lower-case ARM name.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::error::BicepError;
use super::json::{as_object, join, member, object, text};
use super::names::Names;

/// What each ARM name is called in the file.
pub type Symbols = HashMap<String, String>;

/// The entries of one section; `suffix` tells a name from an earlier one like it.
pub fn names_of(
    template: &Map<String, Value>,
    section: &str,
    path: &str,
    suffix: &str,
    names: &mut Names,
) -> Result<Symbols, BicepError> {
    let entries = object(template, section, path)?.into_iter().flatten();
    let entries = entries.filter(|(name, _)| !(section == "variables" && name.eq_ignore_ascii_case("copy")));
    Ok(entries
        .map(|(name, _)| (name.to_lowercase(), names.keep(name, suffix)))
        .collect())
}

/// The variables that `copy` declares.
pub fn copied_variables(template: &Map<String, Value>) -> Vec<String> {
    let copies = member(template, "variables")
        .and_then(Value::as_object)
        .and_then(|variables| member(variables, "copy"));
    let copies = copies.and_then(Value::as_array).into_iter().flatten();
    copies
        .filter_map(|copy| Some(member(copy.as_object()?, "name")?.as_str()?.to_owned()))
        .collect()
}

/// The template's own functions, by `namespace.member`.
pub fn function_names(
    template: &Map<String, Value>,
    path: &str,
    names: &mut Names,
) -> Result<Symbols, BicepError> {
    let path = join(path, "functions");
    let mut functions = HashMap::new();
    let sets = member(template, "functions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    for (position, set) in sets.enumerate() {
        let path = format!("{path}[{position}]");
        let set = as_object(set, &path)?;
        let namespace = text(set, "namespace", &path)?;
        for (name, _) in object(set, "members", &path)?.into_iter().flatten() {
            let key = format!("{namespace}.{name}").to_lowercase();
            functions.insert(key, names.keep(name, "Function"));
        }
    }
    Ok(functions)
}
