//! Trouble with Azure: what Azure said decides, with the advice of `templates/hints.yaml`.

use super::Advice;
use crate::azure::{AzureError, Refusal};
use crate::cli::exit::Exit;
use crate::deploy::{DeployError, StepError};
use crate::template::Catalog;

pub const SIGN_IN: &str = "sign in with `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; `landfall doctor` tells who you are, `--mock` rehearses without Azure";
const REACH: &str = "check the network and the proxy; rehearse without Azure with `--mock`";
const AGAIN: &str = "run the same command again: it finds what is there and goes on";

pub fn call(error: &AzureError) -> Advice {
    let hint = match error {
        AzureError::SignIn { .. } => SIGN_IN.to_owned(),
        AzureError::Unreachable { .. } | AzureError::Setup { .. } => REACH.to_owned(),
        AzureError::Cut { .. }
        | AzureError::Malformed { .. }
        | AzureError::Incomplete { .. }
        | AzureError::StillRunning { .. } => AGAIN.to_owned(),
        AzureError::NoKeyVault { .. } | AzureError::NotAVaultSecret { .. } => {
            return (
                Exit::Configuration,
                Some(
                    "use `{ env: NAME }` or `{ file: PATH }`, or write `{ key-vault: VAULT/SECRET }`".into(),
                ),
            );
        }
        AzureError::NotAnAddress { .. } | AzureError::Insecure { .. } | AzureError::Foreign { .. } => {
            return (
                Exit::Usage,
                Some("an emulator is reached at http://127.0.0.1:PORT, everything else over https".into()),
            );
        }
        AzureError::Refused { source, status, .. } => return refused(source, Some(*status)),
        AzureError::OperationFailed { source, .. } => return refused(source, None),
        AzureError::GaveUp { source, .. } => return call(source),
    };
    (Exit::Azure, Some(hint))
}

fn refused(refusal: &Refusal, status: Option<u16>) -> Advice {
    if let Some(tenant) = &refusal.tenant {
        let hint = format!(
            "the token is of another tenant: sign in to the subscription's, `az login --tenant {tenant}`, or set \
             AZURE_TENANT_ID to it"
        );
        return (Exit::Azure, Some(hint));
    }
    let said = refusal
        .leaves()
        .into_iter()
        .find_map(|leaf| advice(&leaf.code, &leaf.message));
    let hint = said.or_else(|| match status {
        Some(401) => Some(SIGN_IN.to_owned()),
        Some(403) => Some("ask for a role that holds the action named, on the scope named".to_owned()),
        Some(429 | 500..) => Some("Azure is busy or in trouble: run the same command again later".to_owned()),
        _ => None,
    });
    (Exit::Azure, hint)
}

/// What `templates/hints.yaml` says of a code.
fn advice(code: &str, message: &str) -> Option<String> {
    let catalog = Catalog::open(None, None).ok()?;
    let hints = catalog.hints().ok()?;
    hints.hint_for(code, message).map(str::to_owned)
}

/// What a deployment error without one of Azure's calls inside means.
pub fn deploy(error: &DeployError) -> Advice {
    let (exit, hint) = match error {
        DeployError::Failed { failures, .. } => {
            let said = failures
                .iter()
                .find_map(|failure| advice(&failure.code, &failure.message));
            (Exit::Azure, said.unwrap_or_else(|| AGAIN.to_owned()))
        }
        DeployError::Template { .. } | DeployError::NoOutput { .. } => (
            Exit::Configuration,
            "`landfall render ENV` shows what the templates make".to_owned(),
        ),
        DeployError::NotReady { .. } => (Exit::Azure, "`landfall plan ENV` shows every check".to_owned()),
        DeployError::Unregistered { namespaces } => (
            Exit::Azure,
            format!(
                "register it once: `az provider register --namespace {}`",
                namespaces.join(" ")
            ),
        ),
        DeployError::Active { .. } => (
            Exit::Azure,
            "wait until it ends, or cancel it in the portal; `landfall status ENV` shows it".to_owned(),
        ),
        DeployError::Busy { .. } => (
            Exit::Azure,
            "wait until it ends, or end it with Ctrl-C where it runs; the next run takes up what it leaves"
                .to_owned(),
        ),
        DeployError::PlanStopped { .. } | DeployError::StoppedEarly { .. } => (
            Exit::Stopped,
            "run the same command again; nothing was changed".to_owned(),
        ),
        DeployError::Canceled { .. } => (
            Exit::Stopped,
            "what it made so far stays: `landfall up ENV` goes on from there, `landfall down ENV` removes it"
                .to_owned(),
        ),
        DeployError::Step { source, .. } => step(source),
        DeployError::Stopped { .. } => (
            Exit::Stopped,
            "run `landfall up ENV` again to follow it to its end".to_owned(),
        ),
        DeployError::DestroyStopped { .. } => (
            Exit::Stopped,
            "run `landfall down ENV` again to remove the rest".to_owned(),
        ),
        DeployError::RemovalStopped { .. } => (
            Exit::Stopped,
            "what is named is deployed; run `landfall up ENV` again to remove the rest".to_owned(),
        ),
        DeployError::Locked { .. } => (
            Exit::Azure,
            "if deleting is what you mean, remove the lock first: `az lock delete --ids ID`".to_owned(),
        ),
        DeployError::Journal { .. } => (
            Exit::Usage,
            "check the state folder with `landfall doctor`".to_owned(),
        ),
        DeployError::SignIn { .. } => (Exit::Azure, SIGN_IN.to_owned()),
        DeployError::Invalid { .. }
        | DeployError::Azure { .. }
        | DeployError::Disappeared { .. }
        | DeployError::NoApiVersion { .. }
        | DeployError::LeftBehind { .. } => (Exit::Azure, AGAIN.to_owned()),
    };
    (exit, Some(hint))
}

/// What was deployed stays deployed; the next run begins with the step that failed.
fn step(error: &StepError) -> (Exit, String) {
    match error {
        StepError::NoProgram { program, .. } => (
            Exit::Stopped,
            format!("install `{program}` and run `landfall up ENV` again: it goes on with this step"),
        ),
        StepError::Text { .. } | StepError::NotGiven { .. } => (
            Exit::Configuration,
            "the target's or the add-on's `steps` name what the deployment does not give".to_owned(),
        ),
        StepError::Azure { .. } => (
            Exit::Azure,
            "what was deployed is there; `landfall up ENV` goes on with this step".to_owned(),
        ),
        StepError::NotSeen { .. } | StepError::Command { .. } | StepError::Stopped => (
            Exit::Stopped,
            "what was deployed is there; `landfall up ENV` goes on with this step".to_owned(),
        ),
    }
}
