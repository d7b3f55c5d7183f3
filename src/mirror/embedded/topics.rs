//! The topics of the target: made where they are missing, refused where they are too small.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::kafka::{KafkaError, NewTopic, Topic};
use crate::mirror::{Creation, Flow, MirrorError};
use crate::run::{Event, Sink};

/// Makes the topics that the target lacks, once it is sure that none of the present ones is too small.
pub async fn make_topics(flow: &Flow, topics: &[Topic], sink: &dyn Sink) -> Result<Vec<String>, MirrorError> {
    let at_target = |source| MirrorError::Target { source };
    let present = flow.target.topics().await.map_err(at_target)?;
    let present: BTreeMap<_, _> = present
        .into_iter()
        .map(|topic| (topic.name, topic.partitions))
        .collect();
    for topic in topics {
        if let Some(target) = present
            .get(&topic.name)
            .filter(|target| **target < topic.partitions)
        {
            return Err(MirrorError::FewerPartitions {
                topic: topic.name.clone(),
                target: *target,
                wanted: topic.partitions,
            });
        }
    }
    let missing: Vec<_> = topics
        .iter()
        .filter(|topic| !present.contains_key(&topic.name))
        .collect();
    let names: Vec<_> = missing.iter().map(|topic| topic.name.clone()).collect();
    if missing.is_empty() {
        return Ok(names);
    }
    let lacking = |source: Option<KafkaError>| MirrorError::MissingTopics {
        bootstrap: flow.target.bootstrap().to_owned(),
        topics: names.clone(),
        source: source.map(Box::new),
    };
    if flow.creation == Creation::Forbidden {
        return Err(lacking(None));
    }
    let settings = source_settings(flow, &names, sink).await?;
    let wanted: Vec<_> = missing
        .iter()
        .map(|topic| NewTopic {
            name: topic.name.clone(),
            partitions: topic.partitions,
            settings: settings.get(&topic.name).cloned().unwrap_or_default(),
        })
        .collect();
    flow.target
        .create_topics(&wanted)
        .await
        .map_err(|error| match error {
            KafkaError::Unsupported { .. } | KafkaError::NotAllowed { .. } => lacking(Some(error)),
            error => at_target(error),
        })?;
    until_present(flow, &names).await?;
    Ok(names)
}

/// The settings that the target's topics get; a source that cannot tell them is no reason to stop.
async fn source_settings(
    flow: &Flow,
    names: &[String],
    sink: &dyn Sink,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, MirrorError> {
    match flow.source.topic_settings(names).await {
        Ok(mut settings) => {
            for settings in settings.values_mut() {
                settings.retain(|name, _| flow.creation.copies(name));
            }
            Ok(settings)
        }
        Err(error @ (KafkaError::Unsupported { .. } | KafkaError::NotAllowed { .. })) => {
            let text = format!("missing topics are made with the target's own settings: {error}");
            sink.emit(Event::Warning { text });
            Ok(BTreeMap::new())
        }
        Err(source) => Err(MirrorError::Source { source }),
    }
}

/// A new topic is not known everywhere at once.
async fn until_present(flow: &Flow, names: &[String]) -> Result<(), MirrorError> {
    let began = Instant::now();
    loop {
        let topics = flow.target.topics().await;
        let topics = topics.map_err(|source| MirrorError::Target { source })?;
        let absent = names
            .iter()
            .find(|name| !topics.iter().any(|topic| topic.name == **name));
        match absent {
            None => return Ok(()),
            Some(topic) if began.elapsed() > flow.target.patience() => {
                return Err(MirrorError::Target {
                    source: KafkaError::UnknownTopic {
                        bootstrap: flow.target.bootstrap().to_owned(),
                        topic: topic.clone(),
                    },
                });
            }
            Some(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}
