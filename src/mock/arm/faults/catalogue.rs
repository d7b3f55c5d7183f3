//! The errors that Azure gives, by their codes: what a script need not spell out.
//!
//! Source: the error codes of Azure Resource Manager, Compute, Network and Microsoft Entra, as they were seen in issues and
//! recordings. Words in braces are filled in from the request.

use super::subject::Subject;
use crate::model::nearest::{did_you_mean, nearest};

/// One error of Azure's.
pub struct Known {
    pub status: u16,
    pub code: &'static str,
    message: &'static str,
}

const fn known(status: u16, code: &'static str, message: &'static str) -> Known {
    Known {
        status,
        code,
        message,
    }
}

/// The first of a status is what that status means when no code is named.
const CATALOGUE: &[Known] = &[
    known(400, "BadRequest", "The request is not valid."),
    known(
        400,
        "QuotaExceeded",
        "Operation could not be completed as it results in exceeding approved Total Regional Cores quota. Additional details - Deployment Model: Resource Manager, Location: {location}, Current Limit: 4, Current Usage: 4, Additional Required: 4, (Minimum) New Limit Required: 8.",
    ),
    known(
        400,
        "InvalidResourceReference",
        "Resource {path} referenced by the request was not found.",
    ),
    known(
        400,
        "PrincipalNotFound",
        "The principal does not exist in the directory. If it was created recently, retry after it has spread.",
    ),
    known(
        401,
        "ExpiredAuthenticationToken",
        "The access token expiry UTC time is earlier than current UTC time.",
    ),
    known(401, "InvalidAuthenticationToken", "The access token is invalid."),
    known(
        401,
        "InvalidAuthenticationTokenTenant",
        "The access token is from the wrong issuer. It must match the tenant associated with this subscription.",
    ),
    known(
        403,
        "AuthorizationFailed",
        "The client 'landfall' with object id '22222222-2222-2222-2222-222222222222' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
    ),
    known(
        403,
        "LinkedAuthorizationFailed",
        "The client has permission to perform action '{action}' on scope '{scope}', however it does not have permission to perform action 'join/action' on the linked scope(s) or the linked scope(s) are invalid.",
    ),
    known(
        403,
        "RequestDisallowedByPolicy",
        "Resource '{name}' was disallowed by policy.",
    ),
    known(
        403,
        "InvalidOperationStatusSignature",
        "The address of the operation status has expired.",
    ),
    known(
        404,
        "ResourceNotFound",
        "The Resource '{type}/{name}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    ),
    known(
        404,
        "DeploymentNotFound",
        "Deployment '{name}' could not be found.",
    ),
    known(
        404,
        "ResourceGroupNotFound",
        "Resource group '{name}' could not be found.",
    ),
    known(
        404,
        "SubscriptionNotFound",
        "The subscription could not be found.",
    ),
    known(404, "OperationNotFound", "The operation could not be found."),
    known(408, "RequestTimeout", "The request timed out."),
    known(
        409,
        "Conflict",
        "The request conflicts with the present state of '{name}'.",
    ),
    known(
        409,
        "AnotherOperationInProgress",
        "Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri in the Azure-AsyncOperation header.",
    ),
    known(
        409,
        "RetryableErrorDueToAnotherOperation",
        "Operation on '{name}' could not be completed because another operation on a dependent resource is in progress. Retry later.",
    ),
    known(
        409,
        "ConcurrentUpdateError",
        "'{name}' was changed by another caller at the same time.",
    ),
    known(
        409,
        "SkuNotAvailable",
        "The requested size for resource '{scope}' is currently not available in location '{location}' zones '' for the subscription. Please try another size or deploy to a different location or zones. See https://aka.ms/azureskunotavailable for details.",
    ),
    known(
        409,
        "AllocationFailed",
        "Allocation failed. We do not have sufficient capacity for the requested size in this region.",
    ),
    known(
        409,
        "ZonalAllocationFailed",
        "Allocation failed. We do not have sufficient capacity for the requested size in this zone.",
    ),
    known(
        409,
        "OverconstrainedAllocationRequest",
        "Allocation failed. The size cannot be allocated with the constraints of the request.",
    ),
    known(
        409,
        "OperationNotAllowed",
        "Operation could not be completed as it results in exceeding approved Total Regional Cores quota. Additional details - Deployment Model: Resource Manager, Location: {location}, Current Limit: 4, Current Usage: 4, Additional Required: 4, (Minimum) New Limit Required: 8.",
    ),
    known(
        409,
        "ScopeLocked",
        "The scope '{scope}' cannot perform write operation because following scope(s) are locked: '{scope}'. Please remove the lock and try again.",
    ),
    known(
        409,
        "DeploymentActive",
        "Unable to edit or replace deployment '{name}': previous deployment is still active. Please see https://aka.ms/arm-deploy-resources for usage details.",
    ),
    known(
        409,
        "DeploymentQuotaExceeded",
        "Creating the deployment '{name}' would exceed the quota of '800'. The current deployment count is '800'. Please delete some deployments before creating a new one, or see https://aka.ms/800LimitFix for information on managing deployment limits.",
    ),
    known(
        409,
        "VaultAlreadyExists",
        "The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the name is already taken.",
    ),
    known(
        409,
        "FlagMustBeSetForRestore",
        "An existing resource with ID '{scope}' has been soft-deleted. To restore the resource, you must specify 'restore' to be 'true' in the property. If you don't want to restore existing resource, please purge it first.",
    ),
    known(
        412,
        "PreconditionFailed",
        "The condition of the request does not hold for '{name}'.",
    ),
    known(429, "TooManyRequests", "The request is being throttled."),
    known(
        429,
        "SubscriptionRequestsThrottled",
        "Number of requests for subscription and operation '{action}' exceeded the backend storage limit. Please try again after '6' seconds.",
    ),
    known(
        429,
        "ResourceRequestsThrottled",
        "Number of requests for action '{action}' exceeded the limit of '50' for time interval '00:05:00'. Please try again after '6' seconds.",
    ),
    known(500, "InternalServerError", "Encountered internal server error."),
    known(
        502,
        "BadGateway",
        "The gateway got no valid answer from the resource provider.",
    ),
    known(503, "ServerBusy", "The service is busy. Please retry later."),
    known(
        503,
        "ServiceUnavailable",
        "The service is unavailable. Please retry later.",
    ),
    known(
        504,
        "GatewayTimeout",
        "The gateway did not receive a response from '{type}' within the specified time period.",
    ),
];

/// The error of this code, spelled in any case.
pub fn of_code(code: &str) -> Option<&'static Known> {
    CATALOGUE
        .iter()
        .find(|known| known.code.eq_ignore_ascii_case(code))
}

/// The code of a status that nobody gave one.
pub fn code_of(status: u16) -> &'static str {
    let found = CATALOGUE.iter().find(|known| known.status == status);
    found.map_or("InternalServerError", |known| known.code)
}

/// What Azure says with this code about `subject`.
pub fn message(code: &str, subject: &Subject<'_>) -> String {
    let text = of_code(code).map_or("A fault script asked for this answer.", |known| known.message);
    subject.fill(text)
}

/// Why a code gives no status of its own.
pub fn unknown(code: &str) -> String {
    let alike = nearest(code, CATALOGUE.iter().map(|known| known.code));
    format!("no status is known for the code `{code}`{}", did_you_mean(alike))
}
