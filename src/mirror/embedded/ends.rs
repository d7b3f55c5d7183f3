//! Where the source ends and whether its topics are still the same, asked again and again beside the copying.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::prepare::Start;
use crate::kafka::{Cluster, KafkaError, TopicId, TopicPartition};
use crate::mirror::MirrorError;

/// How often the source is asked where it ends.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// Its topics are compared at every second question.
const COMPARE_EVERY: u32 = 2;

/// What the source said last about its ends.
#[derive(Default)]
pub struct Ends {
    pub places: BTreeMap<TopicPartition, i64>,
    /// Since when it has not answered, and why.
    pub silent_since: Option<(Instant, KafkaError)>,
    /// The first topic that is no longer the one that is copied.
    pub change: Option<Change>,
    ids: BTreeMap<String, TopicId>,
}

/// What became of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Gone {
        topic: String,
    },
    Recreated {
        topic: String,
        then: TopicId,
        now: TopicId,
    },
}

impl Change {
    pub fn to_error(&self) -> MirrorError {
        match self.clone() {
            Self::Gone { topic } => MirrorError::TopicGone { topic },
            Self::Recreated { topic, then, now } => MirrorError::SourceRecreated { topic, then, now },
        }
    }
}

impl Ends {
    /// What is known when a round begins.
    pub fn of(starts: &[Start]) -> Self {
        let end = |start: &Start| (start.place.clone(), start.end);
        let id = |start: &Start| Some((start.place.topic.clone(), start.topic_id?));
        Self {
            places: starts.iter().map(end).collect(),
            ids: starts.iter().filter_map(id).collect(),
            ..Self::default()
        }
    }

    fn heard(&mut self, answer: Result<BTreeMap<TopicPartition, i64>, KafkaError>) {
        match answer {
            Ok(answer) => {
                self.places = answer;
                self.silent_since = None;
            }
            Err(error) => {
                let since = self
                    .silent_since
                    .as_ref()
                    .map_or_else(Instant::now, |(since, _)| *since);
                self.silent_since = Some((since, error));
            }
        }
    }
}

/// Asks the source, again and again.
pub async fn ask(source: Cluster, ends: Arc<Mutex<Ends>>) {
    for turn in 1_u32.. {
        tokio::time::sleep(ASK_EVERY).await;
        let (places, ids): (Vec<_>, _) = {
            let ends = ends.lock().unwrap_or_else(PoisonError::into_inner);
            (ends.places.keys().cloned().collect(), ends.ids.clone())
        };
        let answer = source.ends(&places).await;
        let change = match &answer {
            Err(KafkaError::UnknownTopic { topic, .. }) => gone(&source, topic).await,
            Ok(_) if turn.is_multiple_of(COMPARE_EVERY) => recreated(&source, &ids).await,
            _ => None,
        };
        let mut ends = ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.heard(answer);
        ends.change = ends.change.take().or(change);
    }
}

/// A broker that restarts may not know a topic for a moment: only what the whole cluster does not list is gone.
async fn gone(source: &Cluster, topic: &str) -> Option<Change> {
    let topics = source.topics().await.ok()?;
    let topic = topic.to_owned();
    let listed = topics.iter().any(|listed| listed.name == topic);
    (!listed).then_some(Change::Gone { topic })
}

async fn recreated(source: &Cluster, ids: &BTreeMap<String, TopicId>) -> Option<Change> {
    let names: Vec<_> = ids.keys().cloned().collect();
    let present = source.topic_ids(&names).await.ok()?;
    ids.iter().find_map(|(topic, then)| {
        let now = *present.get(topic)?;
        let (topic, then) = (topic.clone(), *then);
        (now != then).then_some(Change::Recreated { topic, then, now })
    })
}
