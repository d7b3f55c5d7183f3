//! Doing what a plan of topics says.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::plan::{Action, Blocked, PlannedTopic, TopicPlan, plan_of};
use crate::kafka::{KafkaError, NewTopic, Topic, TopicPartition};
use crate::mirror::{Flow, MirrorError};
use crate::run::{Event, Sink};

/// Plans and applies at once for an engine that starts; says which topics were made.
///
/// # Errors
///
/// As [`apply`].
pub async fn make(flow: &Flow, topics: &[Topic], sink: &dyn Sink) -> Result<Vec<String>, MirrorError> {
    bring(flow, &plan_of(flow, topics).await?, sink).await
}

/// Applies a plan for an engine that starts; says which topics were made.
///
/// # Errors
///
/// As [`apply`].
pub async fn bring(flow: &Flow, plan: &TopicPlan, sink: &dyn Sink) -> Result<Vec<String>, MirrorError> {
    if !plan.is_empty() {
        // What keeps no topic from being as it must be is of no interest to a run.
        for note in &plan.notes {
            sink.emit(Event::Warning { text: note.clone() });
        }
    }
    apply(flow, plan).await
}

/// Makes, grows and sets topics; says which were made. A plan with something in the way changes nothing at all.
///
/// # Errors
///
/// [`MirrorError::MissingTopics`], [`MirrorError::FewerPartitions`] and [`MirrorError::MorePartitions`] for what stands
/// in the way; [`MirrorError::Target`] when the target refuses.
pub async fn apply(flow: &Flow, plan: &TopicPlan) -> Result<Vec<String>, MirrorError> {
    refuse_what_is_blocked(flow, plan)?;
    // Growing comes first: where the target turns out to refuse it, nothing was made.
    grow(flow, plan).await?;
    let created = create(flow, plan).await?;
    set(flow, plan).await?;
    until_present(flow, plan).await?;
    Ok(created)
}

fn refuse_what_is_blocked(flow: &Flow, plan: &TopicPlan) -> Result<(), MirrorError> {
    let missing: Vec<String> = plan
        .blocked()
        .filter(|(_, by)| *by == Blocked::NotOurs)
        .map(|(topic, _)| topic.name.clone())
        .collect();
    for (topic, by) in plan.blocked() {
        let (name, target) = (topic.name.clone(), topic.target_partitions.unwrap_or(0));
        let wanted = topic.source_partitions;
        match by {
            Blocked::TooFew => {
                return Err(MirrorError::FewerPartitions {
                    topic: name,
                    target,
                    wanted,
                });
            }
            Blocked::TooMany => {
                return Err(MirrorError::MorePartitions {
                    topic: name,
                    target,
                    source_partitions: wanted,
                });
            }
            Blocked::NotOurs => {}
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(lacking(flow, missing, None))
}

fn lacking(flow: &Flow, topics: Vec<String>, source: Option<KafkaError>) -> MirrorError {
    MirrorError::MissingTopics {
        bootstrap: flow.target.bootstrap().to_owned(),
        topics,
        source: source.map(Box::new),
    }
}

async fn create(flow: &Flow, plan: &TopicPlan) -> Result<Vec<String>, MirrorError> {
    let new = |topic: &PlannedTopic| match topic.action {
        Action::Create { partitions } => Some(NewTopic {
            name: topic.name.clone(),
            partitions,
            settings: topic.settings.clone(),
        }),
        _ => None,
    };
    let wanted: Vec<NewTopic> = plan.topics.iter().filter_map(new).collect();
    let names: Vec<String> = wanted.iter().map(|topic| topic.name.clone()).collect();
    if wanted.is_empty() {
        return Ok(names);
    }
    let made = flow.target.create_topics(&wanted).await;
    made.map_err(|error| match error {
        KafkaError::Unsupported { .. } | KafkaError::NotAllowed { .. } => {
            lacking(flow, names.clone(), Some(error))
        }
        source => MirrorError::Target { source },
    })?;
    Ok(names)
}

async fn grow(flow: &Flow, plan: &TopicPlan) -> Result<(), MirrorError> {
    let grown = |topic: &PlannedTopic| match topic.action {
        Action::Grow { partitions } => Some(Topic {
            name: topic.name.clone(),
            partitions,
        }),
        _ => None,
    };
    let wanted: Vec<Topic> = plan.topics.iter().filter_map(grown).collect();
    let done = flow.target.grow_topics(&wanted).await;
    done.map_err(|error| {
        let first = plan
            .topics
            .iter()
            .find(|topic| matches!(topic.action, Action::Grow { .. }));
        match (&error, first) {
            // The target cannot after all, so that it is as if the plan had known.
            (KafkaError::Unsupported { .. } | KafkaError::NotAllowed { .. }, Some(topic)) => {
                MirrorError::FewerPartitions {
                    topic: topic.name.clone(),
                    target: topic.target_partitions.unwrap_or(0),
                    wanted: topic.source_partitions,
                }
            }
            _ => MirrorError::Target { source: error },
        }
    })
}

async fn set(flow: &Flow, plan: &TopicPlan) -> Result<(), MirrorError> {
    let changes = plan.topics.iter().filter(|topic| {
        let there = matches!(topic.action, Action::Set | Action::Grow { .. });
        there && !topic.settings.is_empty()
    });
    let changes: BTreeMap<_, _> = changes
        .map(|topic| (topic.name.clone(), topic.settings.clone()))
        .collect();
    let done = flow.target.set_topic_settings(changes).await;
    done.map_err(|source| MirrorError::Target { source })
}

/// What was made or grown is not known everywhere at once.
async fn until_present(flow: &Flow, plan: &TopicPlan) -> Result<(), MirrorError> {
    let began = Instant::now();
    let due: Vec<(&str, i32)> = plan
        .topics
        .iter()
        .filter_map(|topic| match topic.action {
            Action::Create { partitions } | Action::Grow { partitions } => {
                Some((topic.name.as_str(), partitions))
            }
            _ => None,
        })
        .collect();
    while !due.is_empty() {
        let topics = flow.target.topics().await;
        let topics = topics.map_err(|source| MirrorError::Target { source })?;
        let absent = due.iter().find(|(name, partitions)| {
            let there = topics.iter().find(|topic| topic.name == *name);
            there.is_none_or(|topic| topic.partitions < *partitions)
        });
        match absent {
            None => return until_led(flow, &due, began).await,
            Some((topic, _)) if began.elapsed() > flow.target.patience() => {
                return Err(MirrorError::Target {
                    source: KafkaError::UnknownTopic {
                        bootstrap: flow.target.bootstrap().to_owned(),
                        topic: (*topic).to_owned(),
                    },
                });
            }
            Some(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    Ok(())
}

/// A partition that is known may still have no leader that answers.
async fn until_led(flow: &Flow, due: &[(&str, i32)], began: Instant) -> Result<(), MirrorError> {
    let of = |(name, partitions): &(&str, i32)| {
        let name = (*name).to_owned();
        (0..*partitions).map(move |partition| TopicPartition::new(&name, partition))
    };
    let places: Vec<_> = due.iter().flat_map(of).collect();
    loop {
        match flow.target.ends(&places).await {
            Ok(_) => return Ok(()),
            Err(source) if began.elapsed() > flow.target.patience() => {
                return Err(MirrorError::Target { source });
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}
