//! The layers of one environment, read one after the other and laid over each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::decode::{Decode, Reader};
use super::folder;
use super::guard::{self, Guarded};
use super::layer::Layer;
use super::node::Node;
use super::origin::Origins;
use super::over::Over;
use super::overrides::Given;
use super::place::{Document, Origin, Place};
use super::problem::{Problem, Problems};
use super::yaml::{self, Fault};

/// What the layers so far say together, and what is wrong with them.
#[derive(Debug, Default)]
pub struct Stack {
    pub layer: Layer,
    pub origins: Origins,
    pub problems: Problems,
    /// A document could not be read at all, so that nothing can be said about what is missing.
    pub torn: bool,
    /// Who said what in each layer: files of one layer must not contradict each other.
    said: BTreeMap<(usize, String), Place>,
}

impl Stack {
    /// Lays a file over what is there.
    pub fn file(&mut self, path: &Utf8Path, layer: usize) {
        let text = match fs_err::read(path).map(String::from_utf8) {
            Ok(Ok(text)) => text,
            Ok(Err(_)) => return self.unreadable(path, "it is not UTF-8 text"),
            Err(error) => return self.unreadable(path, &folder::reason(&error)),
        };
        self.text(path.to_owned(), layer, &text);
    }

    /// Lays the text of a file over what is there.
    pub fn text(&mut self, path: Utf8PathBuf, layer: usize, text: &str) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut parsed = yaml::parse(text);
        let mut guarded = parsed.root.as_mut().map(guard::withhold).unwrap_or_default();
        if !parsed.faults.is_empty() {
            guarded.hidden.extend(guard::suspicious_lines(text));
        }
        let hidden = std::mem::take(&mut guarded.hidden);
        let document = Arc::new(Document::file(path, layer, text, hidden));
        self.lay(parsed.root.as_ref(), guarded, parsed.faults, &document);
    }

    /// Lays a variable or a `--set` over what is there.
    pub fn given(&mut self, mut given: Given, layer: usize) {
        let guarded = given.root.as_mut().map(guard::withhold).unwrap_or_default();
        let hidden = !guarded.hidden.is_empty();
        let document = Arc::new(Document::single(given.origin, layer, hidden));
        self.lay(given.root.as_ref(), guarded, given.faults, &document);
    }

    fn unreadable(&mut self, path: &Utf8Path, why: &str) {
        self.torn = true;
        self.problems
            .add("", Problem::nowhere(format!("cannot read `{path}`: {why}")));
    }

    fn lay(&mut self, root: Option<&Node>, guarded: Guarded, faults: Vec<Fault>, document: &Arc<Document>) {
        self.torn |= root.is_none();
        let mut reader = Reader {
            document: Arc::clone(document),
            problems: &mut self.problems,
        };
        for Fault { mark, message } in faults {
            reader.refuse("", mark, message);
        }
        for (at, mark) in guarded.exposed {
            reader.refuse(&at, mark, inline_secret(&at));
        }
        let Some(root) = root else {
            return;
        };
        let near = Layer::decode(root, "", &mut reader).unwrap_or_default();
        self.layer = near.over(std::mem::take(&mut self.layer));
        self.origins.record(root, document);
        if matches!(document.origin, Origin::File(_)) {
            self.check_said_once(root, document);
        }
    }

    fn check_said_once(&mut self, root: &Node, document: &Arc<Document>) {
        let mut own = Origins::default();
        own.record(root, document);
        for (path, place) in own.iter().filter(|(path, _)| *path != "version") {
            let key = (document.layer, path.to_owned());
            match self.said.get(&key) {
                Some(first) => {
                    let message = format!("`{path}` is written in two files; also at {first}");
                    self.problems.add(path, Problem::at(place.clone(), message));
                }
                None => {
                    self.said.insert(key, place.clone());
                }
            }
        }
    }
}

fn inline_secret(at: &str) -> String {
    format!(
        "`{at}` holds a secret in plain sight; write where it is kept: `{{ env: NAME }}`, `{{ file: PATH }}` or `{{ key-vault: VAULT/SECRET }}`"
    )
}
