//! Whether a name that has to be free everywhere is.

use serde_json::{Value, json};

use super::super::super::error::ArmError;
use super::super::super::soft_delete::VAULT;
use super::super::super::world::World;
use super::super::no_method;
use super::super::request::{Answer, Request};

/// The name in the body of a question, which must be about `kind`.
pub fn asked<'r>(request: &'r Request, kind: &str) -> Result<&'r str, ArmError> {
    if request.method != "POST" {
        return Err(no_method(request));
    }
    let body = request.object()?;
    let own = body["type"].as_str();
    if own.is_some_and(|own| !own.eq_ignore_ascii_case(kind)) {
        let message = format!("The type '{}' is not '{kind}'.", own.unwrap_or_default());
        return Err(ArmError::bad_request("InvalidResourceType", message));
    }
    body["name"].as_str().ok_or_else(|| {
        let message = "The request content has no 'name'.";
        ArmError::bad_request("InvalidRequestContent", message)
    })
}

/// Whether a resource of a type has the name, in whichever group.
pub fn is_taken(world: &World, resource_type: &str, name: &str) -> bool {
    world.state.resources.values().any(|stored| {
        stored.resource_type.eq_ignore_ascii_case(resource_type) && stored.name.eq_ignore_ascii_case(name)
    })
}

fn no(reason: &str, message: impl Into<String>) -> Answer {
    let message: String = message.into();
    Answer::ok(json!({"nameAvailable": false, "reason": reason, "message": message}))
}

fn yes() -> Answer {
    Answer::ok(json!({"nameAvailable": true}))
}

/// `POST …/Microsoft.Storage/checkNameAvailability`
pub fn storage(world: &World, request: &Request) -> Result<Answer, ArmError> {
    let kind = "Microsoft.Storage/storageAccounts";
    let name = asked(request, kind)?;
    let fits =
        (3..=24).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if !fits {
        let message = format!(
            "{name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only."
        );
        return Ok(no("AccountNameInvalid", message));
    }
    if is_taken(world, kind, name) {
        return Ok(no(
            "AlreadyExists",
            format!("The storage account named {name} is already taken."),
        ));
    }
    Ok(yes())
}

/// `POST …/Microsoft.KeyVault/checkNameAvailability`: a deleted vault keeps its name.
pub fn vault(world: &World, request: &Request) -> Result<Answer, ArmError> {
    let name = asked(request, VAULT)?;
    let fits = (3..=24).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !name.ends_with('-')
        && !name.contains("--")
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !fits {
        let message = "Vault name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens.";
        return Ok(no("AccountNameInvalid", message));
    }
    let deleted = world.state.deleted_vault(name, world.now()).is_some();
    if deleted || is_taken(world, VAULT, name) {
        let state = if deleted { " in deleted state" } else { "" };
        return Ok(no(
            "AlreadyExists",
            format!("The name '{name}' is already in use{state}."),
        ));
    }
    Ok(yes())
}

/// The answer of HDInsight, whose clusters share one name space.
pub fn cluster(world: &World, request: &Request) -> Result<Answer, ArmError> {
    let name = asked(request, "clusters")?;
    let fits = (3..=59).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if !fits {
        return Ok(no("Invalid", "The name has 3 to 59 letters, digits and hyphens."));
    }
    if is_taken(world, "Microsoft.HDInsight/clusters", name) {
        return Ok(no(
            "AlreadyExists",
            format!("The cluster name '{name}' is already taken."),
        ));
    }
    Ok(Answer::ok(
        json!({"nameAvailable": true, "reason": Value::Null, "message": Value::Null}),
    ))
}
