//! From the resources as written to the resources as planned: loops unrolled, children joined to parents, conditions decided.

use serde_json::Value;

use super::copy;
use super::error::EvaluationError;
use super::evaluator::{Evaluator, Loop, Notes, Place};
use super::frame::{Frame, member};
use super::functions::display;
use super::home::{Elsewhere, identify};
use super::meter::Meter;
use super::names::Names;
use super::planned::Planned;
use super::profile;

/// Source: Azure Resource Manager, template limits.
const MOST_RESOURCES: usize = 800;

/// A resource's parent in the text: its type, full name and whether it is wanted; and where all of them live.
#[derive(Clone)]
struct Parent<'a> {
    home: &'a str,
    /// The `apiProfile` of the template, from which resources without a version have theirs.
    profile: Option<&'a str>,
    resource_type: String,
    name: String,
    wanted: bool,
    loops: Vec<Loop>,
}

/// Unrolls the resources of `template`, which live at the scope `home`, in the order of the text.
pub fn expand(frame: &Frame, template: &Value, home: &str) -> Result<Vec<Planned>, EvaluationError> {
    let mut planned = Vec::new();
    let resources = member(template, "resources").cloned().unwrap_or_default();
    let own = Parent {
        home,
        profile: member(template, "apiProfile").and_then(Value::as_str),
        resource_type: String::new(),
        name: String::new(),
        wanted: true,
        loops: Vec::new(),
    };
    match &resources {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                one(
                    frame,
                    item,
                    None,
                    &own,
                    &format!("resources[{index}]"),
                    &mut planned,
                )?;
            }
        }
        Value::Object(items) => {
            for (symbolic, item) in items {
                one(
                    frame,
                    item,
                    Some(symbolic),
                    &own,
                    &format!("resources.{symbolic}"),
                    &mut planned,
                )?;
            }
        }
        _ => {
            return Err(EvaluationError::template(
                "Required property 'resources' not found in JSON",
                "",
            ));
        }
    }
    unique(&planned)?;
    Ok(planned)
}

fn unique(planned: &[Planned]) -> Result<(), EvaluationError> {
    let mut seen = std::collections::HashSet::new();
    for resource in planned.iter().filter(|resource| resource.wanted) {
        if !seen.insert(resource.id.to_lowercase()) {
            let message = format!(
                "The resource '{}' is defined multiple times in a template",
                resource.id
            );
            return Err(EvaluationError::template(message, &resource.path));
        }
    }
    Ok(())
}

fn one(
    frame: &Frame,
    source: &Value,
    symbolic: Option<&str>,
    parent: &Parent<'_>,
    path: &str,
    planned: &mut Vec<Planned>,
) -> Result<(), EvaluationError> {
    if !source.is_object() {
        return Err(EvaluationError::template("a resource is not an object", path));
    }
    for loops in copy::iterations(frame, source, &parent.loops, path)? {
        let resource = skeleton(frame, source, symbolic, parent, loops, path)?;
        let below = Parent {
            home: parent.home,
            profile: parent.profile,
            resource_type: resource.resource_type.clone(),
            name: resource.name.clone(),
            wanted: resource.wanted,
            loops: resource.loops.clone(),
        };
        planned.push(resource);
        if planned.len() > MOST_RESOURCES {
            let message = format!("the number of resources is above the limit of {MOST_RESOURCES}");
            return Err(EvaluationError::template(message, path));
        }
        let children = member(source, "resources").and_then(Value::as_array);
        for (index, child) in children.into_iter().flatten().enumerate() {
            one(
                frame,
                child,
                None,
                &below,
                &format!("{path}.resources[{index}]"),
                planned,
            )?;
        }
    }
    Ok(())
}

