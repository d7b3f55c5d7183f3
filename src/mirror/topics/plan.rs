//! What a target lacks before records can flow.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::keyed;
use super::rules::Declared;
use super::settings::{LeftOut, divide};
use crate::kafka::{KafkaError, Topic};
use crate::mirror::{Creation, Flow, MirrorError};

type Settings = BTreeMap<String, String>;

/// What becomes of every selected topic on the target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TopicPlan {
    pub topics: Vec<PlannedTopic>,
    /// What could not be looked at, in words.
    pub notes: Vec<String>,
}

/// What becomes of one topic on the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedTopic {
    pub name: String,
    pub source_partitions: i32,
    /// `None` for a topic that the target lacks.
    pub target_partitions: Option<i32>,
    pub action: Action,
    /// The settings that the topic is made with, or that are changed.
    pub settings: Settings,
    /// What the source says and the target does not get.
    pub left_out: Vec<LeftOut>,
}

/// What is done to a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Action {
    /// It is there as it must be.
    Keep,
    Create {
        partitions: i32,
    },
    /// Partitions are added, settings changed with them.
    Grow {
        partitions: i32,
    },
    /// Its settings are changed.
    Set,
    Blocked {
        by: Blocked,
    },
}

/// Why nothing can be done before somebody decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blocked {
    /// No client may make topics on the target.
    NotOurs,
    /// The target has fewer partitions, and none can be added.
    TooFew,
    /// The target has more partitions, and the records have keys: after the cut-over a key would change its partition.
    TooMany,
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOurs => "missing, and no client may make it",
            Self::TooFew => "too few partitions, and none can be added",
            Self::TooMany => "more partitions than the source, and its records have keys",
        })
    }
}

impl TopicPlan {
    /// Whether everything is as it must be.
    pub fn is_empty(&self) -> bool {
        self.topics.iter().all(|topic| topic.action == Action::Keep)
    }

    /// The topics that stand in the way.
    pub fn blocked(&self) -> impl Iterator<Item = (&PlannedTopic, Blocked)> {
        self.topics.iter().filter_map(|topic| match topic.action {
            Action::Blocked { by } => Some((topic, by)),
            _ => None,
        })
    }
}

/// Compares the selected topics of the source with those of the target; changes nothing.
///
/// # Errors
///
/// [`MirrorError::Source`], [`MirrorError::Target`] and [`MirrorError::NoTopics`].
pub async fn plan(flow: &Flow) -> Result<TopicPlan, MirrorError> {
    let topics = flow.source.selected_topics(&flow.topics).await;
    let topics = topics.map_err(|source| MirrorError::Source { source })?;
    if topics.is_empty() {
        let bootstrap = flow.source.bootstrap().to_owned();
        return Err(MirrorError::NoTopics { bootstrap });
    }
    plan_of(flow, &topics).await
}

/// Like [`plan`] for topics that were read already.
pub(super) async fn plan_of(flow: &Flow, topics: &[Topic]) -> Result<TopicPlan, MirrorError> {
    let present = flow.target.topics().await;
    let present = present.map_err(|source| MirrorError::Target { source })?;
    let counts: BTreeMap<String, i32> = present
        .into_iter()
        .map(|topic| (topic.name, topic.partitions))
        .collect();
    let mut notes = Vec::new();
    let names: Vec<String> = topics.iter().map(|topic| topic.name.clone()).collect();
    let source = source_settings(flow, &names, &mut notes).await?;
    let here: Vec<String> = names
        .iter()
        .filter(|name| counts.contains_key(*name))
        .cloned()
        .collect();
    let target = target_settings(flow, &here, &mut notes).await?;
    let mut planned = Vec::with_capacity(topics.len());
    for topic in topics {
        let given = source.as_ref().and_then(|all| all.get(&topic.name));
        let there = target.as_ref().and_then(|all| all.get(&topic.name));
        let count = counts.get(&topic.name).copied();
        planned.push(one(flow, topic, count, given, there).await?);
    }
    Ok(TopicPlan {
        topics: planned,
        notes,
    })
}

