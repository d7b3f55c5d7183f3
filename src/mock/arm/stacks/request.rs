//! What a request asks of a stack, checked.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::error::ArmError;
use super::super::template::Level;

/// Source: Microsoft.Resources/deploymentStacks, api-version 2025-07-01.
const MOST_PRINCIPALS: usize = 5;
const MOST_ACTIONS: usize = 200;
const LONGEST_DESCRIPTION: usize = 4096;

/// The members of a stack that belong to its deployment.
const OF_DEPLOYMENT: [&str; 9] = [
    "template",
    "templateLink",
    "parameters",
    "parametersLink",
    "externalInputs",
    "externalInputDefinitions",
    "extensionConfigs",
    "validationLevel",
    "debugSetting",
];

/// What becomes of resources that are managed no more.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    pub resources: Unmanaged,
    #[serde(default)]
    pub resource_groups: Unmanaged,
    #[serde(default)]
    pub management_groups: Unmanaged,
    #[serde(default)]
    pub resources_without_delete_support: Undeletable,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unmanaged {
    Delete,
    #[default]
    Detach,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Undeletable {
    Detach,
    #[default]
    Fail,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DenyMode {
    #[default]
    None,
    DenyDelete,
    DenyWriteAndDelete,
}

/// Who may do what with managed resources.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DenySettings {
    pub mode: DenyMode,
    #[serde(default)]
    pub apply_to_child_scopes: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded_principals: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded_actions: Vec<String>,
}

/// The members of a request that are the stack's own.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Wish {
    pub description: Option<String>,
    pub action: Action,
    pub deny: DenySettings,
    pub deployment_scope: Option<String>,
    pub validation_level: Option<String>,
    pub bypass: bool,
}

fn invalid(message: impl Into<String>) -> ArmError {
    ArmError::bad_request("InvalidRequestContent", message)
}

/// One of `known`, without regard to case.
fn one_of<T: Copy>(value: &Value, name: &str, known: &[(&str, T)]) -> Result<T, ArmError> {
    let text = value.as_str().unwrap_or_default();
    let found = known.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
    found.map(|(_, one)| *one).ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        invalid(format!(
            "The value '{text}' of '{name}' is not valid. Allowed are: '{}'.",
            words.join(",")
        ))
    })
}

const UNMANAGED: [(&str, Unmanaged); 2] = [("delete", Unmanaged::Delete), ("detach", Unmanaged::Detach)];
const UNDELETABLE: [(&str, Undeletable); 2] = [("detach", Undeletable::Detach), ("fail", Undeletable::Fail)];
const MODES: [(&str, DenyMode); 3] = [
    ("none", DenyMode::None),
    ("denyDelete", DenyMode::DenyDelete),
    ("denyWriteAndDelete", DenyMode::DenyWriteAndDelete),
];

impl Action {
    fn read(given: &Value) -> Result<Self, ArmError> {
        if !given.is_object() {
            return Err(invalid(
                "The request content has no 'properties.actionOnUnmanage'.",
            ));
        }
        let optional = |name: &str| match &given[name] {
            Value::Null => Ok(Unmanaged::Detach),
            value => one_of(value, &format!("actionOnUnmanage.{name}"), &UNMANAGED),
        };
        Ok(Self {
            resources: one_of(&given["resources"], "actionOnUnmanage.resources", &UNMANAGED)?,
            resource_groups: optional("resourceGroups")?,
            management_groups: optional("managementGroups")?,
            resources_without_delete_support: match &given["resourcesWithoutDeleteSupport"] {
                Value::Null => Undeletable::Fail,
                value => one_of(
                    value,
                    "actionOnUnmanage.resourcesWithoutDeleteSupport",
                    &UNDELETABLE,
                )?,
            },
        })
    }
}

/// What the query of a DELETE says of the managed resources: they are let go unless it says otherwise.
///
/// # Errors
///
/// 400 for a word that is none.
pub fn delete_action(query: &HashMap<String, String>) -> Result<Action, ArmError> {
    let word = |name: &str| query.get(&format!("unmanageaction.{}", name.to_lowercase()));
    let unmanaged = |name: &str| {
        word(name).map_or(Ok(Unmanaged::Detach), |word| {
            one_of(&json!(word), &format!("unmanageAction.{name}"), &UNMANAGED)
        })
    };
    Ok(Action {
        resources: unmanaged("Resources")?,
        resource_groups: unmanaged("ResourceGroups")?,
        management_groups: unmanaged("ManagementGroups")?,
        resources_without_delete_support: word("ResourcesWithoutDeleteSupport").map_or(
            Ok(Undeletable::Fail),
            |word| {
                one_of(
                    &json!(word),
                    "unmanageAction.ResourcesWithoutDeleteSupport",
                    &UNDELETABLE,
                )
            },
        )?,
    })
}

