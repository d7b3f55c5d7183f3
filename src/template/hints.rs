//! Advice on errors of Azure, from `hints.yaml`: the first entry that fits wins.

use serde::Deserialize;

use super::error::TemplateError;
use super::files::File;
use super::yaml;

/// The entries of `hints.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Hints {
    hints: Vec<Hint>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Hint {
    /// ARM error codes; case does not matter.
    codes: Vec<String>,
    /// Words that the message must contain; case does not matter.
    #[serde(default)]
    message: Option<String>,
    #[serde(rename = "hint")]
    advice: String,
}

impl Hints {
    pub(super) fn read(file: Option<File>) -> Result<Self, TemplateError> {
        file.map_or_else(|| Ok(Self::default()), |file| yaml::decode(&file))
    }

    /// The advice for an error, when there is some.
    pub fn hint_for(&self, code: &str, message: &str) -> Option<&str> {
        let message = message.to_lowercase();
        let fits = |hint: &&Hint| {
            hint.codes.iter().any(|one| one.eq_ignore_ascii_case(code))
                && hint
                    .message
                    .as_ref()
                    .is_none_or(|words| message.contains(&words.to_lowercase()))
        };
        self.hints.iter().find(fits).map(|hint| hint.advice.as_str())
    }

    /// Every code that has advice.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.hints.iter().flat_map(|hint| &hint.codes).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use crate::template::Catalog;

    #[test]
    fn the_narrower_advice_comes_first() {
        let hints = Catalog::open(None, None).unwrap().hints().unwrap();
        let denied = "The client does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write'";
        assert!(
            hints
                .hint_for("authorizationfailed", denied)
                .unwrap()
                .starts_with("assigning roles needs Owner")
        );
        assert!(
            hints
                .hint_for("AuthorizationFailed", "something else")
                .unwrap()
                .starts_with("the message names")
        );
        assert_eq!(hints.hint_for("NeverHeardOf", ""), None);
    }

    #[test]
    fn the_shipped_advice_is_one_sentence_without_a_full_stop() {
        let hints = Catalog::open(None, None).unwrap().hints().unwrap();
        assert!(hints.codes().count() > 20);
        for hint in &hints.hints {
            assert!(
                !hint.advice.ends_with('.') && !hint.advice.contains('\n'),
                "{}",
                hint.advice
            );
            assert!(
                hint.codes
                    .iter()
                    .all(|code| code.chars().all(char::is_alphanumeric)),
                "{:?}",
                hint.codes
            );
        }
    }
}
