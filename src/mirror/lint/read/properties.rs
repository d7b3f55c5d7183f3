//! Java's `.properties`, to the letter: what MirrorMaker reads is what is linted, including what its author did not mean.
//!
//! Source: `java.util.Properties.load` of the Java platform's documentation. A `#` inside a value stays in the value,
//! blanks at its end stay too, a backslash joins lines, and the last of two equal keys wins.

/// One key and value, with the line on which the key begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub value: String,
    pub line: usize,
}

/// Why a text is no properties file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    pub line: usize,
}

/// Reads the entries in the order of the file; equal keys are all there.
///
/// # Errors
///
/// [`Malformed`] for a `\u` without four hexadecimal digits, the one thing that Java refuses.
pub fn parse(text: &str) -> Result<Vec<Entry>, Malformed> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    logical_lines(text)
        .into_iter()
        .map(|(line, text)| {
            let (key, value) = split(&text);
            let read = |part: &str| unescape(part).ok_or(Malformed { line });
            Ok(Entry {
                key: read(key)?,
                value: read(value)?,
                line,
            })
        })
        .collect()
}

/// Lines with their continuations joined; comments and blank lines left out.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut joined = false;
    for (index, line) in natural_lines(text).into_iter().enumerate() {
        let content = line.trim_start_matches(blank);
        if !joined && (content.is_empty() || content.starts_with(['#', '!'])) {
            continue;
        }
        // An even number of backslashes at the end is that many halves of themselves; an odd one joins.
        let slashes = content.chars().rev().take_while(|letter| *letter == '\\').count();
        let goes_on = slashes % 2 == 1;
        let kept = if goes_on {
            &content[..content.len() - 1]
        } else {
            content
        };
        match lines.last_mut().filter(|_| joined) {
            Some((_, text)) => text.push_str(kept),
            None => lines.push((index + 1, kept.to_owned())),
        }
        joined = goes_on;
    }
    lines
}

/// Lines that end in LF, CR or CR LF.
fn natural_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(['\n', '\r']) {
        lines.push(&rest[..end]);
        let after = &rest[end..];
        rest = after
            .strip_prefix("\r\n")
            .unwrap_or_else(|| after.get(1..).unwrap_or_default());
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

fn blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\u{c}')
}

/// The key ends at the first `=`, `:` or blank that is not escaped.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = line.char_indices().find(|(_, letter)| {
        let ends = !escaped && (blank(*letter) || matches!(letter, '=' | ':'));
        escaped = !escaped && *letter == '\\';
        ends
    });
    let Some((end, _)) = end else {
        return (line, "");
    };
    let after = line[end..].trim_start_matches(blank);
    let value = after.strip_prefix(['=', ':']).unwrap_or(after);
    (&line[..end], value.trim_start_matches(blank))
}

fn unescape(text: &str) -> Option<String> {
    let mut letters = text.chars();
    // Java counts in UTF-16: two `\u` may be one letter.
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    while let Some(letter) = letters.next() {
        let mut buffer = [0; 2];
        if letter != '\\' {
            units.extend_from_slice(letter.encode_utf16(&mut buffer));
            continue;
        }
        match letters.next() {
            Some('u') => {
                let digits: String = letters.by_ref().take(4).collect();
                if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return None;
                }
                units.push(u16::from_str_radix(&digits, 16).ok()?);
            }
            Some('t') => units.push(u16::from(b'\t')),
            Some('n') => units.push(u16::from(b'\n')),
            Some('r') => units.push(u16::from(b'\r')),
            Some('f') => units.push(0xc),
            Some(other) => units.extend_from_slice(other.encode_utf16(&mut buffer)),
            None => {}
        }
    }
    Some(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String, usize)> {
        let entry = |entry: Entry| (entry.key, entry.value, entry.line);
        parse(text).unwrap().into_iter().map(entry).collect()
    }

    #[track_caller]
    fn is(text: &str, key: &str, value: &str) {
        assert_eq!(read(text), [(key.to_owned(), value.to_owned(), 1)], "{text:?}");
    }

    #[test]
    fn a_key_ends_at_equals_colon_or_blank() {
        for text in ["a=b", "a = b", "a:b", "a b", "  a\t:  b", "a \t b", "a\u{c}=b"] {
            is(text, "a", "b");
        }
        is("a==b", "a", "=b");
        is("a : = b", "a", "= b");
        is("a", "a", "");
        is(r"a\=\ b\:=c", "a= b:", "c");
        is("A->B.enabled = true", "A->B.enabled", "true");
    }

    #[test]
    fn a_value_keeps_its_comment_and_the_blanks_at_its_end() {
        is("a = true  # yes", "a", "true  # yes");
        is("a = true \n", "a", "true ");
        is("a = b!c", "a", "b!c");
    }

    #[test]
    fn comments_and_blank_lines_say_nothing_and_end_no_line() {
        assert!(read("# a=b\n   ! c=d \n\n\t\n").is_empty());
        // A comment's backslash joins nothing; a joined line is no comment.
        assert_eq!(read("# x \\\na=b"), [("a".into(), "b".into(), 2)]);
        is("a=b \\\n   # c", "a", "b # c");
    }

    #[test]
    fn a_backslash_joins_lines_and_an_even_number_does_not() {
        is("a=b,\\\n    c,\\\r\n\td", "a", "b,c,d");
        assert_eq!(
            read("a=b\\\\\nc=d"),
            [("a".into(), "b\\".into(), 1), ("c".into(), "d".into(), 2)]
        );
        is("a=b\\", "a", "b");
    }

    #[test]
    fn escapes_are_read_as_java_reads_them() {
        is(r"a=\t\n\r\f\\\q", "a", "\t\n\r\u{c}\\q");
        is(r"a=\u00e9\uD83D\uDE00", "a", "é😀");
        is(r"topics = .*[\-\.]internal", "topics", ".*[-.]internal");
        assert_eq!(parse("a=b\nc=\\u12"), Err(Malformed { line: 2 }));
        assert_eq!(parse("c=\\u12+4"), Err(Malformed { line: 1 }));
    }

    #[test]
    fn lines_are_counted_in_every_convention_and_a_mark_is_skipped() {
        assert_eq!(
            read("\u{feff}a=1\r\n\r\nb=2\rc=3"),
            [
                ("a".into(), "1".into(), 1),
                ("b".into(), "2".into(), 3),
                ("c".into(), "3".into(), 4)
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "\\PC*|[a=:#!\\\\u0\\r\\n \\t]{0,60}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_written_plainly_is_read_back(key in "[a-z.>-]{1,20}", value in "[a-zA-Z0-9,.*#= -]{0,30}") {
            let value = value.trim_start();
            let read = parse(&format!("{key} = {value}\n")).unwrap();
            // A value that begins with `=` is no other: one separator is taken.
            proptest::prop_assert_eq!(&read[0].key, &key);
            proptest::prop_assert_eq!(&read[0].value, value);
        }
    }
}
