//! Secrets that a deployment needs: the environment refers to them, and they are put in when it is sent.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::pattern;
use crate::model::secret::SecretReference;

/// One secret of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SecretEntry {
    /// The `secureString` parameter of the deployment; steps alone use one without.
    #[serde(default)]
    pub parameter: Option<String>,
    /// What it has to look like.
    #[serde(default)]
    pub rules: Vec<SecretRule>,
    #[serde(default)]
    pub way_out: String,
    #[serde(default)]
    pub source: String,
}

/// A rule that is held against the secret itself before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SecretRule {
    #[serde(default)]
    pub matching: Option<String>,
    #[serde(default)]
    pub not_matching: Option<String>,
    /// Told in the place of the value: `it needs a digit`.
    pub because: String,
}

/// A secret that a rendered deployment waits for.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NeededSecret {
    /// The environment's parameter.
    pub name: String,
    /// Where it is kept.
    pub reference: SecretReference,
    #[serde(flatten)]
    pub entry: SecretEntry,
    /// Once it was read; it goes to Azure and nowhere else.
    #[serde(skip)]
    pub value: Option<SecretString>,
}

impl NeededSecret {
    /// The rules that `value` breaks, in their own words.
    pub fn broken_rules(&self, value: &SecretString) -> Vec<&str> {
        let value = value.expose_secret();
        let breaks = |rule: &&SecretRule| {
            let fits = rule
                .matching
                .as_ref()
                .is_none_or(|wanted| pattern::matches(wanted, value));
            let refused = rule
                .not_matching
                .as_ref()
                .is_some_and(|one| pattern::matches(one, value));
            !fits || refused
        };
        let broken = self.entry.rules.iter().filter(breaks);
        broken.map(|rule| rule.because.as_str()).collect()
    }
}
