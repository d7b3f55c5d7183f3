//! From the templates of a target or an addition and a complete context to what is deployed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::addition::{Addition, AdditionBundle, FileEntry, RenderedFile};
use super::bundle::{Bundle, Connect};
use super::catalog::Catalog;
use super::context::Context;
use super::engine::Engine;
use super::error::{Place, TemplateError};
use super::files::File;
use super::json as canonical;
use super::target::Target;
use crate::model::nearest::{did_you_mean, nearest};

const PARAMETERS_SCHEMA: &str =
    "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#";

pub(super) fn bundle(target: &Target, context: &Context) -> Result<Bundle, TemplateError> {
    let manifest = &target.manifest;
    let data = data(context)?;
    let (template, parameters) = deployment(
        &target.catalog,
        [target.file(&manifest.deploy)?, target.file(&manifest.values)?],
        &data,
        &BTreeMap::new(),
    )?;
    Ok(Bundle {
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
    let files = texts(addition, &manifest.files, &mut data)?;
    let (template, parameters) = deployment(
        &addition.catalog,
        [addition.file(&manifest.deploy)?, addition.file(&manifest.values)?],
        &data,
        &manifest.takes,
    )?;
    // What this rendering does not declare is not asked for.
    let declared = |parameter: &str| template["parameters"].get(parameter).is_some();
    let mut takes = manifest.takes.clone();
    takes.retain(|parameter, _| declared(parameter));
    Ok(AdditionBundle {
        name: addition.name.clone(),
        title: manifest.title.clone(),
        template,
        parameters,
        takes,
        files,
        fixed: manifest.fixed.clone(),
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
    texts(addition, &addition.manifest.manifests, &mut data(context)?)
}

/// Files in their order; `data` gets the text of each, for those behind it.
fn texts(
    addition: &Addition,
    entries: &[FileEntry],
    data: &mut Value,
) -> Result<Vec<RenderedFile>, TemplateError> {
    data["files"] = json!({});
    let mut files = Vec::new();
    for entry in entries {
        let mut engine = Engine::for_text();
        engine.add(&entry.template, addition.file(&entry.template)?)?;
        let text = engine.text(&entry.template, data)?;
        data["files"][&entry.key] = text.clone().into();
        files.push(RenderedFile {
            name: entry.name.clone(),
            text,
        });
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

/// Refuses what ARM would refuse only after it was sent: a value without a parameter, a parameter without a value, and
/// a secret that is written out.
fn agree(
    file: &str,
    template: &Value,
    values: &Value,
    takes: &BTreeMap<String, String>,
) -> Result<(), TemplateError> {
    let wrong = |reason: String| TemplateError::Deployment {
        place: Place::file(file),
        reason,
    };
    let empty = Map::new();
    let declared = template
        .get("parameters")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let Some(values) = values.as_object() else {
        return Err(wrong("the values are not a map of parameters".to_owned()));
    };
    for (name, entry) in values {
        let Some(parameter) = declared.get(name) else {
            let near = nearest(name, declared.keys().map(String::as_str));
            return Err(wrong(format!(
                "the template has no parameter `{name}`{}",
                did_you_mean(near)
            )));
        };
        let keys: Vec<&str> = entry
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
            .map(String::as_str)
            .collect();
        match (keys.as_slice(), is_secure(parameter)) {
            (["value"], true) => {
                return Err(wrong(format!(
                    "the secret parameter `{name}` has a value written out; refer to a Key Vault instead"
                )));
            }
            (["value"], false) | (["reference"], _) => {}
            _ => {
                return Err(wrong(format!(
                    "the parameter `{name}` needs one of `value` and `reference`"
                )));
            }
        }
    }
    // A secret may be absent here: it is handed over when the deployment is sent.
    let missing = declared.iter().find(|(name, parameter)| {
        let comes_later = takes.contains_key(*name) || is_secure(parameter);
        !values.contains_key(*name) && parameter.get("defaultValue").is_none() && !comes_later
    });
    missing.map_or(Ok(()), |(name, _)| {
        Err(wrong(format!(
            "the parameter `{name}` of the template has no value and no default"
        )))
    })
}

fn is_secure(parameter: &Value) -> bool {
    let kind = parameter.get("type").and_then(Value::as_str).unwrap_or_default();
    kind.eq_ignore_ascii_case("secureString") || kind.eq_ignore_ascii_case("secureObject")
}
