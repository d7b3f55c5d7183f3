//! What can stop a plan, a deployment or a deletion. Azure's own words are in `source` or in [`Failure`].

use jiff::Timestamp;
use serde::Serialize;

use super::checks::Check;
use super::steps::StepError;
use crate::azure::token::TokenError;
use crate::azure::{AzureError, Refusal};
use crate::run::journal::JournalError;
use crate::template::TemplateError;

/// Why a plan, a deployment or a deletion did not end well.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    #[error("the target of environment `{environment}` cannot be rendered")]
    Template {
        environment: String,
        source: Box<TemplateError>,
    },
    #[error("cannot sign in to azure")]
    SignIn { source: TokenError },
    #[error("cannot {doing}")]
    Azure {
        doing: &'static str,
        source: Box<AzureError>,
    },
    /// Azure does not accept the template; nothing was changed.
    #[error("azure does not accept the deployment of environment `{environment}`")]
    Invalid {
        environment: String,
        source: Box<AzureError>,
    },
    #[error(
        "the plan of environment `{environment}` cannot be carried out: {}",
        sentence(failed)
    )]
    NotReady { environment: String, failed: Vec<Check> },
    #[error("the subscription is not registered to use {}", quoted(namespaces))]
    Unregistered { namespaces: Vec<String> },
    #[error(
        "the deployment `{deployment}` still runs{}{}",
        said(" since", since.as_deref()),
        said(", started by", by.as_deref())
    )]
    Active {
        deployment: String,
        since: Option<String>,
        by: Option<String>,
        source: Option<Box<AzureError>>,
    },
    /// Another process of this machine is at it.
    #[error(
        "the environment is being deployed or removed by {by}{}",
        since.map(|at| format!(", since {at:.0}")).unwrap_or_default()
    )]
    Busy { by: String, since: Option<Timestamp> },
    #[error("the deployment `{deployment}` ended as `{state}`{}", first(failures))]
    Failed {
        deployment: String,
        state: String,
        correlation_id: String,
        failures: Vec<Failure>,
    },
    #[error("stopped before the plan of environment `{environment}` was made; nothing was changed")]
    PlanStopped { environment: String },
    #[error("stopped before the deployment of environment `{environment}` began")]
    StoppedEarly { environment: String },
    /// We stopped looking; Azure goes on.
    #[error("stopped while the deployment `{deployment}` runs on in resource group `{resource_group}`")]
    Stopped {
        deployment: String,
        resource_group: String,
        correlation_id: String,
    },
    /// Somebody asked for it while we followed.
    #[error("{}", ended(deployments))]
    Canceled { deployments: Vec<(String, String)> },
    #[error("the deployment `{deployment}` has disappeared from resource group `{resource_group}`")]
    Disappeared {
        deployment: String,
        resource_group: String,
    },
    #[error("deleting is forbidden by {}", quoted(locks))]
    Locked {
        locks: Vec<String>,
        source: Option<Box<AzureError>>,
    },
    #[error("no version of the API for `{resource_type}` is known, so `{id}` cannot be deleted")]
    NoApiVersion { resource_type: String, id: String },
    #[error("{} could not be deleted: {}", if left.len() == 1 { "a resource" } else { "resources" }, quoted(left))]
    LeftBehind {
        left: Vec<String>,
        source: Box<AzureError>,
    },
    #[error("stopped while deleting: {deleted} deleted, {} left", left.len())]
    DestroyStopped { deleted: usize, left: Vec<String> },
    /// Everything that is named is deployed; what is not named any more is there still.
    #[error("stopped while removing what the environment names no more: {deleted} deleted, {} left", left.len())]
    RemovalStopped { deleted: usize, left: Vec<String> },
    /// What was deployed stays; the next run goes on with the step.
    #[error("the step `{name}` after the deployment, {title}, is not done")]
    Step {
        name: String,
        title: String,
        source: Box<StepError>,
    },
    /// What an addition takes was not given by what is deployed before it.
    #[error(
        "the deployment of `{addition}` needs the output `{output}` for its parameter `{parameter}`, which nothing gave"
    )]
    NoOutput {
        addition: String,
        parameter: String,
        output: String,
    },
    #[error("cannot keep what was started")]
    Journal {
        #[from]
        source: JournalError,
    },
}

/// One resource that could not be made, with Azure's innermost reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    pub resource: Option<String>,
    pub code: String,
    pub message: String,
    pub target: Option<String>,
}

