//! What is looked at before anything is sent: each check has a name, a verdict, and one sentence with the way out.
//!
//! [`preflight`] asks everything side by side. A question that Azure refuses or does not offer here is a warning: only
//! what keeps every call from being answered ends the plan.

mod deleted;
mod fixed;
mod hdinsight;
mod locks;
mod machines;
mod names;
mod network;
mod permissions;
mod place;
mod policy;
mod providers;
mod wanted;

use serde::{Deserialize, Serialize};

pub(super) use self::fixed::fixed;
pub(super) use self::permissions::{Granted, judge as permissions};
pub(super) use self::place::{running, subscription};
pub(super) use self::wanted::wanted;
use super::DeployError;
use super::made::{self, Made};
use super::unit::Unit;
use crate::azure::groups::{Group, GroupScope};
use crate::azure::providers::Provider;
use crate::azure::{AzureError, Client};
use crate::model::resource_id::ResourceId;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub name: String,
    pub verdict: Verdict,
    pub detail: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Passed,
    /// Worth knowing; the plan can be carried out.
    Warning,
    /// The change can be previewed, and Azure is known to refuse it.
    Blocked,
    /// The plan cannot be carried out before this is put right.
    Failed,
}

impl Check {
    pub(super) fn new(name: &str, verdict: Verdict, detail: String) -> Self {
        Self {
            name: name.to_owned(),
            verdict,
            detail,
        }
    }
}

/// What the checks are about.
pub(super) struct Asked<'a> {
    pub client: &'a Client,
    pub scope: &'a GroupScope,
    pub location: &'a str,
    pub group: Option<&'a Group>,
    pub units: &'a [Unit<'a>],
    made: Vec<Made>,
    /// The resources that are in the group already.
    present: Vec<ResourceId>,
}

/// What the checks found, and what else of it is needed afterwards.
pub(super) struct Found {
    pub checks: Vec<Check>,
    pub providers: Vec<Provider>,
    pub granted: Granted,
}

impl<'a> Asked<'a> {
    /// Reads what is in the group, so that the checks can tell what is new.
    pub async fn about(
        client: &'a Client,
        scope: &'a GroupScope,
        location: &'a str,
        group: Option<&'a Group>,
        units: &'a [Unit<'a>],
    ) -> Result<Self, AzureError> {
        let present = match group {
            Some(_) => client.resources(scope).await?,
            None => Vec::new(),
        };
        Ok(Self {
            client,
            scope,
            location,
            group,
            units,
            made: units
                .iter()
                .flat_map(|unit| made::made_with_nested(scope, location, unit))
                .collect(),
            present: present.into_iter().map(|resource| resource.id).collect(),
        })
    }

    /// What would stand directly in the group and does not yet.
    fn new_top_level(&self) -> impl Iterator<Item = &Made> {
        let is_new = |made: &&Made| {
            let id = made.id.as_ref().map(|id| ResourceId::new(id.as_str()));
            made.is_top_level() && id.is_some_and(|id| !self.present.contains(&id))
        };
        self.made.iter().filter(is_new)
    }
}

/// Looks at everything that can be told before Azure validates the templates.
pub(super) async fn preflight(asked: &Asked<'_>) -> Result<Found, AzureError> {
    let registered = async {
        let (checks, providers) = providers::providers(asked).await?;
        let names = names::names(asked, &providers).await?;
        Ok::<_, AzureError>((checks, names, providers))
    };
    let (registered, machines, network, hdinsight, deleted, locks, policy, granted) = tokio::join!(
        registered,
        machines::machines(asked),
        network::network(asked),
        hdinsight::hdinsight(asked),
        deleted::deleted(asked),
        locks::locks(asked),
        policy::policy(asked),
        permissions::granted(asked),
    );
    let (provided, names, providers) = registered?;
    let mut checks = vec![place::group(asked.scope, asked.location, asked.group)];
    for some in [
        provided, machines?, network?, hdinsight?, names, deleted?, locks?, policy?,
    ] {
        checks.extend(some);
    }
    Ok(Found {
        checks,
        providers,
        granted: granted?,
    })
}

/// That Azure would not preview the plan, beside the checks that say why.
pub(super) fn refused(error: &DeployError) -> Check {
    let mut detail = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        detail = format!("{detail}: {source}");
        next = source.source();
    }
    Check::new("preview", Verdict::Failed, detail)
}

/// What `judge` makes of an answer, or the warning that there is none.
fn or_unknown<T>(
    name: &str,
    answer: Result<T, AzureError>,
    judge: impl FnOnce(T) -> Vec<Check>,
) -> Result<Vec<Check>, AzureError> {
    match answer {
        Ok(answer) => Ok(judge(answer)),
        Err(error) => Ok(vec![unknown(name, error)?]),
    }
}

/// A warning in the place of an answer; an error that every other call would meet too stays one.
fn unknown(name: &str, error: AzureError) -> Result<Check, AzureError> {
    let is_about_this_call = match &error {
        AzureError::Refused { status, .. } => *status != 401,
        AzureError::Malformed { .. } | AzureError::Incomplete { .. } | AzureError::OperationFailed { .. } => {
            true
        }
        AzureError::GaveUp { source, .. } => source.status().is_some(),
        _ => false,
    };
    if !is_about_this_call {
        return Err(error);
    }
    let said = match (error.status(), error.refusal()) {
        (Some(403), _) => "this sign-in may not ask".to_owned(),
        (Some(404), _) => "azure does not offer it here".to_owned(),
        (_, Some(refusal)) => refusal.to_string(),
        _ => error.to_string(),
    };
    Ok(Check::new(
        name,
        Verdict::Warning,
        format!("could not be checked: {said}"),
    ))
}

/// `West Europe` and `westeurope` are the same place.
fn same_location(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    plain(one) == plain(other)
}
