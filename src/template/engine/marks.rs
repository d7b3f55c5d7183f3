//! Invisible marks that tell which line of which template wrote a piece of text.
//!
//! A mark stands at the start of every line that is not inside a tag: two characters of private use around
//! `source:line`. The reader of JSON passes over them; a string cannot hold one, because it cannot hold a line break.

const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';
/// Digits inside a mark, as characters of private use, so that every character of a mark is one.
const DIGITS: u32 = 0xE010;
const SEPARATOR: char = '\u{E002}';

/// The line of a template that wrote a place in the rendered text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub source: usize,
    pub line: usize,
    /// Characters since the start of the line, in the rendered text.
    pub column: usize,
}

/// Whether a character belongs to a mark.
pub(super) fn is_mark(character: char) -> bool {
    matches!(character, '\u{E000}'..='\u{E002}' | '\u{E010}'..='\u{E019}')
}

/// `text` with a mark at the start of every line that is not inside a tag.
pub(super) fn mark(text: &str, source: usize) -> String {
    let mut marked = String::with_capacity(text.len() * 2);
    let mut inside = None;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if inside.is_none() {
            marked.push_str(&token(source, index + 1));
        }
        inside = after(line, inside);
        marked.push_str(line);
    }
    marked
}

/// How many characters the mark takes at the start of `line`.
pub(super) fn width(text: &str, source: usize, line: usize) -> usize {
    let mut inside = None;
    for (index, content) in text.split_inclusive('\n').enumerate() {
        if index + 1 == line {
            return if inside.is_none() {
                token(source, line).chars().count()
            } else {
                0
            };
        }
        inside = after(content, inside);
    }
    0
}

/// The origin of the byte `at`; `None` before the first mark.
pub(super) fn origin(text: &str, at: usize) -> Option<Origin> {
    let before = text.get(..at)?;
    let open = before.rfind(OPEN)?;
    let (token, written) = before[open + OPEN.len_utf8()..].split_once(CLOSE)?;
    let (source, line) = token.split_once(SEPARATOR)?;
    Some(Origin {
        source: number(source)?,
        line: number(line)?,
        column: written.chars().count() + 1,
    })
}

/// The rendered line around the byte `at`, without marks, cut to what fits in an error.
pub(super) fn line_of(text: &str, at: usize) -> String {
    let start = text
        .get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |end| end + 1);
    let line = text
        .get(start..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default();
    let plain: String = line.chars().filter(|character| !is_mark(*character)).collect();
    let mut short: String = plain.trim().chars().take(80).collect();
    if short.len() < plain.trim().len() {
        short.push('…');
    }
    short
}

/// What closes the tag that is still open behind `line`.
fn after(line: &str, mut inside: Option<&'static str>) -> Option<&'static str> {
    let mut rest = line;
    loop {
        if let Some(close) = inside {
            let Some(at) = rest.find(close) else {
                return inside;
            };
            rest = &rest[at + close.len()..];
            inside = None;
        } else {
            let at = rest.find("{{")?;
            rest = &rest[at..];
            inside = Some(if rest.starts_with("{{!--") { "--}}" } else { "}}" });
        }
    }
}

fn token(source: usize, line: usize) -> String {
    let (source, line) = (digits(source), digits(line));
    format!("{OPEN}{source}{SEPARATOR}{line}{CLOSE}")
}

fn digits(number: usize) -> String {
    let digit = |digit: char| char::from_u32(DIGITS + digit.to_digit(10)?);
    number.to_string().chars().filter_map(digit).collect()
}

fn number(digits: &str) -> Option<usize> {
    let plain: String = digits
        .chars()
        .filter_map(|digit| char::from_digit(u32::from(digit).checked_sub(DIGITS)?, 10))
        .collect();
    plain.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_leads_back_to_its_line() {
        let text = mark("{\n  {{!-- a comment\n over lines --}}\n  \"a\": 1\n}", 7);
        let at = text.find('1').unwrap();
        assert_eq!(
            origin(&text, at),
            Some(Origin {
                source: 7,
                line: 4,
                column: 8
            })
        );
        assert_eq!(text.chars().filter(|character| *character == OPEN).count(), 4);
    }
}
