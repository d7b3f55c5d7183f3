//! Why a mirror does not start, or stops. Nothing is written after an error; the position is saved where it can be.

use std::time::Duration;

use crate::kafka::{KafkaError, TopicId};
use crate::run::journal::JournalError;

/// A mirror that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    #[error("no topic of the source `{bootstrap}` is selected")]
    NoTopics { bootstrap: String },
    #[error("the source cannot be used")]
    Source { source: KafkaError },
    #[error("the target cannot be used")]
    Target { source: KafkaError },
    #[error("the target `{bootstrap}` lacks the topics {} and lets no client make them", list(.topics))]
    MissingTopics {
        bootstrap: String,
        topics: Vec<String>,
        source: Option<Box<KafkaError>>,
    },
    #[error(
        "the topic `{topic}` has {target} partitions on the target and {wanted} on the source: a record would lose its place"
    )]
    FewerPartitions { topic: String, target: i32, wanted: i32 },
    #[error(
        "the topic `{topic}` has {target} partitions on the target and {source_partitions} on the source, and its records have keys: after the cut-over a key would change its partition"
    )]
    MorePartitions {
        topic: String,
        target: i32,
        source_partitions: i32,
    },
    #[error(
        "the source has deleted offsets of `{topic}` partition {partition} that were not copied: it begins at {start}, the position is {position}, possibly lost {} offsets",
        .start - .position
    )]
    Lost {
        topic: String,
        partition: i32,
        position: i64,
        start: i64,
    },
    #[error(
        "the source's `{topic}` partition {partition} ends at {end}, before the position {position}: the topic was made anew"
    )]
    SourceReset {
        topic: String,
        partition: i32,
        position: i64,
        end: i64,
    },
    #[error(
        "the source's `{topic}` was made anew: its id was `{then}` when the position was taken and is `{now}`"
    )]
    SourceRecreated {
        topic: String,
        then: TopicId,
        now: TopicId,
    },
    #[error("the source no longer has the topic `{topic}`")]
    TopicGone { topic: String },
    #[error(
        "the target's `{topic}` partition {partition} ends at {end}, before the {position} that was written: the topic was made anew"
    )]
    TargetReset {
        topic: String,
        partition: i32,
        position: i64,
        end: i64,
    },
    #[error(
        "the target's `{topic}` partition {partition} holds a record at {target_offset} that the source does not have at {source_offset}: somebody else writes there"
    )]
    ForeignRecord {
        topic: String,
        partition: i32,
        source_offset: i64,
        target_offset: i64,
    },
    #[error(
        "a record of `{topic}` partition {partition} at {offset} has {bytes} bytes, above the limit of {limit}"
    )]
    RecordTooLarge {
        topic: String,
        partition: i32,
        offset: i64,
        bytes: u64,
        limit: u64,
    },
    #[error(
        "the target refused a record of `{topic}` partition {partition} at source offset {offset}: {reason}"
    )]
    RecordRefused {
        topic: String,
        partition: i32,
        offset: i64,
        reason: String,
    },
    #[error("the source cannot give `{topic}` partition {partition}: {reason}")]
    Unreadable {
        topic: String,
        partition: i32,
        reason: String,
    },
    #[error("the target has acknowledged nothing for {} s", .waited.as_secs())]
    TargetSilent { waited: Duration },
    #[error("the source has not answered for {} s", .waited.as_secs())]
    SourceSilent { waited: Duration, source: KafkaError },
    #[error("the group `{group}` was moved by somebody else: a second mirror of this environment runs")]
    SecondMirror { group: String },
    #[error("the position cannot be saved as the group `{group}`")]
    PositionNotSaved { group: String, source: KafkaError },
    #[error("kafka connect cannot say how far the mirror is")]
    Connect {
        source: Box<super::connect::ConnectError>,
    },
    #[error("the flow has {count} partitions, above the limit of {limit}")]
    TooManyPartitions { count: usize, limit: usize },
    #[error("the source deletes records faster than they can be copied")]
    AlwaysOvertaken,
    #[error("what is remembered of the mirror cannot be kept")]
    Memory { source: JournalError },
    #[error("the engine ended by itself")]
    EngineEnded,
}

fn list(topics: &[String]) -> String {
    let quoted: Vec<_> = topics.iter().map(|topic| format!("`{topic}`")).collect();
    quoted.join(", ")
}