fn skeleton(
    frame: &Frame,
    source: &Value,
    symbolic: Option<&str>,
    parent: &Parent<'_>,
    loops: Vec<Loop>,
    path: &str,
) -> Result<Planned, EvaluationError> {
    let meter = Meter::default();
    let evaluator = Evaluator::of_skeleton(frame, &meter, &loops);
    let known = |key: &str| -> Result<Option<Value>, EvaluationError> {
        let path = format!("{path}.{key}");
        let value = member(source, key)
            .map(|value| evaluator.strict(value, &path))
            .transpose();
        value.map_err(|halt| halt.or_known(&path))
    };
    let text = |key: &str| -> Result<String, EvaluationError> {
        let missing =
            || EvaluationError::template(format!("Required property '{key}' not found in JSON"), path);
        known(key)?
            .as_ref()
            .map(display)
            .filter(|text| !text.is_empty())
            .ok_or_else(missing)
    };
    let wanted = match known("condition")? {
        None => parent.wanted,
        Some(Value::Bool(wanted)) => wanted && parent.wanted,
        Some(other) => {
            let message = format!("the condition of a resource is '{other}', a boolean is expected");
            return Err(EvaluationError::template(message, format!("{path}.condition")));
        }
    };
    let mut resource_type = text("type")?;
    let mut name = match text("name") {
        // What a condition leaves out often could not be named: `split(null(), '/')`.
        Err(_) if !wanted => path.to_owned(),
        name => name?,
    };
    if !parent.resource_type.is_empty() && !resource_type.contains('.') {
        resource_type = format!("{}/{resource_type}", parent.resource_type);
        name = format!("{}/{name}", parent.name);
    }
    let scope = || -> Result<String, EvaluationError> {
        let elsewhere = Elsewhere {
            scope: known("scope")?,
            subscription: known("subscriptionId")?,
            group: known("resourceGroup")?,
            has_location: member(source, "location").is_some(),
        };
        Ok(elsewhere.from(parent.home))
    };
    let id = scope().and_then(|scope| {
        identify(&scope, &resource_type, &name).map_err(|message| EvaluationError::template(message, path))
    });
    let id = match id {
        Err(_) if !wanted => path.to_owned(),
        id => id?,
    };
    let api_version = match (member(source, "apiVersion"), parent.profile) {
        (None, Some(profile)) => profile::version(profile, &resource_type),
        _ => text("apiVersion")?,
    };
    let resource_type_key = resource_type.to_lowercase();
    let looped = source.get("copy").filter(|copy| copy.is_object()).map(|copy| {
        let own = copy.get("name").and_then(Value::as_str);
        symbolic.or(own).unwrap_or_default().to_owned()
    });
    let symbolic = symbolic.map(|symbolic| match (&looped, loops.last()) {
        (Some(_), Some(current)) => format!("{symbolic}[{}]", current.index),
        _ => symbolic.to_owned(),
    });
    Ok(Planned {
        id,
        resource_type,
        name,
        api_version,
        symbolic,
        body: Value::Null,
        notes: Notes::default(),
        depends_on: Vec::new(),
        wanted,
        existing: member(source, "existing") == Some(&Value::Bool(true)),
        looped,
        source: spelled(source.clone(), &resource_type_key),
        loops,
        path: path.to_owned(),
    })
}

/// The source of a nested deployment with its properties spelled as everybody else here expects them: ARM reads them in
/// any case.
fn spelled(mut source: Value, resource_type: &str) -> Value {
    const KNOWN: [&str; 6] = [
        "mode",
        "template",
        "templateLink",
        "parameters",
        "parametersLink",
        "expressionEvaluationOptions",
    ];
    if resource_type == "microsoft.resources/deployments"
        && let Some(Value::Object(properties)) = source.get_mut("properties")
    {
        let own = std::mem::take(properties);
        properties.extend(own.into_iter().map(|(key, value)| {
            let known = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(&key));
            (known.map_or(key, ToString::to_string), value)
        }));
    }
    source
}

/// Fills in the bodies as far as they are known before the run.
pub fn preview(frame: &Frame, planned: &mut [Planned], names: &Names) -> Result<(), EvaluationError> {
    for resource in planned.iter_mut().filter(|resource| resource.wanted) {
        let meter = Meter::default();
        let evaluator = Evaluator {
            place: Place::Body,
            names: Some(names),
            ..Evaluator::of_skeleton(frame, &meter, &resource.loops)
        };
        let mut notes = Notes::default();
        let body = evaluator.lenient(&resource.body_source(), &resource.path, &mut notes)?;
        (resource.body, resource.notes) = (body, notes);
    }
    Ok(())
}
