//! What must be done before what: `dependsOn` as written, and the edges that `reference` and `list…` imply.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::model::expression::{self, Expression};

use super::error::EvaluationError;
use super::evaluator::{Evaluator, Place};
use super::frame::{Frame, member};
use super::functions::display;
use super::meter::Meter;
use super::names::Names;
use super::planned::{Planned, inner_scope};

/// Fills in `depends_on` and refuses circles.
pub fn connect(
    frame: &Frame,
    template: &Value,
    planned: &mut [Planned],
    names: &Names,
) -> Result<(), EvaluationError> {
    let places: HashMap<String, usize> = planned
        .iter()
        .enumerate()
        .rev()
        .map(|(index, one)| (one.id.to_lowercase(), index))
        .collect();
    for index in 0..planned.len() {
        if !planned[index].wanted {
            continue;
        }
        let mut edges = explicit(frame, template, planned, index, names, &places)?;
        edges.extend(batch(planned, index));
        edges.extend(implicit(frame, &planned[index], names, &places));
        edges.remove(&index);
        planned[index].depends_on = edges.into_iter().filter(|edge| planned[*edge].wanted).collect();
    }
    acyclic(planned)
}

fn explicit(
    frame: &Frame,
    template: &Value,
    planned: &[Planned],
    index: usize,
    names: &Names,
    places: &HashMap<String, usize>,
) -> Result<BTreeSet<usize>, EvaluationError> {
    let resource = &planned[index];
    let path = format!("{}.dependsOn", resource.path);
    let Some(written) = member(&resource.source, "dependsOn") else {
        return Ok(BTreeSet::new());
    };
    let meter = Meter::default();
    let evaluator = Evaluator::of_skeleton(frame, &meter, &resource.loops);
    let written = evaluator
        .strict(written, &path)
        .map_err(|halt| halt.or_known(&path))?;
    let mut edges = BTreeSet::new();
    for entry in written.as_array().into_iter().flatten().map(display) {
        let looped = names.of_loop(&entry);
        let own = names
            .id_of(&entry)
            .map(ToOwned::to_owned)
            .or_else(|| behind_providers(names, &entry));
        let targets = if looped.is_empty() {
            own.into_iter().collect()
        } else {
            looped
        };
        let found: Vec<usize> = targets
            .iter()
            .filter_map(|id| places.get(&id.to_lowercase()).copied())
            .collect();
        if found.is_empty() && !is_loop(template, &entry) {
            let message = format!(
                "The resource '{entry}' is not defined in the template. Please see https://aka.ms/arm-syntax for usage details"
            );
            return Err(EvaluationError::template(message, path));
        }
        edges.extend(found);
    }
    Ok(edges)
}

/// The id of the resource of the same type and name in another scope: `resourceId` is evaluated in the scope of whoever
/// deploys, also where it speaks of a nested deployment into another group.
fn behind_providers(names: &Names, entry: &str) -> Option<String> {
    let (_, tail) = entry.rsplit_once("/providers/")?;
    names.id_of(tail).map(ToOwned::to_owned)
}

/// Whether a loop of this name is written; one of no iterations has no resource, and waiting for it is no error.
fn is_loop(template: &Value, entry: &str) -> bool {
    let name = entry.split('[').next().unwrap_or_default();
    match member(template, "resources") {
        Some(Value::Array(items)) => items.iter().any(|item| {
            let own = item.pointer("/copy/name").and_then(Value::as_str);
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        }),
        Some(Value::Object(items)) => items
            .iter()
            .any(|(symbolic, item)| symbolic.eq_ignore_ascii_case(name) && item.get("copy").is_some()),
        _ => false,
    }
}

