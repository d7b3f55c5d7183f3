//! What of a resource is never kept: whatever could be a secret.
//!
//! A fingerprint of a short secret can be guessed, so nothing at all is kept of one, and it is not compared.

use secrecy::ExposeSecret;
use serde_json::Value;

use crate::deploy::unit::Unit;

/// In the place of a value that is not kept.
const HIDDEN: &str = "(not kept: it holds a secret)";

/// Parts of names whose values are taken for secrets, in lower case.
const NAMES: &[&str] = &[
    "password",
    "passphrase",
    "secret",
    "token",
    "credential",
    "connectionstring",
    "accesskey",
    "accountkey",
    "primarykey",
    "secondarykey",
    "sharedkey",
    "privatekey",
    "sasuri",
    "sasurl",
    "customdata",
    "protectedsettings",
];

/// Shorter secrets are found only where they are a whole value: they would be found in everything.
const SHORTEST_PART: usize = 6;

/// Whether a property of this name, or of this path, may hold a secret.
pub fn is_secret(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    NAMES.iter().any(|name| path.contains(name))
}

/// Whether a value stands for one that was not kept.
pub fn is_hidden(value: &Value) -> bool {
    value.as_str() == Some(HIDDEN)
}

/// The values of the secure parameters of one deployment.
pub struct Secrets(Vec<String>);

impl Secrets {
    pub fn of(unit: &Unit<'_>) -> Self {
        let declared = unit.template.get("parameters").and_then(Value::as_object);
        let given = unit.parameters.get("parameters").unwrap_or(&unit.parameters);
        let is_secure = |declared: &Value| {
            let kind = declared.get("type").and_then(Value::as_str).unwrap_or_default();
            kind.to_ascii_lowercase().starts_with("secure")
        };
        let mut texts = Vec::new();
        for (name, declared) in declared.into_iter().flatten().filter(|(_, one)| is_secure(one)) {
            let value = given.get(name).and_then(|one| one.get("value"));
            collect(value.or_else(|| declared.get("defaultValue")), &mut texts);
        }
        let sent = unit
            .secrets
            .iter()
            .map(|(_, value)| value.expose_secret().to_owned());
        texts.extend(sent.filter(|text| !text.is_empty()));
        Self(texts)
    }

    /// The same value with every secret in it replaced.
    pub fn without(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if self.is_in(text) => HIDDEN.into(),
            Value::Array(list) => list.iter().map(|value| self.without(value)).collect(),
            Value::Object(fields) => {
                let hide = |(name, value): (&String, &Value)| {
                    let harmless = matches!(value, Value::Null | Value::Bool(_));
                    let kept = if is_secret(name) && !harmless {
                        HIDDEN.into()
                    } else {
                        self.without(value)
                    };
                    (name.clone(), kept)
                };
                Value::Object(fields.iter().map(hide).collect())
            }
            other => other.clone(),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        self.0
            .iter()
            .any(|secret| text == secret || (secret.len() >= SHORTEST_PART && text.contains(secret.as_str())))
    }
}

fn collect(value: Option<&Value>, texts: &mut Vec<String>) {
    match value {
        Some(Value::String(text)) if !text.is_empty() => texts.push(text.clone()),
        Some(Value::Array(list)) => list.iter().for_each(|value| collect(Some(value), texts)),
        Some(Value::Object(fields)) => fields.values().for_each(|value| collect(Some(value), texts)),
        _ => {}
    }
}
