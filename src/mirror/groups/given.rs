//! What each engine knows of pairs of offsets that belong together.

use std::collections::BTreeMap;

use super::checkpoints::{self, Checkpoints};
use super::look::{Commits, Question};
use super::translate::Anchor;
use super::{Engine, syncs};
use crate::kafka::TopicPartition;
use crate::mirror::{Flow, MirrorError, position};

/// What the engine knows of pairs of offsets.
#[derive(Default)]
pub struct Given {
    pub anchors: BTreeMap<TopicPartition, Vec<Anchor>>,
    pub checkpoints: Checkpoints,
}

/// Reads them: the engine's own position, or what MirrorMaker 2 wrote.
pub async fn given(
    question: Question<'_>,
    commits: &BTreeMap<String, Commits>,
    notes: &mut Vec<String>,
) -> Result<Given, MirrorError> {
    let flow = question.flow;
    let mut wanted = syncs::Wanted::new();
    for (place, committed) in commits.values().flatten() {
        wanted.entry(place.clone()).or_default().push(committed.offset);
    }
    let internals = match question.engine {
        Engine::Connect(internals) => internals,
        Engine::Embedded => {
            let places: Vec<_> = wanted.into_keys().collect();
            return Ok(Given {
                anchors: positions(flow, &places).await?,
                checkpoints: Checkpoints::new(),
            });
        }
    };
    let missing = |topic: &str| format!("there is no topic `{topic}`: MirrorMaker 2 has not begun");
    let checkpoints = checkpoints::read(&flow.target, &internals.checkpoints).await?;
    if checkpoints.is_none() {
        notes.push(missing(&internals.checkpoints));
    }
    let places: Vec<_> = wanted.keys().cloned().collect();
    let syncs = syncs::read(flow, internals, wanted).await?;
    if syncs.is_none() {
        notes.push(missing(&internals.offset_syncs));
    }
    let syncs = syncs.unwrap_or_default();
    let anchors = places.into_iter().map(|place| {
        let anchors = syncs.anchors(&place);
        (place, anchors)
    });
    Ok(Given {
        anchors: anchors.collect(),
        checkpoints: checkpoints.unwrap_or_default(),
    })
}

async fn positions(
    flow: &Flow,
    places: &[TopicPartition],
) -> Result<BTreeMap<TopicPartition, Vec<Anchor>>, MirrorError> {
    let positions = position::read(&flow.source, &flow.group, places).await?;
    let anchor = |(place, position): (TopicPartition, position::Position)| {
        let target = position.target?;
        let source = position.source;
        Some((place, vec![Anchor { source, target }]))
    };
    Ok(positions.into_iter().filter_map(anchor).collect())
}
