//! The manual of trouble: what every error means for the exit code, and what to do about it.
//!
//! The engine says what is wrong; this file alone says what to do. An error is recognised by its innermost known part,
//! so that a Kafka error inside a mirror error gets Kafka's advice.

mod azure;
mod connect;
mod docker;
mod kafka;
mod secrets;
mod site;
mod usage;
mod workers;

use std::error::Error;

use super::exit::Exit;
use crate::azure::AzureError;
use crate::azure::token::TokenError;
use crate::config::{ConfigError, Environment};
use crate::deploy::{DeployError, SavedPlanError};
use crate::kafka::KafkaError;
use crate::mirror::MirrorError;
use crate::mirror::connect::ConnectError;
use crate::mirror::lint::LintError;
use crate::mock::arm::ScriptError;
use crate::mock::asked::Unanswered;
use crate::mock::background::BackgroundError;
use crate::mock::kafka::docker::DockerError;
use crate::mock::site::SiteError;
use crate::model::secret::SecretError;
use crate::template::TemplateError;
use crate::template::bicep::BicepError;
use crate::ui::Failed;
use crate::verify::VerifyError;

/// A failed command: how it exits, what it says, what to do.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl Failure {
    /// A failure with the error's own text and those of its causes.
    pub fn of(exit: Exit, error: &dyn Error) -> Self {
        let mut causes = Vec::new();
        let mut next = error.source();
        while let Some(cause) = next {
            let text = cause.to_string();
            if causes.last() != Some(&text) {
                causes.push(text);
            }
            next = cause.source();
        }
        Self {
            exit,
            message: error.to_string(),
            causes,
            hints: Vec::new(),
        }
    }

    /// A failure in words of our own.
    fn of_text(exit: Exit, message: String) -> Self {
        Self {
            exit,
            message,
            causes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Wrong usage that clap could not see.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::of_text(Exit::Usage, message.into())
    }

    /// Something that cannot happen did.
    pub fn bug() -> Self {
        let message = "Landfall has a bug: something happened that cannot happen".to_owned();
        Self::of_text(Exit::Bug, message).hint("run the command again with `-vv` and report what it prints")
    }

    pub fn no_site() -> Self {
        Self::usage("no mock site runs").hint("start one with `landfall mock up`")
    }

    /// A mock site runs, of another kind than the one that is asked for.
    pub fn other_site(running: &str) -> Self {
        Self::usage(format!(
            "a mock site runs {running}, and another kind is asked for"
        ))
        .hint("end it with `landfall mock down`, or use it with a plain `--mock`")
    }

    /// A mock site runs, and its emulator was told how to behave when it started.
    pub fn other_laboratory() -> Self {
        Self::usage("a mock site runs already; how its ARM emulator behaves is said when it starts")
            .hint("end it with `landfall mock down`, or change its faults at `PUT /landfall/faults`")
    }

    pub fn no_source(environment: &Environment) -> Self {
        let message = format!("the environment `{}` names no source", environment.name);
        Self::of_text(Exit::Configuration, message)
            .hint("write `source: { bootstrap: HOST:PORT }` into its environment.yaml")
    }

    pub fn not_deployed(environment: &Environment) -> Self {
        let name = &environment.name;
        let message = format!("nothing is deployed for the environment `{name}`");
        Self::of_text(Exit::Azure, message).hint(format!("deploy it with `landfall up {name}`"))
    }

    /// A wish to stop was heard between two steps.
    pub fn stopped() -> Self {
        let message = "stopped half-way, as you asked; what was done is kept".to_owned();
        Self::of_text(Exit::Stopped, message).hint("run the same command again")
    }

    /// Adds what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The error and its innermost cause, for a place that has one line.
    pub fn in_one_line(&self) -> String {
        self.causes.last().map_or_else(
            || self.message.clone(),
            |cause| format!("{}: {cause}", self.message),
        )
    }

    /// What `ui` shows.
    pub fn shown(&self) -> Failed<'_> {
        Failed {
            message: &self.message,
            causes: &self.causes,
            hints: &self.hints,
            exit: self.exit as u8,
        }
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let (exit, hints) = advise(&error);
        let mut failure = Self::of(exit, &error);
        failure.hints = hints;
        failure
    }
}

