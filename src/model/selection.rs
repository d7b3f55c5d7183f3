//! Which names are meant: patterns with `*` and `?`, some taken in, some left out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names that match one of `include` and none of `exclude`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Selection {
    pub include: Vec<String>,
    pub exclude: Vec<String>,
}

impl Selection {
    /// A selection of every name that matches one pattern.
    pub fn of(pattern: &str) -> Self {
        Self {
            include: vec![pattern.to_owned()],
            exclude: Vec::new(),
        }
    }

    /// Whether `name` is meant.
    pub fn takes(&self, name: &str) -> bool {
        let any = |patterns: &[String]| {
            patterns
                .iter()
                .any(|p| wildmatch::WildMatch::new(p).matches(name))
        };
        any(&self.include) && !any(&self.exclude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exclusion_wins() {
        let selection = Selection {
            include: vec!["orders*".into()],
            exclude: vec!["*.tmp".into()],
        };
        assert!(selection.takes("orders.eu"));
        assert!(!selection.takes("orders.tmp"));
        assert!(!selection.takes("payments"));
    }
}
