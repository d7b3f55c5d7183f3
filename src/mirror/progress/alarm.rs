//! What is wrong, by name: one alarm for each kind and topic, however many partitions it has.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// Something that a person must know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alarm {
    pub kind: AlarmKind,
    pub topic: String,
    /// The partitions that it is about; empty when it is about the topic.
    pub partitions: Vec<i32>,
    /// How many offsets it is about, where that can be told.
    pub offsets: u64,
    pub text: String,
}

/// The kinds, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmKind {
    /// The source deleted offsets that were not copied.
    PossiblyLost,
    /// The topic has another id than when its position was taken.
    Recreated,
    /// The source ends before the position.
    Reset,
    /// The source no longer has the topic.
    TopicGone,
    /// The position moved back: records are copied again.
    Rewound,
    /// Records wait, and nothing moves.
    Stalled,
    /// The topic has more partitions than before.
    PartitionsAdded,
}

impl AlarmKind {
    /// Whether what was copied and what the source holds no longer belong together.
    pub fn is_difference(self) -> bool {
        !matches!(self, Self::Stalled | Self::PartitionsAdded)
    }

    fn says(self, offsets: u64) -> String {
        match self {
            Self::PossiblyLost => format!(
                "possibly lost {offsets} offsets: the source deleted them before they were copied (markers and compacted \
                 records count too)"
            ),
            Self::Recreated => "made anew: its id is not the one that was copied".to_owned(),
            Self::Reset => "ends before the position: the topic was made anew".to_owned(),
            Self::TopicGone => "the source no longer has it".to_owned(),
            Self::Rewound => "the position moved back: records are copied again".to_owned(),
            Self::Stalled => format!("nothing moves while {offsets} records wait"),
            Self::PartitionsAdded => "has new partitions".to_owned(),
        }
    }
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Alarms while they are gathered.
#[derive(Default)]
pub(super) struct Alarms<'a>(BTreeMap<(AlarmKind, &'a str), (Vec<i32>, u64)>);

impl<'a> Alarms<'a> {
    pub fn of_topic(&mut self, kind: AlarmKind, topic: &'a str) {
        self.0.entry((kind, topic)).or_default();
    }

    pub fn of_partition(&mut self, kind: AlarmKind, topic: &'a str, partition: i32, offsets: u64) {
        let (partitions, sum) = self.0.entry((kind, topic)).or_default();
        partitions.push(partition);
        *sum += offsets;
    }

    pub fn name(self) -> Vec<Alarm> {
        let alarm = |((kind, topic), (partitions, offsets)): ((AlarmKind, &str), (Vec<i32>, u64))| {
            let place = match partitions.as_slice() {
                [] => String::new(),
                [one] => format!(" partition {one}"),
                [first, .., last] => {
                    format!(" in {} partitions ({first} to {last})", partitions.len())
                }
            };
            Alarm {
                text: format!("`{topic}`{place}: {}", kind.says(offsets)),
                topic: topic.to_owned(),
                kind,
                partitions,
                offsets,
            }
        };
        self.0.into_iter().map(alarm).collect()
    }
}
