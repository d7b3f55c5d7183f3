//! One target: its folder read and understood, ready to check an environment's parameters and to render.

use serde_json::{Map, Value};

use crate::model::name::TargetName;

use super::abilities::Abilities;
use super::bundle::Bundle;
use super::catalog::{Catalog, MANIFEST};
use super::client;
use super::context::{Context, Example, TopicSpec, WrittenExample};
use super::error::{Place, TemplateError};
use super::facts::{self, Tables};
use super::files::File;
use super::limit::Limit;
use super::limits::{self, Bounds, LimitProblem};
use super::manifest::{Fixed, Manifest};
use super::parameters::Schema;
use super::{pattern, render, yaml};
use crate::model::nearest::nearest;

/// The vocabulary of `target.yaml` that this program understands.
const VERSION: u32 = 1;

/// A Kafka platform on Azure, as its folder describes it.
#[derive(Clone, Debug)]
pub struct Target {
    pub(super) catalog: Catalog,
    pub(super) name: TargetName,
    pub(super) manifest: Manifest,
    pub(super) manifest_file: String,
    schema: Schema,
    tables: Tables,
}

impl Target {
    pub(super) fn open(catalog: &Catalog, name: &TargetName) -> Result<Self, TemplateError> {
        let file = |file: &str| require(catalog, name, file, &Place::file(format!("target `{name}`")));
        let manifest_file = file(MANIFEST)?;
        let manifest: Manifest = yaml::decode(&manifest_file)?;
        let schema = Schema::read(&file("parameters.schema.json")?)?;
        let tables = manifest.limits.values().flat_map(Limit::tables);
        let tables = facts::read(catalog, tables, &manifest_file.path)?;
        let target = Self {
            catalog: catalog.clone(),
            name: name.clone(),
            manifest,
            manifest_file: manifest_file.path,
            schema,
            tables,
        };
        target.agrees_with_itself()?;
        Ok(target)
    }

    pub fn name(&self) -> &TargetName {
        &self.name
    }

    /// What `target.yaml` says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The JSON Schema of the parameters that an environment may set.
    pub fn schema(&self) -> &Value {
        &self.schema.document
    }

    /// What the target can do with these parameters.
    pub fn abilities(&self, parameters: &Map<String, Value>) -> Abilities {
        self.manifest.can.of(self.tier(parameters))
    }

    /// What cannot change in place with these parameters.
    pub fn fixed(&self, parameters: &Map<String, Value>) -> Vec<Fixed> {
        let tier = self.tier(parameters);
        let holds = |fixed: &&Fixed| fixed.tiers.is_empty() || fixed.tiers.iter().any(|one| one == tier);
        self.manifest.fixed.iter().filter(holds).cloned().collect()
    }

