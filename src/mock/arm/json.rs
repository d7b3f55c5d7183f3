//! JSON as people and clients write it, all of which ARM accepts: with comments, trailing commas, line breaks inside
//! strings, a byte order mark, single quotes, and names without quotes (the Azure CLI's `template:`).

use serde_json::Value;

/// Reads `text`; strictly at first, for most of it is plain JSON.
///
/// # Errors
///
/// The parser's, where the text is not JSON with comments either.
pub fn parse(text: &str) -> Result<Value, serde_json::Error> {
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str(text).or_else(|error| serde_json::from_str(&plain(text)).map_err(|_| error))
}

/// The text with spaces for comments and trailing commas, escapes for the line breaks inside strings, and double quotes.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('"' | '\'', _) => {
                out.push('"');
                string(&mut letters, &mut out, letter);
            }
            (first, _) if first.is_ascii_digit() || first == '-' => {
                out.push(first);
                while let Some(next) =
                    letters.next_if(|next| next.is_ascii_alphanumeric() || "+-.".contains(*next))
                {
                    out.push(next);
                }
            }
            (first, _) if is_of_name(first) => {
                let mut name = String::from(first);
                while let Some(next) = letters.next_if(|next| is_of_name(*next)) {
                    name.push(next);
                }
                let rest: String = letters
                    .clone()
                    .take_while(|next| next.is_whitespace() || *next == ':')
                    .collect();
                let is_key = rest.contains(':');
                let quote = if is_key { "\"" } else { "" };
                out.extend([quote, &name, quote]);
            }
            ('/', Some('/')) => while letters.next_if(|next| *next != '\n').is_some() {},
            ('/', Some('*')) => {
                letters.next();
                let mut last = ' ';
                for next in letters.by_ref() {
                    if (last, next) == ('*', '/') {
                        break;
                    }
                    last = next;
                }
                out.push(' ');
            }
            (']' | '}', _) => {
                let content = out.trim_end().len();
                if out[..content].ends_with(',') {
                    out.replace_range(content - 1..content, " ");
                }
                out.push(letter);
            }
            _ => out.push(letter),
        }
    }
    out
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '$'
}

/// The rest of a string that `quote` began.
fn string(letters: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String, quote: char) {
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quote == '\'' => out.push_str("\\\""),
            '\'' if quote == '\'' => out.push('"'),
            '\\' if letters.peek() == Some(&'\'') => {
                out.extend(letters.next());
                continue;
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
        if letter == '\\' {
            out.extend(letters.next());
        }
        if letter == quote {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    #[test]
    fn comments_and_line_breaks_are_read_as_people_write_them() {
        let text = "\u{feff}{ // one\n \"a\": \"http://x/*y*/\", /* two\n ** */ \"b\": \"[if(\n  true())]\", \"c\": \"\\\"//\" }";
        let read = parse(text).unwrap();
        assert_eq!(
            read,
            json!({"a": "http://x/*y*/", "b": "[if(\n  true())]", "c": "\"//"})
        );
        assert!(parse("{\"a\": /* 1}").is_err());
    }

    #[test]
    fn names_need_no_quotes_and_strings_may_have_single_ones() {
        let text = r#"{"a": 1e5, template:{$schema: 'it\'s "so"', "b": [true, null, -0.5,'']}, _c : 'x'}"#;
        assert_eq!(
            parse(text).unwrap(),
            json!({"a": 1e5, "template": {"$schema": "it's \"so\"", "b": [true, null, -0.5, ""]}, "_c": "x"})
        );
        for wrong in ["{a}", "{a: b}", "{'a: 1}", "{\"a\": 'x\"}", "{a b: 1}"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_comma_after_the_last_one_is_nothing() {
        let text = r#"{"a": [1, 2, /* three */ ], "b": {"c": "x,]", }, // the end
        }"#;
        assert_eq!(parse(text).unwrap(), json!({"a": [1, 2], "b": {"c": "x,]"}}));
        assert!(parse("[1,,]").is_err());
    }
}
