//! From the text of a file to [`Block`]s: a list of settings, each with its line, and what kind of list it is.
//!
//! A dedicated MirrorMaker file is one block; a JSON or YAML file may hold several connectors. What is no MirrorMaker
//! configuration is refused here, so that a wrong file never passes as one without findings.

pub mod json;
pub mod properties;
mod rest;
mod strimzi;
pub mod tree;
mod yaml;

use super::error::LintError;

/// What a list of settings configures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The file of `connect-mirror-maker.sh`: `clusters = a, b`, `a->b.topics = …`
    Dedicated,
    /// One connector, or several: JSON for the REST API, or a standalone worker's properties
    Connector,
    /// The properties of a Connect worker
    Worker,
    /// A `KafkaMirrorMaker2` resource of Strimzi
    Strimzi,
}

/// One setting as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub key: String,
    pub value: String,
    pub line: Option<usize>,
}

/// A list of settings that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub file: String,
    /// The line on which it begins.
    pub line: Option<usize>,
    pub form: Form,
    pub settings: Vec<Setting>,
}

/// How MirrorMaker gets a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    Dedicated,
    /// A connector by name.
    Connector(String),
    Worker,
}

/// The largest file that is read. The largest real one seen has 40 kB.
pub const LARGEST_BYTES: usize = 4 << 20;

/// What a file says, and the version of Kafka that it names for its workers.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub blocks: Vec<Block>,
    pub version: Option<String>,
}

/// Reads one file. `kind` is found from the content unless it is given.
///
/// # Errors
///
/// [`LintError`] when the bytes are no text, no such document, or no MirrorMaker configuration.
pub fn read(file: &str, bytes: &[u8], kind: Option<Kind>) -> Result<Reading, LintError> {
    let named = || file.to_owned();
    if bytes.len() > LARGEST_BYTES {
        return Err(LintError::TooLarge {
            file: named(),
            bytes: bytes.len(),
            limit: LARGEST_BYTES,
        });
    }
    let text = text(bytes).ok_or_else(|| LintError::NotText { file: named() })?;
    let content = text.trim_start_matches('\u{feff}').trim();
    if content.is_empty() {
        return Err(LintError::Empty { file: named() });
    }
    if content.starts_with(['{', '[']) {
        return rest::read(file, &text, kind);
    }
    if kind == Some(Kind::Strimzi) || (kind.is_none() && strimzi::looks_like(content)) {
        return strimzi::read(file, &text);
    }
    let block = from_properties(file, &text, kind)?;
    Ok(Reading {
        blocks: vec![block],
        version: None,
    })
}

/// UTF-8, or Latin-1 as Java read properties before version 9; never something with control characters in it.
fn text(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    let binary = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\u{c}');
    (!text.contains(binary)).then_some(text)
}

fn from_properties(file: &str, text: &str, kind: Option<Kind>) -> Result<Block, LintError> {
    let entries = properties::parse(text).map_err(|malformed| LintError::Malformed {
        file: file.to_owned(),
        line: malformed.line,
        reason: "`\\u` without four hexadecimal digits".to_owned(),
    })?;
    let setting = |entry: properties::Entry| Setting {
        key: entry.key,
        value: entry.value,
        line: Some(entry.line),
    };
    let settings: Vec<Setting> = entries.into_iter().map(setting).collect();
    let form = match kind {
        Some(Kind::Dedicated) => Form::Dedicated,
        Some(Kind::Worker) => Form::Worker,
        Some(_) => Form::Connector(name_of(&settings)),
        None => form_of(&settings).ok_or_else(|| LintError::NotMirrorMaker {
            file: file.to_owned(),
        })?,
    };
    Ok(Block {
        file: file.to_owned(),
        line: settings.first().and_then(|setting| setting.line),
        form,
        settings,
    })
}

/// What the keys of a properties file say about its kind.
fn form_of(settings: &[Setting]) -> Option<Form> {
    let has = |wanted: &str| settings.iter().any(|setting| setting.key == wanted);
    let flows = settings.iter().any(|setting| setting.key.contains("->"));
    if has("connector.class") {
        Some(Form::Connector(name_of(settings)))
    } else if has("clusters") || flows {
        Some(Form::Dedicated)
    } else if has("bootstrap.servers")
        && (has("key.converter") || has("offset.storage.topic") || has("group.id"))
    {
        Some(Form::Worker)
    } else {
        None
    }
}

/// The last of equal keys is the one that counts.
fn value_of<'a>(settings: &'a [Setting], key: &str) -> Option<&'a str> {
    let found = settings.iter().rev().find(|setting| setting.key == key);
    found.map(|setting| setting.value.as_str())
}

fn name_of(settings: &[Setting]) -> String {
    let class = || {
        let class = value_of(settings, "connector.class").unwrap_or_default();
        class.rsplit('.').next().unwrap_or_default()
    };
    value_of(settings, "name").unwrap_or_else(class).to_owned()
}