impl Failure {
    /// The reasons inside one error of Azure.
    pub(super) fn all(resource: Option<&str>, refusal: &Refusal) -> Vec<Self> {
        let leaf = |leaf: &Refusal| Self {
            resource: resource.map(str::to_owned),
            code: leaf.code.clone(),
            message: leaf.message.clone(),
            target: leaf.target.clone(),
        };
        refusal.leaves().into_iter().map(leaf).collect()
    }
}

impl DeployError {
    /// Wraps a failed call with what it was for.
    pub(super) fn azure(doing: &'static str) -> impl Fn(AzureError) -> Self {
        move |source| Self::Azure {
            doing,
            source: Box::new(source),
        }
    }

    /// Whether Azure answered, and refused to validate or to preview.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            Self::Invalid { source, .. } | Self::Azure { source, .. } => source.refusal().is_some(),
            _ => false,
        }
    }

    /// Reads what Azure's refusal of a validate, what-if or PUT means.
    pub(super) fn of_refusal(
        environment: &str,
        deployment: &str,
        doing: &'static str,
        source: AzureError,
    ) -> Self {
        let source = Box::new(source);
        if source.is_still_active() {
            return Self::Active {
                deployment: deployment.to_owned(),
                since: source.refusal().and_then(|refusal| since(&refusal.to_string())),
                by: None,
                source: Some(source),
            };
        }
        if source.has_code("MissingSubscriptionRegistration") {
            let namespaces = source.refusal().map(namespaces).unwrap_or_default();
            return Self::Unregistered { namespaces };
        }
        match source.status() {
            Some(400) => Self::Invalid {
                environment: environment.to_owned(),
                source,
            },
            _ => Self::Azure { doing, source },
        }
    }
}

fn ended(deployments: &[(String, String)]) -> String {
    let one = |(name, state): &(String, String)| {
        format!("the deployment `{name}` was called off and ended as `{state}`")
    };
    let all: Vec<String> = deployments.iter().map(one).collect();
    if all.is_empty() {
        return "nothing ran any more that could be called off".to_owned();
    }
    all.join("; ")
}

/// ` word `name``, or nothing.
fn said(word: &str, name: Option<&str>) -> String {
    name.map(|name| format!("{word} `{name}`")).unwrap_or_default()
}

/// The start in "previous deployment from '7/1/2026 9:00:00 AM' is still active".
fn since(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(" from '")?;
    rest.split_once('\'').map(|(at, _)| at.to_owned())
}

/// The namespaces in "not registered to use namespace 'Microsoft.EventHub'", or in the targets of the details.
fn namespaces(refusal: &Refusal) -> Vec<String> {
    let named = |leaf: &&Refusal| {
        let quoted = leaf
            .message
            .split_once("namespace '")
            .and_then(|(_, rest)| rest.split_once('\''));
        quoted
            .map(|(name, _)| name.to_owned())
            .or_else(|| leaf.target.clone())
    };
    refusal.leaves().iter().filter_map(named).collect()
}

fn quoted(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn sentence(checks: &[Check]) -> String {
    let one = |check: &Check| check.detail.clone();
    checks.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn first(failures: &[Failure]) -> String {
    let Some(failure) = failures.first() else {
        return String::new();
    };
    let resource = failure
        .resource
        .as_ref()
        .map(|id| format!(" at `{id}`"))
        .unwrap_or_default();
    let more = match failures.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    format!("{resource}: `{}`: {}{more}", failure.code, failure.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_an_active_deployment_is_read_from_azures_sentence() {
        let text = "Unable to edit or replace deployment 'd': previous deployment from '7/1/2026 9:00:00 AM' is still active (expiration time is '7/8/2026 9:00:00 AM').";
        assert_eq!(since(text).as_deref(), Some("7/1/2026 9:00:00 AM"));
        assert_eq!(since("another wording"), None);
    }

    #[test]
    fn the_missing_namespace_is_read_from_the_message_or_the_target() {
        let refusal = |message: &str, target: Option<&str>| Refusal {
            code: "MissingSubscriptionRegistration".into(),
            message: message.into(),
            target: target.map(str::to_owned),
            details: Vec::new(),
            tenant: None,
        };
        let message = "The subscription is not registered to use namespace 'Microsoft.EventHub'. See …";
        assert_eq!(namespaces(&refusal(message, None)), ["Microsoft.EventHub"]);
        assert_eq!(
            namespaces(&refusal("no", Some("Microsoft.Storage"))),
            ["Microsoft.Storage"]
        );
    }
}
