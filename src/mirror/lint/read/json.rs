//! JSON with the line of every key: a connector's configuration as the REST API takes it.
//!
//! Objects keep all of two equal keys, so that the second is noticed; nothing else is more lenient than RFC 8259.

use super::tree::{Entry, Kind, Node};

/// Where and why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    pub line: usize,
    pub reason: &'static str,
}

/// Deeper than any configuration; keeps hostile nesting off the stack.
const DEEPEST: usize = 32;

/// Reads one document.
///
/// # Errors
///
/// [`Malformed`] at the first thing that is not JSON.
pub fn parse(text: &str) -> Result<Node, Malformed> {
    let mut reader = Reader {
        rest: text.strip_prefix('\u{feff}').unwrap_or(text),
        line: 1,
    };
    let root = reader.value(0)?;
    reader.skip_blanks();
    if reader.rest.is_empty() {
        Ok(root)
    } else {
        Err(reader.wrong("something follows the end of the document"))
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn wrong(&self, reason: &'static str) -> Malformed {
        Malformed {
            line: self.line,
            reason,
        }
    }

    fn skip_blanks(&mut self) {
        let after = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let skipped = &self.rest[..self.rest.len() - after.len()];
        self.line += skipped.bytes().filter(|byte| *byte == b'\n').count();
        self.rest = after;
    }

    fn takes(&mut self, mark: char) -> bool {
        self.skip_blanks();
        let found = self.rest.strip_prefix(mark);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn value(&mut self, depth: usize) -> Result<Node, Malformed> {
        if depth >= DEEPEST {
            return Err(self.wrong("nested deeper than 32 levels"));
        }
        self.skip_blanks();
        let line = self.line;
        let kind = match self.rest.chars().next() {
            Some('{') => self.object(depth)?,
            Some('[') => self.array(depth)?,
            Some('"') => Kind::Text(self.string()?),
            Some(_) => self.bare()?,
            None => return Err(self.wrong("the document ends too early")),
        };
        Ok(Node { line, kind })
    }

    fn object(&mut self, depth: usize) -> Result<Kind, Malformed> {
        let mut entries = Vec::new();
        self.takes('{');
        if self.takes('}') {
            return Ok(Kind::Map(entries));
        }
        loop {
            self.skip_blanks();
            let line = self.line;
            if !self.rest.starts_with('"') {
                return Err(self.wrong("a key in double quotes is wanted here"));
            }
            let key = self.string()?;
            if !self.takes(':') {
                return Err(self.wrong("`:` is wanted after a key"));
            }
            let value = self.value(depth + 1)?;
            entries.push(Entry { key, line, value });
            if self.takes('}') {
                return Ok(Kind::Map(entries));
            }
            if !self.takes(',') {
                return Err(self.wrong("`,` or `}` is wanted after a value"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Kind, Malformed> {
        let mut items = Vec::new();
        self.takes('[');
        if self.takes(']') {
            return Ok(Kind::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.takes(']') {
                return Ok(Kind::List(items));
            }
            if !self.takes(',') {
                return Err(self.wrong("`,` or `]` is wanted after an item"));
            }
        }
    }

    /// The text of a string; its escapes are left to `serde_json`.
    fn string(&mut self) -> Result<String, Malformed> {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, letter)| {
            let ends = *letter == '"' && !escaped;
            escaped = *letter == '\\' && !escaped;
            ends
        });
        let Some((end, _)) = end else {
            return Err(self.wrong("a string does not end"));
        };
        let (written, rest) = self.rest.split_at(end + 1);
        let text = serde_json::from_str(written)
            .map_err(|_| self.wrong("a string holds a line break or an unknown escape"))?;
        self.rest = rest;
        Ok(text)
    }

    /// A number, `true`, `false` or `null`, as written.
    fn bare(&mut self) -> Result<Kind, Malformed> {
        let end = self.rest.find([',', '}', ']', ' ', '\t', '\r', '\n']);
        let (word, rest): (&'a str, &'a str) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let known = serde_json::from_str::<serde_json::Value>(word).is_ok();
        if !known {
            return Err(self.wrong("this is no JSON value"));
        }
        self.rest = rest;
        Ok(if word == "null" {
            Kind::Nothing
        } else {
            Kind::Text(word.to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_knows_its_line() {
        let root =
            parse("\u{feff}{\r\n\t\"a\": \"x\\\"y\",\n\n \"b\": {\"c\": 3, \"d\": true, \"e\": null}}")
                .unwrap();
        let entries = root.entries();
        assert_eq!((entries[0].line, entries[0].value.text()), (2, Some("x\"y")));
        let inner = entries[1].value.entries();
        assert_eq!(entries[1].line, 4);
        assert_eq!(inner[0].value.text(), Some("3"));
        assert_eq!(inner[1].value.text(), Some("true"));
        assert_eq!(inner[2].value.text(), None);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, line, words) in [
            ("", 1, "too early"),
            ("{\n\"a\" 1}", 2, "`:`"),
            ("{\"a\": 1,\n}", 2, "double quotes"),
            ("{\"a\": 1}\nx", 2, "follows"),
            ("[1 2]", 1, "`,` or `]`"),
            ("{\"a\": tru}", 1, "no JSON value"),
            ("{\"a\": \"b", 1, "does not end"),
            ("// no\n{}", 1, "no JSON value"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(
                error.line == line && error.reason.contains(words),
                "{text:?}: {error:?}"
            );
        }
        assert!(parse(&"[".repeat(100_000)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn it_agrees_with_serde_on_what_json_is(text in "\\PC{0,40}|[\\[\\]{}\",:0-9a\\\\ \\n]{0,40}") {
            let ours = parse(&text).is_ok();
            proptest::prop_assert_eq!(ours, serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }
    }
}
