//! Templates inside templates: written in place or linked, in the scope of their parent or in one of their own.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::beyond::{Beyond, Facts, Link};
use super::error::EvaluationError;
use super::evaluator::{Evaluator, Notes};
use super::frame::{Frame, member};
use super::level::{Level, scope_of};
use super::meter::Meter;
use super::parameters::{LATER_MARK, SECRET_MARK};
use super::planned::{self, Planned};
use super::scope::Scope;
use super::{Expanded, check_level, checked, inside};

/// Our own limit; Azure has one too but does not publish it. A template could link to itself, and a failure is wrapped,
/// and its quotes are escaped, once more at every level.
const DEEPEST: u32 = 10;

impl Expanded {
    /// The template inside the nested deployment at `index`, with the parameters that its resolved body passes down.
    ///
    /// # Errors
    ///
    /// [`EvaluationError`] as for any template, and for a link that leads nowhere or was not read yet.
    pub fn nested(
        &self,
        index: usize,
        body: &Value,
        notes: &Notes,
        beyond: &dyn Beyond,
    ) -> Result<Expanded, EvaluationError> {
        let resource = &self.resources[index];
        let refuse = |message: String| EvaluationError::template(message, &resource.path);
        if !beyond.may_nest() || self.frame.scope.depth >= DEEPEST {
            let message = format!("The deployment '{}' is nested too deep", resource.name);
            return Err(refuse(message));
        }
        let home = scope_of(&resource.id);
        check_properties(resource, body, Level::of(home)).map_err(refuse)?;
        if notes.later.iter().any(|pointer| is_link(pointer)) {
            let message = format!(
                "The nested deployment '{}' got short-circuited and all its resources got skipped from validation. This is due to a nested template link that was unknown at evaluation",
                resource.name
            );
            return Err(refuse(message));
        }
        let (template, link) = self.template_of(resource, body, beyond)?;
        checked(&template)?;
        if !planned::inner_scope(&resource.source) {
            return inside(&self.frame, &template, home, Some(&self.names));
        }
        if link.is_some() {
            check_level(&template, Level::of(home))?;
        }
        let given = self.passed_down(body, notes, beyond)?;
        let scope = self.scope_inside(resource, body, link, beyond);
        let frame = Frame::bind(&template, &given, scope)?;
        inside(&frame, &template, home, None)
    }

    /// The template in place or behind the link, and the link.
    fn template_of(
        &self,
        resource: &Planned,
        body: &Value,
        beyond: &dyn Beyond,
    ) -> Result<(Arc<Value>, Option<Link>), EvaluationError> {
        match resource.source.pointer("/properties/template") {
            // Bicep puts a template that it has loaded from a file into a variable.
            Some(expression @ Value::String(_)) => {
                let (meter, path) = (Meter::default(), format!("{}.properties.template", resource.path));
                let evaluator = Evaluator::of_skeleton(&self.frame, &meter, &resource.loops);
                let template = evaluator.strict(expression, &path);
                return Ok((Arc::new(template.map_err(|halt| halt.or_known(&path))?), None));
            }
            Some(template) => return Ok((Arc::new(template.clone()), None)),
            None => {}
        }
        let written = body.pointer("/properties/templateLink").ok_or_else(|| {
            EvaluationError::template(
                "a nested deployment needs its template in `properties.template` or behind `properties.templateLink`",
                &resource.path,
            )
        })?;
        let link = Link::of(written, self.frame.scope.link.as_ref())
            .map_err(|message| EvaluationError::template(message, &resource.path))?;
        let template = beyond.document(&link)?;
        check_version(written, &template)
            .map_err(|message| EvaluationError::template(message, &resource.path))?;
        Ok((template, Some(link)))
    }

    /// The parameters as the parent gives them, those marked that are secret or have to wait.
    fn passed_down(
        &self,
        body: &Value,
        notes: &Notes,
        beyond: &dyn Beyond,
    ) -> Result<Map<String, Value>, EvaluationError> {
        if let Some(written) = body.pointer("/properties/parametersLink") {
            let link = Link::of(written, self.frame.scope.link.as_ref())
                .map_err(|message| EvaluationError::template(message, "parametersLink"))?;
            return Ok(parameters_in(&*beyond.document(&link)?));
        }
        let given = body.pointer("/properties/parameters").and_then(Value::as_object);
        let mut given = given.cloned().unwrap_or_default();
        for (name, parameter) in &mut given {
            let name = name.replace('~', "~0").replace('/', "~1");
            let below = format!("/properties/parameters/{name}");
            let within = |pointers: &[String]| pointers.iter().any(|pointer| pointer.starts_with(&below));
            let mut from_vault = false;
            if let Some(reference) = parameter.get("reference").filter(|found| found.is_object()) {
                *parameter = vaulted(reference, name.as_str(), beyond)?;
                from_vault = true;
            }
            let Some(fields) = parameter.as_object_mut() else {
                continue;
            };
            if within(&notes.later) {
                fields.insert(LATER_MARK.to_owned(), Value::Bool(true));
            }
            if from_vault || within(&notes.secret) {
                fields.insert(SECRET_MARK.to_owned(), Value::Bool(true));
            }
        }
        Ok(given)
    }

