//! What rendering gives: everything that is needed to deploy an environment's target and to reach it afterwards.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::security::Security;

use super::abilities::Abilities;
use super::addition::AdditionBundle;
use super::bicep::{self, BicepError, BicepFile};
use super::context::TopicSpec;
use super::engine::Engine;
use super::error::TemplateError;
use super::files::{File, RenderedFile};
use super::manifest::{Fixed, Reminder, TopicMaker};
use super::secrets::NeededSecret;
use super::steps::{Before, Step};
use super::whole;

/// The rendered files of one environment.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Bundle {
    pub environment: String,
    pub target: String,
    pub title: String,
    /// The canonical ARM template.
    pub template: Value,
    /// The whole parameters document.
    pub parameters: Value,
    pub connect: Connect,
    /// The topics with every default filled in.
    pub topics: Vec<TopicSpec>,
    /// What cannot change in place once it is deployed.
    pub fixed: Vec<Fixed>,
    /// Files besides the deployment, which carries the same bytes.
    pub files: Vec<RenderedFile>,
    /// What somebody else applies.
    pub manifests: Vec<RenderedFile>,
    /// Parameter to output: what is filled in once the output is known.
    pub takes: BTreeMap<String, String>,
    pub secrets: Vec<NeededSecret>,
    /// What has to be so before anything is sent.
    pub before: Vec<Before>,
    /// What is done after the deployment, in this order.
    pub steps: Vec<Step>,
    pub reminders: Vec<Reminder>,
    /// What the texts of the steps may name, besides outputs.
    #[serde(skip)]
    pub names: Value,
    /// What is deployed beside the target, in this order.
    pub additions: Vec<AdditionBundle>,
}

/// How to reach the target once it is deployed, and what its clients may do.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Connect {
    /// A template over the deployment's outputs; see [`Connect::bootstrap`].
    pub bootstrap: String,
    pub security: Security,
    pub topics: TopicMaker,
    pub can: Abilities,
    /// Settings of librdkafka that the target asks for.
    pub settings: BTreeMap<String, String>,
    /// The replicas that a client asks for when it makes a topic; 3 when absent.
    pub replicas: Option<u16>,
    /// The file that says so, for errors.
    #[serde(skip)]
    pub(super) file: String,
}

impl Connect {
    /// The bootstrap servers, from the outputs of the deployment by name.
    ///
    /// # Errors
    ///
    /// [`TemplateError::UnknownName`] when the outputs lack what the target's `bootstrap` names.
    pub fn bootstrap(&self, outputs: &Map<String, Value>) -> Result<String, TemplateError> {
        let mut engine = Engine::for_text();
        engine.add(
            "connect.bootstrap",
            File {
                path: format!("{}: connect.bootstrap", self.file),
                text: self.bootstrap.clone(),
            },
        )?;
        engine.text("connect.bootstrap", &serde_json::json!({ "outputs": outputs }))
    }
}

impl Bundle {
    /// What is done after the deployments of the target and of each addition.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        let beside = self.additions.iter().flat_map(|addition| &addition.steps);
        self.steps.iter().chain(beside)
    }

    /// What a person should know of the target and of each addition.
    pub fn reminders(&self) -> impl Iterator<Item = &Reminder> {
        let beside = self.additions.iter().flat_map(|addition| &addition.reminders);
        self.reminders.iter().chain(beside)
    }

    /// What the target takes from others and what each addition does, parameter to output.
    pub fn takes_of_each(&self) -> impl Iterator<Item = &BTreeMap<String, String>> {
        let beside = self.additions.iter().map(|addition| &addition.takes);
        std::iter::once(&self.takes).chain(beside)
    }

    /// The template as a file: two spaces, a line break at the end.
    pub fn arm_json(&self) -> String {
        pretty(&self.template)
    }

    /// The parameters document as a file.
    pub fn parameters_json(&self) -> String {
        pretty(&self.parameters)
    }

    /// The template as Bicep; with additions, `main.bicep` joins a module of each.
    ///
    /// # Errors
    ///
    /// [`BicepError`] when the template says something that Bicep cannot.
    pub fn bicep(&self) -> Result<Vec<BicepFile>, BicepError> {
        if self.additions.is_empty() {
            bicep::emit(&self.template)
        } else {
            bicep::emit(&whole::template(self))
        }
    }
}

impl AdditionBundle {
    /// The template as a file: two spaces, a line break at the end.
    pub fn arm_json(&self) -> String {
        pretty(&self.template)
    }

    /// The parameters document as a file.
    pub fn parameters_json(&self) -> String {
        pretty(&self.parameters)
    }

    /// The template as Bicep.
    ///
    /// # Errors
    ///
    /// [`BicepError`] when the template says something that Bicep cannot.
    pub fn bicep(&self) -> Result<Vec<BicepFile>, BicepError> {
        bicep::emit(&self.template)
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
