//! Regular expressions of manifests, in the dialect of JSON Schema, as in a parameter's schema.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::json;

use super::error::{Place, TemplateError};
use super::limit::Rule;
use super::secrets::SecretEntry;

/// What was compiled before: a rule is looked at once per topic, and compiling takes longer than all its looks.
static COMPILED: LazyLock<Mutex<BTreeMap<String, Option<Arc<Validator>>>>> = LazyLock::new(Mutex::default);

/// Whether `text` has a part that `pattern` matches. A pattern that is none matches nothing; [`fault`] tells.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    compiled(pattern).is_some_and(|validator| validator.is_valid(&json!(text)))
}

fn compiled(pattern: &str) -> Option<Arc<Validator>> {
    let mut known = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(validator) = known.get(pattern) {
        return validator.clone();
    }
    let made = jsonschema::validator_for(&json!({ "type": "string", "pattern": pattern }));
    let made = made.ok().map(Arc::new);
    known.insert(pattern.to_owned(), made.clone());
    made
}

/// Why `pattern` is no regular expression.
pub(super) fn fault(pattern: &str) -> Option<String> {
    let made = jsonschema::validator_for(&json!({ "pattern": pattern }));
    made.err()
        .map(|error| format!("`{pattern}` is no regular expression: {error}"))
}

/// That every pattern of a manifest is a regular expression.
///
/// # Errors
///
/// [`TemplateError::Yaml`] with the first that is none.
pub(super) fn all_hold(
    rules: &[Rule],
    secrets: &BTreeMap<String, SecretEntry>,
    manifest: &str,
) -> Result<(), TemplateError> {
    let of_rules = rules.iter().flat_map(|rule| [&rule.matching, &rule.not_matching]);
    let of_secrets = secrets
        .values()
        .flat_map(|secret| &secret.rules)
        .flat_map(|rule| [&rule.matching, &rule.not_matching]);
    let broken = of_rules
        .chain(of_secrets)
        .flatten()
        .find_map(|pattern| fault(pattern));
    broken.map_or(Ok(()), |reason| {
        Err(TemplateError::Yaml {
            place: Place::file(manifest),
            reason,
        })
    })
}
