//! What is done after the deployments: the steps of target and additions, each seen to be done or done now.
//!
//! Nothing is written down here: whether a step has been done is asked of Azure, of the vault or of the command itself,
//! so that a run which was cut short is simply begun again.

mod call;
mod command;
mod error;

use camino::Utf8Path;
use serde_json::Value;

pub use error::StepError;

use super::{DeployError, Output, Outputs};
use crate::azure::Client;
use crate::run::{Sink, Step as Progress, Stop};
use crate::template::{Bundle, NeededSecret, RenderedFile, Step, TemplateError};

/// What runs the commands of steps.
#[derive(Clone, Copy, Debug)]
pub enum Commands<'a> {
    /// This machine; the folder is where each part's manifests were written, below its name.
    Here(&'a Utf8Path),
    /// Nobody: there is nothing behind the deployment that a command could reach.
    Nobody,
}

/// The steps of the target, or of an addition.
struct Part<'a> {
    name: &'a str,
    names: &'a Value,
    secrets: &'a [NeededSecret],
    steps: &'a [Step],
}

/// Whom the steps are done for.
struct Walk<'a> {
    client: &'a Client,
    commands: Commands<'a>,
    stop: &'a Stop,
}

/// The manifests of a bundle with the folder that each belongs to, relative to that of [`Commands::Here`].
pub fn manifests(bundle: &Bundle) -> Vec<(&str, &RenderedFile)> {
    let target = bundle.manifests.iter().map(|file| (bundle.target.as_str(), file));
    let additions = bundle
        .additions
        .iter()
        .flat_map(|one| one.manifests.iter().map(|file| (one.name.as_str(), file)));
    target.chain(additions).collect()
}

/// Does what the target and the additions want done after their deployment, and adds what it gives to `outputs`.
///
/// # Errors
///
/// [`DeployError::Step`] with the step that could not be done.
pub async fn carry_out(
    client: &Client,
    bundle: &Bundle,
    outputs: &mut Outputs,
    commands: Commands<'_>,
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<(), DeployError> {
    let walk = Walk {
        client,
        commands,
        stop,
    };
    for part in parts(bundle) {
        for step in part.steps {
            let failed = failed(step);
            if stop.is_asked() {
                return Err(failed(StepError::Stopped));
            }
            let filled = filled(&part, step, outputs, commands).map_err(|error| failed(error.into()))?;
            let progress = Progress::start(sink, "after", capitalized(&step.title));
            let note = walk.one(&filled, outputs).await.map_err(&failed)?;
            progress.done(note.map(str::to_owned));
        }
    }
    Ok(())
}

/// Adds what the steps that only read give: they are asked again whenever somebody needs the outputs.
///
/// # Errors
///
/// [`DeployError::Step`].
pub async fn read(client: &Client, bundle: &Bundle, outputs: &mut Outputs) -> Result<(), DeployError> {
    for part in parts(bundle) {
        for step in part.steps.iter().filter(|step| step.reads) {
            let failed = failed(step);
            let filled =
                filled(&part, step, outputs, Commands::Nobody).map_err(|error| failed(error.into()))?;
            let answer = call::answer(client, &filled).await.map_err(&failed)?;
            take(&filled, &answer, outputs).map_err(&failed)?;
        }
    }
    Ok(())
}

/// Undoes what commands did, before what they reach goes away.
///
/// # Errors
///
/// [`DeployError::Step`].
pub async fn undo(
    bundle: &Bundle,
    outputs: &Outputs,
    commands: Commands<'_>,
    sink: &dyn Sink,
) -> Result<(), DeployError> {
    let parts: Vec<Part<'_>> = parts(bundle).collect();
    for part in parts.iter().rev() {
        for step in part.steps.iter().rev().filter(|step| !step.undo.is_empty()) {
            let failed = failed(step);
            let filled = filled(part, step, outputs, commands).map_err(|error| failed(error.into()))?;
            let progress = Progress::start(sink, "undo", format!("Undo: {}", step.title));
            let note = match commands {
                Commands::Nobody => Some("nothing is there that it could reach"),
                Commands::Here(_) => {
                    command::run(&filled.undo, &filled).await.map_err(&failed)?;
                    None
                }
            };
            progress.done(note.map(str::to_owned));
        }
    }
    Ok(())
}

impl Walk<'_> {
    /// Does one step; the note says why nothing had to be done.
    async fn one(&self, step: &Step, outputs: &mut Outputs) -> Result<Option<&'static str>, StepError> {
        if call::is_done(self.client, step).await? {
            return Ok(Some("was done before"));
        }
        if step.post.is_some() || step.put.is_some() {
            if let Some(keep) = &step.keep
                && !call::has_vault(self.client, keep).await?
            {
                return Ok(Some("not done: there is no key vault here"));
            }
            let answer = call::answer(self.client, step).await?;
            take(step, &answer, outputs)?;
            call::keep(self.client, step, &answer).await?;
        }
        if !step.run.is_empty() {
            let Commands::Here(_) = self.commands else {
                return Ok(Some("not run: nothing is there that it could reach"));
            };
            command::run(&step.run, step).await?;
            if !step.check.is_empty() {
                command::run(&step.check, step).await?;
            }
        }
        call::until_done(self.client, step, self.stop).await?;
        Ok(None)
    }
}

fn parts(bundle: &Bundle) -> impl Iterator<Item = Part<'_>> {
    let target = Part {
        name: &bundle.target,
        names: &bundle.names,
        secrets: &bundle.secrets,
        steps: &bundle.steps,
    };
    let additions = bundle.additions.iter().map(|addition| Part {
        name: &addition.name,
        names: &addition.names,
        secrets: &addition.secrets,
        steps: &addition.steps,
    });
    std::iter::once(target).chain(additions)
}

fn filled(
    part: &Part<'_>,
    step: &Step,
    outputs: &Outputs,
    commands: Commands<'_>,
) -> Result<Step, TemplateError> {
    let folder = match commands {
        Commands::Here(folder) => folder.join(part.name).into_string(),
        Commands::Nobody => String::new(),
    };
    step.filled(part.names, &outputs.values(), part.secrets, &folder)
}

/// Adds what the answer of a step gives.
fn take(step: &Step, answer: &Value, outputs: &mut Outputs) -> Result<(), StepError> {
    for (name, gift) in &step.gives {
        let value = gift
            .of(answer)?
            .ok_or_else(|| StepError::NotGiven { output: name.clone() })?;
        let kind = match &value {
            Value::Array(_) => "Array",
            Value::Object(_) => "Object",
            Value::Number(_) => "Int",
            Value::Bool(_) => "Bool",
            _ => "String",
        };
        outputs.outputs.retain(|output| output.name != *name);
        outputs.outputs.push(Output {
            name: name.clone(),
            output_type: kind.to_owned(),
            value: Some(value),
        });
    }
    Ok(())
}

fn failed(step: &Step) -> impl Fn(StepError) -> DeployError {
    let (name, title) = (step.name.clone(), step.title.clone());
    move |source| DeployError::Step {
        name: name.clone(),
        title: title.clone(),
        source: Box::new(source),
    }
}

fn capitalized(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.into_iter().chain(letters.map(String::from)).collect()
}
