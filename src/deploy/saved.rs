//! A plan on disk, so that what was reviewed is what is applied.
//!
//! The file holds the changes as Azure foresaw them and a fingerprint of what each deployment is made of. It never
//! decides by itself: a fresh plan must show the same changes, or nothing is applied.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::changes::{Change, ChangeKind};
use super::{Plan, naming};
use crate::config::Environment;
use crate::run::journal;
use crate::template::Bundle;

/// The version of the file's shape.
const VERSION: u32 = 1;

/// Why a saved plan cannot be written, read or applied.
#[derive(Debug, thiserror::Error)]
pub enum SavedPlanError {
    #[error("cannot write the plan `{path}`")]
    Unwritable {
        path: Utf8PathBuf,
        source: std::io::Error,
    },
    #[error("cannot read the plan `{path}`")]
    Unreadable {
        path: Utf8PathBuf,
        source: std::io::Error,
    },
    #[error("`{path}` is not a saved plan, or only a part of one")]
    NotAPlan {
        path: Utf8PathBuf,
        source: serde_json::Error,
    },
    #[error("the plan `{path}` was changed after it was saved")]
    Tampered { path: Utf8PathBuf },
    #[error("the plan `{path}` has version {found}, this program reads version {VERSION}")]
    OtherVersion { path: Utf8PathBuf, found: u64 },
    #[error("the plan `{path}` is of {found}, not of {wanted}")]
    OtherPlace {
        path: Utf8PathBuf,
        found: String,
        wanted: String,
    },
    #[error(
        "the plan of environment `{environment}` was made of other files than there are now: {} differs",
        .names.join(", ")
    )]
    OtherBundle { environment: String, names: Vec<String> },
    #[error(
        "the world has moved since the plan of environment `{environment}` was saved: {}",
        .differences.join("; ")
    )]
    Moved {
        environment: String,
        differences: Vec<String>,
    },
}

/// A plan as it is kept in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    version: u32,
    saved: Timestamp,
    environment: String,
    subscription: String,
    resource_group: String,
    /// Of each deployment's template and parameters, by the name of the target or addition.
    deployments: BTreeMap<String, String>,
    unregistered: Vec<String>,
    /// What the group is and would become, as the preview saw it.
    changes: Vec<Change>,
    /// Of everything above, so that a slip of an editor is noticed.
    fingerprint: String,
}

impl SavedPlan {
    /// What is kept of `plan`, which was made of `bundle`.
    pub fn of(plan: &Plan, environment: &Environment, bundle: &Bundle) -> Self {
        let mut saved = Self {
            version: VERSION,
            saved: Timestamp::now(),
            environment: plan.environment.clone(),
            subscription: plan.subscription.clone(),
            resource_group: plan.resource_group.clone(),
            deployments: deployments(environment, bundle),
            unregistered: plan.unregistered.clone(),
            changes: plan.changes.clone(),
            fingerprint: String::new(),
        };
        saved.fingerprint = saved.seal();
        saved
    }

    /// Writes the file with mode 0600, whole or not at all.
    ///
    /// # Errors
    ///
    /// [`SavedPlanError::Unwritable`].
    pub fn write(&self, path: &Utf8Path) -> Result<(), SavedPlanError> {
        let unwritable = |source| SavedPlanError::Unwritable {
            path: path.to_owned(),
            source,
        };
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| unwritable(error.into()))?;
        bytes.push(b'\n');
        journal::replace(path, &bytes).map_err(unwritable)
    }

    /// Reads a file that [`write`](Self::write) has written.
    ///
    /// # Errors
    ///
    /// [`SavedPlanError`]: not there, cut, changed, or of another version.
    pub fn read(path: &Utf8Path) -> Result<Self, SavedPlanError> {
        let text = std::fs::read_to_string(path).map_err(|source| SavedPlanError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let not_a_plan = |source| SavedPlanError::NotAPlan {
            path: path.to_owned(),
            source,
        };
        let value: serde_json::Value = serde_json::from_str(&text).map_err(not_a_plan)?;
        // Another version may have another shape, so it is asked for first.
        if let Some(found) = value["version"]
            .as_u64()
            .filter(|found| *found != u64::from(VERSION))
        {
            let path = path.to_owned();
            return Err(SavedPlanError::OtherVersion { path, found });
        }
        let saved: Self = serde_json::from_value(value).map_err(not_a_plan)?;
        if saved.fingerprint != saved.seal() {
            return Err(SavedPlanError::Tampered {
                path: path.to_owned(),
            });
        }
        Ok(saved)
    }

    /// Holds the saved plan against the place and the files of now, before Azure is asked.
    ///
    /// # Errors
    ///
    /// [`SavedPlanError::OtherPlace`] and [`SavedPlanError::OtherBundle`].
    pub fn is_of(
        &self,
        path: &Utf8Path,
        environment: &Environment,
        bundle: &Bundle,
    ) -> Result<(), SavedPlanError> {
        let told = |environment: &str, subscription: &str, group: &str| {
            format!("environment `{environment}` in `{group}` of subscription `{subscription}`")
        };
        let found = told(&self.environment, &self.subscription, &self.resource_group);
        let azure = &environment.azure;
        let wanted = told(
            &bundle.environment,
            &azure.subscription,
            azure.resource_group.as_str(),
        );
        if found != wanted {
            let path = path.to_owned();
            return Err(SavedPlanError::OtherPlace { path, found, wanted });
        }
        let now = deployments(environment, bundle);
        let names: Vec<String> = self
            .deployments
            .keys()
            .chain(now.keys().filter(|name| !self.deployments.contains_key(*name)))
            .filter(|name| self.deployments.get(*name) != now.get(*name))
            .map(|name| format!("`{name}`"))
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        Err(SavedPlanError::OtherBundle {
            environment: self.environment.clone(),
            names,
        })
    }

    /// Holds the saved plan against a fresh one.
    ///
    /// # Errors
    ///
    /// [`SavedPlanError::Moved`] with every difference.
    pub fn still_holds(&self, fresh: &Plan) -> Result<(), SavedPlanError> {
        let mut differences = differences(&self.changes, &fresh.changes);
        if self.unregistered != fresh.unregistered {
            differences.push("other resource providers are registered".to_owned());
        }
        if differences.is_empty() {
            return Ok(());
        }
        let environment = self.environment.clone();
        Err(SavedPlanError::Moved {
            environment,
            differences,
        })
    }

    fn seal(&self) -> String {
        let open = Self {
            fingerprint: String::new(),
            ..self.clone()
        };
        let text = serde_json::to_string(&open).unwrap_or_default();
        format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()))
    }
}

