//! Text to tree: the one file that knows the YAML crate.
//!
//! Scalars keep their spelling, so that a name `no` stays text and `3.10` stays as written. Anchors, aliases, merge keys
//! and tags are refused: what layers share belongs in `base.yaml`, and a reader should see what a file says.

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::node::{Entry, Kind, Node};
use super::place::Mark;

/// A document read as far as it can be.
#[derive(Debug)]
pub struct Parsed {
    /// The tree; `None` when the syntax is broken.
    pub root: Option<Node>,
    pub faults: Vec<Fault>,
}

/// Something that is wrong with the writing. The message never repeats the text of the document.
#[derive(Debug)]
pub struct Fault {
    pub mark: Mark,
    pub message: String,
}

/// Deeper than any configuration; keeps hostile nesting off the stack.
const DEEPEST: usize = 32;

/// Reads one document.
pub fn parse(text: &str) -> Parsed {
    let mut builder = Builder::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let step = match next {
            Ok((event, span)) => builder.take(event, &span),
            Err(error) => Err(syntax(&error)),
        };
        if let Err(fault) = step {
            builder.faults.push(fault);
            return Parsed {
                root: None,
                faults: builder.faults,
            };
        }
    }
    let empty = Node {
        mark: Mark::default(),
        kind: Kind::Nothing,
    };
    Parsed {
        root: Some(builder.root.unwrap_or(empty)),
        faults: builder.faults,
    }
}

fn syntax(error: &ScanError) -> Fault {
    let at = error.marker();
    let mark = Mark {
        line: at.line().max(1),
        column: at.col() + 1,
        width: 1,
        last_line: at.line().max(1),
    };
    Fault {
        mark,
        message: format!("the YAML cannot be read: {}", error.info()),
    }
}

/// A list or map whose end has not come yet.
#[derive(Debug)]
enum Open {
    List(Mark, Vec<Node>),
    Map {
        mark: Mark,
        entries: Vec<Entry>,
        key: Option<(String, Mark)>,
    },
}

#[derive(Debug, Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    faults: Vec<Fault>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), Fault> {
        let mark = mark(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_extras(anchor, tag.as_deref(), mark);
                self.place(Node {
                    mark,
                    kind: scalar(text.into_owned(), style, tag.is_some()),
                })
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_extras(anchor, tag.as_deref(), mark);
                self.begin(Open::List(mark, Vec::new()), mark)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_extras(anchor, tag.as_deref(), mark);
                self.begin(
                    Open::Map {
                        mark,
                        entries: Vec::new(),
                        key: None,
                    },
                    mark,
                )
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(mark),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.fault(
                    mark,
                    "aliases are not read; write the value, or move it to `base.yaml`",
                );
                self.place(Node {
                    mark,
                    kind: Kind::Withheld,
                })
            }
            Event::DocumentStart(..) if self.root.is_some() => Err(Fault {
                mark,
                message: "a second document begins here; a file holds one".to_owned(),
            }),
            _ => Ok(()),
        }
    }

    fn fault(&mut self, mark: Mark, message: &str) {
        self.faults.push(Fault {
            mark,
            message: message.to_owned(),
        });
    }

    fn refuse_extras(&mut self, anchor: usize, tag: Option<&Tag>, mark: Mark) {
        if anchor != 0 {
            self.fault(
                mark,
                "anchors are not read; write the value, or move it to `base.yaml`",
            );
        }
        if tag.is_some_and(|tag| tag.core_suffix() != Some("str")) {
            self.fault(mark, "tags are not read; write the value without `!`");
        }
    }

    fn begin(&mut self, open: Open, mark: Mark) -> Result<(), Fault> {
        if self.open.len() >= DEEPEST {
            return Err(Fault {
                mark,
                message: format!("nested deeper than {DEEPEST} levels"),
            });
        }
        self.open.push(open);
        Ok(())
    }

    fn end(&mut self, end: Mark) -> Result<(), Fault> {
        let node = match self.open.pop() {
            Some(Open::List(mark, items)) => Node {
                mark: until(mark, end),
                kind: Kind::List(items),
            },
            Some(Open::Map { mark, entries, .. }) => Node {
                mark: until(mark, end),
                kind: Kind::Map(entries),
            },
            None => return Ok(()),
        };
        self.place(node)
    }

    fn place(&mut self, node: Node) -> Result<(), Fault> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                Some((key, mark)) => entries.push(Entry {
                    key,
                    mark,
                    value: node,
                }),
                None => *key = Some(key_of(&node)?),
            },
        }
        Ok(())
    }
}

fn key_of(node: &Node) -> Result<(String, Mark), Fault> {
    let fault = |message: &str| Fault {
        mark: node.mark,
        message: message.to_owned(),
    };
    match node.scalar() {
        Some("<<") => Err(fault(
            "merge keys are not read; what layers share belongs in `base.yaml`",
        )),
        Some(text) => Ok((text.to_owned(), node.mark)),
        None => Err(fault("a key must be text")),
    }
}

fn scalar(text: String, style: ScalarStyle, tagged: bool) -> Kind {
    match style {
        ScalarStyle::Plain if tagged => Kind::Quoted(text),
        ScalarStyle::Plain if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") => Kind::Nothing,
        ScalarStyle::Plain => Kind::Plain(text),
        _ => Kind::Quoted(text),
    }
}

fn mark(span: &Span) -> Mark {
    let (start, end) = (span.start, span.end);
    let same_line = start.line() == end.line();
    Mark {
        line: start.line(),
        column: start.col() + 1,
        width: if same_line {
            end.col().saturating_sub(start.col()).max(1)
        } else {
            usize::MAX
        },
        last_line: end.line(),
    }
}

fn until(start: Mark, end: Mark) -> Mark {
    let width = if start.line == end.line {
        (end.column + end.width).saturating_sub(start.column).max(1)
    } else {
        usize::MAX
    };
    Mark {
        width,
        last_line: end.last_line,
        ..start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<Entry> {
        match parse(text).root.unwrap().kind {
            Kind::Map(entries) => entries,
            other => panic!("not a map: {other:?}"),
        }
    }

    #[test]
    fn scalars_keep_their_spelling() {
        let entries = entries("a: no\nb: 3.10\nc: '12'\nd:\ne: 007\n");
        let texts: Vec<_> = entries.iter().map(|entry| entry.value.scalar()).collect();
        assert_eq!(texts, [Some("no"), Some("3.10"), Some("12"), None, Some("007")]);
        assert!(matches!(entries[2].value.kind, Kind::Quoted(_)));
    }

    #[test]
    fn marks_count_from_one_in_characters() {
        let entries = entries("é: 1\nazure:\n  location: { x: 1 }\n");
        assert_eq!((entries[0].value.mark.line, entries[0].value.mark.column), (1, 4));
        assert_eq!(
            (
                entries[1].mark.line,
                entries[1].mark.column,
                entries[1].mark.width
            ),
            (2, 1, 5)
        );
    }

    #[test]
    fn refuses_what_hides_the_value_from_a_reader() {
        for text in [
            "a: &x 1\n",
            "a: *x\n",
            "a: !secret b\n",
            "<<: {}\n",
            "a: 1\n---\nb: 2\n",
            "? [a]\n: b\n",
        ] {
            assert!(!parse(text).faults.is_empty(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(!parse(&deep).faults.is_empty());
    }
}
