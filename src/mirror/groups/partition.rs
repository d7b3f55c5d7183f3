//! One group on one partition: where it goes on, and how far that is from where it stands.

use super::report::{PartitionReport, Reason};
use super::translate::{Anchor, Log, Proof, Translation, count, translate};
use super::{Engine, Internals};
use crate::kafka::TopicPartition;

/// What is known before any record is read.
#[derive(Clone, Debug)]
pub struct Job {
    pub group: String,
    pub place: TopicPartition,
    /// The next offset that the group reads on the source.
    pub offset: i64,
    /// What it has committed on the target.
    pub committed: Option<i64>,
    /// Where the last checkpoint leads.
    pub checkpoint: Option<i64>,
    pub anchors: Vec<Anchor>,
    pub target: OnTarget,
    /// Whether another partition of the group has a checkpoint: then it was refreshed.
    pub refreshed: bool,
}

/// The group as the target sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnTarget {
    pub members: usize,
    /// Whether the target calls it empty; Event Hubs calls it dead.
    pub empty: bool,
}

impl Job {
    /// Answers from both logs.
    ///
    /// # Errors
    ///
    /// What reading either side ends with.
    pub fn answer<S: Log, T: Log<Error = S::Error>>(
        &self,
        engine: &Engine,
        source: &mut S,
        target: &mut T,
    ) -> Result<PartitionReport, S::Error> {
        let known = self.anchors.iter().find(|anchor| anchor.source == self.offset);
        let translation = match known {
            Some(anchor) => Translation {
                offset: Some(anchor.target),
                proof: Proof::Exact,
            },
            None => translate(source, target, &self.anchors, self.offset)?,
        };
        let (resumes_at, reason) = match engine {
            Engine::Embedded => self.by_map(translation),
            Engine::Connect(internals) => self.by_checkpoint(translation, internals),
        };
        let distance = match (translation.offset, resumes_at) {
            (Some(exact), Some(at)) => {
                let again = count(target, at, exact)?;
                let mut never = count(target, exact, at)?;
                if let Proof::Behind { missing } = translation.proof {
                    never += missing;
                }
                Some((again, never))
            }
            _ => None,
        };
        Ok(PartitionReport {
            topic: self.place.topic.clone(),
            partition: self.place.partition,
            source_offset: self.offset,
            exact: translation.offset,
            proof: translation.proof,
            committed: self.committed,
            checkpoint: self.checkpoint,
            resumes_at,
            rereads: distance.map(|(again, _)| again),
            skips: distance.map(|(_, never)| never),
            reason,
        })
    }

    /// The embedded engine writes the exact place, never behind what is committed and never under a member's feet.
    fn by_map(&self, translation: Translation) -> (Option<i64>, Option<Reason>) {
        let why = match translation.proof {
            Proof::NotMirrored => Some(Reason::NotMirrored),
            Proof::Ahead { .. } => Some(Reason::AheadOfMirror),
            Proof::Behind { .. } => Some(Reason::BehindMirror),
            Proof::Exact | Proof::Earlier { .. } => None,
        };
        let Some(exact) = translation.offset else {
            return (self.committed, why);
        };
        match self.committed {
            Some(committed) if committed >= exact => (Some(committed), why),
            committed if self.target.members > 0 => (committed, Some(Reason::MembersConnected)),
            _ => (Some(exact), why.or(Some(Reason::NotWritten))),
        }
    }

    /// MirrorMaker 2 writes its checkpoints, except under a member's feet and, for groups that the target calls empty,
    /// except backwards.
    ///
    /// Source: `MirrorCheckpointTask.syncGroupOffset`: every group in another state counts as new.
    fn by_checkpoint(
        &self,
        translation: Translation,
        internals: &Internals,
    ) -> (Option<i64>, Option<Reason>) {
        let Some(checkpoint) = self.checkpoint else {
            return (self.committed, Some(self.why_no_checkpoint(translation.proof)));
        };
        let behind = matches!(translation.proof, Proof::Behind { .. }).then_some(Reason::BehindMirror);
        match self.committed {
            Some(committed) if committed == checkpoint => (Some(committed), behind),
            Some(committed) if self.target.members > 0 => (Some(committed), Some(Reason::MembersConnected)),
            None if self.target.members > 0 => (None, Some(Reason::MembersConnected)),
            committed if !internals.writes_groups => (committed, Some(Reason::SyncOff)),
            Some(committed) if committed > checkpoint && self.target.empty => (Some(committed), behind),
            Some(committed) if committed > checkpoint => (Some(checkpoint), Some(Reason::Rewound)),
            _ => (Some(checkpoint), behind.or(Some(Reason::NotWritten))),
        }
    }

