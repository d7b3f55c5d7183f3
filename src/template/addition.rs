//! What is deployed beside a target: a folder of data of its own, rendered with what the program gives it.
//!
//! An addition is a target's poorer relation: no tiers, no topics, nobody connects to it. It has files besides its
//! deployment (what a machine boots from), and parameters that are only known once something else is deployed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::catalog::Catalog;
use super::context::{Context, Example, WrittenExample};
use super::error::{Place, TemplateError};
use super::files::File;
use super::manifest::Fixed;
use super::parameters::Schema;
use super::{render, yaml};
use crate::model::nearest::nearest;

pub(super) const MANIFEST: &str = "addition.yaml";

/// The vocabulary of `addition.yaml` that this program understands.
const VERSION: u32 = 1;

/// An addition, as its folder describes it.
#[derive(Clone, Debug)]
pub struct Addition {
    pub(super) catalog: Catalog,
    pub(super) name: String,
    pub(super) manifest: AdditionManifest,
    pub(super) manifest_file: String,
    schema: Schema,
}

/// The closed vocabulary of `addition.yaml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct AdditionManifest {
    pub version: u32,
    pub title: String,
    /// The template of the deployment.
    pub deploy: String,
    /// The template of the deployment's parameters.
    pub values: String,
    /// Rendered in this order, before the deployment; a later one may name an earlier one.
    #[serde(default)]
    pub files: Vec<FileEntry>,
    /// What is rendered for a reader's own cluster; nothing of it is deployed.
    #[serde(default)]
    pub manifests: Vec<FileEntry>,
    /// Parameters of the deployment that are filled in from the outputs of what was deployed before.
    #[serde(default)]
    pub takes: BTreeMap<String, String>,
    #[serde(default)]
    pub fixed: Vec<Fixed>,
}

/// One file besides the deployment.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct FileEntry {
    /// What templates call its text: `files.<key>`.
    pub key: String,
    pub name: String,
    pub template: String,
}

/// The rendered files of one addition.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AdditionBundle {
    pub name: String,
    pub title: String,
    /// The canonical ARM template.
    pub template: Value,
    /// The whole parameters document, without what it takes from others.
    pub parameters: Value,
    /// Parameter to output: what is filled in once the output is known.
    pub takes: BTreeMap<String, String>,
    pub files: Vec<RenderedFile>,
    pub fixed: Vec<Fixed>,
}

/// A file besides the deployment, for a reader; the deployment carries the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RenderedFile {
    pub name: String,
    pub text: String,
}

impl Addition {
    pub(super) fn open(catalog: &Catalog, name: &str) -> Result<Self, TemplateError> {
        let file = |file: &str| require(catalog, name, file, &Place::file(format!("addition `{name}`")));
        let manifest_file = file(MANIFEST)?;
        let manifest: AdditionManifest = yaml::decode(&manifest_file)?;
        if manifest.version != VERSION {
            return Err(TemplateError::Yaml {
                place: Place::file(manifest_file.path),
                reason: format!(
                    "`version` is {}; this program understands {VERSION}",
                    manifest.version
                ),
            });
        }
        Ok(Self {
            catalog: catalog.clone(),
            name: name.to_owned(),
            schema: Schema::read(&file("parameters.schema.json")?)?,
            manifest,
            manifest_file: manifest_file.path,
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The JSON Schema of the parameters that an environment may set.
    pub fn schema(&self) -> &Value {
        &self.schema.document
    }

    /// `given` with the defaults of what it leaves out.
    ///
    /// # Errors
    ///
    /// [`TemplateError::Parameters`] with every problem at once.
    pub fn complete(&self, given: &Map<String, Value>) -> Result<Map<String, Value>, TemplateError> {
        self.schema.complete(&self.name, given)
    }

    /// Renders the files, then the deployment.
    ///
    /// # Errors
    ///
    /// What is wrong with a template, with its place.
    pub fn render(&self, context: &Context) -> Result<AdditionBundle, TemplateError> {
        render::addition(self, context)
    }

    /// Renders the manifests, which are deployed by somebody else.
    ///
    /// # Errors
    ///
    /// What is wrong with a template, with its place.
    pub fn manifests(&self, context: &Context) -> Result<Vec<RenderedFile>, TemplateError> {
        render::manifests(self, context)
    }

    /// The fictional environments that come with the addition, parameters completed: `example.yaml`, then `examples/`.
    ///
    /// # Errors
    ///
    /// What is wrong with one of the files.
    pub fn examples(&self) -> Result<Vec<Example>, TemplateError> {
        let mut names = vec!["example.yaml".to_owned()];
        let more = self.catalog.addition_names(&self.name, Some("examples"))?;
        names.extend(more.into_iter().map(|name| format!("examples/{name}")));
        let read = |name: &String| {
            let written: WrittenExample = yaml::decode(&self.file(name)?)?;
            let parameters = self.complete(&written.parameters)?;
            Ok(written.example(name, parameters))
        };
        names.iter().map(read).collect()
    }

    /// A file of the addition that `addition.yaml` or this program names.
    pub(super) fn file(&self, name: &str) -> Result<File, TemplateError> {
        require(
            &self.catalog,
            &self.name,
            name,
            &Place::file(self.manifest_file.clone()),
        )
    }
}

fn require(catalog: &Catalog, addition: &str, name: &str, place: &Place) -> Result<File, TemplateError> {
    if let Some(file) = catalog.addition_file(addition, name)? {
        return Ok(file);
    }
    let known = catalog.addition_names(addition, None)?;
    Err(TemplateError::NoFile {
        place: place.clone(),
        file: name.to_owned(),
        nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
    })
}
