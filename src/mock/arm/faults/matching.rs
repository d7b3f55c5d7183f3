//! Which requests, and resources, a fault is for.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The word for a fault that never stops striking.
pub const ALWAYS: &str = "always";

/// Which requests. What is absent matches all.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A part of the path, or of a resource id for a failing operation; with `*` or `?` a pattern for the whole of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The first match to strike, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u32>,
    /// How many matches strike from there on; 1 unless said otherwise, `u32::MAX` (`"always"`) without end.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "read_times",
        serialize_with = "write_times"
    )]
    pub times: Option<u32>,
    /// Strikes only with this probability, drawn from the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`times` is a whole number or `always`")]
enum Times {
    Count(u32),
    Word(Always),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Always {
    Always,
}

fn read_times<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    Option::<Times>::deserialize(from).map(|times| {
        times.map(|times| match times {
            Times::Count(count) => count,
            Times::Word(Always::Always) => u32::MAX,
        })
    })
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over like this"
)]
fn write_times<S: Serializer>(times: &Option<u32>, to: S) -> Result<S::Ok, S::Error> {
    match times {
        Some(u32::MAX) => to.serialize_str(ALWAYS),
        other => other.serialize(to),
    }
}

impl Match {
    /// Whether `method` and the lower-cased `path` are meant.
    pub(super) fn takes(&self, method: &str, path: &str) -> bool {
        let same = self
            .method
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
        same && self.path.as_ref().is_none_or(|wanted| {
            let wanted = wanted.to_lowercase();
            if wanted.contains(['*', '?']) {
                wildmatch::WildMatch::new(&wanted).matches(path)
            } else {
                path.contains(&wanted)
            }
        })
    }

    /// Whether the match of this number, counted from 1, is one to strike at.
    pub(super) fn strikes_at(&self, number: u32) -> bool {
        let first = self.nth.unwrap_or(1).max(1);
        let last = first.saturating_add(self.times.unwrap_or(1)).saturating_sub(1);
        (first..=last).contains(&number)
    }

    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<String> {
        const METHODS: [&str; 6] = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"];
        if let Some(method) = &self.method
            && !METHODS.iter().any(|known| known.eq_ignore_ascii_case(method))
        {
            return Some(format!("`{method}` is not one of {}", METHODS.join(", ")));
        }
        if self.path.as_ref().is_some_and(String::is_empty) {
            return Some("`path` is empty".to_owned());
        }
        if self.nth == Some(0) {
            return Some("`nth` is counted from 1".to_owned());
        }
        if self.times == Some(0) {
            return Some("`times` is 0, so it would never strike".to_owned());
        }
        let chance = self.chance.filter(|chance| !(0.0..=1.0).contains(chance));
        chance.map(|chance| format!("`chance` is {chance}, and not from 0 to 1"))
    }
}