/// The iterations that a serial loop does before this one: all of the batch before.
fn batch(planned: &[Planned], index: usize) -> Vec<usize> {
    let own = &planned[index];
    let copy = own.source.get("copy").filter(|_| own.looped.is_some());
    let serial = copy.filter(|copy| {
        let mode = copy.get("mode").and_then(Value::as_str);
        mode.is_some_and(|mode| mode.eq_ignore_ascii_case("serial"))
    });
    let Some((copy, (current, outer))) = serial.zip(own.loops.split_last()) else {
        return Vec::new();
    };
    let size = copy.get("batchSize").and_then(Value::as_i64).unwrap_or(1).max(1);
    let before = |other: &Planned| {
        let same = other.path == own.path && other.wanted && other.loops.len() == own.loops.len();
        let beside = outer
            .iter()
            .zip(&other.loops)
            .all(|(one, other)| one.index == other.index);
        same && beside
            && other
                .loops
                .last()
                .is_some_and(|last| last.index / size == current.index / size - 1)
    };
    let all = planned.iter().enumerate();
    all.filter(|(_, other)| before(other))
        .map(|(index, _)| index)
        .collect()
}

/// The resources of this template that the body asks for by `reference` or `list…`.
fn implicit(
    frame: &Frame,
    resource: &Planned,
    names: &Names,
    places: &HashMap<String, usize>,
) -> BTreeSet<usize> {
    let mut sought = Vec::new();
    let mut body = resource.source.clone();
    // Children are resources of their own: what they wait for does not hold up their parent.
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|key, _| !key.eq_ignore_ascii_case("resources"));
    }
    if resource.is_deployment()
        && inner_scope(&body)
        && let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut)
    {
        properties.shift_remove("template");
    }
    calls(&body, &mut |name, arguments| {
        let lower = name.to_lowercase();
        if matches!(lower.as_str(), "reference" | "references") || lower.starts_with("list") {
            sought.extend(arguments.first().cloned());
        }
    });
    let meter = Meter::default();
    let evaluator = Evaluator {
        place: Place::Body,
        names: Some(names),
        ..Evaluator::of_skeleton(frame, &meter, &resource.loops)
    };
    let mut edges = BTreeSet::new();
    for target in sought {
        let Ok(target) = evaluator.evaluate(&target) else {
            continue;
        };
        let target = display(&target);
        let ids = names.of_loop(&target);
        let ids = if ids.is_empty() {
            vec![evaluator.id_of(&target)]
        } else {
            ids
        };
        edges.extend(
            ids.iter()
                .filter_map(|id| places.get(&id.to_lowercase()).copied()),
        );
    }
    edges
}

/// Visits every call in the expressions of `value`: its name and its arguments.
pub(super) fn calls(value: &Value, visit: &mut impl FnMut(&str, &[Expression])) {
    match value {
        Value::String(text) if expression::is_expression(text) => {
            if let Ok(tree) = expression::parse(text) {
                calls_of(&tree, visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| calls(item, visit)),
        Value::Object(fields) => fields.values().for_each(|item| calls(item, visit)),
        _ => {}
    }
}

fn calls_of(tree: &Expression, visit: &mut impl FnMut(&str, &[Expression])) {
    match tree {
        Expression::Call { name, arguments } => {
            visit(name, arguments);
            for argument in arguments {
                calls_of(argument, visit);
            }
        }
        Expression::Property { of, .. } => calls_of(of, visit),
        Expression::Index { of, index } => {
            calls_of(of, visit);
            calls_of(index, visit);
        }
        Expression::Text(_) | Expression::Integer(_) => {}
    }
}

/// Takes away what depends on nothing until nothing is left; what stays is a circle.
fn acyclic(planned: &[Planned]) -> Result<(), EvaluationError> {
    let mut left: BTreeSet<usize> = (0..planned.len()).collect();
    loop {
        let free: Vec<usize> = left
            .iter()
            .copied()
            .filter(|index| planned[*index].depends_on.iter().all(|edge| !left.contains(edge)))
            .collect();
        if free.is_empty() {
            break;
        }
        left.retain(|index| !free.contains(index));
    }
    match left.first() {
        None => Ok(()),
        Some(index) => {
            let message = format!(
                "Circular dependency detected on resource: '{}'. Please see https://aka.ms/arm-syntax-resources for usage details",
                planned[*index].id
            );
            Err(EvaluationError::template(message, &planned[*index].path))
        }
    }
}
