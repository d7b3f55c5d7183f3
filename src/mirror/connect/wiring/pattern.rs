//! Selections as MirrorMaker 2 reads them: lists of Java regular expressions, each matched against a whole name.
//!
//! MirrorMaker 2 parts a list at commas, trims each part and joins them with `|`; so a comma or a space of a pattern is
//! written as its code. Source: `MirrorUtils.compilePatternList`, `ConfigDef.Type.LIST`.

use std::fmt::Write as _;

use crate::model::selection::Selection;

/// Matches nothing: what an empty list stands for, which MirrorMaker 2 would read otherwise.
const NOTHING: &str = "[^\\s\\S]";

/// What is named: a topic's name is one line, a group's id may hold anything.
#[derive(Clone, Copy)]
pub enum Names {
    Topics,
    Groups,
}

impl Names {
    fn any_one(self) -> &'static str {
        match self {
            Self::Topics => ".",
            Self::Groups => "[\\s\\S]",
        }
    }
}

/// The value of `topics` or `groups`.
pub fn included(selection: &Selection, names: Names) -> String {
    list(&selection.include, names)
}

/// The value of `topics.exclude` or `groups.exclude`.
pub fn excluded(selection: &Selection, names: Names) -> String {
    list(&selection.exclude, names)
}

fn list(patterns: &[String], names: Names) -> String {
    if patterns.is_empty() {
        return NOTHING.to_owned();
    }
    let patterns: Vec<String> = patterns.iter().map(|pattern| java(pattern, names)).collect();
    patterns.join(",")
}

/// One pattern with `*` and `?`.
fn java(pattern: &str, names: Names) -> String {
    let any_one = names.any_one();
    let mut text = String::with_capacity(pattern.len() + 8);
    let mut after_star = false;
    for character in pattern.chars() {
        let again = after_star && character == '*';
        after_star = character == '*';
        match character {
            '*' if again => {}
            '*' => {
                text.push_str(any_one);
                text.push('*');
            }
            '?' => text.push_str(any_one),
            '.' => text.push_str("\\."),
            plain if plain.is_ascii_alphanumeric() || matches!(plain, '_' | '-') => text.push(plain),
            other => {
                let _ = write!(text, "\\x{{{:x}}}", u32::from(other));
            }
        }
    }
    if text.is_empty() {
        // The empty name alone, which no topic and no group has.
        NOTHING.clone_into(&mut text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What MirrorMaker 2 does with a list: parted, trimmed, joined, matched whole. Java and Rust agree on what we write.
    fn mirror_maker_takes(list: &str, name: &str) -> bool {
        let parts: Vec<&str> = list.split(',').map(str::trim).collect();
        let all = regex::Regex::new(&format!("^(?:{})$", parts.join("|"))).unwrap();
        // `$` of Rust, without its multi-line mode, is the end of the text alone.
        all.is_match(name)
    }

    #[test]
    fn patterns_read_as_a_person_would_write_them() {
        let selection = Selection {
            include: vec!["orders*".into(), "a.b".into(), "x?".into()],
            exclude: vec!["*.tmp".into()],
        };
        assert_eq!(included(&selection, Names::Topics), r"orders.*,a\.b,x.");
        assert_eq!(excluded(&selection, Names::Groups), r"[\s\S]*\.tmp");
        assert_eq!(included(&Selection::default(), Names::Topics), r"[^\s\S]");
    }

    #[test]
    fn a_comma_or_a_space_stays_part_of_its_pattern() {
        assert_eq!(list(&[" a,b ".into()], Names::Groups), r"\x{20}a\x{2c}b\x{20}");
        assert!(mirror_maker_takes(
            &list(&[" a,b ".into()], Names::Groups),
            " a,b "
        ));
    }

    fn text() -> impl Strategy<Value = String> {
        // Few letters, so that patterns and names meet; and everything that means something to either side.
        proptest::collection::vec(
            prop_oneof![
                4 => prop::sample::select(vec!['a', 'b', '.', '-', '_']),
                2 => prop::sample::select(vec!['*', '?']),
                1 => prop::sample::select(vec![',', ' ', '|', '\\', '(', ')', '[', ']', '{', '}', '^', '$', '+', '\n', 'é', '𝄞']),
            ],
            1..8,
        )
        .prop_map(|characters| characters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn mirror_maker_takes_what_the_selection_takes(
            include in proptest::collection::vec(text(), 0..3),
            exclude in proptest::collection::vec(text(), 0..3),
            name in text(),
        ) {
            let selection = Selection { include, exclude };
            let takes = |names| {
                mirror_maker_takes(&included(&selection, names), &name)
                    && !mirror_maker_takes(&excluded(&selection, names), &name)
            };
            prop_assert_eq!(takes(Names::Groups), selection.takes(&name));
            if !name.contains('\n') {
                prop_assert_eq!(takes(Names::Topics), selection.takes(&name));
            }
        }
    }
}
