//! Connectors as JSON: the body of `POST /connectors`, that of `PUT …/config`, an answer of `GET …?expand=info`, or a list.

use super::tree::{Entry, Node};
use super::{Block, Form, Kind, Reading, Setting, json, name_of, value_of};
use crate::mirror::lint::error::LintError;

pub fn read(file: &str, text: &str, kind: Option<Kind>) -> Result<Reading, LintError> {
    let root = json::parse(text).map_err(|malformed| LintError::Malformed {
        file: file.to_owned(),
        line: malformed.line,
        reason: malformed.reason.to_owned(),
    })?;
    let mut blocks = Vec::new();
    let forced = matches!(kind, Some(Kind::Worker | Kind::Dedicated | Kind::Connector));
    if forced {
        blocks.push(forced_block(file, &root, kind));
    } else {
        collect(file, &root, None, &mut blocks);
    }
    if blocks.is_empty() {
        return Err(LintError::NotMirrorMaker {
            file: file.to_owned(),
        });
    }
    Ok(Reading {
        blocks,
        version: None,
    })
}

fn forced_block(file: &str, root: &Node, kind: Option<Kind>) -> Block {
    let map = root.get("config").filter(|map| !map.entries().is_empty());
    let settings = settings(map.unwrap_or(root).entries());
    Block {
        file: file.to_owned(),
        line: Some(root.line),
        form: match kind {
            Some(Kind::Worker) => Form::Worker,
            Some(Kind::Dedicated) => Form::Dedicated,
            _ => Form::Connector(
                root.text_of("name")
                    .map_or_else(|| name_of(&settings), str::to_owned),
            ),
        },
        settings,
    }
}

/// Every map with a MirrorMaker class in it, wherever it is; other connectors are none of our business.
fn collect(file: &str, node: &Node, name: Option<&str>, blocks: &mut Vec<Block>) {
    for item in node.items() {
        collect(file, item, name, blocks);
    }
    let settings = settings(node.entries());
    let class = value_of(&settings, "connector.class").unwrap_or_default();
    if class.contains("Mirror") {
        blocks.push(Block {
            file: file.to_owned(),
            line: Some(node.line),
            form: Form::Connector(name.map_or_else(|| name_of(&settings), str::to_owned)),
            settings,
        });
        return;
    }
    let own = node.text_of("name");
    for entry in node.entries() {
        // `{"name": …, "config": {…}}`, and `{"a-name": {"info": {"name": …, "config": {…}}}}`.
        let inherited = own.or(name);
        collect(file, &entry.value, inherited, blocks);
    }
}

/// Connect takes scalars only; a number is the text of the number.
fn settings(entries: &[Entry]) -> Vec<Setting> {
    let setting = |entry: &Entry| {
        Some(Setting {
            key: entry.key.clone(),
            value: entry.value.text()?.to_owned(),
            line: Some(entry.line),
        })
    };
    entries.iter().filter_map(setting).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str =
        r#"{"connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector", "tasks.max": 4}"#;

    fn names(text: &str) -> Vec<String> {
        let reading = read("f.json", text, None).unwrap();
        let name = |block: Block| match block.form {
            Form::Connector(name) => name,
            other => panic!("{other:?}"),
        };
        reading.blocks.into_iter().map(name).collect()
    }

    #[test]
    fn every_body_that_connect_takes_or_gives_is_understood() {
        assert_eq!(names(CONFIG), ["MirrorSourceConnector"]);
        let post = format!(r#"{{"name": "mm2", "config": {CONFIG}}}"#);
        assert_eq!(names(&post), ["mm2"]);
        assert_eq!(
            names(&format!(
                r#"[{post}, {{"name": "sink", "config": {{"connector.class": "S3"}}}}, {CONFIG}]"#
            )),
            ["mm2", "MirrorSourceConnector"]
        );
        assert_eq!(names(&format!(r#"{{"mm2": {{"info": {post}}}}}"#)), ["mm2"]);
    }

    #[test]
    fn what_holds_no_mirror_is_refused() {
        for text in [
            "{}",
            "[]",
            r#"{"connector.class": "S3"}"#,
            r#"{"a": [1, {"b": null}]}"#,
        ] {
            assert!(
                matches!(read("f", text, None), Err(LintError::NotMirrorMaker { .. })),
                "{text}"
            );
        }
    }
}
