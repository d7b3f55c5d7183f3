//! The state machine between two looks. It knows no cluster and no clock: it is given what was seen, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::alarm::{AlarmKind, Alarms};
use super::memory::Remembered;
use super::partition::{Seen, Track};
use super::rate::{Pace, Sum};
use super::size::Average;
use super::status::{PartitionState, PartitionStatus, Status, TopicStatus};
use super::topic::TopicTrack;
use crate::kafka::{Scan, Stretch, Topic, TopicId, TopicPartition};
use crate::model::units::Lag;

/// Partitions that are looked into after one look, and topics of which a sample is taken: a look stays quick.
const MOST_DOUBTS: usize = 64;
const MOST_SAMPLES: usize = 8;

/// What was seen at one moment.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Since the watch began.
    pub at: Duration,
    /// The topics of the source that flow; a position of any other topic is left over from earlier and says nothing.
    pub topics: Vec<Topic>,
    /// The ids of those topics that the source tells.
    pub ids: BTreeMap<String, TopicId>,
    pub partitions: BTreeMap<TopicPartition, Seen>,
}

/// What all looks so far have told.
pub struct Tracker {
    pace: Pace,
    at: Duration,
    topics: BTreeMap<String, TopicTrack>,
    partitions: BTreeMap<TopicPartition, Track>,
    remembered: Remembered,
}

impl Tracker {
    pub fn new(pace: Pace, remembered: Remembered) -> Self {
        let topic = |(name, known): (&String, &super::memory::Known)| {
            let track = TopicTrack {
                known_id: known.id,
                partitions: known.partitions,
                gone: true,
                ..TopicTrack::default()
            };
            (name.clone(), track)
        };
        Self {
            pace,
            at: Duration::ZERO,
            topics: remembered.topics.iter().map(topic).collect(),
            partitions: BTreeMap::new(),
            remembered,
        }
    }

    /// Whether nothing was ever seen: a source without topics is then a mistake, and not the loss of all of them.
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// Takes in what was seen.
    pub fn look(&mut self, look: Look) {
        self.at = look.at;
        let present: BTreeSet<&str> = look.topics.iter().map(|topic| topic.name.as_str()).collect();
        for (name, topic) in &mut self.topics {
            topic.gone = !present.contains(name.as_str());
        }
        for topic in &look.topics {
            let track = self.topics.entry(topic.name.clone()).or_default();
            track.present(look.ids.get(&topic.name).copied(), topic.partitions);
        }
        self.partitions
            .retain(|place, _| look.partitions.contains_key(place));
        for (place, seen) in look.partitions {
            let losses = &mut self.remembered.losses;
            let track = self
                .partitions
                .entry(place.clone())
                .or_insert_with(|| Track::with_losses(losses.remove(&place).unwrap_or_default()));
            track.look(seen, look.at, self.pace);
            if let Some(topic) = self.topics.get_mut(&place.topic) {
                if let Some(id) = seen.position.and_then(|position| position.topic_id) {
                    topic.position_id(id);
                }
                if track.has_begun() {
                    topic.added.remove(&place.partition);
                }
            }
        }
    }

    /// What should be looked into before the states are told.
    pub fn doubts(&self) -> Vec<Stretch> {
        let doubts = self
            .partitions
            .iter()
            .filter_map(|(place, track)| track.doubt(place));
        doubts.take(MOST_DOUBTS).collect()
    }

    /// What a look into a doubt has found.
    pub fn found(&mut self, doubt: &Stretch, scan: Scan) {
        if let Some(track) = self.partitions.get_mut(&doubt.place) {
            track.found(doubt.until, scan);
        }
    }

    /// Of which partitions the size of records should be measured: the fullest of each topic without a fresh sample.
    pub fn sizes_wanted(&self) -> Vec<Stretch> {
        let mut fullest: BTreeMap<&str, (u64, &TopicPartition, &Track)> = BTreeMap::new();
        for (place, track) in &self.partitions {
            let waiting = track.waiting_offsets();
            let most = fullest
                .get(place.topic.as_str())
                .map_or(0, |(waiting, ..)| *waiting);
            if waiting > most {
                fullest.insert(&place.topic, (waiting, place, track));
            }
        }
        fullest.retain(|topic, _| {
            self.topics
                .get(*topic)
                .is_some_and(|topic| topic.average.is_wanted(self.at))
        });
        let mut fullest: Vec<_> = fullest.into_values().collect();
        fullest.sort_by_key(|(waiting, ..)| std::cmp::Reverse(*waiting));
        let stretches = fullest
            .iter()
            .filter_map(|(_, place, track)| track.waiting(place));
        stretches.take(MOST_SAMPLES).collect()
    }

