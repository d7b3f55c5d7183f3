//! The offset syncs of MirrorMaker 2 that lie next to the offsets that are asked for.
//!
//! The topic can hold millions of them: only the nearest on each side of each wanted offset is kept.

use std::collections::BTreeMap;

use super::translate::Anchor;
use super::wire::{OffsetSync, decode_sync};
use super::{Internals, internal};
use crate::kafka::TopicPartition;
use crate::mirror::{Flow, MirrorError};

/// The offsets of groups that are asked for, by partition.
pub type Wanted = BTreeMap<TopicPartition, Vec<i64>>;

/// What the topic says about one partition.
#[derive(Clone, Debug, Default)]
pub struct Nearest {
    anchors: BTreeMap<i64, Anchor>,
    last: Option<i64>,
}

/// Pairs by partition; a partition that was never mirrored is absent.
#[derive(Clone, Debug, Default)]
pub struct Syncs(BTreeMap<TopicPartition, Nearest>);

impl Syncs {
    /// The pairs of a partition next to the offsets that were asked for.
    pub fn anchors(&self, place: &TopicPartition) -> Vec<Anchor> {
        let nearest = self.0.get(place);
        nearest.map_or_else(Vec::new, |nearest| nearest.anchors.values().copied().collect())
    }

    fn take(&mut self, sync: &OffsetSync, wanted: &Wanted) {
        let place = TopicPartition::new(&sync.topic, sync.partition);
        let Some(offsets) = wanted.get(&place) else {
            return;
        };
        let nearest = self.0.entry(place).or_default();
        // Offsets that go back belong to a topic that was made anew: what was known of the old one is wrong.
        if nearest.last.is_some_and(|last| sync.upstream < last) {
            nearest.anchors.clear();
        }
        nearest.last = Some(sync.upstream);
        let anchor = Anchor {
            source: sync.upstream,
            target: sync.downstream,
        };
        nearest.anchors.insert(sync.upstream, anchor);
        // Twice as many as can be needed may wait before they are thinned.
        if nearest.anchors.len() > 4 * offsets.len() + 64 {
            nearest.thin(offsets);
        }
    }
}

impl Nearest {
    fn thin(&mut self, wanted: &[i64]) {
        let mut kept = BTreeMap::new();
        for offset in wanted {
            let below = self.anchors.range(..=offset).next_back();
            let above = self.anchors.range(offset..).next();
            kept.extend(
                below
                    .into_iter()
                    .chain(above)
                    .map(|(key, anchor)| (*key, *anchor)),
            );
        }
        // The last one is the nearest of what is still to come.
        kept.extend(self.anchors.last_key_value().map(|(key, anchor)| (*key, *anchor)));
        self.anchors = kept;
    }
}

/// Reads the pairs next to `wanted`; `None` when the topic is not there or cannot be read by us.
pub async fn read(flow: &Flow, internals: &Internals, wanted: Wanted) -> Result<Option<Syncs>, MirrorError> {
    let on_target = internals.syncs_on_target;
    let cluster = if on_target { &flow.target } else { &flow.source };
    let failed = move |source| {
        if on_target {
            MirrorError::Target { source }
        } else {
            MirrorError::Source { source }
        }
    };
    let topic = internals.offset_syncs.clone();
    let Some(marks) = internal::marks(cluster, &topic).await.map_err(failed)? else {
        return Ok(None);
    };
    let cluster = cluster.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let mut syncs = Syncs::default();
        internal::read(&cluster, &topic, marks, |key, value| {
            if let Some(sync) = decode_sync(key, value) {
                syncs.take(&sync, &wanted);
            }
        })?;
        for (place, offsets) in &wanted {
            if let Some(nearest) = syncs.0.get_mut(place) {
                nearest.thin(offsets);
            }
        }
        Ok(syncs)
    });
    let read = reading.await.map_err(|_| MirrorError::EngineEnded)?;
    read.map(Some).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sync(upstream: i64) -> OffsetSync {
        OffsetSync {
            topic: "orders".into(),
            partition: 0,
            upstream,
            downstream: upstream - 5,
        }
    }

    #[test]
    fn the_nearest_on_both_sides_are_kept_of_however_many() {
        let place = TopicPartition::new("orders", 0);
        let wanted: Wanted = [(place.clone(), vec![150])].into();
        let mut syncs = Syncs::default();
        for step in 0..1000 {
            syncs.take(&sync(step * 100), &wanted);
        }
        syncs.0.get_mut(&place).unwrap().thin(&[150]);
        let kept: Vec<_> = syncs.anchors(&place).iter().map(|anchor| anchor.source).collect();
        assert_eq!(kept, [100, 200, 99_900]);
    }

    #[test]
    fn a_topic_that_was_made_anew_leaves_no_pairs_of_the_old_one() {
        let place = TopicPartition::new("orders", 0);
        let wanted: Wanted = [(place.clone(), vec![3])].into();
        let mut syncs = Syncs::default();
        for upstream in [100, 200, 2] {
            syncs.take(&sync(upstream), &wanted);
        }
        assert_eq!(syncs.anchors(&place).len(), 1);
    }
}
