//! From the templates of a target or an addition and a complete context to what is deployed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::addition::{Addition, AdditionBundle};
use super::agreement::{agree, asked, declared, needed, wanted};
use super::bundle::{Bundle, Connect};
use super::catalog::Catalog;
use super::context::Context;
use super::engine::Engine;
use super::error::{Place, TemplateError};
use super::files::{File, FileEntry, RenderedFile};
use super::json as canonical;
use super::target::Target;

const PARAMETERS_SCHEMA: &str =
    "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#";

pub(super) fn bundle(target: &Target, context: &Context) -> Result<Bundle, TemplateError> {
    let manifest = &target.manifest;
    let mut data = data(context)?;
    let names = data.clone();
    let files = texts(|name| target.file(name), &manifest.files, &mut data)?;
    let (template, parameters) = deployment(
        &target.catalog,
        [target.file(&manifest.deploy)?, target.file(&manifest.values)?],
        &data,
        &manifest.takes,
    )?;
    let manifests = texts(|name| target.file(name), &manifest.manifests, &mut data)?;
    Ok(Bundle {
        files,
        manifests,
        takes: declared(&template, &manifest.takes),
        secrets: needed(&template, &manifest.secrets, context)?,
        before: asked(&manifest.before, context),
        steps: wanted(&manifest.steps, context),
        reminders: manifest.reminders.clone(),
        names,
        environment: context.environment.clone(),
        target: target.name.to_string(),
        title: manifest.title.clone(),
        template,
        parameters,
        connect: Connect {
            bootstrap: manifest.connect.bootstrap.clone(),
            security: manifest.connect.security.clone(),
            topics: manifest.topics,
            can: target.abilities(&context.parameters),
            settings: manifest.connect.settings.clone(),
            replicas: manifest.connect.replicas,
            file: target.manifest_file.clone(),
        },
        topics: context.topics.clone(),
        fixed: target.fixed(&context.parameters),
        additions: Vec::new(),
    })
}

pub(super) fn addition(addition: &Addition, context: &Context) -> Result<AdditionBundle, TemplateError> {
    let manifest = &addition.manifest;
    let mut data = data(context)?;
    let names = data.clone();
    let files = texts(|name| addition.file(name), &manifest.files, &mut data)?;
    let (template, parameters) = deployment(
        &addition.catalog,
        [addition.file(&manifest.deploy)?, addition.file(&manifest.values)?],
        &data,
        &manifest.takes,
    )?;
    // What the program gives differs where somebody else runs what the manifests say: it asks for those by themselves.
    let manifests = if context.given.is_empty() {
        texts(|name| addition.file(name), &manifest.manifests, &mut data)?
    } else {
        Vec::new()
    };
    Ok(AdditionBundle {
        name: addition.short_name().to_owned(),
        title: manifest.title.clone(),
        takes: declared(&template, &manifest.takes),
        secrets: needed(&template, &manifest.secrets, context)?,
        steps: wanted(&manifest.steps, context),
        reminders: manifest.reminders.clone(),
        template,
        parameters,
        files,
        manifests,
        fixed: manifest.fixed.clone(),
        names,
    })
}

pub(super) fn client(
    target: &Target,
    context: &Context,
    outputs: &Map<String, Value>,
) -> Result<Option<String>, TemplateError> {
    let Some(name) = &target.manifest.client else {
        return Ok(None);
    };
    let mut data = data(context)?;
    data["outputs"] = Value::Object(outputs.clone());
    let mut engine = Engine::for_text();
    engine.add(name, target.file(name)?)?;
    engine.text(name, &data).map(Some)
}

pub(super) fn manifests(addition: &Addition, context: &Context) -> Result<Vec<RenderedFile>, TemplateError> {
    texts(
        |name| addition.file(name),
        &addition.manifest.manifests,
        &mut data(context)?,
    )
}

/// Files in their order; `data` gets the text of each, for those behind it.
fn texts(
    file: impl Fn(&str) -> Result<File, TemplateError>,
    entries: &[FileEntry],
    data: &mut Value,
) -> Result<Vec<RenderedFile>, TemplateError> {
    if data.get("files").is_none() {
        data["files"] = json!({});
    }
    let mut files = Vec::new();
    for entry in entries {
        let mut engine = Engine::for_text();
        engine.add(&entry.template, file(&entry.template)?)?;
        let text = engine.text(&entry.template, data)?;
        data["files"][&entry.key] = text.clone().into();
        // What renders to nothing is not wanted in this environment.
        if !text.trim().is_empty() {
            files.push(RenderedFile {
                name: entry.name.clone(),
                text,
            });
        }
    }
    Ok(files)
}

/// The canonical template and the whole parameters document, which agree; `takes` are the parameters that are filled
/// in later.
fn deployment(
    catalog: &Catalog,
    [deploy, values]: [File; 2],
    data: &Value,
    takes: &BTreeMap<String, String>,
) -> Result<(Value, Value), TemplateError> {
    let values_file = values.path.clone();
    let template = canonical::deployment(render_json(catalog, deploy, data)?);
    let values = in_order(&template, render_json(catalog, values, data)?);
    agree(&values_file, &template, &values, takes)?;
    let parameters = json!({
        "$schema": PARAMETERS_SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": values,
    });
    Ok((template, parameters))
}

fn render_json(catalog: &Catalog, file: File, data: &Value) -> Result<Value, TemplateError> {
    let mut engine = Engine::for_json();
    for (partial, file) in catalog.partials()? {
        engine.add(&partial, file)?;
    }
    let name = file.path.clone();
    engine.add(&name, file)?;
    engine.json(&name, data)
}

fn data(context: &Context) -> Result<Value, TemplateError> {
    serde_json::to_value(context).map_err(|error| TemplateError::Render {
        place: Place::file(context.environment.clone()),
        reason: error.to_string(),
    })
}

/// The values in the order in which the template declares its parameters; what it does not declare comes last.
fn in_order(template: &Value, values: Value) -> Value {
    let Value::Object(mut values) = values else {
        return values;
    };
    let declared = template.get("parameters").and_then(Value::as_object);
    let mut sorted: Map<String, Value> = declared
        .into_iter()
        .flat_map(Map::keys)
        .filter_map(|name| Some((name.clone(), values.shift_remove(name)?)))
        .collect();
    sorted.extend(values);
    Value::Object(sorted)
}