/// What to do and how to exit: the innermost part that knows decides, an outer one when no inner does.
fn advise(error: &(dyn Error + 'static)) -> (Exit, Vec<String>) {
    let inner = error.source().map(advise);
    if let Some((exit, hints)) = inner
        && exit != Exit::Bug
    {
        return (exit, hints);
    }
    let advice = if let Some(error) = known::<ConfigError>(error) {
        config(error)
    } else if let Some(error) = known::<TemplateError>(error) {
        template(error)
    } else if known::<BicepError>(error).is_some() {
        (Exit::Configuration, Some("use `landfall render ENV --format arm`, and report the template: every one should turn into Bicep".into()))
    } else if known::<SecretError>(error).is_some() {
        (
            Exit::Configuration,
            Some("set the variable or the file that the reference names".into()),
        )
    } else if let Some(error) = known::<AzureError>(error) {
        azure::call(error)
    } else if known::<TokenError>(error).is_some() {
        (Exit::Azure, Some(azure::SIGN_IN.into()))
    } else if let Some(error) = known::<DeployError>(error) {
        azure::deploy(error)
    } else if let Some(error) = known::<SavedPlanError>(error) {
        saved_plan(error)
    } else if let Some(error) = known::<KafkaError>(error) {
        kafka::call(error)
    } else if known::<LintError>(error).is_some() {
        (
            Exit::Configuration,
            Some("`landfall mirror lint --file` reads properties, connector JSON and Strimzi YAML; `--kind` says which one a file is".into()),
        )
    } else if let Some(error) = known::<ConnectError>(error) {
        connect::call(error)
    } else if let Some(error) = known::<MirrorError>(error) {
        kafka::mirror(error)
    } else if let Some(error) = known::<VerifyError>(error) {
        kafka::verify(error)
    } else if let Some(error) = known::<SiteError>(error) {
        site::start(error)
    } else if let Some(error) = known::<DockerError>(error) {
        docker::site(error)
    } else if let Some(error) = known::<BackgroundError>(error) {
        site::background(error)
    } else if let Some(error) = known::<ScriptError>(error) {
        site::script(error)
    } else if known::<Unanswered>(error).is_some() {
        site::unanswered()
    } else {
        (Exit::Bug, None)
    };
    (advice.0, advice.1.into_iter().collect())
}

/// The error as a type that this file knows; an error that is kept in a box is that error too.
fn known<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    error
        .downcast_ref::<T>()
        .or_else(|| error.downcast_ref::<Box<T>>().map(AsRef::as_ref))
}

type Advice = (Exit, Option<String>);

fn config(_: &ConfigError) -> Advice {
    (
        Exit::Configuration,
        Some(
            "`landfall schema` prints what a file may say; `landfall doctor` checks every environment".into(),
        ),
    )
}

/// A file that cannot be used is wrong usage; a world that has moved closes the gate.
fn saved_plan(error: &SavedPlanError) -> Advice {
    let (exit, hint) = match error {
        SavedPlanError::Unwritable { .. } => (Exit::Usage, "name a file in a folder that can be written to"),
        SavedPlanError::OtherBundle { .. } | SavedPlanError::Moved { .. } => (
            Exit::Gate,
            "nothing was changed: look again with `landfall plan ENV --out FILE`, then apply that plan",
        ),
        _ => (
            Exit::Usage,
            "save a plan with `landfall plan ENV --out FILE` and leave the file as it is",
        ),
    };
    (exit, Some(hint.to_owned()))
}

fn template(error: &TemplateError) -> Advice {
    let hint = match error {
        TemplateError::UnknownTarget { .. } => {
            "a target is a folder under `templates/targets/`; name yours with `--templates DIR`"
        }
        TemplateError::Limits { .. } => {
            "change the environment, then look again with `landfall plan`; nothing was sent to Azure"
        }
        TemplateError::Parameters { .. } => "the `parameters.schema.json` in its folder says what it takes",
        _ => "the template is at the place named; `landfall render ENV` shows the result without sending it",
    };
    (Exit::Configuration, Some(hint.into()))
}
