//! Writing the exact places to the target, for the embedded engine. MirrorMaker 2 does that by itself.

use std::collections::BTreeMap;

use serde::Serialize;

use super::report::{Groups, PartitionReport, Reason};
use super::translate::Proof;
use crate::kafka::{Cluster, Committed, TopicPartition};
use crate::mirror::MirrorError;

/// What would be committed on the target: forwards alone, for groups without members there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SyncPlan {
    pub writes: Vec<Write>,
}

/// One offset to commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Write {
    pub group: String,
    pub topic: String,
    pub partition: i32,
    /// What is committed now.
    pub from: Option<i64>,
    pub to: i64,
    /// Whether the place is proven to be exact.
    pub exact: bool,
    /// Records that the group has not read and that the target does not have.
    pub missing: u64,
}

impl SyncPlan {
    /// Takes from a report what is known and not yet written.
    pub fn of(groups: &Groups) -> Self {
        let mut writes = Vec::new();
        for group in groups.groups.iter().filter(|group| group.target_members == 0) {
            writes.extend(group.partitions.iter().filter_map(|one| write(&group.group, one)));
        }
        Self { writes }
    }

    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// How many groups would be written.
    pub fn groups(&self) -> usize {
        self.by_group().len()
    }

    fn by_group(&self) -> BTreeMap<&str, Vec<&Write>> {
        let mut groups: BTreeMap<&str, Vec<&Write>> = BTreeMap::new();
        for write in &self.writes {
            groups.entry(&write.group).or_default().push(write);
        }
        groups
    }

    /// Commits what the plan says, looking again at every group first: one that moved meanwhile, or got a member, is
    /// left alone. Says which groups were written.
    ///
    /// # Errors
    ///
    /// [`MirrorError::Target`]; the groups before the one that was refused are written.
    pub async fn apply(&self, target: &Cluster) -> Result<Vec<String>, MirrorError> {
        let at_target = |source| MirrorError::Target { source };
        let mut written = Vec::new();
        for (group, writes) in self.by_group() {
            let places: Vec<_> = writes.iter().map(|write| write.place()).collect();
            let states = super::look::states(target, &[group.to_owned()])
                .await
                .map_err(at_target)?;
            let now = target.group_offsets(group, &places).await.map_err(at_target)?;
            let members = states.get(group).map_or(0, |state| state.members);
            let moved = writes
                .iter()
                .any(|write| now.get(&write.place()).map(|committed| committed.offset) != write.from);
            if members > 0 || moved {
                continue;
            }
            let offsets = writes
                .iter()
                .map(|write| (write.place(), write.commit()))
                .collect();
            target.commit_offsets(group, offsets).await.map_err(at_target)?;
            written.push(group.to_owned());
        }
        Ok(written)
    }
}

impl Write {
    fn place(&self) -> TopicPartition {
        TopicPartition::new(&self.topic, self.partition)
    }

    fn commit(&self) -> Committed {
        Committed {
            offset: self.to,
            metadata: String::new(),
        }
    }
}

fn write(group: &str, partition: &PartitionReport) -> Option<Write> {
    let to = partition.resumes_at?;
    let due = matches!(partition.reason, Some(Reason::NotWritten | Reason::BehindMirror));
    if !due || partition.committed.is_some_and(|committed| committed >= to) {
        return None;
    }
    Some(Write {
        group: group.to_owned(),
        topic: partition.topic.clone(),
        partition: partition.partition,
        from: partition.committed,
        to,
        exact: partition.proof == Proof::Exact,
        missing: match partition.proof {
            Proof::Behind { missing } => missing,
            _ => 0,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mirror::groups::GroupReport;

    fn partition(
        number: i32,
        committed: Option<i64>,
        resumes_at: Option<i64>,
        reason: Option<Reason>,
    ) -> PartitionReport {
        PartitionReport {
            topic: "orders".into(),
            partition: number,
            source_offset: 100,
            exact: resumes_at,
            proof: Proof::Exact,
            committed,
            checkpoint: None,
            resumes_at,
            rereads: Some(0),
            skips: Some(0),
            reason,
        }
    }

    fn groups(members: usize) -> Groups {
        let due = Some(Reason::NotWritten);
        Groups {
            groups: vec![GroupReport {
                group: "billing".into(),
                source_state: None,
                source_members: 0,
                target_state: None,
                target_members: members,
                reason: None,
                partitions: vec![
                    partition(0, None, Some(90), due),
                    partition(1, Some(95), Some(95), None),
                    partition(2, Some(20), Some(90), due),
                    partition(3, None, None, Some(Reason::AheadOfMirror)),
                ],
            }],
            ..Groups::default()
        }
    }

    #[test]
    fn only_what_is_known_and_further_on_is_written() {
        let plan = SyncPlan::of(&groups(0));
        let written: Vec<_> = plan
            .writes
            .iter()
            .map(|write| (write.partition, write.to))
            .collect();
        assert_eq!(written, [(0, 90), (2, 90)]);
        assert_eq!(plan.groups(), 1);
    }

    #[test]
    fn a_group_with_members_on_the_target_is_left_alone() {
        assert!(SyncPlan::of(&groups(1)).is_empty());
    }
}
