//! What every command is given.

use std::sync::{Arc, Mutex, PoisonError};

use camino::Utf8PathBuf;

use super::args::Global;
use super::failure::Failure;
use crate::azure::{Budget, Endpoint, SignIn, Tokens};
use crate::config::{self, Cloud, Environment, Overrides};
use crate::deploy::Baseline;
use crate::run::{Event, Sink, Stop};
use crate::template::Catalog;
use crate::ui::Ui;

/// The global options, who listens, and the wish to stop.
pub struct Session<'a> {
    pub global: &'a Global,
    pub ui: Arc<Ui>,
    pub stop: Stop,
    pub azure: SharedAzure,
}

/// What environments that run at once have in common: the budget of requests, and tokens.
#[derive(Clone, Default)]
pub struct SharedAzure {
    pub budget: Budget,
    tokens: Arc<Mutex<Vec<(Cloud, SignIn, Tokens)>>>,
}

impl SharedAzure {
    /// Tokens of one sign-in in one cloud, whoever asked first; so that nobody starts a dozen `az`.
    pub fn tokens(&self, cloud: Cloud, sign_in: &SignIn, endpoint: &Endpoint) -> Result<Tokens, Failure> {
        let mut kept = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |entry: &&(Cloud, SignIn, Tokens)| entry.0 == cloud && entry.1 == *sign_in;
        if let Some((_, _, tokens)) = kept.iter().find(same) {
            return Ok(tokens.clone());
        }
        let tokens = Tokens::credential(sign_in, endpoint)?;
        kept.push((cloud, sign_in.clone(), tokens.clone()));
        Ok(tokens)
    }
}

impl<'a> Session<'a> {
    /// The same session for one of several environments, with a share of the output.
    pub fn lane(&self, name: &str, width: usize) -> Session<'a> {
        Session {
            global: self.global,
            ui: self.ui.lane(name, width),
            stop: self.stop.clone(),
            azure: self.azure.clone(),
        }
    }

    /// Loads an environment with every layer over it.
    pub fn environment(&self, name: &str) -> Result<Environment, Failure> {
        let overrides = Overrides::from_process(self.global.set.clone());
        let loaded = config::load(&self.global.environments, name, &overrides)?;
        for problem in loaded.warnings {
            self.ui.emit(Event::Warning {
                text: problem.to_string(),
            });
        }
        Ok(loaded.environment)
    }

    /// Asks a person one question, without keeping Ctrl-C from being heard; `None` when nobody can answer.
    pub async fn ask(&self, question: String) -> Option<String> {
        let ui = Arc::clone(&self.ui);
        let asked = tokio::task::spawn_blocking(move || ui.ask(&question));
        asked.await.ok().flatten()
    }

    /// Ends a command between two of its steps when somebody asked for it.
    pub fn stop_asked(&self) -> Result<(), Failure> {
        if self.stop.is_asked() {
            return Err(Failure::stopped());
        }
        Ok(())
    }

    /// Opens the templates that an environment sees.
    pub fn catalog(&self, environment: &Environment) -> Result<Catalog, Failure> {
        Ok(Catalog::open(
            self.global.templates.as_deref(),
            Some(&environment.folder),
        )?)
    }

    /// What the program keeps of one environment.
    pub fn journal(&self, environment: &Environment) -> Utf8PathBuf {
        self.kept(environment, "deployments.jsonl")
    }

    /// What Azure showed right after the last deployment of an environment.
    pub fn baseline(&self, environment: &Environment) -> Baseline {
        let path = Baseline::beside(&self.journal(environment));
        Baseline::read(&path, environment, &*self.ui)
    }

    /// What it keeps of the mirror: ids of topics, and losses.
    pub fn mirror_journal(&self, environment: &Environment) -> Utf8PathBuf {
        self.kept(environment, "mirror.jsonl")
    }

    /// Where manifests are written for the commands of steps.
    pub fn manifests(&self, environment: &Environment) -> Utf8PathBuf {
        self.kept(environment, "manifests")
    }

    fn kept(&self, environment: &Environment, file: &str) -> Utf8PathBuf {
        let folder = self.global.state.join("environments");
        folder.join(environment.name.as_str()).join(file)
    }

    /// Says whose run begins.
    pub fn header(&self, environment: &Environment) {
        self.ui.emit(Event::Header {
            environment: environment.name.to_string(),
            target: environment.target.kind.to_string(),
            location: environment.azure.location.clone(),
        });
    }
}
