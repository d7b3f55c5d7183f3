//! The limits and rules of a target against what an environment asks for, before anything is sent.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::model::units::grouped;

use super::context::{Context, TopicSpec};
use super::facts::{Table, Tables};
use super::limit::{Amount, Bound, ByTier, Limit, Lookup, Measure, Row, Rule};
use super::manifest::TopicNames;
use super::parameters::Schema;
use super::rules::topic_names;

/// Something that the target does not allow: with the number, the bound, where it is written, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LimitProblem {
    /// ``topic `orders` `` or ``parameter `ip-rules` ``.
    pub subject: String,
    /// `48 partitions`
    pub value: String,
    /// `above the limit of 32 for Standard`
    pub limit: String,
    pub way_out: String,
    pub source: String,
}

impl fmt::Display for LimitProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            subject,
            value,
            limit,
            way_out,
            source,
        } = self;
        write!(f, "{subject}: {value}, {limit}; {way_out} (source: {source})")
    }
}

/// What a manifest bounds.
#[derive(Clone, Copy)]
pub(super) struct Bounds<'a> {
    /// The parameter that names the tier.
    pub tier: Option<&'a str>,
    pub limits: &'a BTreeMap<String, Limit>,
    pub rules: &'a [Rule],
    pub topic_names: Option<&'a TopicNames>,
    pub tables: &'a Tables,
    pub schema: &'a Schema,
}

/// Everything that `bounds` do not allow in `context`, whose topics are complete.
pub(super) fn check(bounds: Bounds<'_>, context: &Context) -> Vec<LimitProblem> {
    let check = Check { bounds, context };
    let limits = bounds.limits.values().flat_map(|limit| check.limit(limit));
    let rules = bounds
        .rules
        .iter()
        .filter_map(|rule| check.form(rule).or_else(|| check.rule(rule)));
    let names = bounds
        .topic_names
        .iter()
        .flat_map(|names| topic_names(names, &context.topics));
    limits.chain(rules).chain(names).collect()
}

/// An environment against the bounds of its target.
pub(super) struct Check<'a> {
    pub bounds: Bounds<'a>,
    pub context: &'a Context,
}

