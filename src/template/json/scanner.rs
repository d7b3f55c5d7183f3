//! A strict reader of JSON with `//` and `/* */` comments and one trailing comma.
//!
//! Everything else that JSON forbids stays forbidden, and a key that is written twice is refused. Written here because
//! it must tell the place of a fault in the text and keep the order of keys; strings and numbers are left to serde_json.

use serde_json::{Map, Value};

/// Deeper than any template; stops a runaway before the stack does.
const DEEPEST: usize = 128;

/// What is wrong, and at which byte of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::template) struct Fault {
    pub at: usize,
    pub reason: String,
}

/// Reads one value and nothing after it. Characters for which `ignored` holds count as white space.
pub(in crate::template) fn scan(text: &str, ignored: fn(char) -> bool) -> Result<Value, Fault> {
    let mut scanner = Scanner {
        text,
        at: 0,
        depth: 0,
        ignored,
    };
    let value = scanner.value()?;
    match scanner.peek()? {
        None => Ok(value),
        Some(found) => Err(scanner.fault(format!("expected the end, found `{found}`"))),
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    ignored: fn(char) -> bool,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn fault(&self, reason: impl Into<String>) -> Fault {
        Fault {
            at: self.at,
            reason: reason.into(),
        }
    }

    /// The next character that means something, without taking it.
    fn peek(&mut self) -> Result<Option<char>, Fault> {
        loop {
            let rest = self.rest();
            let Some(next) = rest.chars().next() else {
                return Ok(None);
            };
            if matches!(next, ' ' | '\t' | '\r' | '\n') || (self.ignored)(next) {
                self.at += next.len_utf8();
            } else if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                let Some(end) = rest.find("*/") else {
                    return Err(self.fault("a comment is never closed"));
                };
                self.at += end + "*/".len();
            } else {
                return Ok(Some(next));
            }
        }
    }

    fn value(&mut self) -> Result<Value, Fault> {
        match self.peek()? {
            None => Err(self.fault("expected a value, found the end")),
            Some('{') => self.nested(Self::object),
            Some('[') => self.nested(Self::array),
            Some('"') => Ok(Value::String(self.string()?)),
            Some(_) => self.word(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, Fault>) -> Result<Value, Fault> {
        if self.depth == DEEPEST {
            return Err(self.fault(format!("more than {DEEPEST} levels deep")));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Value, Fault> {
        let mut map = Map::new();
        loop {
            match self.peek()? {
                Some('}') => break,
                Some('"') => {}
                found => return Err(self.fault(expected("a key in quotes or `}`", found))),
            }
            let start = self.at;
            let key = self.string()?;
            self.take(':', "`:` after the key")?;
            let value = self.value()?;
            if map.insert(key.clone(), value).is_some() {
                return Err(Fault {
                    at: start,
                    reason: format!("the key `{key}` is written twice"),
                });
            }
            if !self.comma('}')? {
                break;
            }
        }
        self.at += 1;
        Ok(Value::Object(map))
    }

    fn array(&mut self) -> Result<Value, Fault> {
        let mut items = Vec::new();
        while self.peek()? != Some(']') {
            items.push(self.value()?);
            if !self.comma(']')? {
                break;
            }
        }
        self.at += 1;
        Ok(Value::Array(items))
    }

    /// Takes a comma; `false` before `end`, which stays.
    fn comma(&mut self, end: char) -> Result<bool, Fault> {
        match self.peek()? {
            Some(',') => {
                self.at += 1;
                Ok(true)
            }
            Some(found) if found == end => Ok(false),
            found => Err(self.fault(expected(&format!("`,` or `{end}`"), found))),
        }
    }

    fn take(&mut self, wanted: char, what: &str) -> Result<(), Fault> {
        match self.peek()? {
            Some(found) if found == wanted => {
                self.at += wanted.len_utf8();
                Ok(())
            }
            found => Err(self.fault(expected(what, found))),
        }
    }

    fn string(&mut self) -> Result<String, Fault> {
        let rest = self.rest();
        let mut escaped = false;
        for (index, character) in rest.char_indices().skip(1) {
            match character {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '\n' => break,
                '"' => {
                    let token = &rest[..=index];
                    let text = serde_json::from_str(token).map_err(|_| {
                        self.fault(format!(
                            "the string {token} has a bad escape or a control character"
                        ))
                    })?;
                    self.at += token.len();
                    return Ok(text);
                }
                _ => {}
            }
        }
        Err(self.fault("a string does not end on its line"))
    }

    fn word(&mut self) -> Result<Value, Fault> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.')))
            .unwrap_or(rest.len());
        let token = &rest[..end];
        let value = serde_json::from_str(token).map_err(|_| {
            let shown = if token.is_empty() {
                &rest[..rest.chars().next().map_or(0, char::len_utf8)]
            } else {
                token
            };
            self.fault(format!("expected a value, found `{shown}`"))
        })?;
        self.at += end;
        Ok(value)
    }
}

fn expected(what: &str, found: Option<char>) -> String {
    match found {
        Some(found) => format!("expected {what}, found `{found}`"),
        None => format!("expected {what}, found the end"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Value, Fault> {
        scan(text, |_| false)
    }

    #[test]
    fn comments_and_trailing_commas_are_taken() {
        let text = "// head\n{ \"b\": [1, 2,], /* in\nside */ \"a\": \"// no comment\", }\n// tail";
        assert_eq!(
            read(text).unwrap().to_string(),
            r#"{"b":[1,2],"a":"// no comment"}"#
        );
    }

    #[test]
    fn everything_else_that_json_forbids_is_refused() {
        let cases = [
            ("{\"a\" 1}", 5, "expected `:` after the key, found `1`"),
            ("[1 2]", 3, "expected `,` or `]`, found `2`"),
            ("[,]", 1, "expected a value, found `,`"),
            ("[1,,]", 3, "expected a value, found `,`"),
            ("{a: 1}", 1, "expected a key in quotes or `}`, found `a`"),
            ("[01]", 1, "expected a value, found `01`"),
            ("[True]", 1, "expected a value, found `True`"),
            ("[\"x\n\"]", 1, "a string does not end on its line"),
            ("{\"a\": 1", 7, "expected `,` or `}`, found the end"),
            ("{} {}", 3, "expected the end, found `{`"),
            ("/* open", 0, "a comment is never closed"),
            ("{\"a\": 1, \"a\": 2}", 9, "the key `a` is written twice"),
            ("", 0, "expected a value, found the end"),
        ];
        for (text, at, reason) in cases {
            assert_eq!(
                read(text).unwrap_err(),
                Fault {
                    at,
                    reason: reason.to_owned()
                },
                "{text}"
            );
        }
    }

    #[test]
    fn depth_ends_before_the_stack_does() {
        let deep = "[".repeat(100_000);
        assert_eq!(read(&deep).unwrap_err().reason, "more than 128 levels deep");
    }

    proptest! {
        #[test]
        fn strict_json_reads_as_serde_json_reads_it(text in r#"[\[\]{}:,"a1 \\n.e-]{0,24}"#) {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                if let Ok(ours) = read(&text) {
                    prop_assert_eq!(ours, value);
                } else {
                    prop_assert!(read(&text).unwrap_err().reason.contains("written twice"));
                }
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,64}") {
            let _ = read(&text);
        }
    }
}
