//! The files of `templates/`, from three places that lie on top of each other: in the binary, in a folder of the
//! user's, and in the environment's own `templates/`, which covers single files of its target and the partials.

use camino::{Utf8Path, Utf8PathBuf};
use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};

use super::error::TemplateError;

static BUILT_IN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// A file's text, and where it came from.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub path: String,
    pub text: String,
}

/// One file besides the deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FileEntry {
    /// What templates call its text: `files.<key>`.
    pub key: String,
    pub name: String,
    pub template: String,
}

/// A file besides the deployment, for a reader; the deployment carries the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RenderedFile {
    pub name: String,
    pub text: String,
}

/// What lies on top of the built-in files.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    templates: Option<Utf8PathBuf>,
}

impl Files {
    pub(super) fn open(templates: Option<&Utf8Path>) -> Result<Self, TemplateError> {
        match templates {
            Some(folder) if !folder.is_dir() => Err(TemplateError::NoTemplates {
                path: folder.to_string(),
            }),
            folder => Ok(Self {
                templates: folder.map(Utf8Path::to_owned),
            }),
        }
    }

    /// Reads `path` (relative to `templates/`), the user's before the built-in one.
    pub(super) fn read(&self, path: &str) -> Result<Option<File>, TemplateError> {
        if let Some(folder) = &self.templates
            && let Some(file) = read_if_there(&folder.join(path))?
        {
            return Ok(Some(file));
        }
        let Some(file) = BUILT_IN.get_file(path) else {
            return Ok(None);
        };
        let path = format!("templates/{path} (built in)");
        match file.contents_utf8() {
            Some(text) => Ok(Some(File {
                path,
                text: text.to_owned(),
            })),
            None => Err(unreadable(path, std::io::ErrorKind::InvalidData.into())),
        }
    }

    /// The names of the folders in `folder`, sorted, each once.
    pub(super) fn folders(&self, folder: &str) -> Result<Vec<String>, TemplateError> {
        self.names(folder, true)
    }

    /// The names of the files in `folder`, sorted, each once.
    pub(super) fn files(&self, folder: &str) -> Result<Vec<String>, TemplateError> {
        self.names(folder, false)
    }

    fn names(&self, folder: &str, folders: bool) -> Result<Vec<String>, TemplateError> {
        let built_in = BUILT_IN
            .get_dir(folder)
            .into_iter()
            .flat_map(Dir::entries)
            .filter(|entry| entry.as_dir().is_some() == folders)
            .filter_map(|entry| entry.path().file_name()?.to_str().map(str::to_owned));
        let mut names: Vec<String> = built_in.collect();
        if let Some(templates) = &self.templates {
            names.extend(list(&templates.join(folder), folders)?);
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}

/// Reads a file of the disk; `None` when there is none.
pub(super) fn read_if_there(path: &Utf8Path) -> Result<Option<File>, TemplateError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(File {
            path: path.to_string(),
            text,
        })),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path.to_string(), error)),
    }
}

/// The names in a folder of the disk, none when it is not there.
pub(super) fn list(folder: &Utf8Path, folders: bool) -> Result<Vec<String>, TemplateError> {
    let entries = match folder.read_dir_utf8() {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(folder.to_string(), error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(folder.to_string(), error))?;
        if entry.path().is_dir() == folders {
            names.push(entry.file_name().to_owned());
        }
    }
    Ok(names)
}

fn unreadable(path: String, source: std::io::Error) -> TemplateError {
    TemplateError::Unreadable { path, source }
}