impl Check<'_> {
    fn tier(&self) -> &str {
        let name = self.bounds.tier.unwrap_or_default();
        self.parameter(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&Value> {
        self.context.parameters.get(name)
    }

    /// What a limit counts, each with its subject.
    fn counted(&self, limit: &Limit) -> Vec<(String, u64)> {
        let meant = |topic: &&TopicSpec| {
            let policy = topic.cleanup_policy.as_deref().unwrap_or_default();
            limit.cleanup_policies.is_empty() || limit.cleanup_policies.iter().any(|one| one == policy)
        };
        let topics: Vec<&TopicSpec> = self.context.topics.iter().filter(meant).collect();
        let each = |count: fn(&TopicSpec) -> Option<u64>| {
            let subject = |topic: &TopicSpec| format!("topic `{}`", topic.name);
            topics
                .iter()
                .filter_map(|topic| Some((subject(topic), count(topic)?)))
                .collect()
        };
        let all = |count: u64| vec![("the topics".to_owned(), count)];
        match &limit.counts {
            Measure::Topics => all(topics.len() as u64),
            Measure::Partitions => all(topics
                .iter()
                .filter_map(|topic| topic.partitions)
                .map(u64::from)
                .sum()),
            Measure::TopicPartitions => each(|topic| topic.partitions.map(u64::from)),
            Measure::TopicRetentionHours => each(|topic| topic.retention_hours),
            Measure::TopicNameLength => each(|topic| Some(topic.name.chars().count() as u64)),
            Measure::Parameter(name) => match self.parameter(name) {
                Some(Value::Array(items)) => vec![(format!("parameter `{name}`"), items.len() as u64)],
                Some(Value::Number(number)) => number
                    .as_u64()
                    .map(|number| (format!("parameter `{name}`"), number))
                    .into_iter()
                    .collect(),
                _ => Vec::new(),
            },
            Measure::Text(name) => {
                let text = self.parameter(name).and_then(Value::as_str);
                text.map(|text| (format!("parameter `{name}`"), text.chars().count() as u64))
                    .into_iter()
                    .collect()
            }
            Measure::MessageBytes
            | Measure::CompactedPartitionBytes
            | Measure::ConsumerGroups
            | Measure::Connections => Vec::new(),
        }
    }

    fn limit(&self, limit: &Limit) -> Vec<LimitProblem> {
        self.counted(limit)
            .into_iter()
            .filter_map(|(subject, count)| self.broken(limit, subject, count))
            .collect()
    }

    fn broken(&self, limit: &Limit, subject: String, count: u64) -> Option<LimitProblem> {
        let tier = self.tier();
        let bound = |bound: &Option<Bound>| self.number(bound.as_ref()?.of(tier)?);
        let most = bound(&limit.at_most).filter(|most| count > *most);
        let least = bound(&limit.at_least).filter(|least| count < *least);
        let (relation, number) = match (most, least) {
            (Some(most), _) => ("above the limit of", most),
            (None, Some(least)) => ("below the least of", least),
            (None, None) => return None,
        };
        let others = if most.is_some() {
            self.tiers_that_allow(limit, count)
        } else {
            None
        };
        let way_out = match others {
            Some(others) => format!("use {others}, or {}", limit.way_out),
            None => limit.way_out.clone(),
        };
        // A bound from a table is that of its row.
        let bound = if most.is_some() {
            &limit.at_most
        } else {
            &limit.at_least
        };
        let of = match bound.as_ref().and_then(|bound| bound.of(tier)) {
            Some(Amount::Looked(lookup)) => self.row(lookup).unwrap_or_default(),
            _ => tier,
        };
        let named = if of.is_empty() {
            String::new()
        } else {
            format!(" for {of}")
        };
        Some(LimitProblem {
            subject,
            value: format!("{} {}", grouped(count), limit.unit),
            limit: format!("{relation} {}{named}", grouped(number)),
            way_out,
            source: limit.source.clone(),
        })
    }

    /// A bound as a number, with the environment's parameters.
    fn number(&self, amount: &Amount) -> Option<u64> {
        let of = |name: &str| self.parameter(name).and_then(Value::as_u64);
        match amount {
            Amount::Number(number) => Some(*number),
            Amount::Per(per) => Some(per.value.saturating_mul(of(&per.per)?)),
            Amount::Same(same) => of(&same.parameter),
            Amount::Looked(lookup) => self.looked_up(lookup),
        }
    }

    fn looked_up(&self, lookup: &Lookup) -> Option<u64> {
        let table: &Table = self.bounds.tables.get(&lookup.table)?;
        table.number(self.row(lookup)?, &lookup.column)
    }

    fn row(&self, lookup: &Lookup) -> Option<&str> {
        match &lookup.row {
            Row::Location => Some(&self.context.location),
            Row::Parameter(name) => self.parameter(name)?.as_str(),
        }
    }

    /// The other tiers in which `count` would pass, with their bounds: `Premium (100) or Dedicated (1,024)`.
    fn tiers_that_allow(&self, limit: &Limit, count: u64) -> Option<String> {
        let Some(ByTier::Each(tiers)) = &limit.at_most else {
            return None;
        };
        let mut allowing: Vec<(u64, String)> = tiers
            .iter()
            .filter_map(|(tier, amount)| match amount {
                Amount::Number(most) if tier != self.tier() && *most >= count => {
                    Some((*most, format!("{tier} ({})", grouped(*most))))
                }
                Amount::Per(per) => Some((
                    per.value,
                    format!("{tier} ({} for each of `{}`)", grouped(per.value), per.per),
                )),
                _ => None,
            })
            .collect();
        allowing.sort();
        let names: Vec<String> = allowing.into_iter().map(|(_, name)| name).collect();
        (!names.is_empty()).then(|| names.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::files::File;
    use crate::template::manifest::Manifest;
    use crate::template::yaml;

    fn file(text: &str) -> File {
        File {
            path: "test".to_owned(),
            text: text.to_owned(),
        }
    }

    fn problems(given: &Value, topics: &[(&str, u32)]) -> Vec<String> {
        let manifest: Manifest = yaml::decode(&file(include_str!("testing/target.yaml"))).unwrap();
        let tables: Tables = [(
            "machines".to_owned(),
            yaml::decode(&file("source: s\nrows:\n  Standard_E8: { disks: 16 }\n")).unwrap(),
        )]
        .into();
        let schema = Schema::read(&file(include_str!("testing/parameters.schema.json"))).unwrap();
        let parameters = schema.complete("t", given.as_object().unwrap()).unwrap();
        let topic = |(name, partitions): &(&str, u32)| TopicSpec {
            name: (*name).to_owned(),
            partitions: Some(*partitions),
            ..TopicSpec::default()
        };
        let context = Context {
            parameters,
            topics: topics.iter().map(topic).collect(),
            ..Context::default()
        };
        let bounds = Bounds {
            tier: manifest.tier.as_deref(),
            limits: &manifest.limits,
            rules: &manifest.rules,
            topic_names: manifest.topic_names.as_ref(),
            tables: &tables,
            schema: &schema,
        };
        check(bounds, &context).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_limit_is_told_with_the_number_the_bound_and_the_way_out() {
        assert_eq!(
            problems(&serde_json::json!({}), &[("orders", 48), ("small", 32)]),
            [
                "topic `orders`: 48 partitions, above the limit of 32 for small; use large (100) or huge (1,000 for each of `units`), or give the topic fewer partitions (source: the quotas)"
            ]
        );
        assert_eq!(
            problems(
                &serde_json::json!({ "size": "huge", "units": 2 }),
                &[("orders", 2000)]
            ),
            [""; 0]
        );
        assert_eq!(
            problems(
                &serde_json::json!({ "size": "huge", "units": 2 }),
                &[("orders", 2001)]
            )
            .len(),
            1
        );
    }

    #[test]
    fn a_parameter_has_bounds_on_both_sides() {
        let told = problems(&serde_json::json!({ "units": 41 }), &[]);
        assert_eq!(
            told,
            [
                "parameter `units`: 41 units, above the limit of 40 for small; choose another number (source: the quotas)"
            ]
        );
        let told = problems(&serde_json::json!({ "size": "large", "units": 1 }), &[]);
        assert_eq!(
            told,
            [
                "parameter `units`: 1 units, below the least of 2 for large; choose another number (source: the quotas)"
            ]
        );
    }

    #[test]
    fn a_parameter_that_another_forbids_is_told_with_what_allows_it() {
        assert_eq!(
            problems(&serde_json::json!({ "key": "k" }), &[]),
            [
                "parameter `key`: set while `size` is `small`, allowed only with `large`; leave `key` out (source: the tiers)"
            ]
        );
        assert_eq!(
            problems(&serde_json::json!({ "key": "k", "size": "large" }), &[]),
            [""; 0]
        );
    }

    #[test]
    fn names_that_the_target_refuses_or_takes_for_one_are_told() {
        assert_eq!(
            problems(&serde_json::json!({}), &[("_a", 1), ("b", 1), ("B", 1)]),
            [
                "topic `_a`: a name that the target refuses, allowed are lower-case letters; rename it (source: the rules)",
                "topic `B`: a name that the target refuses, allowed are lower-case letters; rename it (source: the rules)",
                "topic `B`: declared beside `b`, one name to the target; rename it (source: the rules)",
            ]
        );
    }
}
