//! What Event Hubs refuses.
//!
//! Source of the numbers: Azure Event Hubs quotas and limits; api-version 2026-01-01.

use serde_json::Value;

use super::super::Request;
use super::tiers::{TIERS, Tier, tier};
use crate::mock::arm::error::ArmError;

/// Authorization rules of one namespace or hub.
const MOST_RULES: usize = 12;

fn refuse(message: String) -> ArmError {
    ArmError::bad_request("BadRequest", message)
}

/// The rule of a namespace's name: 6 to 50 letters, digits and hyphens, a letter first, no hyphen last.
pub fn is_namespace_name(name: &str) -> bool {
    (6..=50).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

pub fn check_namespace(request: &Request<'_>) -> Result<(), ArmError> {
    let name = request.names.first().map(String::as_str).unwrap_or_default();
    if !is_namespace_name(name) {
        return Err(refuse(format!(
            "The specified service namespace '{name}' is invalid. It has 6 to 50 letters, digits and hyphens, starts with a letter and does not end with a hyphen."
        ))
        .about(request.id));
    }
    let sku = request
        .body
        .pointer("/sku/name")
        .and_then(Value::as_str)
        .unwrap_or("Standard");
    let Some(wanted) = TIERS.iter().find(|tier| tier.name.eq_ignore_ascii_case(sku)) else {
        return Err(
            refuse(format!("The SKU '{sku}' is not one of Basic, Standard, Premium.")).about(request.id),
        );
    };
    let capacity = request
        .body
        .pointer("/sku/capacity")
        .and_then(Value::as_i64)
        .unwrap_or(1);
    if !(1..=wanted.units).contains(&capacity) {
        return Err(refuse(format!(
            "The capacity {capacity} is outside 1 to {} of the SKU '{sku}'.",
            wanted.units
        ))
        .about(request.id));
    }
    let before = request
        .before
        .and_then(|before| before.pointer("/sku/name"))
        .and_then(Value::as_str);
    match before {
        Some(before)
            if !before.eq_ignore_ascii_case(sku) && (wanted.name == "Premium" || before == "Premium") =>
        {
            Err(refuse(format!(
                "The SKU of a namespace cannot be changed from '{before}' to '{sku}'."
            ))
            .about(request.id))
        }
        _ => Ok(()),
    }
}

pub fn check_hub(request: &Request<'_>) -> Result<(), ArmError> {
    let tier = tier(request.parent);
    let name = request.names.last().map(String::as_str).unwrap_or_default();
    let refuse = |message: String| refuse(message).about(request.id);
    let fits = (1..=256).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    if !fits {
        return Err(refuse(format!(
            "The event hub name '{name}' is invalid: 1 to 256 letters, digits, '.', '-' and '_'."
        )));
    }
    let before = request
        .before
        .and_then(|before| before.pointer("/properties/partitionCount"))
        .and_then(Value::as_i64);
    let partitions = request
        .property("/partitionCount")
        .as_i64()
        .or(before)
        .unwrap_or(4);
    if !(1..=tier.partitions).contains(&partitions) {
        return Err(refuse(format!(
            "The value '{partitions}' of PartitionCount is outside the allowed range 1 to {} of the tier {}.",
            tier.partitions, tier.name
        )));
    }
    if let Some(before) =
        before.filter(|before| partitions != *before && (!tier.partitions_grow || partitions < *before))
    {
        return Err(refuse(format!(
            "The partition count of the event hub '{name}' cannot be changed from {before} to {partitions} in the tier {}.",
            tier.name
        )));
    }
    retention(request, tier).map_err(refuse)?;
    let units = request
        .parent
        .and_then(|parent| parent.pointer("/sku/capacity"))
        .and_then(Value::as_u64)
        .unwrap_or(1);
    let units = usize::try_from(units).unwrap_or(1);
    let most = tier.hubs_per_unit.map_or(tier.hubs, |each| each * units);
    if request.before.is_none() && request.siblings >= most {
        let mut full = refuse(format!(
            "The namespace has {} event hubs, the limit of the tier {} is {most}.",
            request.siblings, tier.name
        ));
        full.status = 403;
        full.code = "QuotaExceeded".into();
        return Err(full);
    }
    Ok(())
}

fn retention(request: &Request<'_>, tier: &Tier) -> Result<(), String> {
    let policy = request
        .property("/retentionDescription/cleanupPolicy")
        .as_str()
        .unwrap_or("Delete");
    if !["Delete", "Compact", "DeleteOrCompact"].contains(&policy) {
        return Err(format!(
            "The cleanup policy '{policy}' is not one of Delete, Compact, DeleteOrCompact."
        ));
    }
    if policy != "Delete" && !tier.compaction {
        return Err(format!(
            "The cleanup policy '{policy}' is not supported in the tier {}.",
            tier.name
        ));
    }
    let days = request
        .property("/messageRetentionInDays")
        .as_i64()
        .map(|days| days.saturating_mul(24));
    let hours = request
        .property("/retentionDescription/retentionTimeInHours")
        .as_i64()
        .or(days);
    match hours {
        Some(-1) => Ok(()),
        Some(hours) if !(1..=tier.retention_hours).contains(&hours) => Err(format!(
            "The retention of {hours} hours is outside 1 to {} of the tier {}.",
            tier.retention_hours, tier.name
        )),
        _ => Ok(()),
    }
}

pub fn check_consumer_group(request: &Request<'_>) -> Result<(), ArmError> {
    let name = request.names.last().map(String::as_str).unwrap_or_default();
    if name.is_empty() || name.len() > 50 {
        return Err(refuse(format!(
            "The consumer group name '{name}' has not 1 to 50 characters."
        ))
        .about(request.id));
    }
    Ok(())
}

pub fn check_rule(request: &Request<'_>) -> Result<(), ArmError> {
    if request.before.is_none() && request.siblings >= MOST_RULES {
        let message = format!(
            "There are {} authorization rules, the limit is {MOST_RULES}.",
            request.siblings
        );
        return Err(refuse(message).about(request.id));
    }
    let rights: Vec<&str> = request
        .property("/rights")
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let known = |right: &&str| ["Listen", "Send", "Manage"].contains(right);
    if rights.is_empty() || !rights.iter().all(known) {
        return Err(refuse(
            "The rights of an authorization rule are Listen, Send and Manage, at least one.".to_owned(),
        )
        .about(request.id));
    }
    if rights.contains(&"Manage") && rights.len() < 3 {
        return Err(
            refuse("Manage permission should also include Send and Listen.".to_owned()).about(request.id),
        );
    }
    Ok(())
}

pub fn check_network_rules(request: &Request<'_>) -> Result<(), ArmError> {
    if tier(request.parent).name == "Basic" {
        return Err(
            refuse("Network rules are not supported in the tier Basic.".to_owned()).about(request.id),
        );
    }
    let count = request.property("/ipRules").as_array().map_or(0, Vec::len);
    if count > 128 {
        return Err(refuse(format!("{count} IP rules are above the limit of 128.")).about(request.id));
    }
    Ok(())
}