impl DenySettings {
    fn read(given: &Value) -> Result<Self, ArmError> {
        if !given.is_object() {
            return Err(invalid("The request content has no 'properties.denySettings'."));
        }
        let settings = Self {
            mode: one_of(&given["mode"], "denySettings.mode", &MODES)?,
            apply_to_child_scopes: match &given["applyToChildScopes"] {
                Value::Null => false,
                Value::Bool(apply) => *apply,
                _ => {
                    return Err(invalid(
                        "The value of 'denySettings.applyToChildScopes' is not a boolean.",
                    ));
                }
            },
            excluded_principals: texts(given, "excludedPrincipals", MOST_PRINCIPALS)?,
            excluded_actions: texts(given, "excludedActions", MOST_ACTIONS)?,
        };
        let principals = &settings.excluded_principals;
        let strange = principals.iter().find(|id| uuid::Uuid::parse_str(id).is_err());
        if let Some(strange) = strange.filter(|_| settings.mode != DenyMode::None) {
            return Err(invalid(format!(
                "The principal '{strange}' of 'denySettings.excludedPrincipals' is not a GUID."
            )));
        }
        Ok(settings)
    }
}

/// A list of texts, each once, at most `most`.
fn texts(given: &Value, name: &str, most: usize) -> Result<Vec<String>, ArmError> {
    let items = match &given[name] {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) => items,
        _ => {
            return Err(invalid(format!(
                "The value of 'denySettings.{name}' is not a list."
            )));
        }
    };
    if items.len() > most {
        let count = items.len();
        return Err(invalid(format!(
            "The {count} values of 'denySettings.{name}' exceed the limit of {most}."
        )));
    }
    let mut texts: Vec<String> = Vec::new();
    for item in items {
        let text = item.as_str().filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| invalid(format!("A value of 'denySettings.{name}' is not a text.")))?;
        if !texts.iter().any(|known| known.eq_ignore_ascii_case(text)) {
            texts.push(text.to_owned());
        }
    }
    Ok(texts)
}

impl Wish {
    /// Reads the body of `PUT` or `validate`.
    ///
    /// # Errors
    ///
    /// 400 for whatever is missing or out of bounds.
    pub fn read(body: &Value) -> Result<Self, ArmError> {
        let properties = body.get("properties").filter(|properties| properties.is_object());
        let properties = properties.ok_or_else(|| invalid("The request content has no 'properties'."))?;
        let text = |name: &str| properties[name].as_str().map(ToOwned::to_owned);
        let description = text("description");
        let length = description.as_ref().map_or(0, |text| text.chars().count());
        if length > LONGEST_DESCRIPTION {
            return Err(invalid(format!(
                "The description of {length} characters exceeds the limit of {LONGEST_DESCRIPTION}."
            )));
        }
        Ok(Self {
            description,
            action: Action::read(&properties["actionOnUnmanage"])?,
            deny: DenySettings::read(&properties["denySettings"])?,
            deployment_scope: text("deploymentScope"),
            validation_level: text("validationLevel"),
            bypass: properties["bypassStackOutOfSyncError"].as_bool().unwrap_or(false),
        })
    }
}

/// The body of the deployment that a stack runs at the scope with the id `target`: above groups, in the stack's location.
pub fn of_deployment(body: &Value, target: &str) -> Value {
    let mut properties = Map::new();
    properties.insert("mode".to_owned(), "Incremental".into());
    for name in OF_DEPLOYMENT {
        if let Some(value) = body["properties"].get(name) {
            properties.insert(name.to_owned(), value.clone());
        }
    }
    let mut deployment = json!({"properties": properties});
    if let Some(location) = body.get("location").filter(|_| Level::of(target) != Level::Group) {
        deployment["location"] = location.clone();
    }
    deployment
}
