//! Before anything is copied: topics, partitions, positions, alarms.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::tail::{self, Tail};
use crate::kafka::{Topic, TopicId, TopicPartition, Watermarks};
use crate::mirror::position::{self, Position, Positions};
use crate::mirror::{Flow, MirrorError, topics};
use crate::run::{Event, Sink};

/// How long the target must stand still before its end is believed after a restart.
pub const SETTLE: Duration = Duration::from_millis(250);

type Marks = BTreeMap<TopicPartition, Watermarks>;

/// Where everything stands, ready to copy.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    pub starts: Vec<Start>,
    pub created_topics: Vec<String>,
    pub skipped_already_there: u64,
    /// Source offsets that were gone before they were copied.
    pub possibly_lost: u64,
}

/// Where one partition goes on.
#[derive(Clone, Debug)]
pub struct Start {
    pub place: TopicPartition,
    pub source_next: i64,
    pub target_next: i64,
    /// The id of the source's topic; unknown where the source gives none.
    pub topic_id: Option<TopicId>,
    /// The end of the source when the run began.
    pub end: i64,
}

/// Makes the target ready and finds where each partition goes on.
///
/// # Errors
///
/// [`MirrorError`]; nothing was copied, topics may have been made.
pub async fn prepare(flow: &Flow, sink: &dyn Sink) -> Result<Prepared, MirrorError> {
    let at_source = |source| MirrorError::Source { source };
    let at_target = |source| MirrorError::Target { source };
    let selected = flow
        .source
        .selected_topics(&flow.topics)
        .await
        .map_err(at_source)?;
    if selected.is_empty() {
        let bootstrap = flow.source.bootstrap().to_owned();
        return Err(MirrorError::NoTopics { bootstrap });
    }
    let created_topics = topics::make(flow, &selected, sink).await?;
    let places: Vec<_> = selected.iter().flat_map(Topic::each_partition).collect();
    // Before the ends: a topic that is made anew meanwhile has another id than its position says.
    let ids = flow
        .source
        .topic_ids(&names(&selected))
        .await
        .map_err(at_source)?;
    let mut positions = position::read(&flow.source, &flow.group, &places).await?;
    positions.retain(|place, _| !flow.begin_anew.contains(&place.topic));
    refuse_recreated(&positions, &ids)?;
    let source = flow.source.watermarks(&places).await.map_err(at_source)?;
    let looked = Instant::now();
    let target = flow.target.watermarks(&places).await.map_err(at_target)?;
    let mut starts = Vec::with_capacity(places.len());
    let mut tails = Vec::new();
    let mut possibly_lost = 0;
    for place in places {
        let (Some(source), Some(target)) = (source.get(&place), target.get(&place)) else {
            continue;
        };
        let position = where_it_goes_on(flow, &place, positions.get(&place), *source, *target, sink)?;
        let target_next = position.target.unwrap_or(target.start);
        starts.push(Start {
            place: place.clone(),
            source_next: position.source,
            target_next,
            topic_id: ids.get(&place.topic).copied(),
            end: source.end,
        });
        let lost = positions
            .get(&place)
            .map_or(0, |saved| position.source - saved.source);
        possibly_lost += u64::try_from(lost).unwrap_or(0);
        tails.push(Tail {
            lost,
            place,
            source_next: position.source,
            target_next,
            source: *source,
            target: *target,
        });
    }
    let mut prepared = Prepared {
        starts,
        created_topics,
        skipped_already_there: 0,
        possibly_lost,
    };
    pass_tails(flow, &mut prepared, tails, looked, !positions.is_empty()).await?;
    Ok(prepared)
}

fn names(topics: &[Topic]) -> Vec<String> {
    topics.iter().map(|topic| topic.name.clone()).collect()
}

/// A position belongs to the topic of which it was taken, not to another one of the same name.
fn refuse_recreated(positions: &Positions, ids: &BTreeMap<String, TopicId>) -> Result<(), MirrorError> {
    for (place, position) in positions {
        if let (Some(then), Some(now)) = (position.topic_id, ids.get(&place.topic).copied())
            && then != now
        {
            let topic = place.topic.clone();
            return Err(MirrorError::SourceRecreated { topic, then, now });
        }
    }
    Ok(())
}

