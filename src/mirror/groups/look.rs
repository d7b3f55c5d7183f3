//! Looking at every group on both sides; changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::given::{Given, given};
use super::partition::{Job, OnTarget};
use super::report::{GroupReport, Groups, PartitionReport, Reason};
use super::{Engine, jobs};
use crate::kafka::{Cluster, Committed, Group, KafkaError, Topic, TopicPartition};
use crate::mirror::{Flow, MirrorError};
use crate::model::selection::Selection;
use crate::run::{Event, Sink, Stop};

/// So many groups are asked about at once.
const AT_ONCE: usize = 8;

/// What a group has committed.
pub type Commits = BTreeMap<TopicPartition, Committed>;

/// Which groups, and who translates their offsets.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub flow: &'a Flow,
    pub groups: &'a Selection,
    pub engine: &'a Engine,
}

/// Looks at every group of the source.
///
/// # Errors
///
/// [`MirrorError::Source`], [`MirrorError::Target`] and [`MirrorError::NoTopics`]. A wish to stop gives what is known.
pub async fn look(question: Question<'_>, sink: &dyn Sink, stop: &Stop) -> Result<Groups, MirrorError> {
    let flow = question.flow;
    let mut found = Groups {
        flow: flow.name.clone(),
        engine: match question.engine {
            Engine::Embedded => "embedded",
            Engine::Connect(_) => "connect",
        },
        ..Groups::default()
    };
    let places = places(flow).await?;
    let names = names(question, &mut found.notes).await?;
    let (chosen, excluded): (Vec<String>, Vec<String>) =
        names.into_iter().partition(|name| question.groups.takes(name));
    let here = states(&flow.source, &chosen).await.map_err(at_source)?;
    let there = states(&flow.target, &chosen).await.map_err(at_target)?;
    let commits = commits(&flow.source, &chosen, &places.source)
        .await
        .map_err(at_source)?;
    let target_commits = commits_there(flow, &commits, &places).await?;
    let given = given(question, &commits, &mut found.notes).await?;
    let jobs = work(&commits, &target_commits, &given, &there);
    let mut answers = answers(question, &places, jobs, sink, stop).await?;
    for name in chosen {
        let partitions = answers.remove(&name).unwrap_or_default();
        let has_offsets = commits.get(&name).is_some_and(|offsets| !offsets.is_empty());
        let reason = (!has_offsets).then_some(Reason::NoOffsets);
        found.groups.push(group(&name, reason, &here, &there, partitions));
    }
    for name in excluded.iter().filter(|name| **name != flow.group) {
        let reason = Some(Reason::Excluded);
        found.groups.push(group(name, reason, &here, &there, Vec::new()));
    }
    found.sum();
    Ok(found)
}

fn at_source(source: KafkaError) -> MirrorError {
    MirrorError::Source { source }
}

fn at_target(source: KafkaError) -> MirrorError {
    MirrorError::Target { source }
}

/// The partitions of selected topics, and those of them that the target has.
struct Places {
    source: Vec<TopicPartition>,
    target: Vec<TopicPartition>,
}

async fn places(flow: &Flow) -> Result<Places, MirrorError> {
    let topics = flow
        .source
        .selected_topics(&flow.topics)
        .await
        .map_err(at_source)?;
    if topics.is_empty() {
        let bootstrap = flow.source.bootstrap().to_owned();
        return Err(MirrorError::NoTopics { bootstrap });
    }
    let there = flow.target.topics().await.map_err(at_target)?;
    let there: BTreeSet<_> = there.iter().flat_map(Topic::each_partition).collect();
    let source: Vec<_> = topics.iter().flat_map(Topic::each_partition).collect();
    let target = source
        .iter()
        .filter(|place| there.contains(*place))
        .cloned()
        .collect();
    Ok(Places { source, target })
}

/// The groups that the source lists; where it cannot, those that the environment names.
async fn names(question: Question<'_>, notes: &mut Vec<String>) -> Result<Vec<String>, MirrorError> {
    match question.flow.source.groups().await {
        Ok(names) => Ok(names),
        Err(error @ (KafkaError::Unsupported { .. } | KafkaError::NotAllowed { .. })) => {
            notes.push(format!(
                "only groups that `groups.include` names in full are looked at: {error}"
            ));
            let in_full = |name: &&String| !name.contains(['*', '?']);
            Ok(question.groups.include.iter().filter(in_full).cloned().collect())
        }
        Err(source) => Err(at_source(source)),
    }
}

