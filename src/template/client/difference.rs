//! What changes in the settings of an application that moves.

use std::fmt;

use serde::Serialize;

use super::properties::Properties;

/// One setting that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub key: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, before, after } = self;
        match (before, after) {
            (Some(before), Some(after)) => write!(f, "{key}: {before} -> {after}"),
            (None, Some(after)) => write!(f, "{key}: new: {after}"),
            (Some(before), None) => write!(f, "{key}: no longer {before}"),
            (None, None) => write!(f, "{key}"),
        }
    }
}

/// From the settings of the source to those of the target: changed and new ones in the target's order, then what goes.
pub fn differences(before: &Properties, after: &Properties) -> Vec<Difference> {
    let difference = |key: &str| Difference {
        key: key.to_owned(),
        before: before.get(key).map(str::to_owned),
        after: after.get(key).map(str::to_owned),
    };
    let stays = after.iter().map(|(key, _)| key);
    let goes = before
        .iter()
        .map(|(key, _)| key)
        .filter(|key| after.get(key).is_none());
    stays
        .chain(goes)
        .filter(|key| before.get(key) != after.get(key))
        .map(difference)
        .collect()
}
