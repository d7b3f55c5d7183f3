//! The graph of a plan: what would change, and in which order.

use std::collections::BTreeMap;

use super::across::across;
use super::links::{Key, links};
use super::{Graph, Node, Tone};
use crate::config::Environment;
use crate::deploy::changes::{Change, ChangeKind};
use crate::deploy::foretold::foretell;
use crate::deploy::plan::Plan;
use crate::deploy::{DeployError, naming, preview, unit};
use crate::model::resource_id::ResourceId;
use crate::template::Bundle;

/// What holds resources and is none that waits for another.
const FRAMES: [&str; 2] = [
    "Microsoft.Resources/resourceGroups",
    "Microsoft.Resources/deploymentStacks",
];

/// The resources that `bundle` makes where nothing is there yet, as far as the templates tell them.
///
/// # Errors
///
/// [`DeployError::Template`].
pub fn graph_of_bundle(environment: &Environment, bundle: &Bundle) -> Result<Graph, DeployError> {
    let scope = naming::scope(environment);
    let mut plan = Plan::new(environment, &scope);
    let mut units = unit::units(bundle, &BTreeMap::new())?;
    foretell(&mut units, bundle, &scope, &plan.location);
    plan.changes = preview::all(&scope, &plan.location, &units);
    for unit in &units {
        plan.links.extend(links(&scope, &plan.location, unit));
    }
    plan.links.extend(across(&scope, &plan.location, &units, bundle));
    Ok(graph_of_plan(&plan))
}

/// The resources of `plan` and what they wait for, as far as the templates tell it. The group and the stacks are not
/// drawn, nor what is left alone.
pub fn graph_of_plan(plan: &Plan) -> Graph {
    let is_drawn = |change: &&Change| {
        change.kind != ChangeKind::Ignore && !FRAMES.contains(&change.resource_type.as_str())
    };
    let changes: Vec<&Change> = plan.changes.iter().filter(is_drawn).collect();
    let places = |key: &Key| -> Vec<usize> {
        let is_it = |change: &Change| match key {
            Key::Id(id) => change
                .id
                .as_deref()
                .is_some_and(|found| ResourceId::new(found).key() == *id),
            Key::Name(kind, name) => {
                change.resource_type.eq_ignore_ascii_case(kind) && change.name.eq_ignore_ascii_case(name)
            }
        };
        let found = (0..changes.len()).filter(|place| is_it(changes[*place]));
        let found: Vec<usize> = found.collect();
        if let (true, Key::Name(kind, _)) = (found.is_empty(), key) {
            // A name that Azure alone can tell: clear where there is one of the type.
            let alike = |place: &usize| changes[*place].resource_type.eq_ignore_ascii_case(kind);
            let alike: Vec<usize> = (0..changes.len()).filter(alike).collect();
            return if alike.len() == 1 { alike } else { Vec::new() };
        }
        found
    };
    let mut waits = Vec::new();
    for link in &plan.links {
        for from in places(&link.from) {
            waits.extend(places(&link.to).into_iter().map(|to| (from, to)));
        }
    }
    let nodes = changes.iter().map(|change| node(change)).collect();
    Graph::of(format!("Plan of {}", plan.environment), nodes, &waits)
}

fn node(change: &Change) -> Node {
    let (note, tone) = match change.kind {
        ChangeKind::Create => ("+ create", Tone::New),
        ChangeKind::Modify => ("~ change", Tone::Changed),
        ChangeKind::Delete => ("- delete", Tone::Gone),
        ChangeKind::Detach => ("< leave unmanaged", Tone::Gone),
        ChangeKind::Unsupported => ("? not foreseeable", Tone::Doubtful),
        ChangeKind::NoChange | ChangeKind::Ignore => ("unchanged", Tone::Kept),
    };
    Node {
        resource_type: change.resource_type.clone(),
        name: change.name.clone(),
        note: note.to_owned(),
        tone,
        seconds: None,
        critical: false,
    }
}
