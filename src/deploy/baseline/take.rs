//! Taking the baseline: one what-if and one read of each resource, for each deployment that has just succeeded.
//!
//! The deployment is done whatever happens here, so nothing here is an error: what could not be looked at is a note.

use std::collections::HashMap;

use camino::Utf8Path;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::hidden::Secrets;
use super::{Baseline, Noise, Read, Taken, is_secret};
use crate::azure::groups::GroupScope;
use crate::azure::{AzureError, Client};
use crate::config::Environment;
use crate::deploy::changes::{self, ChangeKind, PropertyChange};
use crate::deploy::records::Record;
use crate::deploy::unit::Unit;
use crate::deploy::{made, naming};
use crate::model::resource_id::ResourceId;
use crate::run::{Event, Sink, Step, Stop};

/// Reads under way at once.
const AT_ONCE: usize = 8;

/// A deployment that has just succeeded.
pub struct Succeeded<'a> {
    pub unit: Unit<'a>,
    pub record: &'a Record,
}

/// Looks at what was just deployed and keeps it at `path`, beside what is kept of other deployments.
pub async fn take(
    client: &Client,
    environment: &Environment,
    succeeded: &[Succeeded<'_>],
    path: &Utf8Path,
    (sink, stop): (&dyn Sink, &Stop),
) {
    if succeeded.is_empty() {
        return;
    }
    let step = Step::start(sink, "baseline", "Take the baseline");
    let mut baseline = Baseline::read(path, environment, sink);
    let looker = Looker {
        client,
        environment,
        scope: naming::scope(environment),
        sink,
    };
    for one in succeeded {
        let taken = tokio::select! {
            biased;
            () = stop.asked() => {
                looker.note("no baseline was taken, as you asked to stop: the next plan may show more".to_owned());
                step.done(None);
                return;
            }
            taken = looker.look(one) => taken,
        };
        baseline.deployments.insert(one.unit.name.to_owned(), taken);
    }
    baseline.keep(path, sink);
    step.done(None);
}

struct Looker<'a> {
    client: &'a Client,
    environment: &'a Environment,
    scope: GroupScope,
    sink: &'a dyn Sink,
}

impl Looker<'_> {
    async fn look(&self, one: &Succeeded<'_>) -> Taken {
        let secrets = Secrets::of(&one.unit);
        let noise = match self.noise(&one.unit, &secrets).await {
            Ok(noise) => noise,
            Err(error) => {
                let name = one.unit.name;
                self.note(format!(
                    "the noise of what-if after the deployment of `{name}` is not known: {error}"
                ));
                Vec::new()
            }
        };
        Taken {
            at: Timestamp::now(),
            correlation_id: one.record.correlation_id.clone(),
            fingerprint: naming::fingerprint(&one.unit, self.environment),
            noise,
            reads: self.reads(one, &secrets).await,
        }
    }

    /// What a preview of what was just deployed shows all the same.
    async fn noise(&self, unit: &Unit<'_>, secrets: &Secrets) -> Result<Vec<Noise>, AzureError> {
        let run = naming::run_id();
        let name = naming::deployment_name(unit.environment, unit.name, &run);
        let body = naming::body(unit, &run);
        let foreseen = self.client.what_if(&self.scope, &name, &body).await?;
        let harmless = |delta: &PropertyChange| {
            let kept = [&delta.before, &delta.after]
                .iter()
                .all(|value| secrets.without(value) == **value);
            kept && !is_secret(&delta.path)
        };
        let noise = foreseen.iter().filter_map(|change| {
            let (mut read, _) = changes::read(change);
            read.delta.retain(harmless);
            let is_noise = read.kind == ChangeKind::Modify && !read.delta.is_empty();
            is_noise.then(|| Noise {
                id: change.id.clone(),
                delta: read.delta,
            })
        });
        Ok(noise.collect())
    }

    /// What was deployed, read by id; what cannot be read is left out and counted in a note.
    async fn reads(&self, one: &Succeeded<'_>, secrets: &Secrets) -> Vec<Read> {
        let versions = self.versions(one).await;
        let reading = one.record.resources.iter().map(|id| {
            let version = versions.get(&id.key());
            async move {
                let version = version?;
                let document = self.client.read_resource(id, version).await.ok()??;
                Some(Read {
                    id: id.clone(),
                    api_version: version.clone(),
                    document: secrets.without(&document),
                })
            }
        });
        let found: Vec<Option<Read>> = stream::iter(reading).buffered(AT_ONCE).collect().await;
        let missed = found.iter().filter(|read| read.is_none()).count();
        if missed > 0 {
            let name = one.unit.name;
            self.note(format!(
                "{missed} of {} resources of `{name}` could not be read: drift of them is not told",
                found.len()
            ));
        }
        found.into_iter().flatten().collect()
    }

    /// The version of the API that each resource was deployed with, by the key of its id.
    async fn versions(&self, one: &Succeeded<'_>) -> HashMap<String, String> {
        let made = made::made(&self.scope, &self.environment.azure.location, &one.unit);
        let in_template = made
            .into_iter()
            .filter_map(|made| Some((ResourceId::new(made.id?).key(), made.api_version)));
        let mut versions: HashMap<String, String> = in_template.collect();
        let unknown = one
            .record
            .resources
            .iter()
            .any(|id| !versions.contains_key(&id.key()));
        if let (true, Some(deployment)) = (unknown, &one.record.deployment_id) {
            // Nested deployments, and names that only Azure can tell.
            for target in self.client.operations(deployment).await.unwrap_or_default() {
                if let Some((id, version)) = target.target.and_then(|one| Some((one.id, one.api_version?))) {
                    versions.insert(id.key(), version);
                }
            }
        }
        versions
    }

    fn note(&self, text: String) {
        self.sink.emit(Event::Note { text });
    }
}
