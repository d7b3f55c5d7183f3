//! The body of a deployment's request, its shape checked and its links followed.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::error::ArmError;
use super::super::template::{Beyond, Level, Link, check_version, parameters_in};

/// Source: Azure Resource Manager, template limits: 4 MB.
const LARGEST: usize = 4 << 20;

/// What a request says of its deployment.
pub struct Content {
    pub template: Arc<Value>,
    pub link: Option<Link>,
    pub parameters: Map<String, Value>,
    /// What the parameters' expressions may ask for.
    pub inputs: Map<String, Value>,
    pub mode: &'static str,
    pub location: Option<String>,
    pub tags: Map<String, Value>,
    /// What is kept as it was asked for and shown again: `validationLevel`, `onErrorDeployment`, `debugSetting`, the links.
    pub echo: Map<String, Value>,
}

fn invalid(message: impl Into<String>) -> ArmError {
    ArmError::bad_request("InvalidRequestContent", message)
}

impl Content {
    /// Reads `body`, the request for the deployment `name` at `level`.
    ///
    /// # Errors
    ///
    /// What ARM answers to a request that it cannot read, or whose links lead nowhere.
    pub fn read(body: &Value, name: &str, level: Level, beyond: &dyn Beyond) -> Result<Self, ArmError> {
        let properties = body.get("properties").filter(|properties| properties.is_object());
        let properties = properties.ok_or_else(|| invalid("The request content has no 'properties'."))?;
        let (template, link) = template(properties, beyond)?;
        let size = template.to_string().len();
        if size > LARGEST {
            return Err(ArmError::bad_request(
                "RequestContentTooLarge",
                format!("The template of {size} bytes exceeds the limit of {LARGEST}."),
            ));
        }
        Ok(Self {
            template,
            inputs: inputs(properties),
            parameters: parameters(properties, link.as_ref(), beyond)?,
            mode: mode(properties, level)?,
            location: location(body, name, level)?,
            tags: body
                .get("tags")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
            echo: echo(properties, link.as_ref())?,
            link,
        })
    }
}

/// Exactly one of the template and the link to it.
fn template(properties: &Value, beyond: &dyn Beyond) -> Result<(Arc<Value>, Option<Link>), ArmError> {
    let inline = properties.get("template").filter(|template| !template.is_null());
    let written = properties.get("templateLink").filter(|link| !link.is_null());
    match (inline, written) {
        (Some(template), None) if template.is_object() => Ok((Arc::new(template.clone()), None)),
        (None, Some(written)) => {
            let link = link(written, None)?;
            let template = document(written, &link, beyond)?;
            Ok((template, Some(link)))
        }
        _ => Err(invalid(
            "The request content needs exactly one of 'properties.template' and 'properties.templateLink'.",
        )),
    }
}

fn link(written: &Value, parent: Option<&Link>) -> Result<Link, ArmError> {
    Link::of(written, parent)
        .map_err(|message| ArmError::bad_request("InvalidContentLink", format!("{message}.")))
}

fn document(written: &Value, link: &Link, beyond: &dyn Beyond) -> Result<Arc<Value>, ArmError> {
    let document = beyond
        .document(link)
        .map_err(|error| ArmError::invalid_template(&error))?;
    check_version(written, &document).map_err(|message| {
        ArmError::bad_request(
            "InvalidTemplate",
            format!("Deployment template validation failed: '{message}'."),
        )
    })?;
    Ok(document)
}

/// At most one of the parameters and the link to them.
fn parameters(
    properties: &Value,
    template: Option<&Link>,
    beyond: &dyn Beyond,
) -> Result<Map<String, Value>, ArmError> {
    let inline = properties.get("parameters").and_then(Value::as_object);
    let Some(written) = properties.get("parametersLink").filter(|link| !link.is_null()) else {
        return Ok(inline.cloned().unwrap_or_default());
    };
    if inline.is_some_and(|inline| !inline.is_empty()) {
        return Err(invalid(
            "The request content has both 'properties.parameters' and 'properties.parametersLink'.",
        ));
    }
    let link = link(written, template)?;
    document(written, &link, beyond).map(|document| parameters_in(&document))
}

fn inputs(properties: &Value) -> Map<String, Value> {
    let inputs = properties.get("externalInputs").and_then(Value::as_object);
    inputs.cloned().unwrap_or_default()
}

fn mode(properties: &Value, level: Level) -> Result<&'static str, ArmError> {
    let mode = properties.get("mode").and_then(Value::as_str).unwrap_or_default();
    let known = ["Incremental", "Complete"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(mode));
    let known = known.ok_or_else(|| {
        invalid(format!(
            "The deployment mode '{mode}' is not Incremental or Complete."
        ))
    })?;
    if known == "Complete" && level != Level::Group {
        let message = format!(
            "The deployment mode 'Complete' is not supported at the scope of a {}; the mode 'Incremental' is.",
            level.word()
        );
        return Err(invalid(message));
    }
    Ok(known)
}

/// Asked for above resource groups, refused in them.
fn location(body: &Value, name: &str, level: Level) -> Result<Option<String>, ArmError> {
    let location = body
        .get("location")
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty());
    let more = "Please see https://aka.ms/deploy-to-subscription for usage details.";
    let refuse = |message| Err(ArmError::bad_request("InvalidDeployment", message));
    match (location, level) {
        (None, Level::Group) => Ok(None),
        (Some(_), Level::Group) => refuse(format!(
            "The 'location' property is not allowed for '{name}' at resource group scope. {more}"
        )),
        (None, _) => refuse(format!(
            "The 'location' property must be specified for '{name}'. {more}"
        )),
        (Some(location), _) => {
            super::super::providers::check_location(super::super::template::DEPLOYMENT, body)?;
            Ok(Some(super::super::providers::region(location)))
        }
    }
}

/// What a reader of the deployment gets back as it was asked for; of links, without what may be a signature.
fn echo(properties: &Value, template: Option<&Link>) -> Result<Map<String, Value>, ArmError> {
    let level = properties.get("validationLevel").and_then(Value::as_str);
    if let Some(level) = level.filter(|level| !["Template", "Provider", "ProviderNoRbac"].contains(level)) {
        return Err(invalid(format!(
            "The validation level '{level}' is not Template, Provider or ProviderNoRbac."
        )));
    }
    let mut echo = Map::new();
    for key in ["validationLevel", "onErrorDeployment", "debugSetting"] {
        if let Some(value) = properties.get(key).filter(|value| !value.is_null()) {
            echo.insert(key.to_owned(), value.clone());
        }
    }
    for key in ["templateLink", "parametersLink"] {
        let Some(written) = properties.get(key).filter(|link| !link.is_null()) else {
            continue;
        };
        let link = link(written, template)?;
        let member = if link.uri.starts_with('/') { "id" } else { "uri" };
        let mut shown = Map::from_iter([(member.to_owned(), Value::from(link.shown()))]);
        if let Some(version) = written.get("contentVersion") {
            shown.insert("contentVersion".to_owned(), version.clone());
        }
        echo.insert(key.to_owned(), shown.into());
    }
    Ok(echo)
}
