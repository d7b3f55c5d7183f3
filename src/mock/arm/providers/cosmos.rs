//! `Microsoft.DocumentDB`: who may read and write the data of an account.
//!
//! Source: the 2024-11-15 contract; the sentences about a path are those of the service.

use uuid::Uuid;

use super::{Provider, Request, add_nothing, seconds};
use crate::mock::arm::error::ArmError;

const NAMES: &str =
    "Microsoft.Azure.Documents.Management.Services.ResourceProvider.DataModel.RoleBasedAccessControl";

pub const TABLE: &[Provider] = &[Provider {
    resource_type: "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments",
    takes: seconds(10),
    tracked: false,
    check: check_assignment,
    complete: add_nothing,
}];

fn check_assignment(request: &Request<'_>) -> Result<(), ArmError> {
    let refuse = |message: String| Err(ArmError::bad_request("BadRequest", message).about(request.id));
    let name = request.names.last().map(String::as_str).unwrap_or_default();
    if Uuid::parse_str(name).is_err() {
        return refuse(format!(
            "The role assignment ID [{name}] is not valid: it must be a GUID."
        ));
    }
    let account = request.id.rsplitn(3, '/').nth(2).unwrap_or_default();
    let text = |key: &str| request.property(key).as_str().unwrap_or_default();
    let (definition, scope) = (text("/roleDefinitionId"), text("/scope"));
    if let Some(why) = problem_of_definition(account, definition) {
        return refuse(unparsed("roleDefinitionId", "RoleDefinitionId", definition, &why));
    }
    if let Some(why) = problem_of_scope(account, scope) {
        return refuse(unparsed("scope", "FullyQualifiedResourcePath", scope, &why));
    }
    Ok(())
}

/// As the service tells it.
fn unparsed(key: &str, kind: &str, value: &str, why: &str) -> String {
    let parsing = |what: String, kind: &str| {
        format!(
            "System.FormatException: Could not parse property {what} as [{NAMES}.{kind}] due to exception: "
        )
    };
    format!(
        "Failed to parse the incoming request payload. Exception: {}{}System.FormatException: {why}",
        parsing("[properties]".to_owned(), "SqlRoleAssignmentProperties"),
        parsing(format!("[{key}] with value [{value}]"), kind),
    )
}

/// What follows the account's id.
fn below<'a>(account: &str, value: &'a str) -> Option<&'a str> {
    let (start, rest) = (value.get(..account.len())?, value.get(account.len()..)?);
    (start.eq_ignore_ascii_case(account) && (rest.is_empty() || rest.starts_with('/'))).then_some(rest)
}

fn expected(segment: &str, position: usize, found: &str) -> String {
    format!("Expected path segment [{segment}] at position [{position}] but found [{found}].")
}

fn problem_of_definition(account: &str, value: &str) -> Option<String> {
    let own = below(account, value);
    let rest = own.unwrap_or(value).trim_start_matches('/');
    let (kind, name) = rest.split_once('/').unwrap_or((rest, ""));
    if own.is_none() || !kind.eq_ignore_ascii_case("sqlRoleDefinitions") {
        return Some(expected("sqlRoleDefinitions", 0, kind));
    }
    let is_guid = Uuid::parse_str(name).is_ok();
    (!is_guid).then(|| format!("The role definition ID [{name}] is not valid: it must be a GUID."))
}

/// A scope is the account, a database of it, or a container: as a whole id, or from the account on.
fn problem_of_scope(account: &str, value: &str) -> Option<String> {
    let rest = below(account, value).unwrap_or(value);
    if value.is_empty() {
        return Some("Expected a path but found nothing.".to_owned());
    }
    let segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    for (at, found) in segments.iter().enumerate().step_by(2) {
        match ["dbs", "colls"].get(at / 2) {
            Some(wanted) if wanted == found => {}
            Some(wanted) => return Some(expected(wanted, at, found)),
            None => {
                return Some(format!(
                    "Expected the end of the path at position [{at}] but found [{found}]."
                ));
            }
        }
    }
    let is_whole = segments.len().is_multiple_of(2);
    (!is_whole).then(|| "Expected a name at the end of the path.".to_owned())
}
