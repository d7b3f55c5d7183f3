//! What an environment must declare where a deployment makes the topics.

use std::fmt::Write as _;

use super::plan::{Action, Blocked, PlannedTopic, TopicPlan};

const HOUR_MS: u64 = 3_600_000;

/// The lines to add to an environment so that its deployment makes or grows what the plan is blocked by; `None` when
/// nothing of that kind is.
pub fn overrides(plan: &TopicPlan) -> Option<String> {
    let lines: Vec<String> = plan
        .topics
        .iter()
        .filter(|topic| {
            let by = [Blocked::NotOurs, Blocked::TooFew];
            by.iter().any(|by| topic.action == Action::Blocked { by: *by })
        })
        .map(line)
        .collect();
    (!lines.is_empty()).then(|| format!("topics:\n  overrides:\n{}", lines.join("\n")))
}

fn line(topic: &PlannedTopic) -> String {
    let said = |setting: &str| {
        let left = topic.left_out.iter().find(|one| one.setting == setting);
        left.map(|one| one.value.as_str())
            .or_else(|| topic.settings.get(setting).map(String::as_str))
    };
    let mut text = format!("    {}: {{ partitions: {}", topic.name, topic.source_partitions);
    // Kafka's -1 means for ever, which no number of hours says.
    let retention = said("retention.ms").and_then(|value| value.parse::<u64>().ok());
    if let Some(milliseconds) = retention {
        let _ = write!(
            text,
            ", retention-hours: {}",
            milliseconds.div_ceil(HOUR_MS).max(1)
        );
    }
    if let Some(policy) = said("cleanup.policy") {
        let (compact, delete) = (policy.contains("compact"), policy.contains("delete"));
        let policy = match (compact, delete) {
            (true, true) => "compact-and-delete",
            (true, false) => "compact",
            _ => "delete",
        };
        let _ = write!(text, ", cleanup-policy: {policy}");
    }
    text + " }"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mirror::topics::LeftOut;

    #[test]
    fn what_the_source_says_becomes_lines_of_the_environment() {
        let left_out = |setting: &str, value: &str| LeftOut {
            setting: setting.into(),
            value: value.into(),
            reason: String::new(),
        };
        let plan = TopicPlan {
            topics: vec![PlannedTopic {
                name: "orders".into(),
                source_partitions: 12,
                target_partitions: None,
                action: Action::Blocked { by: Blocked::NotOurs },
                settings: [].into(),
                left_out: vec![
                    left_out("retention.ms", "86400001"),
                    left_out("cleanup.policy", "compact,delete"),
                ],
            }],
            notes: Vec::new(),
        };
        assert_eq!(
            overrides(&plan).unwrap(),
            "topics:\n  overrides:\n    orders: { partitions: 12, retention-hours: 25, cleanup-policy: compact-and-delete }"
        );
    }
}
