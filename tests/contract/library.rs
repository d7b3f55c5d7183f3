//! The schemas on disk, and one self-contained schema for each definition that a test asks for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

const BASE: &str = "https://schema.management.azure.com/schemas/";

pub struct Library {
    folder: PathBuf,
    index: Map<String, Value>,
    documents: RefCell<BTreeMap<String, Option<Value>>>,
}

impl Library {
    /// The library, or a printed notice where there is none.
    pub fn open() -> Option<Self> {
        let folder = std::env::var_os("LANDFALL_SCHEMAS").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/schemas"),
            PathBuf::from,
        );
        let Ok(index) = std::fs::read_to_string(folder.join("generated/index.json")) else {
            let required = std::env::var("LANDFALL_REQUIRE_SCHEMAS").is_ok_and(|value| value == "1");
            assert!(
                !required,
                "LANDFALL_REQUIRE_SCHEMAS=1, and there are no schemas in {}",
                folder.display()
            );
            eprintln!(
                "notice: no ARM schemas in {}; the contract is not checked",
                folder.display()
            );
            return None;
        };
        Some(Self {
            folder,
            index: serde_json::from_str(&index).unwrap(),
            documents: RefCell::default(),
        })
    }

    /// The address of the definition for `type@apiVersion`; the type's case does not matter.
    pub fn definition_of(&self, kind: &str) -> Option<String> {
        let entry = self
            .index
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(kind));
        entry.and_then(|(_, place)| Some(format!("{BASE}{}", place.as_str()?)))
    }

    /// The definition at `address` with everything it refers to, every reference made local; `change` may edit it first.
    pub fn self_contained(&self, address: &str, change: fn(&mut Value)) -> Value {
        let mut found = BTreeMap::new();
        let mut root = self.at(address);
        change(&mut root);
        self.localise(&mut root, document_of(address), &mut found);
        root["$schema"] = json!("http://json-schema.org/draft-04/schema#");
        root.as_object_mut().unwrap().shift_remove("id");
        root["definitions"] = json!(found);
        root
    }

    /// Turns every reference below `schema` into a local one and collects what it points at.
    fn localise(&self, schema: &mut Value, document: &str, found: &mut BTreeMap<String, Value>) {
        match schema {
            Value::Object(map) => {
                map.shift_remove("definitions");
                map.shift_remove("resourceDefinitions");
                if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                    let address = if reference.starts_with('#') {
                        format!("{document}{reference}")
                    } else {
                        reference.to_owned()
                    };
                    let name = address.replace(['/', '#', ':', '%', '~'], "_");
                    map.insert("$ref".to_owned(), json!(format!("#/definitions/{name}")));
                    if !found.contains_key(&name) {
                        found.insert(name.clone(), Value::Null);
                        let mut target = self.at(&address);
                        self.localise(&mut target, document_of(&address), found);
                        found.insert(name, target);
                    }
                }
                if let Some(Value::Array(parts)) = map.get_mut("allOf")
                    && parts.iter().any(|part| part.get("oneOf").is_some())
                {
                    // Stream Analytics closes the common part against its own choices, so that nothing could ever pass.
                    for part in parts.iter_mut().filter_map(Value::as_object_mut) {
                        part.shift_remove("additionalProperties");
                    }
                }
                if let Some(Value::String(pattern)) = map.get_mut("pattern") {
                    // One upstream pattern has a hyphen after a class, which is no range; its look-behind is fine.
                    *pattern = pattern.replace("\\w-.", "\\w\\-.");
                }
                map.values_mut()
                    .for_each(|value| self.localise(value, document, found));
            }
            Value::Array(items) => items
                .iter_mut()
                .for_each(|item| self.localise(item, document, found)),
            _ => {}
        }
    }

    /// What stands at an address; a document that is not stored matches nothing.
    fn at(&self, address: &str) -> Value {
        let document = document_of(address);
        let mut documents = self.documents.borrow_mut();
        let stored = documents
            .entry(document.to_owned())
            .or_insert_with(|| self.read(document));
        let pointer = address.split_once('#').map_or("", |(_, pointer)| pointer);
        match stored {
            Some(stored) => stored
                .pointer(pointer)
                .unwrap_or_else(|| panic!("nothing at {address}"))
                .clone(),
            None => json!({ "not": {} }),
        }
    }

    fn read(&self, document: &str) -> Option<Value> {
        let path = document.replacen("http:", "https:", 1);
        let path = path.strip_prefix(BASE)?;
        let folder = if path == "common/autogeneratedResources.json" {
            "generated"
        } else {
            "azure-resource-manager-schemas"
        };
        let text = std::fs::read_to_string(self.folder.join(folder).join(path)).ok()?;
        Some(serde_json::from_str(&text).unwrap())
    }
}

fn document_of(address: &str) -> &str {
    address.split_once('#').map_or(address, |(document, _)| document)
}

/// What `schema` has against `value`, the alternatives of a choice included.
pub fn problems(schema: &Value, value: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).unwrap();
    validator
        .iter_errors(value)
        .map(|error| {
            use jsonschema::error::ValidationErrorKind::{AnyOf, OneOfNotValid};
            let inner = match error.kind() {
                AnyOf { context } | OneOfNotValid { context } => {
                    context.iter().flatten().map(ToString::to_string).collect()
                }
                _ => Vec::new(),
            };
            format!(
                "at `{}`: {error}\n    {}",
                error.instance_path(),
                inner.join("\n    ")
            )
        })
        .collect()
}
