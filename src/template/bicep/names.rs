//! Identifiers: legal, unique within a file, and readable.

use std::collections::HashSet;

/// Words that no declaration takes as its name, or that would mislead a reader if one did.
const RESERVED: &[&str] = &[
    "true",
    "false",
    "null",
    "if",
    "for",
    "in",
    "existing",
    "resource",
    "module",
    "param",
    "var",
    "output",
    "type",
    "func",
    "metadata",
    "import",
    "provider",
    "extension",
    "using",
    "assert",
    "test",
    "targetscope",
    "with",
    "as",
    "from",
    "az",
    "sys",
    "string",
    "int",
    "bool",
    "object",
    "array",
    "securestring",
    "secureobject",
    "any",
];

/// Words that even a parameter, whose name is a contract, cannot keep.
const IMPOSSIBLE: &[&str] = &["true", "false", "null", "if", "for", "in"];

/// Tells whether `text` is an identifier as it stands.
pub fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Tells whether `name` is a word that would mislead as a name.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name.to_ascii_lowercase().as_str())
}

/// The nearest identifier to `text`: `cost-center` becomes `cost_center`.
pub fn identifier(text: &str) -> String {
    let mut name: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        name.insert(0, '_');
    }
    if IMPOSSIBLE.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

/// Text as one word in camel case: `ns-orders.v1` becomes `nsOrdersV1`.
pub fn camel(text: &str) -> String {
    let mut name = String::new();
    for word in text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        if name.is_empty() {
            name.push_str(&lower_first(word));
        } else {
            name.push_str(&upper_first(word));
        }
    }
    name
}

pub fn upper_first(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}

/// Lowers a leading capital or a leading run of them: `VMName` becomes `vmName`, `DNSZones` becomes `dnsZones`.
pub fn lower_first(word: &str) -> String {
    let run = word.chars().take_while(char::is_ascii_uppercase).count();
    let lowered = if run > 1 && run < word.len() { run - 1 } else { run };
    word[..lowered].to_ascii_lowercase() + &word[lowered..]
}

/// One of many: `policies` becomes `policy`, `addresses` becomes `address`.
pub fn singular(word: &str) -> String {
    for (many, one) in [("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch")] {
        if let Some(stem) = word.strip_suffix(many) {
            return format!("{stem}{one}");
        }
    }
    match word.strip_suffix('s') {
        Some(stem) if !stem.is_empty() && !stem.ends_with(['s', 'u']) => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// The names of one file; two names never differ by case alone.
#[derive(Clone, Debug, Default)]
pub struct Names(HashSet<String>);

impl Names {
    /// Takes a name that its author chose, kept unless it is taken or impossible.
    pub fn keep(&mut self, wanted: &str, suffix: &str) -> String {
        let name = identifier(wanted);
        if self.0.insert(name.to_ascii_lowercase()) {
            name
        } else {
            self.make(&format!("{name}{suffix}"))
        }
    }

    /// Makes a name near `wanted` that is free and not reserved.
    pub fn make(&mut self, wanted: &str) -> String {
        let mut base = identifier(wanted);
        if is_reserved(&base) {
            base.push_str("Item");
        }
        let mut name = base.clone();
        let mut number = 2_usize;
        while !self.0.insert(name.to_ascii_lowercase()) {
            name = format!("{base}{number}");
            number += 1;
        }
        name
    }

    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(&name.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_readable_names() {
        assert_eq!(camel("ns-orders.v1"), "nsOrdersV1");
        assert_eq!(lower_first("VMName"), "vmName");
        assert_eq!(lower_first("DNS"), "dns");
        assert_eq!(singular("accessPolicies"), "accessPolicy");
        assert_eq!(singular("publicIPAddresses"), "publicIPAddress");
        assert_eq!(singular("databases"), "database");
        assert_eq!(singular("status"), "status");
        assert_eq!(identifier("1-a"), "_1_a");
    }

    #[test]
    fn a_taken_or_reserved_name_gives_way() {
        let mut names = Names::default();
        assert_eq!(names.keep("location", "Variable"), "location");
        assert_eq!(names.keep("Location", "Variable"), "LocationVariable");
        assert_eq!(names.make("location"), "location2");
        assert_eq!(names.make("resource"), "resourceItem");
    }
}