    /// What a sample has found.
    pub fn measured(&mut self, sample: &Stretch, scan: Option<Scan>) {
        if let Some(topic) = self.topics.get_mut(&sample.place.topic) {
            topic.average.take(scan, self.at);
        }
    }

    /// How far everything is.
    pub fn status(&self, flow: &str, group: Option<&str>) -> Status {
        let (mut alarms, mut sum) = (Alarms::default(), Sum::default());
        let mut partitions = Vec::with_capacity(self.partitions.len());
        let mut topics: BTreeMap<&str, (Sum, PartitionState, usize)> = BTreeMap::new();
        for (place, track) in &self.partitions {
            let topic = self.topics.get(&place.topic);
            let recreated = topic.is_some_and(TopicTrack::is_recreated);
            let state = track.state(recreated, self.at, self.pace);
            track.raise(&mut alarms, &place.topic, place.partition, state);
            let average: Option<&Average> = topic.map(|topic| &topic.average);
            let partition = track.status(place, state, average);
            sum.add(partition.lag.0, &partition.speed);
            let (topic_sum, worst, count) = topics.entry(&place.topic).or_default();
            topic_sum.add(partition.lag.0, &partition.speed);
            *worst = (*worst).max(state);
            *count += 1;
            partitions.push(partition);
        }
        self.raise_topics(&mut alarms);
        let topic = |(name, (sum, state, partitions)): (&str, (Sum, PartitionState, usize))| TopicStatus {
            topic: name.to_owned(),
            id: self.topics.get(name).and_then(|topic| topic.id),
            partitions,
            lag: Lag(sum.lag()),
            speed: sum.speed(),
            state,
        };
        let topics: Vec<_> = topics.into_iter().map(topic).collect();
        let still = |partition: &PartitionStatus| partition.state == PartitionState::CaughtUp;
        Status {
            flow: flow.to_owned(),
            group: group.map(str::to_owned),
            lag: Lag(sum.lag()),
            speed: sum.speed(),
            caught_up: partitions.iter().all(still),
            possibly_lost: partitions.iter().map(|partition| partition.possibly_lost).sum(),
            alarms: alarms.name(),
            topics,
            partitions,
        }
    }

    fn raise_topics<'a>(&'a self, alarms: &mut Alarms<'a>) {
        for (name, topic) in &self.topics {
            if topic.gone {
                alarms.of_topic(AlarmKind::TopicGone, name);
            } else if topic.is_recreated() {
                alarms.of_topic(AlarmKind::Recreated, name);
            }
            for partition in &topic.added {
                alarms.of_partition(AlarmKind::PartitionsAdded, name, *partition, 0);
            }
        }
    }

    /// What must outlive the process.
    pub fn to_remember(&self) -> Remembered {
        let topics = self.topics.iter().map(|(name, topic)| {
            let known = super::memory::Known {
                id: topic.id_to_remember(),
                partitions: topic.partitions,
            };
            (name.clone(), known)
        });
        let losses = self
            .partitions
            .iter()
            .filter(|(_, track)| !track.losses().is_empty());
        Remembered {
            topics: topics.collect(),
            losses: losses
                .map(|(place, track)| (place.clone(), track.losses().clone()))
                .collect(),
        }
    }

    /// Takes what is now as right: losses are known, topics are what they are, what is gone is forgotten.
    pub fn acknowledge(&mut self) {
        self.topics.retain(|_, topic| !topic.gone);
        for topic in self.topics.values_mut() {
            topic.known_id = topic.id;
            topic.added.clear();
        }
        for track in self.partitions.values_mut() {
            track.forgive();
        }
        self.remembered = Remembered::default();
    }
}