/// The state of each group; empty where a cluster does not say.
pub(super) async fn states(
    cluster: &Cluster,
    names: &[String],
) -> Result<BTreeMap<String, Group>, KafkaError> {
    match cluster.describe_groups(names).await {
        Ok(groups) => Ok(groups
            .into_iter()
            .map(|group| (group.name.clone(), group))
            .collect()),
        Err(KafkaError::Unsupported { .. } | KafkaError::NotAllowed { .. }) => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}

async fn commits(
    cluster: &Cluster,
    names: &[String],
    places: &[TopicPartition],
) -> Result<BTreeMap<String, Commits>, KafkaError> {
    let one = async |name: String| {
        let offsets = cluster.group_offsets(&name, places).await?;
        Ok((name, offsets))
    };
    stream::iter(names.iter().cloned().map(one))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// What the groups that have offsets on the source have committed on the target.
async fn commits_there(
    flow: &Flow,
    here: &BTreeMap<String, Commits>,
    places: &Places,
) -> Result<BTreeMap<String, Commits>, MirrorError> {
    let with_offsets = here.iter().filter(|(_, offsets)| !offsets.is_empty());
    let names: Vec<String> = with_offsets.map(|(name, _)| name.clone()).collect();
    commits(&flow.target, &names, &places.target)
        .await
        .map_err(at_target)
}

fn work(
    commits: &BTreeMap<String, Commits>,
    there: &BTreeMap<String, Commits>,
    given: &Given,
    states: &BTreeMap<String, Group>,
) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (group, offsets) in commits {
        let state = states.get(group);
        let checkpoint = |place: &TopicPartition| given.checkpoints.get(&(group.clone(), place.clone()));
        let refreshed = offsets.keys().any(|place| checkpoint(place).is_some());
        for (place, committed) in offsets {
            let on_target = there.get(group).and_then(|offsets| offsets.get(place));
            jobs.push(Job {
                group: group.clone(),
                place: place.clone(),
                offset: committed.offset,
                committed: on_target.map(|committed| committed.offset),
                checkpoint: checkpoint(place).map(|checkpoint| checkpoint.downstream),
                anchors: given.anchors.get(place).cloned().unwrap_or_default(),
                target: OnTarget {
                    members: state.map_or(0, |state| state.members),
                    empty: state.is_some_and(|state| state.state == "Empty"),
                },
                refreshed,
            });
        }
    }
    jobs
}

async fn answers(
    question: Question<'_>,
    places: &Places,
    jobs: Vec<Job>,
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<BTreeMap<String, Vec<PartitionReport>>, MirrorError> {
    let flow = question.flow;
    let wanted: BTreeSet<_> = jobs.iter().map(|job| job.place.clone()).collect();
    let here: Vec<_> = wanted.iter().cloned().collect();
    let there: Vec<_> = places
        .target
        .iter()
        .filter(|place| wanted.contains(*place))
        .cloned()
        .collect();
    let source = flow.source.watermarks(&here).await.map_err(at_source)?;
    let target = flow.target.watermarks(&there).await.map_err(at_target)?;
    let total = jobs.len() as u64;
    let progress = |done: usize| {
        sink.emit(Event::Progress {
            step: "groups",
            done: done as u64,
            total: Some(total),
            unit: "offsets",
        });
    };
    let answered = jobs::answer(flow, question.engine, jobs, (source, target), stop, progress).await?;
    let mut by_group: BTreeMap<String, Vec<PartitionReport>> = BTreeMap::new();
    for (group, partition) in answered {
        by_group.entry(group).or_default().push(partition);
    }
    for partitions in by_group.values_mut() {
        partitions.sort_by(|left, right| (&left.topic, left.partition).cmp(&(&right.topic, right.partition)));
    }
    Ok(by_group)
}

fn group(
    name: &str,
    reason: Option<Reason>,
    here: &BTreeMap<String, Group>,
    there: &BTreeMap<String, Group>,
    partitions: Vec<PartitionReport>,
) -> GroupReport {
    let state = |side: &BTreeMap<String, Group>| side.get(name).map(|group| group.state.clone());
    let members = |side: &BTreeMap<String, Group>| side.get(name).map_or(0, |group| group.members);
    GroupReport {
        group: name.to_owned(),
        source_state: state(here),
        source_members: members(here),
        target_state: state(there),
        target_members: members(there),
        reason,
        partitions,
    }
}
