//! Keeps secrets that were written into a file out of memory, messages and excerpts.
//!
//! [`withhold`] goes over a tree before anything else sees it: a secret is forgotten on the spot and its lines are
//! marked as never to be shown. What only resembles a secret (a misspelt `pasword`) is hidden too, and judged later.

mod likeness;

use std::collections::BTreeSet;

use super::node::{Entry, Kind, Node};
use super::path;
use super::place::Mark;
use likeness::{names_a_secret, resembles, spells_a_secret, words};

/// What was found in one document.
#[derive(Debug, Default)]
pub struct Guarded {
    /// The paths and marks of secrets that were written inline.
    pub exposed: Vec<(String, Mark)>,
    /// Lines that hold, or may hold, a secret.
    pub hidden: BTreeSet<usize>,
}

/// The keys of a secret reference.
pub const REFERENCE_KEYS: [&str; 3] = ["env", "file", "key-vault"];

/// Forgets every secret of the tree.
pub fn withhold(root: &mut Node) -> Guarded {
    let mut guarded = Guarded::default();
    guarded.walk(root, "");
    guarded
}

/// The lines of a text without a tree (its syntax is broken) that may hold a secret.
pub fn suspicious_lines(text: &str) -> BTreeSet<usize> {
    let mut hidden = BTreeSet::new();
    let mut inside: Option<usize> = None;
    for (index, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let deeper = inside.is_some_and(|outer| line.trim().is_empty() || indent > outer);
        let suspect = words(line).iter().any(|word| resembles(word)) || spells_a_secret(line);
        if deeper || suspect {
            hidden.insert(index + 1);
        }
        if !deeper {
            inside = suspect.then_some(indent);
        }
    }
    hidden
}

impl Guarded {
    fn walk(&mut self, node: &mut Node, at: &str) {
        match &mut node.kind {
            Kind::Map(entries) => {
                entries.retain(|entry| !self.swallows(entry, at));
                for entry in entries {
                    self.entry(entry, at);
                }
            }
            Kind::List(items) => items.iter_mut().for_each(|item| self.walk(item, at)),
            Kind::Quoted(text) | Kind::Plain(text) if spells_a_secret(text) => self.expose(node, at),
            _ => {}
        }
    }

    fn entry(&mut self, entry: &mut Entry, section: &str) {
        let at = path::join(section, &entry.key);
        let holds_user =
            entry.key == "bootstrap" && entry.value.scalar().is_some_and(|text| text.contains('@'));
        if holds_user || (names_a_secret(&entry.key) && is_inline(&entry.value, &at)) {
            self.hide(entry.mark.line, entry.value.mark);
            self.expose(&mut entry.value, &at);
            return;
        }
        let is_scalar = entry.value.scalar().is_some_and(|text| !is_boolean(text));
        let is_map = matches!(entry.value.kind, Kind::Map(_));
        let odd_map = is_map && names_a_secret(&entry.key) && !is_reference(&entry.value);
        if odd_map || (is_scalar && may_be_secret(&entry.key, section)) {
            self.hide(entry.mark.line, entry.value.mark);
        }
        self.walk(&mut entry.value, &at);
    }

    /// Whether the key is a secret with its name, as `password:x` without a space is.
    fn swallows(&mut self, entry: &Entry, section: &str) -> bool {
        let parted = entry.key.contains([':', '=']) || (section != "azure.tags" && entry.key.contains(' '));
        let suspect = parted && words(&entry.key).iter().any(|word| resembles(word));
        if suspect {
            self.hide(entry.mark.line, entry.mark);
            self.exposed.push((section.to_owned(), entry.mark));
        }
        suspect
    }

    fn expose(&mut self, node: &mut Node, at: &str) {
        self.hide(node.mark.line, node.mark);
        node.kind = Kind::Withheld;
        self.exposed.push((at.to_owned(), node.mark));
    }

    fn hide(&mut self, from: usize, mark: Mark) {
        self.hidden.extend(from..=mark.last_line.max(mark.line).max(from));
    }
}

fn is_boolean(text: &str) -> bool {
    matches!(text, "true" | "false")
}

/// Whether the value under a secret's name is the secret itself.
fn is_inline(value: &Node, at: &str) -> bool {
    match &value.kind {
        Kind::Quoted(text) | Kind::Plain(text) => !is_boolean(text),
        Kind::List(_) => !at.starts_with("migration.hooks."),
        Kind::Map(_) => at.starts_with("target.parameters.") && !is_reference(value),
        Kind::Nothing | Kind::Withheld => false,
    }
}

/// Whether the value is a map of one of [`REFERENCE_KEYS`].
pub fn is_reference(value: &Node) -> bool {
    match &value.kind {
        Kind::Map(entries) => {
            entries.len() == 1
                && entries.iter().all(|entry| {
                    REFERENCE_KEYS.contains(&entry.key.as_str()) && entry.value.scalar().is_some()
                })
        }
        _ => false,
    }
}

/// Whether a key may be a misspelt secret, or a secret in a section where secrets live.
fn may_be_secret(key: &str, section: &str) -> bool {
    const PLAIN: [&str; 9] = [
        "protocol",
        "mechanism",
        "username",
        "ca-file",
        "certificate-file",
        "key-file",
        "token-endpoint",
        "client-id",
        "scope",
    ];
    const SECRET: [&str; 3] = ["password", "key-password", "client-secret"];
    let signs_in = section.ends_with("security") || section.ends_with("security.oauth");
    let plain = || {
        let known = PLAIN.into_iter().chain(SECRET);
        crate::model::nearest::nearest(key, known).is_some_and(|name| PLAIN.contains(&name))
    };
    let whole_section = matches!(key, "security" | "oauth" | "credentials");
    whole_section || words(key).last().is_some_and(|word| resembles(word)) || (signs_in && !plain())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::yaml;

    fn guarded(text: &str) -> (Guarded, String) {
        let mut root = yaml::parse(text).root.unwrap();
        let guarded = withhold(&mut root);
        (guarded, format!("{root:?}"))
    }

    #[test]
    fn forgets_a_secret_wherever_it_stands() {
        for text in [
            "password: canary",
            "target: { parameters: { list: [{ api-key: canary }] } }",
            "target: { parameters: { adminPassword: { value: canary } } }",
            "a:\n  client-secret: |\n    canary\n",
            "a: 'Endpoint=sb://x/;SharedAccessKey=canary'",
            "a: https://user:canary@example.org/",
            "a: [ 'x password=canary' ]",
            "secrets: [canary]",
        ] {
            let (guarded, tree) = guarded(text);
            assert_eq!(guarded.exposed.len(), 1, "{text}");
            assert!(!tree.contains("canary"), "{tree}");
        }
    }

    #[test]
    fn a_reference_is_no_secret() {
        let (guarded, _) = guarded("password: { env: SOURCE_PASSWORD }\nrequire-password: true\ntoken:\n");
        assert!(guarded.exposed.is_empty());
        assert!(guarded.hidden.is_empty());
    }

    #[test]
    fn hides_the_line_of_a_misspelt_secret() {
        let (guarded, _) = guarded("a: 1\npasswrd: canary\nsecurity: { pin: 7 }\nb: 2\n");
        assert_eq!(guarded.hidden.into_iter().collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn hides_the_suspicious_lines_of_a_broken_text() {
        let text = "azure: [\npassword:\n  canary\n\n  canary\nname: x\npassword canary\n";
        assert_eq!(
            suspicious_lines(text).into_iter().collect::<Vec<_>>(),
            [2, 3, 4, 5, 7]
        );
    }
}
