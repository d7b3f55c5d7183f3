//! What a template may name: the environment's values, and what is true of its cloud.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Everything a template can say `{{…}}` about; keys are in kebab-case, as in the environment's file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Context {
    pub environment: String,
    pub location: String,
    pub subscription: String,
    pub resource_group: String,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// As [`Target::complete`](super::Target::complete) returns them.
    pub parameters: Map<String, Value>,
    /// What a topic leaves out is filled with the target's default before rendering.
    pub topics: Vec<TopicSpec>,
    /// The full id of the workspace that takes diagnostic settings.
    #[serde(default)]
    pub workspace_id: Option<String>,
    #[serde(default)]
    pub cloud: CloudFacts,
    /// The parameters of each addition that an environment may turn on; `null` for one that is off.
    #[serde(default)]
    pub addons: Map<String, Value>,
    /// What the program itself gives an addition; empty for a target.
    #[serde(default)]
    pub given: Map<String, Value>,
}

/// A topic that the environment declares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TopicSpec {
    pub name: String,
    #[serde(default)]
    pub partitions: Option<u32>,
    #[serde(default)]
    pub retention_hours: Option<u64>,
    /// `delete`, `compact` or `compact-and-delete`.
    #[serde(default)]
    pub cleanup_policy: Option<String>,
}

/// What differs between the clouds of Azure.
///
/// Source: the metadata that each cloud serves at `/metadata/endpoints`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CloudFacts {
    pub name: String,
    /// What follows the name of a messaging namespace in its host name.
    pub service_bus_suffix: String,
    pub key_vault_suffix: String,
    pub storage_suffix: String,
}

impl CloudFacts {
    /// The cloud of most.
    pub fn public() -> Self {
        Self::of(
            "public",
            "servicebus.windows.net",
            "vault.azure.net",
            "core.windows.net",
        )
    }

    /// Azure Government.
    pub fn us_government() -> Self {
        Self::of(
            "us-government",
            "servicebus.usgovcloudapi.net",
            "vault.usgovcloudapi.net",
            "core.usgovcloudapi.net",
        )
    }

    /// Azure operated by 21Vianet.
    pub fn china() -> Self {
        Self::of(
            "china",
            "servicebus.chinacloudapi.cn",
            "vault.azure.cn",
            "core.chinacloudapi.cn",
        )
    }

    fn of(name: &str, service_bus: &str, key_vault: &str, storage: &str) -> Self {
        Self {
            name: name.to_owned(),
            service_bus_suffix: service_bus.to_owned(),
            key_vault_suffix: key_vault.to_owned(),
            storage_suffix: storage.to_owned(),
        }
    }
}

impl Default for CloudFacts {
    fn default() -> Self {
        Self::public()
    }
}

/// An example as it is written: its parameters are not complete yet.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WrittenExample {
    environment: String,
    location: String,
    subscription: String,
    resource_group: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    pub parameters: Map<String, Value>,
    #[serde(default)]
    topics: Vec<TopicSpec>,
    #[serde(default)]
    workspace_id: Option<String>,
    #[serde(default)]
    pub addons: Map<String, Value>,
    #[serde(default)]
    given: Map<String, Value>,
    #[serde(default)]
    outputs: Map<String, Value>,
}

impl WrittenExample {
    /// The example of the file `name`, with its parameters and those of the additions beside it completed.
    pub(super) fn example(
        self,
        name: &str,
        parameters: Map<String, Value>,
        addons: Map<String, Value>,
    ) -> Example {
        let stem = name
            .strip_prefix("examples/")
            .and_then(|name| name.strip_suffix(".yaml"));
        Example {
            name: stem.map(str::to_owned),
            outputs: self.outputs,
            context: Context {
                environment: self.environment,
                location: self.location,
                subscription: self.subscription,
                resource_group: self.resource_group,
                tags: self.tags,
                parameters,
                topics: self.topics,
                workspace_id: self.workspace_id,
                cloud: CloudFacts::default(),
                addons,
                given: self.given,
            },
        }
    }
}

/// A target's `example.yaml`: a context, and what its deployment would answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// `None` for `example.yaml`, the file's stem for one in `examples/`.
    pub name: Option<String>,
    pub context: Context,
    pub outputs: Map<String, Value>,
}
