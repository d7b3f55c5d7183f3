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
use super::facts::{self, Tables};
use super::files::{File, FileEntry, RenderedFile};
use super::limit::{Limit, Rule};
use super::limits::{self, Bounds, LimitProblem};
use super::manifest::{Fixed, Reminder};
use super::parameters::Schema;
use super::secrets::{NeededSecret, SecretEntry};
use super::steps::Step;
use super::{pattern, render, yaml};
use crate::model::name::TargetName;
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
    tables: Tables,
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
    /// The targets beside which it makes sense; all when empty.
    #[serde(default, rename = "for")]
    pub targets: Vec<TargetName>,
    #[serde(default)]
    pub limits: BTreeMap<String, Limit>,
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// By the environment's parameter that refers to it.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretEntry>,
    /// What is done after the deployment, in this order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What a person should know before choosing.
    #[serde(default)]
    pub reminders: Vec<Reminder>,
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
    /// What somebody else applies.
    pub manifests: Vec<RenderedFile>,
    pub fixed: Vec<Fixed>,
    pub secrets: Vec<NeededSecret>,
    pub steps: Vec<Step>,
    pub reminders: Vec<Reminder>,
    /// What the texts of the steps may name, besides outputs.
    #[serde(skip)]
    pub names: Value,
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
        let tables = manifest.limits.values().flat_map(Limit::tables);
        let tables = facts::read(catalog, tables, &manifest_file.path)?;
        let addition = Self {
            catalog: catalog.clone(),
            name: name.to_owned(),
            schema: Schema::read(&file("parameters.schema.json")?)?,
            manifest,
            manifest_file: manifest_file.path,
            tables,
        };
        addition.agrees_with_itself()?;
        Ok(addition)
    }

    /// A manifest that names a parameter which the schema lacks would check nothing, in silence.
    fn agrees_with_itself(&self) -> Result<(), TemplateError> {
        let manifest = &self.manifest;
        let named = manifest
            .limits
            .values()
            .flat_map(Limit::parameters)
            .chain(manifest.rules.iter().flat_map(Rule::parameters))
            .chain(manifest.secrets.keys().map(String::as_str))
            .chain(manifest.steps.iter().filter_map(Step::parameter));
        self.schema.names_all(named, &self.manifest_file)?;
        pattern::all_hold(&manifest.rules, &manifest.secrets, &self.manifest_file)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name without the folders around it, by which its deployment is known.
    pub(super) fn short_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
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

    /// Whether it makes sense beside `target`; the targets that it is for where it does not.
    pub fn suits(&self, target: &TargetName) -> Result<(), &[TargetName]> {
        let targets = &self.manifest.targets;
        if targets.is_empty() || targets.contains(target) {
            Ok(())
        } else {
            Err(targets)
        }
    }

    /// What the addition does not allow in `context`; empty when all is well.
    pub fn check_limits(&self, context: &Context) -> Vec<LimitProblem> {
        let bounds = Bounds {
            tier: None,
            limits: &self.manifest.limits,
            rules: &self.manifest.rules,
            topic_names: None,
            tables: &self.tables,
            schema: &self.schema,
        };
        limits::check(bounds, context)
    }

    /// Renders the files, then the deployment, after the limits.
    ///
    /// # Errors
    ///
    /// [`TemplateError::Limits`] with every limit that is passed, or what is wrong with a template, with its place.
    pub fn render(&self, context: &Context) -> Result<AdditionBundle, TemplateError> {
        let problems = self.check_limits(context);
        if !problems.is_empty() {
            return Err(TemplateError::Limits {
                target: self.name.clone(),
                problems,
            });
        }
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
            let addons = self.catalog.complete_addons(&written.addons)?;
            Ok(written.example(name, parameters, addons))
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
