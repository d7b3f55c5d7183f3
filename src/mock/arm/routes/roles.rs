//! Role definitions that Azure has by itself, and who was given one.

use serde_json::{Value, json};

use super::super::error::ArmError;
use super::super::world::World;
use super::no_method;
use super::request::{Answer, Request, literal, page};

/// Name and id of built-in roles. Source: learn.microsoft.com/azure/role-based-access-control/built-in-roles.
const BUILT_IN: [(&str, &str); 12] = [
    ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
    ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    ("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"),
    (
        "User Access Administrator",
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    ),
    ("Network Contributor", "4d97b98b-1d4f-4787-a291-c67834d212e7"),
    (
        "Azure Event Hubs Data Owner",
        "f526a384-b230-433a-b45c-95f59c4a2dec",
    ),
    (
        "Azure Event Hubs Data Sender",
        "2b629674-e913-4c01-ae53-ef4638d8f975",
    ),
    (
        "Azure Event Hubs Data Receiver",
        "a638d3c7-ab3a-418d-83e6-5f17a39d4fde",
    ),
    ("Key Vault Secrets User", "4633458b-17de-408a-b874-0445c86b69e6"),
    (
        "Log Analytics Contributor",
        "92aaf0da-9dab-42b6-94a3-d43ce8d16293",
    ),
    (
        "Monitoring Metrics Publisher",
        "3913510d-42f4-4e42-8a64-420c390055eb",
    ),
    (
        "Storage Blob Data Contributor",
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    ),
];

const ASSIGNMENTS: &str = "/providers/microsoft.authorization/roleassignments";
const ASSIGNMENT: &str = "Microsoft.Authorization/roleAssignments";
const DEFINITIONS: &str = "/providers/microsoft.authorization/roledefinitions";

/// The answer to a GET below `…/Microsoft.Authorization/roleDefinitions`, at whatever scope.
pub fn definitions(world: &World, request: &Request) -> Option<Result<Answer, ArmError>> {
    let path = request.path.to_lowercase();
    let at = path.rfind(DEFINITIONS)?;
    if request.method != "GET" {
        return Some(Err(no_method(request)));
    }
    let rest = path[at + DEFINITIONS.len()..].trim_start_matches('/');
    let scope = format!("/subscriptions/{}", world.settings.subscription);
    if rest.is_empty() {
        let wanted = literal(request.filter(), "roleName");
        let rows = BUILT_IN
            .iter()
            .filter(|(name, _)| wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(name)))
            .map(|row| definition(&scope, row));
        return Some(Ok(page(request, rows.collect(), world.settings.page)));
    }
    let found = BUILT_IN.iter().find(|(_, id)| *id == rest);
    Some(
        found
            .map(|row| Answer::ok(definition(&scope, row)))
            .ok_or_else(|| {
                let message = format!(
                    "The specified role definition with ID '{}' does not exist.",
                    rest.replace('-', "")
                );
                ArmError::not_found("RoleDefinitionDoesNotExist", message)
            }),
    )
}

fn definition(scope: &str, (name, id): &(&str, &str)) -> Value {
    json!({
        "id": format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/{id}"),
        "name": id,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {
            "roleName": name,
            "type": "BuiltInRole",
            "description": "",
            "assignableScopes": ["/"],
            "permissions": [],
        },
    })
}

/// `GET {scope}/…/roleAssignments`: those at the scope and, without `atScope()`, below it.
pub fn assignments(world: &World, request: &Request) -> Option<Answer> {
    let path = request.path.to_lowercase();
    let scope = path.strip_suffix(ASSIGNMENTS)?;
    let filter = request.filter().to_lowercase();
    let principal = ["principalid eq '", "assignedto('"]
        .iter()
        .find_map(|word| filter.split_once(word))
        .and_then(|(_, rest)| rest.split('\'').next());
    let own = format!("{path}/");
    let shown = world.at_or_below(scope, ASSIGNMENT).filter(|stored| {
        let given = stored.document["properties"]["principalId"]
            .as_str()
            .unwrap_or_default();
        let is_below = !stored.id.to_lowercase().starts_with(&own);
        !(is_below && filter.contains("atscope()"))
            && principal.is_none_or(|wanted| wanted.eq_ignore_ascii_case(given))
    });
    let shown = shown.map(|stored| stored.document.clone()).collect();
    Some(page(request, shown, world.settings.page))
}
