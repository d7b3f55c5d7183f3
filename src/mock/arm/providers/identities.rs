//! `Microsoft.ManagedIdentity`, `Microsoft.Authorization` and `Microsoft.KeyVault`.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Provider, Request, Settled, accept, add_nothing, default, plain, seconds};
use crate::mock::arm::error::ArmError;

pub const TABLE: &[Provider] = &[
    Provider {
        resource_type: "Microsoft.ManagedIdentity/userAssignedIdentities",
        takes: None,
        tracked: true,
        check: accept,
        complete: complete_identity,
    },
    plain(
        "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
        None,
        false,
    ),
    Provider {
        resource_type: "Microsoft.Authorization/roleAssignments",
        takes: None,
        tracked: false,
        check: check_assignment,
        complete: complete_assignment,
    },
    plain("Microsoft.Authorization/locks", None, false),
    Provider {
        resource_type: "Microsoft.KeyVault/vaults",
        takes: seconds(20),
        tracked: true,
        check: check_vault,
        complete: complete_vault,
    },
    plain("Microsoft.KeyVault/vaults/keys", None, false),
    Provider {
        resource_type: "Microsoft.KeyVault/vaults/secrets",
        takes: None,
        tracked: false,
        check: accept,
        complete: without_value,
    },
    Provider {
        resource_type: "Microsoft.KeyVault/vaults/accessPolicies",
        takes: None,
        tracked: false,
        check: accept,
        complete: add_nothing,
    },
];

fn properties(document: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    document
        .entry("properties")
        .or_insert_with(|| json!({}))
        .as_object_mut()
}

fn complete_identity(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let Some(properties) = properties(document) else {
        return;
    };
    properties.insert("tenantId".into(), settled.tenant.into());
    properties.insert("principalId".into(), settled.guid("principal").into());
    properties.insert("clientId".into(), settled.guid("client").into());
}

fn check_assignment(request: &Request<'_>) -> Result<(), ArmError> {
    let name = request.names.last().map(String::as_str).unwrap_or_default();
    if Uuid::parse_str(name).is_err() {
        let message =
            format!("The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID.");
        return Err(ArmError::bad_request("InvalidRoleAssignmentId", message).about(request.id));
    }
    for key in ["roleDefinitionId", "principalId"] {
        if request
            .property(&format!("/{key}"))
            .as_str()
            .is_none_or(str::is_empty)
        {
            let message = format!("The role assignment request has no property '{key}'.");
            return Err(
                ArmError::bad_request("InvalidCreateRoleAssignmentRequest", message).about(request.id),
            );
        }
    }
    Ok(())
}

fn complete_assignment(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let scope = settled
        .id
        .rsplit_once("/providers/")
        .map(|(scope, _)| scope.to_owned())
        .unwrap_or_default();
    let Some(properties) = properties(document) else {
        return;
    };
    properties.insert("scope".into(), scope.into());
    default(properties, "principalType", "ServicePrincipal");
    properties.insert("createdOn".into(), settled.created.to_string().into());
    properties.insert("updatedOn".into(), settled.now.to_string().into());
}

fn check_vault(request: &Request<'_>) -> Result<(), ArmError> {
    let name = request.names.last().map(String::as_str).unwrap_or_default();
    let fits = (3..=24).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !fits {
        let message = format!(
            "The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters."
        );
        return Err(ArmError::bad_request("VaultNameNotValid", message).about(request.id));
    }
    Ok(())
}

fn complete_vault(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let name = settled.names.first().cloned().unwrap_or_default();
    let Some(properties) = properties(document) else {
        return;
    };
    default(properties, "accessPolicies", json!([]));
    default(properties, "enabledForDeployment", false);
    default(properties, "enableSoftDelete", true);
    default(properties, "softDeleteRetentionInDays", 90);
    default(properties, "publicNetworkAccess", "Enabled");
    properties.insert(
        "vaultUri".into(),
        format!("https://{name}.vault.azure.net/").into(),
    );
}

/// A vault never gives a secret's value back through the management plane.
fn without_value(_: &Settled<'_>, document: &mut Map<String, Value>) {
    if let Some(properties) = properties(document) {
        properties.shift_remove("value");
    }
}
