//! The closed vocabulary of `target.yaml`; a key that is not here is refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::abilities::AbilitiesBlock;
use super::access::AccessBlock;
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

/// One value for all tiers, or one for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ByTier<T> {
    Every(T),
    Each(BTreeMap<String, T>),
}

impl<T> ByTier<T> {
    /// The value for `tier`; `None` where the tier is not named.
    pub fn of(&self, tier: &str) -> Option<&T> {
        match self {
            Self::Every(value) => Some(value),
            Self::Each(tiers) => tiers.get(tier),
        }
    }

    /// The tiers that are named.
    pub(super) fn tiers(&self) -> Vec<String> {
        match self {
            Self::Every(_) => Vec::new(),
            Self::Each(tiers) => tiers.keys().cloned().collect(),
        }
    }
}

/// A number that the service holds to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Limit {
    pub counts: Measure,
    /// What is counted, in the plural: `partitions`.
    pub unit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Bound>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Bound>,
    /// The cleanup policies of the topics that this is about; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cleanup_policies: Vec<String>,
    /// What to do besides another tier: `give the topic fewer partitions`.
    pub way_out: String,
    pub source: String,
}

/// A bound that is the same or differs by tier.
pub type Bound = ByTier<Amount>;

/// How much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    Number(u64),
    /// So many for each unit that a parameter counts.
    Per(Per),
    /// As many as a parameter says.
    Same(Same),
}

/// So many for each unit of the parameter `per`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Per {
    pub value: u64,
    pub per: String,
}

/// As many as `parameter` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Same {
    pub parameter: String,
}

/// What is counted. The last four cannot be seen in an environment: they are for whoever measures a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Topics of the environment.
    Topics,
    /// Partitions of all topics together.
    Partitions,
    /// Partitions of one topic.
    TopicPartitions,
    /// Hours that one topic keeps its records.
    TopicRetentionHours,
    /// Characters of one topic's name.
    TopicNameLength,
    /// A parameter's number, or the length of its list.
    Parameter(String),
    MessageBytes,
    CompactedPartitionBytes,
    ConsumerGroups,
    Connections,
}

/// A parameter that only some values of other parameters allow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// Used when it differs from its default.
    pub parameter: String,
    /// For each other parameter, the values that allow it.
    pub only_with: BTreeMap<String, Vec<Value>>,
    pub way_out: String,
    pub source: String,
}

impl Manifest {
    /// Every parameter that the manifest names.
    pub fn parameters(&self) -> Vec<&str> {
        let defaults = [
            &self.topic_defaults.partitions,
            &self.topic_defaults.retention_hours,
        ];
        let rules = self
            .rules
            .iter()
            .flat_map(|rule| std::iter::once(&rule.parameter).chain(rule.only_with.keys()));
        let limits = self.limits.values().flat_map(Limit::parameters);
        self.tier
            .iter()
            .chain(defaults)
            .chain(rules)
            .map(String::as_str)
            .chain(limits)
            .chain(self.access.iter().flat_map(AccessBlock::parameters))
            .collect()
    }
}

impl Limit {
    fn parameters(&self) -> Vec<&str> {
        let counted = match &self.counts {
            Measure::Parameter(name) => Some(name.as_str()),
            _ => None,
        };
        let amounts = [&self.at_most, &self.at_least]
            .into_iter()
            .flatten()
            .flat_map(|bound| match bound {
                ByTier::Every(amount) => vec![amount],
                ByTier::Each(tiers) => tiers.values().collect(),
            });
        let named = amounts.filter_map(|amount| match amount {
            Amount::Number(_) => None,
            Amount::Per(per) => Some(per.per.as_str()),
            Amount::Same(same) => Some(same.parameter.as_str()),
        });
        counted.into_iter().chain(named).collect()
    }
}
