//! What a parameter or a topic may look like, and beside what it may stand.

use serde_json::Value;

use super::context::TopicSpec;
use super::limit::Rule;
use super::limits::{Check, LimitProblem};
use super::manifest::TopicNames;
use super::pattern;

/// Names that the target refuses, and names that are one to it.
pub(super) fn topic_names(names: &TopicNames, topics: &[TopicSpec]) -> Vec<LimitProblem> {
    let problem = |subject: String, value: String, limit: String| LimitProblem {
        subject,
        value,
        limit,
        way_out: names.way_out.clone(),
        source: names.source.clone(),
    };
    let refused = topics
        .iter()
        .filter(|topic| !pattern::matches(&names.pattern, &topic.name))
        .map(|topic| {
            problem(
                format!("topic `{}`", topic.name),
                "a name that the target refuses".to_owned(),
                format!("allowed are {}", names.rule),
            )
        });
    let same =
        |one: &str, other: &str| one == other || (!names.case_sensitive && one.eq_ignore_ascii_case(other));
    let twin = |index: usize| {
        let topic = &topics[index];
        topics[..index]
            .iter()
            .find(|other| same(&other.name, &topic.name))
    };
    let doubled = (0..topics.len())
        .filter_map(|index| Some((&topics[index], twin(index)?)))
        .map(|(topic, other)| {
            let value = format!("declared beside `{}`", other.name);
            problem(
                format!("topic `{}`", topic.name),
                value,
                "one name to the target".to_owned(),
            )
        });
    refused.chain(doubled).collect()
}

impl Check<'_> {
    /// What a text has to look like.
    pub(super) fn form(&self, rule: &Rule) -> Option<LimitProblem> {
        let texts = match self.parameter(&rule.parameter)? {
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            value => Vec::from_iter(value.as_str()),
        };
        let broken = texts.into_iter().find(|text| {
            let fits = rule
                .matching
                .as_ref()
                .is_none_or(|wanted| pattern::matches(wanted, text));
            let refused = rule
                .not_matching
                .as_ref()
                .is_some_and(|one| pattern::matches(one, text));
            !fits || refused
        })?;
        Some(LimitProblem {
            subject: format!("parameter `{}`", rule.parameter),
            value: format!("`{broken}` is not allowed"),
            limit: rule
                .because
                .clone()
                .unwrap_or_else(|| "it has the wrong form".to_owned()),
            way_out: rule.way_out.clone(),
            source: rule.source.clone(),
        })
    }

    /// What stands beside a parameter.
    pub(super) fn rule(&self, rule: &Rule) -> Option<LimitProblem> {
        let used = self.parameter(&rule.parameter)?;
        if Some(used) == self.bounds.schema.default_of(&rule.parameter) {
            return None;
        }
        let (name, allowed) = rule
            .only_with
            .iter()
            .find(|(name, allowed)| !allowed.contains(self.parameter(name).unwrap_or(&Value::Null)))?;
        let found = self.parameter(name).unwrap_or(&Value::Null);
        let wanted: Vec<String> = allowed
            .iter()
            .map(|value| format!("`{}`", plain(value)))
            .collect();
        Some(LimitProblem {
            subject: format!("parameter `{}`", rule.parameter),
            value: format!("set while `{name}` is `{}`", plain(found)),
            limit: format!("allowed only with {}", wanted.join(" or ")),
            way_out: rule.way_out.clone(),
            source: rule.source.clone(),
        })
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "absent".to_owned(),
        Value::Object(_) | Value::Array(_) => "set".to_owned(),
        other => other.to_string(),
    }
}
