//! Lists of names and regular expressions, as the default filters of MirrorMaker 2 read them.

use serde_json::json;

use super::model::Settings;

/// What is taken in, and what is left out.
#[derive(Clone, Debug)]
pub struct Patterns {
    pub include: Vec<String>,
    pub exclude: Vec<String>,
}

pub const TOPICS_EXCLUDE: &str = r".*[\-\.]internal, .*\.replica, __.*";

/// Names by which two lists of patterns are told to overlap; nothing special about them.
const SAMPLES: [&str; 3] = ["orders", "a.b-c_d", "T1"];

impl Patterns {
    /// The topics of a source connector.
    pub fn topics(settings: &Settings) -> Self {
        let exclude = settings
            .text("topics.exclude")
            .or_else(|| settings.text("topics.blacklist"));
        Self {
            include: list(settings.text("topics").unwrap_or(".*")),
            exclude: list(exclude.unwrap_or(TOPICS_EXCLUDE)),
        }
    }

    pub fn takes(&self, name: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, name));
        any(&self.include) && !any(&self.exclude)
    }

    /// Whether everything is taken in.
    pub fn takes_all(&self) -> bool {
        self.include
            .iter()
            .any(|pattern| matches!(pattern.as_str(), ".*" | ".+"))
    }

    /// A name that both take; two regular expressions that share none of the samples pass as disjoint.
    pub fn shared_with(&self, other: &Self) -> Option<String> {
        let names = self
            .include
            .iter()
            .chain(&other.include)
            .filter(|pattern| plain(pattern));
        let samples = SAMPLES.iter().map(|name| (*name).to_owned());
        let same = self
            .include
            .iter()
            .find(|pattern| other.include.contains(pattern))
            .cloned();
        names
            .cloned()
            .chain(samples)
            .find(|name| self.takes(name) && other.takes(name))
            .or(same)
    }
}

/// The items of a list, as `ConfigDef` splits it.
pub fn list(text: &str) -> Vec<String> {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(str::to_owned).collect()
}

/// A name of a topic or group and no expression, but for dots.
pub fn plain(pattern: &str) -> bool {
    pattern
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-'))
}

/// Whether the whole name matches. An expression that cannot be compiled matches nothing.
pub fn matches(pattern: &str, name: &str) -> bool {
    pattern == name
        || matches!(pattern, ".*" | ".+")
        || expression(pattern).is_some_and(|expression| expression.is_valid(&json!(name)))
}

/// Whether Java could compile it, as far as another engine can tell.
pub fn compiles(pattern: &str) -> bool {
    // Possessive quantifiers and inline flags are Java's own: what the other engine does not know passes.
    plain(pattern)
        || pattern.contains("(?")
        || pattern.contains("++")
        || pattern.contains("*+")
        || expression(pattern).is_some()
}

fn expression(pattern: &str) -> Option<jsonschema::Validator> {
    jsonschema::validator_for(&json!({ "pattern": format!("^(?:{pattern})$") })).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(include: &str, exclude: &str) -> Patterns {
        Patterns {
            include: list(include),
            exclude: list(exclude),
        }
    }

    #[test]
    fn the_whole_name_must_match_and_an_exclusion_wins() {
        let topics = patterns("orders.*, payments", r".*[\-\.]internal, __.*");
        assert!(topics.takes("orders.eu") && topics.takes("payments"));
        assert!(
            !topics.takes("payments.eu") && !topics.takes("orders.internal") && !topics.takes("old.orders")
        );
    }

    #[test]
    fn two_lists_overlap_where_both_take_a_name() {
        let shared = |one: &str, other: &str| patterns(one, "").shared_with(&patterns(other, ""));
        assert_eq!(shared(".*", "payments"), Some("payments".into()));
        assert_eq!(shared("orders.*", ".*"), Some("orders".into()));
        assert_eq!(shared("eu\\..*", "eu\\..*"), Some("eu\\..*".into()));
        assert_eq!(shared("orders.*", "payments.*"), None);
    }

    #[test]
    fn what_java_refuses_is_refused() {
        assert!(
            compiles("a.*") && compiles("^Example[\\w]*") && compiles("(?i)a") && compiles("((?!B\\.).*)")
        );
        assert!(!compiles("*") && !compiles("*.tmp") && !compiles("a(b"));
        assert!(!matches("*", "a"));
    }
}
