//! Strings and keys as Bicep spells them.

use super::names::is_identifier;

/// Words that read as something else where a key is expected, in Bicep or in the tools around it.
const QUOTED_KEYS: &[&str] = &["true", "false", "null", "if", "for", "in", "resource"];

/// Escapes one stretch of a string, without its quotes.
///
/// `boundary` says that the stretch opens the string or follows an interpolation: a comment sign there is written with
/// an escape, since highlighters and other readers of Bicep take it for a comment.
pub fn escape(text: &str, mut boundary: bool, out: &mut String) {
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        let starts_comment = boundary && c == '/' && matches!(next, Some('/' | '*'));
        match c {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' if next == Some('{') => out.push_str("\\$"),
            '/' if starts_comment => out.push_str("\\u{2f}"),
            c if c.is_control() || c == '\u{feff}' => {
                out.extend(format!("\\u{{{:x}}}", u32::from(c)).chars());
            }
            c => out.push(c),
        }
        let escaped = matches!(c, '\'' | '\\' | '$') || c.is_control() || starts_comment;
        boundary = escaped || (boundary && (c.is_whitespace() || c == '#' || c == '\u{feff}'));
    }
}

/// `text` between quotes.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    escape(text, true, &mut out);
    out.push('\'');
    out
}

/// A key, quoted only where it must be.
pub fn key(text: &str) -> String {
    if is_identifier(text) && !QUOTED_KEYS.contains(&text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// Tells whether `text` reads better as a raw block between `'''`, and can be one.
pub fn suits_block(text: &str) -> bool {
    text.matches('\n').count() >= 2
        && !text.contains("'''")
        && !text.ends_with('\'')
        && !text
            .chars()
            .any(|c| c == '\u{feff}' || (c.is_control() && c != '\n' && c != '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_would_end_or_open_something() {
        assert_eq!(quoted("it's"), r"'it\'s'");
        assert_eq!(quoted("${x} $5 \\"), r"'\${x} $5 \\'");
        assert_eq!(quoted("a\r\n\tb\u{1}"), r"'a\r\n\tb\u{1}'");
        assert_eq!(quoted("https://host"), "'https://host'");
        assert_eq!(quoted("///"), r"'\u{2f}\u{2f}/'");
    }

    #[test]
    fn quotes_a_key_only_where_it_must() {
        assert_eq!(key("name"), "name");
        assert_eq!(key("cost-center"), "'cost-center'");
        assert_eq!(key("null"), "'null'");
        assert_eq!(key("1st"), "'1st'");
    }
}