    fn why_no_checkpoint(&self, proof: Proof) -> Reason {
        let first = self.anchors.iter().map(|anchor| anchor.source).min();
        match proof {
            Proof::NotMirrored => Reason::NotMirrored,
            Proof::Behind { .. } => Reason::BehindMirror,
            _ if first.is_some_and(|first| first > self.offset) || self.refreshed => Reason::TooOld,
            _ => Reason::NotRefreshed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(committed: Option<i64>, checkpoint: Option<i64>, members: usize, empty: bool) -> Job {
        Job {
            group: "billing".into(),
            place: TopicPartition::new("orders", 0),
            offset: 100,
            committed,
            checkpoint,
            anchors: Vec::new(),
            target: OnTarget { members, empty },
            refreshed: false,
        }
    }

    fn at(offset: i64) -> Translation {
        Translation {
            offset: Some(offset),
            proof: Proof::Exact,
        }
    }

    fn internals(writes_groups: bool) -> Internals {
        Internals {
            checkpoints: "source.checkpoints.internal".into(),
            offset_syncs: "mm2-offset-syncs.source.internal".into(),
            syncs_on_target: true,
            writes_groups,
        }
    }

    #[test]
    fn the_embedded_engine_writes_forwards_and_never_under_a_members_feet() {
        let ask = |committed, members| job(committed, None, members, true).by_map(at(90));
        assert_eq!(ask(None, 0), (Some(90), Some(Reason::NotWritten)));
        assert_eq!(ask(Some(80), 0), (Some(90), Some(Reason::NotWritten)));
        assert_eq!(ask(Some(90), 0), (Some(90), None));
        assert_eq!(ask(Some(95), 0), (Some(95), None));
        assert_eq!(ask(Some(80), 1), (Some(80), Some(Reason::MembersConnected)));
        assert_eq!(ask(None, 1), (None, Some(Reason::MembersConnected)));
    }

    #[test]
    fn mirror_maker_writes_its_checkpoints_as_its_source_says() {
        let on = internals(true);
        let ask =
            |committed, members, empty| job(committed, Some(85), members, empty).by_checkpoint(at(90), &on);
        assert_eq!(ask(None, 0, false), (Some(85), Some(Reason::NotWritten)));
        assert_eq!(ask(Some(85), 0, true), (Some(85), None));
        assert_eq!(ask(Some(95), 0, true), (Some(95), None));
        assert_eq!(ask(Some(95), 0, false), (Some(85), Some(Reason::Rewound)));
        assert_eq!(
            ask(Some(95), 2, false),
            (Some(95), Some(Reason::MembersConnected))
        );
        let off = job(None, Some(85), 0, false).by_checkpoint(at(90), &internals(false));
        assert_eq!(off, (None, Some(Reason::SyncOff)));
    }

    #[test]
    fn a_missing_checkpoint_has_a_reason() {
        let anchor = |source| Anchor {
            source,
            target: source,
        };
        let ask = |anchors: Vec<Anchor>, refreshed, proof| {
            let job = Job {
                anchors,
                refreshed,
                ..job(None, None, 0, false)
            };
            job.why_no_checkpoint(proof)
        };
        let behind = Proof::Behind { missing: 3 };
        assert_eq!(ask(vec![], false, Proof::NotMirrored), Reason::NotMirrored);
        assert_eq!(ask(vec![anchor(200)], false, behind), Reason::BehindMirror);
        assert_eq!(ask(vec![anchor(200)], false, Proof::Exact), Reason::TooOld);
        assert_eq!(ask(vec![anchor(50)], false, Proof::Exact), Reason::NotRefreshed);
        assert_eq!(ask(vec![anchor(50)], true, Proof::Exact), Reason::TooOld);
    }
}
