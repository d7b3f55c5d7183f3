//! What flows, from where to where, and within which bounds.

use std::time::Duration;

use super::topics::TopicRules;
use crate::kafka::{Cluster, LARGEST_REQUEST_BYTES};
use crate::model::selection::Selection;

/// One flow: topics keep their names, partitions their numbers.
#[derive(Clone, Debug)]
pub struct Flow {
    pub name: String,
    pub source: Cluster,
    pub target: Cluster,
    pub topics: Selection,
    /// The consumer group on the source that holds the position: `landfall-mirror-<environment>`.
    pub group: String,
    pub creation: Creation,
    /// What may be done to the topics of the target beside making them.
    pub rules: TopicRules,
    /// Bytes of records that may be on their way between source and target, and at most one record for every 512.
    pub buffer_bytes: u64,
    pub commit_interval: Duration,
    /// How long source or target may be away before the run gives up.
    pub outage_limit: Duration,
    /// Produce requests under way per broker; more than one widens what a kill can double.
    pub in_flight: u32,
    /// The largest record that the target takes.
    pub largest_record_bytes: u32,
    /// Goes on, with a warning, where the source has deleted records before they were copied.
    pub accept_loss: bool,
    /// Topics whose saved position is forgotten: they were made anew, and are copied from their beginning.
    pub begin_anew: Vec<String>,
}

/// What happens when a topic is missing on the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Creation {
    /// It is made with the source's partitions and settings, without the settings that the target forbids.
    Allowed { forbidden_settings: Vec<String> },
    /// Clients may not make topics there: its absence is an error.
    Forbidden,
}

/// When a run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Every partition has reached the end that the source had when the run began.
    CaughtUp,
    /// When somebody asks.
    Forever,
}

impl Flow {
    /// A flow with the usual bounds: 64 MiB of records on their way, a commit every 5 s, 60 s of outage, one request
    /// under way.
    pub fn new(name: &str, source: Cluster, target: Cluster, topics: Selection) -> Self {
        Self {
            name: name.to_owned(),
            source,
            target,
            topics,
            group: format!("landfall-mirror-{name}"),
            creation: Creation::Allowed {
                forbidden_settings: Vec::new(),
            },
            rules: TopicRules::default(),
            buffer_bytes: 64 << 20,
            commit_interval: Duration::from_secs(5),
            outage_limit: Duration::from_mins(1),
            in_flight: 1,
            largest_record_bytes: LARGEST_REQUEST_BYTES,
            accept_loss: false,
            begin_anew: Vec::new(),
        }
    }
}