/// Judges a position beside both partitions as they are now.
fn where_it_goes_on(
    flow: &Flow,
    place: &TopicPartition,
    position: Option<&Position>,
    source: Watermarks,
    target: Watermarks,
    sink: &dyn Sink,
) -> Result<Position, MirrorError> {
    let (topic, partition) = (place.topic.clone(), place.partition);
    let Some(position) = position else {
        // Never saved: what the target holds must be the beginning of the source, or it is somebody else's.
        return Ok(Position {
            target: Some(target.start),
            ..Position::at(source.start)
        });
    };
    if source.end < position.source {
        return Err(MirrorError::SourceReset {
            topic,
            partition,
            position: position.source,
            end: source.end,
        });
    }
    if let Some(written) = position.target.filter(|written| target.end < *written) {
        return Err(MirrorError::TargetReset {
            topic,
            partition,
            position: written,
            end: target.end,
        });
    }
    if source.start > position.source {
        let lost = MirrorError::Lost {
            topic,
            partition,
            position: position.source,
            start: source.start,
        };
        if !flow.accept_loss {
            return Err(lost);
        }
        sink.emit(Event::Warning {
            text: lost.to_string(),
        });
    }
    Ok(Position {
        source: position.source.max(source.start),
        ..*position
    })
}

/// Moves every start behind what the target holds already, until the target stands still.
async fn pass_tails(
    flow: &Flow,
    prepared: &mut Prepared,
    mut tails: Vec<Tail>,
    mut looked: Instant,
    resumed: bool,
) -> Result<(), MirrorError> {
    loop {
        tails.retain(|tail| tail.target.end > tail.target_next);
        if !tails.is_empty() {
            let (flow, given) = (flow.clone(), tails.clone());
            let matching = tokio::task::spawn_blocking(move || tail::match_all(&flow, &given));
            let matched = matching.await.map_err(|_| MirrorError::EngineEnded)??;
            for (tail, matched) in tails.iter().zip(matched) {
                if let Some(start) = prepared.starts.iter_mut().find(|start| start.place == tail.place) {
                    start.source_next = matched.source_next;
                    start.target_next = matched.target_next;
                    start.end = start.end.max(matched.source_next);
                    prepared.skipped_already_there += matched.records;
                }
            }
        }
        if !resumed && tails.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(SETTLE.saturating_sub(looked.elapsed())).await;
        looked = Instant::now();
        tails = look_again(flow, prepared).await?;
        if tails.is_empty() {
            return Ok(());
        }
    }
}

async fn look_again(flow: &Flow, prepared: &Prepared) -> Result<Vec<Tail>, MirrorError> {
    let places: Vec<_> = prepared.starts.iter().map(|start| start.place.clone()).collect();
    let ends = flow.target.ends(&places).await;
    let ends = ends.map_err(|source| MirrorError::Target { source })?;
    let moved: Vec<_> = prepared
        .starts
        .iter()
        .filter(|start| ends.get(&start.place).is_some_and(|end| *end > start.target_next))
        .collect();
    let moved_places: Vec<_> = moved.iter().map(|start| start.place.clone()).collect();
    let at_source = |source| MirrorError::Source { source };
    let source: Marks = flow.source.watermarks(&moved_places).await.map_err(at_source)?;
    let tail = |start: &&Start| {
        Some(Tail {
            lost: 0,
            place: start.place.clone(),
            source_next: start.source_next,
            target_next: start.target_next,
            source: *source.get(&start.place)?,
            target: Watermarks {
                start: start.target_next,
                end: *ends.get(&start.place)?,
            },
        })
    };
    Ok(moved.iter().filter_map(tail).collect())
}

impl Prepared {
    /// Where every partition goes on, to be saved before the first record is copied.
    pub fn positions(&self) -> Positions {
        let position = |start: &Start| {
            let position = Position {
                source: start.source_next,
                target: Some(start.target_next),
                topic_id: start.topic_id,
            };
            (start.place.clone(), position)
        };
        self.starts.iter().map(position).collect()
    }
}
