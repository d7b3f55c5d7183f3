//! What an environment turns on beside its target: `capture`, or `{ stream-analytics: { hub: orders } }`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::decode::{Decode, Reader};
use super::node::{Kind, Node};
use super::over::replaces;
use super::path;
use super::value::Parameters;

/// A folder under `templates/addons/`, and what its schema lets an environment set.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Addon {
    pub name: String,
    /// As written; the add-on's schema completes and checks them.
    pub parameters: Map<String, Value>,
}

/// An add-on as it is written.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum AddonValue {
    /// The name of a folder under `templates/addons/`.
    Name(String),
    /// The name, with what the add-on's own `parameters.schema.json` lets an environment set.
    With(BTreeMap<String, Parameters>),
}

replaces!(AddonValue);

impl AddonValue {
    pub(super) fn complete(self) -> Addon {
        let (name, parameters) = match self {
            Self::Name(name) => (name, Parameters::default()),
            Self::With(map) => map.into_iter().next().unwrap_or_default(),
        };
        Addon {
            name,
            parameters: parameters.0,
        }
    }
}

impl Decode for AddonValue {
    fn decode(node: &Node, at: &str, reader: &mut Reader<'_>) -> Option<Self> {
        const EXPECTED: &str = "the name of an add-on, or a map of one name and its parameters";
        if let Some(text) = node.scalar() {
            return Some(Self::Name(text.to_owned()));
        }
        let Kind::Map(_) = node.kind else {
            reader.mismatch(node, at, EXPECTED);
            return None;
        };
        let entries = reader.entries(node, at)?;
        let [entry] = entries.as_slice() else {
            reader.mismatch(node, at, EXPECTED);
            return None;
        };
        let parameters = match entry.value.kind {
            Kind::Nothing => Parameters::default(),
            _ => Parameters::decode(&entry.value, &path::join(at, &entry.key), reader)?,
        };
        Some(Self::With([(entry.key.clone(), parameters)].into()))
    }
}
