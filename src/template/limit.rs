//! What a manifest says of bounds: limits that are counted, and rules about parameters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// As many as a table of facts says.
    Looked(Lookup),
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

/// The number in a table of `templates/facts/`; no bound where the table has no such row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lookup {
    pub table: String,
    pub row: Row,
    pub column: String,
}

/// Which row of a table is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Row {
    /// That of the environment's region.
    Location,
    /// That which a parameter names.
    Parameter(String),
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
    /// Characters of a parameter's text.
    Text(String),
    MessageBytes,
    CompactedPartitionBytes,
    ConsumerGroups,
    Connections,
}

/// What a parameter may be, or beside which values of others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// Used when it differs from its default.
    pub parameter: String,
    /// For each other parameter, the values that allow it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub only_with: BTreeMap<String, Vec<Value>>,
    /// A regular expression that its text, or each of its texts, has to match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matching: Option<String>,
    /// A regular expression that none of its texts may match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_matching: Option<String>,
    /// Why its text has to look so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    pub way_out: String,
    pub source: String,
}

impl Rule {
    /// The parameters that it names.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.parameter)
            .chain(self.only_with.keys())
            .map(String::as_str)
    }
}

impl Limit {
    /// The parameters that it names.
    pub(super) fn parameters(&self) -> Vec<&str> {
        let counted = match &self.counts {
            Measure::Parameter(name) | Measure::Text(name) => Some(name.as_str()),
            _ => None,
        };
        let named = self.amounts().filter_map(|amount| match amount {
            Amount::Number(_) => None,
            Amount::Per(per) => Some(per.per.as_str()),
            Amount::Same(same) => Some(same.parameter.as_str()),
            Amount::Looked(lookup) => match &lookup.row {
                Row::Location => None,
                Row::Parameter(name) => Some(name.as_str()),
            },
        });
        counted.into_iter().chain(named).collect()
    }

    /// The tables that it looks into.
    pub(super) fn tables(&self) -> impl Iterator<Item = &str> {
        self.amounts().filter_map(|amount| match amount {
            Amount::Looked(lookup) => Some(lookup.table.as_str()),
            _ => None,
        })
    }

    fn amounts(&self) -> impl Iterator<Item = &Amount> {
        let bounds = [&self.at_most, &self.at_least].into_iter().flatten();
        bounds.flat_map(|bound| match bound {
            ByTier::Every(amount) => vec![amount],
            ByTier::Each(tiers) => tiers.values().collect(),
        })
    }
}
