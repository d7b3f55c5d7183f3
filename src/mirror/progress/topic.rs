//! One topic and its memory: the id under which it was copied, and how many partitions it had.

use std::collections::BTreeSet;

use super::size::Average;
use crate::kafka::TopicId;

#[derive(Clone, Debug, Default)]
pub(super) struct TopicTrack {
    /// The id that the topic had when it was first seen, here or by an earlier process.
    pub known_id: Option<TopicId>,
    /// The id that it has now.
    pub id: Option<TopicId>,
    pub partitions: i32,
    /// Partitions that came later and have not begun.
    pub added: BTreeSet<i32>,
    /// Whether a position says that it belongs to the topic as it is.
    pub is_confirmed: bool,
    /// Whether a position says that it belongs to a topic with another id.
    pub is_contradicted: bool,
    pub gone: bool,
    pub average: Average,
}

impl TopicTrack {
    /// The source has the topic.
    pub fn present(&mut self, id: Option<TopicId>, partitions: i32) {
        self.gone = false;
        self.id = id;
        self.known_id = self.known_id.or(id);
        if self.partitions > 0 && partitions > self.partitions {
            self.added.extend(self.partitions..partitions);
        }
        self.partitions = self.partitions.max(partitions);
        (self.is_confirmed, self.is_contradicted) = (false, false);
    }

    /// A position of one of its partitions carries an id.
    pub fn position_id(&mut self, id: TopicId) {
        if let Some(now) = self.id {
            self.is_confirmed |= id == now;
            self.is_contradicted |= id != now;
        }
    }

    /// The id of the position, where there is one, knows more than a memory of when the topic was first seen.
    pub fn is_recreated(&self) -> bool {
        let changed = self.known_id.is_some() && self.id.is_some() && self.known_id != self.id;
        self.is_contradicted || (changed && !self.is_confirmed)
    }

    /// What is to be remembered as the id under which the topic is copied.
    pub fn id_to_remember(&self) -> Option<TopicId> {
        let confirmed = self.id.filter(|_| self.is_confirmed && !self.is_contradicted);
        confirmed.or(self.known_id)
    }
}