async fn one(
    flow: &Flow,
    topic: &Topic,
    there: Option<i32>,
    given: Option<&Settings>,
    target: Option<&Settings>,
) -> Result<PlannedTopic, MirrorError> {
    let nothing = Declared::default();
    let declared = flow.rules.declared.get(&topic.name).unwrap_or(&nothing);
    let forbidden = match &flow.creation {
        Creation::Allowed { forbidden_settings } => forbidden_settings.as_slice(),
        Creation::Forbidden => &[],
    };
    let none = Settings::new();
    let (mut wanted, mut left_out) = divide(given.unwrap_or(&none), &flow.rules, forbidden);
    for (setting, value) in &declared.settings {
        left_out.retain(|one| one.setting != *setting);
        if flow.rules.takes(setting) {
            wanted.insert(setting.clone(), value.clone());
        }
    }
    let partitions = declared
        .partitions
        .unwrap_or(topic.partitions)
        .max(topic.partitions);
    let settings = match (there, target) {
        (None, _) => wanted,
        (Some(_), Some(target)) => {
            wanted.retain(|setting, value| target.get(setting) != Some(value));
            wanted
        }
        // Nothing is known of its settings: they are left alone.
        (Some(_), None) => Settings::new(),
    };
    let keys_in = given.and_then(|given| given.get("cleanup.policy"));
    let keyed = match there {
        Some(there) if there > partitions => keyed::has_keys(flow, topic, keys_in).await?,
        _ => false,
    };
    let action = act(flow, there, partitions, keyed, !settings.is_empty());
    Ok(PlannedTopic {
        name: topic.name.clone(),
        source_partitions: topic.partitions,
        target_partitions: there,
        action,
        settings,
        left_out,
    })
}

fn act(flow: &Flow, there: Option<i32>, partitions: i32, keyed: bool, differs: bool) -> Action {
    match there {
        None if flow.creation == Creation::Forbidden => Action::Blocked { by: Blocked::NotOurs },
        None => Action::Create { partitions },
        Some(there) if there < partitions && flow.rules.grow && !flow.rules.made_by_deployment => {
            Action::Grow { partitions }
        }
        Some(there) if there < partitions => Action::Blocked { by: Blocked::TooFew },
        Some(there) if there > partitions && keyed => Action::Blocked { by: Blocked::TooMany },
        Some(_) if differs => Action::Set,
        Some(_) => Action::Keep,
    }
}

/// The settings of the source's topics; a source that cannot tell them is no reason to stop.
async fn source_settings(
    flow: &Flow,
    names: &[String],
    notes: &mut Vec<String>,
) -> Result<Option<BTreeMap<String, Settings>>, MirrorError> {
    match flow.source.topic_settings(names).await {
        Ok(settings) => Ok(Some(settings)),
        Err(error @ (KafkaError::Unsupported { .. } | KafkaError::NotAllowed { .. })) => {
            notes.push(format!(
                "missing topics are made with the target's own settings: {error}"
            ));
            Ok(None)
        }
        Err(source) => Err(MirrorError::Source { source }),
    }
}

async fn target_settings(
    flow: &Flow,
    names: &[String],
    notes: &mut Vec<String>,
) -> Result<Option<BTreeMap<String, Settings>>, MirrorError> {
    if flow.rules.settings.is_empty() || names.is_empty() {
        return Ok(None);
    }
    match flow.target.topic_settings(names).await {
        Ok(settings) => Ok(Some(settings)),
        Err(error @ (KafkaError::Unsupported { .. } | KafkaError::NotAllowed { .. })) => {
            notes.push(format!("the target's topic settings cannot be read: {error}"));
            Ok(None)
        }
        Err(source) => Err(MirrorError::Target { source }),
    }
}
