//! Names that are checked when they are made and trusted afterwards.
//!
//! Each type holds the spelling it was given; the rules are Azure's or Kafka's own and say so.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A name that a rule refuses, with the rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not {what}: {rule}")]
pub struct NameError {
    pub what: &'static str,
    pub value: String,
    pub rule: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// The rule that a value must follow, in words.
            pub const RULE: &'static str = $rule;

            /// Checks `value` against the rule.
            ///
            /// # Errors
            ///
            /// [`NameError`] with the value and the rule it breaks.
            pub fn parse(value: &str) -> Result<Self, NameError> {
                let check: fn(&str) -> bool = $check;
                if check(value) {
                    Ok(Self(value.to_owned()))
                } else {
                    Err(NameError { what: $what, value: value.to_owned(), rule: $rule })
                }
            }

            /// The name as it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(value: String) -> Result<Self, NameError> {
                Self::parse(&value)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

name!(
    /// The name of an environment, equal to the name of its folder.
    EnvironmentName,
    "an environment name",
    "1 to 40 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen",
    |value| slug(value, 40)
);

name!(
    /// The name of a target: a folder under `templates/targets/`.
    TargetName,
    "a target name",
    "1 to 40 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen",
    |value| slug(value, 40)
);

name!(
    /// The name of an Azure resource group.
    ///
    /// Source: Azure resource naming rules, `Microsoft.Resources/resourceGroups`.
    ResourceGroupName,
    "a resource group name",
    "1 to 90 letters, digits, `_`, `-`, `.`, `(` and `)`, not ending with a full stop",
    |value| {
        let length = value.chars().count();
        (1..=90).contains(&length)
            && !value.ends_with('.')
            && value.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '(' | ')'))
    }
);

name!(
    /// The name of a Kafka topic.
    ///
    /// Source: Apache Kafka, `org.apache.kafka.common.internals.Topic`.
    TopicName,
    "a topic name",
    "1 to 249 letters, digits, `.`, `_` and `-`, and neither `.` nor `..`",
    |value| {
        (1..=249).contains(&value.len())
            && value != "."
            && value != ".."
            && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    }
);

fn slug(value: &str, longest: usize) -> bool {
    (1..=longest).contains(&value.len())
        && value.starts_with(|c: char| c.is_ascii_lowercase())
        && !value.ends_with('-')
        && value
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_name_with_the_rule_it_breaks() {
        let error = EnvironmentName::parse("Prod/../x").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("`Prod/../x` is not an environment name: 1 to 40 lower-case")
        );
    }

    #[test]
    fn keeps_to_the_rules_of_azure_and_kafka() {
        assert!(ResourceGroupName::parse("rg-kafka_dev.(1)").is_ok());
        assert!(ResourceGroupName::parse("rg.").is_err());
        assert!(TopicName::parse("orders.v1_DLQ-2").is_ok());
        assert!(TopicName::parse("..").is_err());
        assert!(TopicName::parse(&"x".repeat(250)).is_err());
    }
}