    /// The tier that the parameters choose; empty for a target without tiers.
    fn tier<'a>(&self, parameters: &'a Map<String, Value>) -> &'a str {
        let named = self
            .manifest
            .tier
            .as_ref()
            .and_then(|tier| parameters.get(tier)?.as_str());
        named.unwrap_or_default()
    }

    /// `given` with the defaults of what it leaves out.
    ///
    /// # Errors
    ///
    /// [`TemplateError::Parameters`] with every problem at once.
    pub fn complete(&self, given: &Map<String, Value>) -> Result<Map<String, Value>, TemplateError> {
        self.schema.complete(self.name.as_str(), given)
    }

    /// What the target does not allow in `context`; empty when all is well.
    pub fn check_limits(&self, context: &Context) -> Vec<LimitProblem> {
        limits::check(self.bounds(), &self.with_topic_defaults(context))
    }

    fn bounds(&self) -> Bounds<'_> {
        Bounds {
            tier: self.manifest.tier.as_deref(),
            limits: &self.manifest.limits,
            rules: &self.manifest.rules,
            topic_names: self.manifest.topic_names.as_ref(),
            tables: &self.tables,
            schema: &self.schema,
        }
    }

    /// Renders the deployment, after the limits.
    ///
    /// # Errors
    ///
    /// [`TemplateError::Limits`] with every limit that is passed, or what is wrong with a template, with its place.
    pub fn render(&self, context: &Context) -> Result<Bundle, TemplateError> {
        let context = self.completed(context)?;
        let problems = limits::check(self.bounds(), &context);
        if !problems.is_empty() {
            return Err(TemplateError::Limits {
                target: self.name.to_string(),
                problems,
            });
        }
        render::bundle(self, &context)
    }

    /// The settings that an application needs, as a file; `None` when the target has no such template.
    ///
    /// # Errors
    ///
    /// What is wrong with the template, or an output that it names and the deployment did not give.
    pub fn client_settings(
        &self,
        context: &Context,
        outputs: &Map<String, Value>,
    ) -> Result<Option<String>, TemplateError> {
        render::client(self, &self.completed(context)?, outputs)
    }

    /// As [`Target::client_settings`] for a deployment that was only rendered: outputs that are not `told` stand by their names.
    ///
    /// # Errors
    ///
    /// As [`Target::client_settings`].
    pub fn client_settings_before(
        &self,
        context: &Context,
        bundle: &Bundle,
        told: &Map<String, Value>,
    ) -> Result<Option<String>, TemplateError> {
        let given = bundle.steps.iter().flat_map(|step| step.gives.keys());
        self.client_settings(context, &client::stand_ins(&bundle.template, given, told))
    }

    /// The fictional environments that come with the target, parameters completed: `example.yaml`, then `examples/`.
    ///
    /// # Errors
    ///
    /// What is wrong with one of the files.
    pub fn examples(&self) -> Result<Vec<Example>, TemplateError> {
        let mut names = vec!["example.yaml".to_owned()];
        let more = self.catalog.names_in(&self.name, "examples")?;
        names.extend(more.into_iter().map(|name| format!("examples/{name}")));
        names.iter().map(|name| self.example(name)).collect()
    }

    fn example(&self, name: &str) -> Result<Example, TemplateError> {
        let written: WrittenExample = yaml::decode(&self.file(name)?)?;
        let parameters = self.complete(&written.parameters)?;
        let addons = self.catalog.complete_addons(&written.addons)?;
        Ok(written.example(name, parameters, addons))
    }

    /// A file of the target that `target.yaml` or this program names.
    pub(super) fn file(&self, name: &str) -> Result<File, TemplateError> {
        require(
            &self.catalog,
            &self.name,
            name,
            &Place::file(self.manifest_file.clone()),
        )
    }

    /// The same context with what it leaves out of topics filled in, and the additions that are off.
    fn completed(&self, context: &Context) -> Result<Context, TemplateError> {
        let mut context = self.with_topic_defaults(context);
        for name in self.catalog.addons()?.into_keys() {
            context.addons.entry(name).or_insert(Value::Null);
        }
        Ok(context)
    }

    fn with_topic_defaults(&self, context: &Context) -> Context {
        let defaults = &self.manifest.topic_defaults;
        let number = |name: &str| context.parameters.get(name).and_then(Value::as_u64);
        let complete = |topic: &TopicSpec| TopicSpec {
            name: topic.name.clone(),
            partitions: topic
                .partitions
                .or_else(|| number(&defaults.partitions).and_then(|number| number.try_into().ok())),
            retention_hours: topic
                .retention_hours
                .or_else(|| number(&defaults.retention_hours)),
            cleanup_policy: Some(
                topic
                    .cleanup_policy
                    .clone()
                    .unwrap_or_else(|| defaults.cleanup_policy.clone()),
            ),
        };
        Context {
            topics: context.topics.iter().map(complete).collect(),
            ..context.clone()
        }
    }

    /// A manifest that names a parameter which the schema lacks would check nothing, in silence.
    fn agrees_with_itself(&self) -> Result<(), TemplateError> {
        let wrong = |reason| TemplateError::Yaml {
            place: Place::file(self.manifest_file.clone()),
            reason,
        };
        if self.manifest.version != VERSION {
            return Err(wrong(format!(
                "`version` is {}; this program understands {VERSION}",
                self.manifest.version
            )));
        }
        let manifest = &self.manifest;
        self.schema
            .names_all(manifest.parameters().into_iter(), &self.manifest_file)?;
        if let Some(fault) = manifest
            .topic_names
            .as_ref()
            .and_then(|names| pattern::fault(&names.pattern))
        {
            return Err(wrong(fault));
        }
        pattern::all_hold(&manifest.rules, &manifest.secrets, &self.manifest_file)
    }
}

fn require(catalog: &Catalog, target: &TargetName, name: &str, place: &Place) -> Result<File, TemplateError> {
    if let Some(file) = catalog.file(target, name)? {
        return Ok(file);
    }
    let known = catalog.names(target)?;
    Err(TemplateError::NoFile {
        place: place.clone(),
        file: name.to_owned(),
        nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
    })
}
