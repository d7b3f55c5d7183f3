//! The closed vocabulary of `target.yaml`; a key that is not here is refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::abilities::AbilitiesBlock;
use super::access::AccessBlock;
use super::files::FileEntry;
use super::limit::{Limit, Rule};
use super::secrets::SecretEntry;
use super::steps::{Before, Step};
use crate::model::security::Security;

/// A target, as its folder describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manifest {
    /// The version of this vocabulary.
    pub version: u32,
    /// One line for help and tables.
    pub title: String,
    /// The template of the deployment.
    pub deploy: String,
    /// The template of the deployment's parameters.
    pub values: String,
    /// The template of a client's settings.
    pub client: Option<String>,
    /// The parameter that names the tier; limits and abilities may differ by it.
    pub tier: Option<String>,
    pub topics: TopicMaker,
    pub topic_defaults: TopicDefaults,
    pub connect: ConnectBlock,
    pub can: AbilitiesBlock,
    /// What the target makes of access lists; absent where it has access lists itself, or nothing.
    pub access: Option<AccessBlock>,
    pub topic_names: Option<TopicNames>,
    #[serde(default)]
    pub limits: BTreeMap<String, Limit>,
    #[serde(default)]
    pub rules: Vec<Rule>,
    #[serde(default)]
    pub fixed: Vec<Fixed>,
    /// Rendered in this order, before the deployment; a later one may name an earlier one.
    #[serde(default)]
    pub files: Vec<FileEntry>,
    /// What is rendered for somebody else to apply; nothing of it is in the deployment.
    #[serde(default)]
    pub manifests: Vec<FileEntry>,
    /// Parameters of the deployment that are filled in from the outputs of what was deployed before.
    #[serde(default)]
    pub takes: BTreeMap<String, String>,
    /// By the environment's parameter that refers to it.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretEntry>,
    /// What has to be so in Azure before anything is sent.
    #[serde(default)]
    pub before: Vec<Before>,
    /// What is done after the deployment, in this order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What a person should know before choosing.
    #[serde(default)]
    pub reminders: Vec<Reminder>,
}

/// A fact that plans and reports show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reminder {
    pub text: String,
    pub source: String,
}

/// A property that cannot change once its resource exists, although a preview shows the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fixed {
    pub resource_type: String,
    /// `properties.partitionCount`
    pub property: String,
    /// The tiers in which it is fixed; all when empty.
    #[serde(default)]
    pub tiers: Vec<String>,
    pub way_out: String,
    pub source: String,
}

/// Who creates topics on the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TopicMaker {
    /// The deployment's template; Kafka's admin calls are refused.
    Arm,
    /// Kafka's admin calls, after the deployment.
    Admin,
}

/// What a topic gets that says nothing. The two numbers are names of parameters.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TopicDefaults {
    pub partitions: String,
    pub retention_hours: String,
    pub cleanup_policy: String,
}

/// Which names of Kafka topics the target takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TopicNames {
    /// A regular expression that the whole name must match.
    pub pattern: String,
    /// The same in words: `letters, digits, …`.
    pub rule: String,
    /// Whether `Orders` and `orders` are two topics.
    pub case_sensitive: bool,
    pub way_out: String,
    pub source: String,
}

/// How clients reach the target once it is deployed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConnectBlock {
    /// A template over the deployment's outputs.
    pub bootstrap: String,
    pub security: Security,
    /// Settings of librdkafka that the target asks for.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Endings of its host names in every cloud, by which a foreign configuration is recognised.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Reports a consumer group without members as dead, although it keeps the group's offsets.
    #[serde(default)]
    pub dead_groups: bool,
    /// The replicas that a client asks for when it makes a topic; 3 when absent.
    pub replicas: Option<u16>,
}

impl Manifest {
    /// Every parameter that the manifest names.
    pub fn parameters(&self) -> Vec<&str> {
        let defaults = [
            &self.topic_defaults.partitions,
            &self.topic_defaults.retention_hours,
        ];
        let rules = self.rules.iter().flat_map(Rule::parameters);
        let limits = self.limits.values().flat_map(Limit::parameters);
        self.tier
            .iter()
            .chain(defaults)
            .map(String::as_str)
            .chain(rules)
            .chain(limits)
            .chain(self.access.iter().flat_map(AccessBlock::parameters))
            .chain(self.secrets.keys().map(String::as_str))
            .chain(self.steps.iter().filter_map(Step::parameter))
            .chain(self.before.iter().filter_map(Before::parameter))
            .collect()
    }
}