    fn scope_inside(
        &self,
        resource: &Planned,
        body: &Value,
        link: Option<Link>,
        beyond: &dyn Beyond,
    ) -> Scope {
        let outer = &self.frame.scope;
        let id = scope_of(&resource.id).to_owned();
        let mut scope = Scope {
            deployment: resource.name.clone(),
            link: link.or_else(|| outer.link.clone()),
            depth: outer.depth + 1,
            ..outer.clone()
        };
        let location = member(body, "location").and_then(Value::as_str);
        if Level::of(&id) != Level::Group {
            location
                .unwrap_or(&outer.location)
                .clone_into(&mut scope.location);
        } else if !id.eq_ignore_ascii_case(&outer.id) {
            let facts = beyond.group(&id).or_else(|| self.planned_group(&id));
            let facts = facts.unwrap_or_else(|| Facts {
                location: outer.location.clone(),
                ..Facts::default()
            });
            (scope.location, scope.group_tags, scope.group_manager) =
                (facts.location, facts.tags, facts.manager);
        }
        scope.id = id;
        scope
    }

    /// The group that this template is going to make.
    fn planned_group(&self, id: &str) -> Option<Facts> {
        let planned = self
            .resources
            .iter()
            .find(|one| one.id.eq_ignore_ascii_case(id))?;
        let text = |name: &str| planned.body.get(name).and_then(Value::as_str);
        Some(Facts {
            location: text("location")?.to_lowercase().replace(' ', ""),
            tags: planned
                .body
                .get("tags")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
            manager: text("managedBy").map(ToOwned::to_owned),
        })
    }
}

/// The value behind a reference to a secret of a key vault.
///
/// # Errors
///
/// [`EvaluationError`] when nobody knows the secret.
pub fn vaulted(reference: &Value, parameter: &str, beyond: &dyn Beyond) -> Result<Value, EvaluationError> {
    let text = |pointer: &str| {
        let text = reference.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_default()
    };
    let vault = text("/keyVault/id").rsplit('/').next().unwrap_or_default();
    let secret = text("/secretName");
    let found = beyond.secret(vault, secret).ok_or_else(|| {
        let message = format!("The secret '{secret}' of the key vault '{vault}', which the parameter '{parameter}' refers to, was not found");
        EvaluationError::template(message, format!("parameters.{parameter}"))
    })?;
    Ok(serde_json::json!({"value": found}))
}

fn is_link(pointer: &str) -> bool {
    ["/properties/templateLink", "/properties/parametersLink"]
        .iter()
        .any(|link| pointer.starts_with(link))
}

/// Refuses what a nested deployment may not say.
///
/// Source: Azure Resource Manager, deployment modes: only the root may be complete.
fn check_properties(resource: &Planned, body: &Value, level: Level) -> Result<(), String> {
    let mode = body.pointer("/properties/mode").and_then(Value::as_str);
    if mode.is_some_and(|mode| mode.eq_ignore_ascii_case("Complete")) {
        return Err(format!(
            "The nested deployment '{}' has the mode 'Complete'; nested deployments are 'Incremental'",
            resource.name
        ));
    }
    if level != Level::Group && body.get("location").is_none() {
        return Err(format!(
            "The 'location' property must be specified for '{}'. Please see https://aka.ms/deploy-to-subscription for usage details",
            resource.name
        ));
    }
    Ok(())
}

/// Refuses a document of another version than the link says.
pub fn check_version(link: &Value, template: &Value) -> Result<(), String> {
    let wanted = member(link, "contentVersion").and_then(Value::as_str);
    let found = member(template, "contentVersion").and_then(Value::as_str);
    match wanted.filter(|wanted| !wanted.is_empty() && Some(*wanted) != found) {
        None => Ok(()),
        Some(wanted) => Err(format!(
            "The content version '{}' of the linked document does not match the version '{wanted}' of its link",
            found.unwrap_or_default()
        )),
    }
}

/// The parameters of a parameters file, which may stand below `parameters`.
pub fn parameters_in(document: &Value) -> Map<String, Value> {
    let inner = member(document, "parameters").unwrap_or(document);
    inner.as_object().cloned().unwrap_or_default()
}
