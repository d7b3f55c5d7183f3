//! Calls of steps, and how it is seen that one has been done.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;
use tokio::time::Instant;

use super::StepError;
use crate::azure::actions::Verb;
use crate::azure::operations::Pace;
use crate::azure::{AzureError, Client};
use crate::run::Stop;
use crate::template::{Keep, Step};

/// How long what a step asked for may take to show: a cluster of HDInsight takes half an hour to change.
const PATIENCE: Duration = Duration::from_hours(1);

/// The answer to the call of a step.
pub(super) async fn answer(client: &Client, step: &Step) -> Result<Value, StepError> {
    let version = step.api_version.as_deref().unwrap_or_default();
    let (verb, path) = match (&step.post, &step.put) {
        (Some(path), _) if step.reads => (Verb::Ask, path),
        (Some(path), _) => (Verb::Post, path),
        (None, Some(path)) => (Verb::Put, path),
        (None, None) => return Ok(Value::Null),
    };
    Ok(client.call_path(verb, path, version, step.body.clone()).await?)
}

/// Whether a step needs not be done, as far as that can be seen.
pub(super) async fn is_done(client: &Client, step: &Step) -> Result<bool, StepError> {
    if let Some(keep) = &step.keep {
        return match all_kept(client, keep).await {
            Err(AzureError::NoKeyVault { .. }) => Ok(false),
            kept => Ok(kept?),
        };
    }
    holds(client, step).await
}

/// Waits until what a step asked for can be seen.
pub(super) async fn until_done(client: &Client, step: &Step, stop: &Stop) -> Result<(), StepError> {
    let Some(wanted) = &step.done_when else {
        return Ok(());
    };
    let began = Instant::now();
    let pace = Pace::of(client.rhythm());
    while !holds(client, step).await? {
        if began.elapsed() > PATIENCE {
            return Err(StepError::NotSeen {
                path: wanted.get.clone(),
                pointer: wanted.pointer.clone(),
                minutes: PATIENCE.as_secs() / 60,
            });
        }
        tokio::select! {
            biased;
            () = stop.asked() => return Err(StepError::Stopped),
            () = tokio::time::sleep(pace.wait(None)) => {}
        }
    }
    Ok(())
}

async fn holds(client: &Client, step: &Step) -> Result<bool, StepError> {
    let Some(wanted) = &step.done_when else {
        return Ok(false);
    };
    let found = client.read_path(&wanted.get, &wanted.api_version).await?;
    Ok(wanted.holds(found.as_ref()))
}

/// Whether there is a vault that could keep anything: an emulator has none.
pub(super) async fn has_vault(client: &Client, keep: &Keep) -> Result<bool, StepError> {
    match all_kept(client, keep).await {
        Err(AzureError::NoKeyVault { .. }) => Ok(false),
        asked => {
            asked?;
            Ok(true)
        }
    }
}

async fn all_kept(client: &Client, keep: &Keep) -> Result<bool, AzureError> {
    for secret in keep.secrets.keys() {
        if !client.has_key_vault_secret(&at(keep, secret)).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Puts the secrets of an answer where the step wants them.
pub(super) async fn keep(client: &Client, step: &Step, answer: &Value) -> Result<(), StepError> {
    let Some(keep) = &step.keep else {
        return Ok(());
    };
    for (secret, pointer) in &keep.secrets {
        let value = answer.pointer(pointer).and_then(Value::as_str);
        let value = value.ok_or_else(|| StepError::NotGiven {
            output: secret.clone(),
        })?;
        let value = SecretString::from(value.to_owned());
        client.keep_in_key_vault(&at(keep, secret), &value).await?;
    }
    Ok(())
}

fn at(keep: &Keep, secret: &str) -> String {
    format!("{}/{secret}", keep.vault)
}