fn deployments(environment: &Environment, bundle: &Bundle) -> BTreeMap<String, String> {
    let target = (&bundle.target, &bundle.template, &bundle.parameters);
    let additions = bundle
        .additions
        .iter()
        .map(|one| (&one.name, &one.template, &one.parameters));
    std::iter::once(target)
        .chain(additions)
        .map(|(name, template, parameters)| {
            let fingerprint = naming::fingerprint_of(template, parameters, environment);
            (name.clone(), fingerprint)
        })
        .collect()
}

/// Each resource that would go another way now; what stays or is left alone counts as unchanged.
fn differences(saved: &[Change], fresh: &[Change]) -> Vec<String> {
    let (saved, fresh) = (by_resource(saved), by_resource(fresh));
    let mut differences = Vec::new();
    for (key, then) in &saved {
        match fresh.get(key) {
            None => differences.push(format!("{} would {}, and no longer does", told(then), verb(then))),
            Some(now) if now.kind != then.kind => differences.push(format!(
                "{} would {}, and would {} now",
                told(then),
                verb(then),
                verb(now)
            )),
            Some(now) if now.delta != then.delta => {
                differences.push(format!(
                    "{} would change otherwise: {}",
                    told(then),
                    paths(then, now)
                ));
            }
            Some(_) => {}
        }
    }
    let new = fresh.iter().filter(|(key, _)| !saved.contains_key(*key));
    differences.extend(new.map(|(_, now)| format!("{} would {} now", told(now), verb(now))));
    differences
}

fn by_resource(changes: &[Change]) -> BTreeMap<String, &Change> {
    let counts = |change: &&Change| !matches!(change.kind, ChangeKind::NoChange | ChangeKind::Ignore);
    let key = |change: &Change| {
        let name = change.id.as_ref().unwrap_or(&change.name);
        format!("{} {name}", change.resource_type).to_lowercase()
    };
    changes
        .iter()
        .filter(counts)
        .map(|change| (key(change), change))
        .collect()
}

fn told(change: &Change) -> String {
    format!("`{}` {}", change.resource_type, change.name)
}

fn verb(change: &Change) -> &'static str {
    match change.kind {
        ChangeKind::Create => "be created",
        ChangeKind::Modify => "change",
        ChangeKind::Delete => "be deleted",
        ChangeKind::Detach => "be left unmanaged",
        ChangeKind::NoChange | ChangeKind::Ignore => "stay",
        ChangeKind::Unsupported => "not be foreseeable",
    }
}

fn paths(then: &Change, now: &Change) -> String {
    let of = |one: &Change, other: &Change| -> Vec<String> {
        let differs = one.delta.iter().filter(|delta| !other.delta.contains(delta));
        differs.map(|delta| format!("`{}`", delta.path)).collect()
    };
    let mut paths = [of(then, now), of(now, then)].concat();
    paths.sort();
    paths.dedup();
    paths.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::{PropertyChange, PropertyChangeKind};
    use serde_json::json;

    fn change(kind: ChangeKind, name: &str, after: i32) -> Change {
        let delta = PropertyChange {
            path: "properties.partitionCount".into(),
            kind: PropertyChangeKind::Modify,
            before: json!(1),
            after: json!(after),
        };
        Change {
            kind,
            resource_type: "A.B/cs".into(),
            name: name.into(),
            id: None,
            delta: vec![delta],
            reason: None,
        }
    }

    #[test]
    fn every_way_in_which_the_world_can_move_is_told() {
        let saved = [
            change(ChangeKind::Create, "made", 2),
            change(ChangeKind::Modify, "other", 2),
            change(ChangeKind::Modify, "gone", 2),
            change(ChangeKind::NoChange, "quiet", 2),
        ];
        let fresh = [
            change(ChangeKind::Modify, "MADE", 2),
            change(ChangeKind::Modify, "other", 3),
            change(ChangeKind::Ignore, "gone", 2),
            change(ChangeKind::Delete, "new", 2),
        ];
        assert_eq!(
            differences(&saved, &fresh),
            [
                "`A.B/cs` gone would change, and no longer does",
                "`A.B/cs` made would be created, and would change now",
                "`A.B/cs` other would change otherwise: `properties.partitionCount`",
                "`A.B/cs` new would be deleted now",
            ]
        );
        assert!(differences(&saved, &saved).is_empty());
    }
}
