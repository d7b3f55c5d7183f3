//! What is done after a deployment: calls of Azure and commands, each with a name and safe to do again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One step of a manifest. Its texts may hold `{{outputs.x}}`, `{{parameters.x}}` and the other names of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    pub name: String,
    pub title: String,
    /// Done only when this parameter is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// A call of Azure: the path below its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Read before, when the step is passed over, and after, until it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_when: Option<DoneWhen>,
    /// Changes nothing: it is asked again whenever its outputs are needed.
    #[serde(default)]
    pub reads: bool,
    /// Further outputs, from the answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gives: BTreeMap<String, Gift>,
    /// Secrets of the answer, into Key Vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Keep>,
    /// A command, its program first; `{{manifests}}` is the folder of the rendered manifests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub run: Vec<String>,
    /// Variables of its commands; their texts, and those of `body`, may hold `{{secrets.x}}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Run before what was deployed goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<String>,
    /// Run after `run`; it fails while the step has not had its effect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub check: Vec<String>,
}

/// What has to be so in Azure before anything is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Before {
    /// The name of the check.
    pub name: String,
    /// Asked only when this parameter is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Where it is seen; its texts may hold what those of a step may, but outputs and secrets.
    pub asks: DoneWhen,
    /// What it means when it is not so.
    pub because: String,
    pub way_out: String,
    pub source: String,
}

/// When a step is done at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Condition {
    pub parameter: String,
    /// The value that it needs; anything but false, nothing and empty without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<Value>,
}

/// How it is seen that something is so: that a step has been done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DoneWhen {
    pub get: String,
    pub api_version: String,
    /// A JSON pointer into the answer.
    pub pointer: String,
    pub is: Vec<Value>,
}

/// An output from an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Gift {
    At(At),
    Each(Each),
}

/// The value at a JSON pointer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct At {
    pub at: String,
}

/// A text for every entry of a list, joined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Each {
    /// A JSON pointer to the list.
    pub each: String,
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Chosen>,
    /// A template over `item`.
    pub text: String,
    pub join: String,
}

/// Which entries of a list are meant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Chosen {
    pub field: String,
    pub matching: String,
}

/// Secrets of an answer that a vault keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Keep {
    /// The name of the vault.
    pub vault: String,
    /// The name of a secret, and the JSON pointer of its value.
    pub secrets: BTreeMap<String, String>,
}

impl DoneWhen {
    /// Whether `answer` says so; nothing does not.
    pub fn holds(&self, answer: Option<&Value>) -> bool {
        let found = answer.and_then(|answer| answer.pointer(&self.pointer));
        found.is_some_and(|found| self.is.contains(found))
    }
}

impl Before {
    /// The parameter that it depends on.
    pub(super) fn parameter(&self) -> Option<&str> {
        Some(self.when.as_ref()?.parameter.as_str())
    }
}

impl Step {
    /// The parameter that it depends on.
    pub(super) fn parameter(&self) -> Option<&str> {
        Some(self.when.as_ref()?.parameter.as_str())
    }
}
