//! What must outlive the process: under which id a topic is copied, and what was lost.
//!
//! Kafka Connect keeps offsets without topic ids, and Kafka forgets the commits of a group with its topic. So the id of a
//! topic at first sight, and every loss, are written down in a journal of the state folder. Another machine that asks
//! has its own memory, and begins it with what it sees first.

use std::collections::BTreeMap;

use camino::Utf8Path;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kafka::{TopicId, TopicPartition};
use crate::run::journal::{self, Journal, JournalError};

/// One fact of the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Line {
    at: Timestamp,
    #[serde(flatten)]
    fact: Fact,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "kebab-case")]
enum Fact {
    /// What follows is about this cluster, and what came before is about another one.
    Cluster { identity: String },
    /// A topic as it was seen; the last one of a name counts.
    Topic {
        topic: String,
        id: Option<TopicId>,
        partitions: i32,
    },
    /// The source deleted `from` up to `to` before it was copied; the last one of a `from` counts.
    Lost {
        topic: String,
        partition: i32,
        from: i64,
        to: i64,
    },
    /// Everything before was taken note of.
    Acknowledged,
}

/// What is known of a topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub id: Option<TopicId>,
    pub partitions: i32,
}

/// What was remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    pub topics: BTreeMap<String, Known>,
    /// Lost spans by where they begin.
    pub losses: BTreeMap<TopicPartition, BTreeMap<i64, i64>>,
}

/// The journal of one environment's mirror.
pub struct Memory {
    journal: Journal,
    identity: String,
    written: Remembered,
}

impl Memory {
    /// Opens the journal at `path`, or begins one, for the source cluster that calls itself `identity`.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub fn open(path: &Utf8Path, identity: &str) -> Result<Self, JournalError> {
        let lines: Vec<Line> = journal::read(path)?;
        let mut memory = Self {
            journal: Journal::open(path)?,
            identity: String::new(),
            written: Remembered::default(),
        };
        for line in lines {
            memory.hear(line.fact);
        }
        if memory.identity != identity {
            let identity = identity.to_owned();
            memory.write(Fact::Cluster { identity })?;
        }
        Ok(memory)
    }

    /// What earlier processes wrote down.
    pub fn remembered(&self) -> Remembered {
        self.written.clone()
    }

    /// Writes down what is new in `now`.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub fn keep(&mut self, now: &Remembered) -> Result<(), JournalError> {
        for fact in self.written.news(now) {
            self.write(fact)?;
        }
        Ok(())
    }

    /// Forgets everything up to now.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub fn acknowledge(&mut self) -> Result<(), JournalError> {
        self.write(Fact::Acknowledged)
    }

    fn write(&mut self, fact: Fact) -> Result<(), JournalError> {
        let at = Timestamp::now();
        self.journal.append(&Line {
            at,
            fact: fact.clone(),
        })?;
        self.hear(fact);
        Ok(())
    }

    fn hear(&mut self, fact: Fact) {
        let Remembered { topics, losses } = &mut self.written;
        match fact {
            Fact::Cluster { identity } => {
                self.identity = identity;
                self.written = Remembered::default();
            }
            Fact::Topic {
                topic,
                id,
                partitions,
            } => {
                topics.insert(topic, Known { id, partitions });
            }
            Fact::Lost {
                topic,
                partition,
                from,
                to,
            } => {
                let place = TopicPartition { topic, partition };
                losses.entry(place).or_default().insert(from, to);
            }
            Fact::Acknowledged => self.written = Remembered::default(),
        }
    }
}

impl Remembered {
    /// The facts that `now` has and these do not.
    fn news(&self, now: &Self) -> Vec<Fact> {
        let topics = now
            .topics
            .iter()
            .filter(|(name, known)| self.topics.get(*name) != Some(known));
        let topics = topics.map(|(name, known)| Fact::Topic {
            topic: name.clone(),
            id: known.id,
            partitions: known.partitions,
        });
        let losses = now
            .losses
            .iter()
            .flat_map(|(place, spans)| spans.iter().map(move |(from, to)| (place, *from, *to)));
        let losses = losses.filter(|(place, from, to)| {
            let spans = self.losses.get(*place);
            spans.and_then(|spans| spans.get(from)) != Some(to)
        });
        let losses = losses.map(|(place, from, to)| Fact::Lost {
            topic: place.topic.clone(),
            partition: place.partition,
            from,
            to,
        });
        topics.chain(losses).collect()
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;

    use super::*;

    fn known(id: i64, partitions: i32) -> Known {
        Known {
            id: TopicId::from_bits(0, id),
            partitions,
        }
    }

    #[test]
    fn a_memory_outlives_its_process_and_is_not_written_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().join("mirror.jsonl")).unwrap();
        let mut now = Remembered::default();
        now.topics.insert("orders".into(), known(7, 3));
        let place = TopicPartition::new("orders", 1);
        now.losses.insert(place.clone(), BTreeMap::from([(100, 150)]));
        Memory::open(&path, "a").unwrap().keep(&now).unwrap();
        let lines = std::fs::read_to_string(&path).unwrap();
        Memory::open(&path, "a").unwrap().keep(&now).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), lines);
        assert_eq!(Memory::open(&path, "a").unwrap().remembered(), now);

        now.losses.insert(place, BTreeMap::from([(100, 180)]));
        let mut memory = Memory::open(&path, "a").unwrap();
        memory.keep(&now).unwrap();
        assert_eq!(Memory::open(&path, "a").unwrap().remembered(), now);
        memory.acknowledge().unwrap();
        assert_eq!(
            Memory::open(&path, "a").unwrap().remembered(),
            Remembered::default()
        );
    }

    #[test]
    fn another_cluster_at_the_same_place_has_no_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().join("mirror.jsonl")).unwrap();
        let mut now = Remembered::default();
        now.topics.insert("orders".into(), known(7, 3));
        Memory::open(&path, "a").unwrap().keep(&now).unwrap();
        assert_eq!(
            Memory::open(&path, "b").unwrap().remembered(),
            Remembered::default()
        );
    }
}
