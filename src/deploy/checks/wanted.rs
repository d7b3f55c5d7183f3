//! What a target itself wants to be so before anything is sent: its `before` block.

use futures_util::future::join_all;
use serde_json::Value;

use super::{Check, Verdict};
use crate::azure::Client;
use crate::deploy::DeployError;
use crate::template::{Before, Bundle};

/// Asks for each of them. What is not so is a warning: a service may still say otherwise.
///
/// # Errors
///
/// [`DeployError::Template`] for a path that names what is not there, [`DeployError::Azure`] when nothing can be asked.
pub(in crate::deploy) async fn wanted(client: &Client, bundle: &Bundle) -> Result<Vec<Check>, DeployError> {
    let asked = bundle.before.iter().map(|one| look(client, bundle, one));
    let checks = join_all(asked).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(checks.concat())
}

async fn look(client: &Client, bundle: &Bundle, one: &Before) -> Result<Vec<Check>, DeployError> {
    let path = one.path(&bundle.names).map_err(|source| DeployError::Template {
        environment: bundle.environment.clone(),
        source: Box::new(source),
    })?;
    let answer = client.read_path(&path, &one.asks.api_version).await;
    let judged = super::or_unknown(&one.name, answer, |found| vec![judge(one, found.as_ref())]);
    judged.map_err(DeployError::azure("check the subscription"))
}

fn judge(one: &Before, found: Option<&Value>) -> Check {
    if one.asks.holds(found) {
        return Check::new(&one.name, Verdict::Passed, "as the target wants it".to_owned());
    }
    let detail = format!("{}: {} (source: {})", one.because, one.way_out, one.source);
    Check::new(&one.name, Verdict::Warning, detail)
}
