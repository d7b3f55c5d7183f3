//! Where in Azure: the subscription, the group, the region, the tags.

use std::collections::BTreeMap;

use super::Checker;
use crate::config::environment::{AssignedIdentity, Azure, Credential};
use crate::config::layer::{AzureLayer, IdentityLayer, StackLayer};
use crate::config::path;
use crate::config::stack_rules::StackRules;
use crate::model::name::ResourceGroupName;

/// Source: Azure Resource Manager, tag limits: 50 tags, names of 512 and values of 256 characters, and these characters.
const MOST_TAGS: usize = 50;
const LONGEST_TAG_NAME: usize = 512;
const LONGEST_TAG_VALUE: usize = 256;
/// Source: Azure Resource Manager, deployment stacks, `denySettings`.
const MOST_PRINCIPALS: usize = 5;
const MOST_ACTIONS: usize = 200;
const NOT_IN_TAG_NAMES: [char; 7] = ['<', '>', '%', '&', '\\', '?', '/'];

/// Completes the section.
pub fn complete(layer: AzureLayer, checker: &mut Checker<'_>) -> Option<Azure> {
    let subscription = subscription(layer.subscription, checker);
    let what = "the resource group that takes the target";
    let group = checker.need("azure.resource-group", layer.resource_group, what);
    let group =
        group.and_then(|name| checker.parsed("azure.resource-group", ResourceGroupName::parse(&name)));
    let location = location(layer.location, checker);
    let tags = layer.tags.unwrap_or_default();
    check_tags(&tags, checker);
    let credential = layer.credential.unwrap_or_default();
    let identity = layer
        .identity
        .and_then(|layer| identity(layer, credential, checker));
    Some(Azure {
        cloud: layer.cloud.unwrap_or_default(),
        subscription: subscription?,
        resource_group: group?,
        location: location?,
        tags,
        credential,
        identity,
        deployment: layer.deployment.unwrap_or_default(),
        stack: stack(layer.stack.unwrap_or_default(), checker),
    })
}

fn stack(layer: StackLayer, checker: &mut Checker<'_>) -> StackRules {
    let principals = layer.excluded_principals.unwrap_or_default();
    let at = "azure.stack.excluded-principals";
    checker.check(at, principals.len() <= MOST_PRINCIPALS, || {
        format!(
            "names {} principals, above the limit of {MOST_PRINCIPALS}",
            principals.len()
        )
    });
    for principal in &principals {
        checker.check(at, uuid::Uuid::parse_str(principal).is_ok(), || {
            format!("names `{principal}`; a principal is named by its object id, a GUID")
        });
    }
    let actions = layer.excluded_actions.unwrap_or_default();
    let at = "azure.stack.excluded-actions";
    checker.check(at, actions.len() <= MOST_ACTIONS, || {
        format!(
            "names {} actions, above the limit of {MOST_ACTIONS}",
            actions.len()
        )
    });
    StackRules {
        on_unmanage: layer.on_unmanage.unwrap_or_default(),
        deny: layer.deny.unwrap_or_default(),
        deny_child_scopes: layer.deny_child_scopes.unwrap_or_default(),
        excluded_principals: principals,
        excluded_actions: actions,
    }
}

/// One id of a user-assigned identity.
fn identity(
    layer: IdentityLayer,
    credential: Credential,
    checker: &mut Checker<'_>,
) -> Option<AssignedIdentity> {
    let given: Vec<AssignedIdentity> = [
        layer.client_id.map(AssignedIdentity::ClientId),
        layer.object_id.map(AssignedIdentity::ObjectId),
        layer.resource_id.map(AssignedIdentity::ResourceId),
    ]
    .into_iter()
    .flatten()
    .collect();
    checker.check("azure.identity", given.len() == 1, || {
        "needs one of `client-id`, `object-id` and `resource-id`".to_owned()
    });
    checker.check(
        "azure.identity",
        credential == Credential::ManagedIdentity,
        || {
            "is what `credential: managed-identity` signs in with, and another credential is chosen"
                .to_owned()
        },
    );
    given.into_iter().next()
}

fn subscription(given: Option<String>, checker: &mut Checker<'_>) -> Option<String> {
    let given = checker.need("azure.subscription", given, "the id of the subscription, a GUID")?;
    let lower = given.to_ascii_lowercase();
    let is_guid = uuid::Uuid::parse_str(&lower).is_ok_and(|id| id.hyphenated().to_string() == lower);
    checker.check("azure.subscription", is_guid, || {
        format!("is `{given}`, which is not a GUID such as `00000000-0000-0000-0000-000000000000`")
    });
    is_guid.then_some(lower)
}

fn location(given: Option<String>, checker: &mut Checker<'_>) -> Option<String> {
    let given = checker.need("azure.location", given, "the region, as `westeurope`")?;
    let plain =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let meant: String = given
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    checker.check("azure.location", plain(&given), || {
        let hint = if plain(&meant) {
            format!("; did you mean `{meant}`?")
        } else {
            String::new()
        };
        format!("is `{given}`; a region is written in lower-case letters and digits{hint}")
    });
    plain(&given).then_some(given)
}

fn check_tags(tags: &BTreeMap<String, String>, checker: &mut Checker<'_>) {
    checker.check("azure.tags", tags.len() <= MOST_TAGS, || {
        format!("holds {} tags, above the limit of {MOST_TAGS}", tags.len())
    });
    for (name, value) in tags {
        let at = path::join("azure.tags", name);
        let (name_length, value_length) = (name.chars().count(), value.chars().count());
        checker.check(&at, (1..=LONGEST_TAG_NAME).contains(&name_length), || {
            format!("has a name of {name_length} characters; a tag's name has 1 to {LONGEST_TAG_NAME}")
        });
        checker.check(&at, value_length <= LONGEST_TAG_VALUE, || {
            format!("has a value of {value_length} characters, above the limit of {LONGEST_TAG_VALUE}")
        });
        checker.check(&at, !name.contains(NOT_IN_TAG_NAMES), || {
            r"has one of `<`, `>`, `%`, `&`, `\`, `?`, `/` in its name, which Azure refuses".to_owned()
        });
    }
}
