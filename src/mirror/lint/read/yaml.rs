//! YAML documents with the line of every key. Anchors are passed over: an alias says nothing here.

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle};

use super::tree::{Entry, Kind, Node};

/// Where and why a text is no YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    pub line: usize,
    pub reason: String,
}

const DEEPEST: usize = 64;

/// Reads every document of a file.
///
/// # Errors
///
/// [`Malformed`] at the first thing that is not YAML.
pub fn parse(text: &str) -> Result<Vec<Node>, Malformed> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => builder.take(event, span.start.line().max(1))?,
            Err(error) => {
                return Err(Malformed {
                    line: error.marker().line().max(1),
                    reason: error.info().clone(),
                });
            }
        }
    }
    Ok(builder.documents)
}

#[derive(Default)]
struct Builder {
    /// Lists and maps whose end has not come yet.
    open: Vec<Open>,
    documents: Vec<Node>,
}

struct Open {
    node: Node,
    key: Option<(String, usize)>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), Malformed> {
        match event {
            Event::Scalar(text, style, ..) => {
                let nothing = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null");
                let kind = if nothing {
                    Kind::Nothing
                } else {
                    Kind::Text(text.into_owned())
                };
                self.place(Node { line, kind });
            }
            Event::SequenceStart(..) => self.begin(Kind::List(Vec::new()), line)?,
            Event::MappingStart(..) => self.begin(Kind::Map(Vec::new()), line)?,
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    self.place(open.node);
                }
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => self.place(Node {
                line,
                kind: Kind::Nothing,
            }),
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, kind: Kind, line: usize) -> Result<(), Malformed> {
        if self.open.len() >= DEEPEST {
            let reason = format!("nested deeper than {DEEPEST} levels");
            return Err(Malformed { line, reason });
        }
        self.open.push(Open {
            node: Node { line, kind },
            key: None,
        });
        Ok(())
    }

    fn place(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return;
        };
        match (&mut open.node.kind, open.key.take()) {
            (Kind::List(items), _) => items.push(node),
            (Kind::Map(entries), Some((key, line))) => entries.push(Entry {
                key,
                line,
                value: node,
            }),
            (_, _) => open.key = Some((node.text().unwrap_or_default().to_owned(), node.line)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_keys_and_lines() {
        let documents =
            parse("kind: a\n---\nkind: b\nspec:\n  - alias: x\n    config: { n: -1, q: \"true\" }\n")
                .unwrap();
        assert_eq!(documents.len(), 2);
        let spec = documents[1].get("spec").unwrap();
        let config = spec.items()[0].get("config").unwrap();
        assert_eq!((config.entries()[0].line, config.text_of("n")), (6, Some("-1")));
        assert_eq!(config.text_of("q"), Some("true"));
    }

    #[test]
    fn anchors_and_broken_files_do_no_harm() {
        let documents = parse("a: &x {b: 1}\nc: *x\n? [complex]\n: value\n").unwrap();
        assert_eq!(documents[0].get("c").unwrap().kind, Kind::Nothing);
        assert!(parse("a: [1\nb").is_err());
        assert!(parse(&"[".repeat(10_000)).is_err());
        assert!(parse("").unwrap().is_empty());
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,60}|[-:a{}\\[\\]\"'&* \\n|>#]{0,60}") {
            let _ = parse(&text);
        }
    }
}
