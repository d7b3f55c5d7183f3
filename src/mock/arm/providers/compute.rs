//! `Microsoft.Compute`: machines, scale sets, disks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{Provider, Request, Settled, accept, default, plain, seconds};
use crate::mock::arm::error::ArmError;

/// Source: Microsoft.Compute, `osProfile.customData`: at most 65,535 bytes once it is decoded.
const MOST_CUSTOM_DATA: usize = 65_535;

pub const TABLE: &[Provider] = &[
    Provider {
        resource_type: "Microsoft.Compute/virtualMachineScaleSets",
        takes: seconds(180),
        tracked: true,
        check: check_scale_set,
        complete: complete_scale_set,
    },
    plain(
        "Microsoft.Compute/virtualMachineScaleSets/extensions",
        seconds(60),
        false,
    ),
    Provider {
        resource_type: "Microsoft.Compute/virtualMachines",
        takes: seconds(60),
        tracked: true,
        check: check_machine,
        complete: complete_machine,
    },
    Provider {
        resource_type: "Microsoft.Compute/virtualMachines/extensions",
        takes: seconds(90),
        tracked: true,
        check: accept,
        complete: complete_extension,
    },
    plain("Microsoft.Compute/disks", seconds(5), true),
];

/// How it went is told, and what its script wrote, which nobody ran: nothing.
fn complete_extension(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let name = settled.names.last().cloned().unwrap_or_default();
    let Some(properties) = document.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    let status = |code: &str| json!({"code": code, "level": "Info", "displayStatus": "Provisioning succeeded", "message": ""});
    let view = json!({
        "name": name,
        "type": properties.get("type"),
        "statuses": [status("ProvisioningState/succeeded")],
        "substatuses": [status("ComponentStatus/StdOut/succeeded"), status("ComponentStatus/StdErr/succeeded")],
    });
    properties.entry("instanceView").or_insert(view);
}

/// What Azure refuses of a scale set: no size, no way to sign in, custom data that is too long, upgrades that nobody
/// watches.
fn check_scale_set(request: &Request<'_>) -> Result<(), ArmError> {
    let refuse = |code: &str, message: String| Err(ArmError::bad_request(code, message).about(request.id));
    let size = request.body.pointer("/sku/name").and_then(Value::as_str);
    // A flexible set can begin as an empty frame that machines of their own join.
    let is_frame = request.property("/virtualMachineProfile").is_null() && size.is_none();
    if is_frame {
        return Ok(());
    }
    if size.is_none_or(str::is_empty) {
        return refuse(
            "InvalidParameter",
            "Required parameter 'sku.name' is missing (null).".into(),
        );
    }
    let machine = request.property("/virtualMachineProfile");
    if let Some(data) = machine.pointer("/osProfile/customData").and_then(Value::as_str) {
        match STANDARD.decode(data) {
            Ok(bytes) if bytes.len() <= MOST_CUSTOM_DATA => {}
            Ok(bytes) => {
                let message = format!(
                    "Custom data in OSProfile must be at most {MOST_CUSTOM_DATA} bytes; it has {}.",
                    bytes.len()
                );
                return refuse("InvalidParameter", message);
            }
            Err(_) => {
                let message = "Custom data in OSProfile must be in Base64 encoding.".into();
                return refuse("InvalidParameter", message);
            }
        }
    }
    let linux = machine
        .pointer("/osProfile/linuxConfiguration")
        .unwrap_or(&Value::Null);
    let keys = linux.pointer("/ssh/publicKeys").and_then(Value::as_array);
    if linux["disablePasswordAuthentication"] == true && keys.is_none_or(Vec::is_empty) {
        let message =
            "Authentication using either SSH or by user name and password must be enabled in Linux profile.";
        return refuse("InvalidParameter", message.into());
    }
    let mode = request
        .property("/upgradePolicy/mode")
        .as_str()
        .unwrap_or_default();
    if mode.eq_ignore_ascii_case("rolling") && !has_health(machine) {
        let message = "Rolling Upgrade mode is not supported for this Virtual Machine Scale Set because a health probe \
                       or health extension was not provided.";
        return refuse("OperationNotAllowed", message.into());
    }
    Ok(())
}

fn has_health(machine: &Value) -> bool {
    let extensions = machine
        .pointer("/extensionProfile/extensions")
        .and_then(Value::as_array);
    let kinds = extensions
        .into_iter()
        .flatten()
        .filter_map(|one| one.pointer("/properties/type")?.as_str());
    let mut kinds = kinds;
    machine.pointer("/networkProfile/healthProbe").is_some()
        || kinds.any(|kind| kind.to_ascii_lowercase().starts_with("applicationhealth"))
}

fn complete_scale_set(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let properties = document.entry("properties").or_insert_with(|| json!({}));
    if let Some(profile) = properties
        .pointer_mut("/virtualMachineProfile/osProfile")
        .and_then(Value::as_object_mut)
    {
        complete_profile(profile);
    }
    let Some(properties) = properties.as_object_mut() else {
        return;
    };
    default(properties, "overprovision", true);
    default(properties, "orchestrationMode", "Uniform");
    properties.insert("uniqueId".into(), settled.guid("scale set").into());
    properties.insert("timeCreated".into(), settled.created.to_string().into());
}

fn check_machine(request: &Request<'_>) -> Result<(), ArmError> {
    let size = request
        .property("/hardwareProfile/vmSize")
        .as_str()
        .unwrap_or_default();
    if size.is_empty() {
        let message = "Required parameter 'hardwareProfile.vmSize' is missing (null).";
        return Err(ArmError::bad_request("InvalidParameter", message).about(request.id));
    }
    Ok(())
}

fn complete_machine(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let properties = document.entry("properties").or_insert_with(|| json!({}));
    if let Some(profile) = properties
        .pointer_mut("/osProfile")
        .and_then(Value::as_object_mut)
    {
        complete_profile(profile);
    }
    if let Some(properties) = properties.as_object_mut() {
        properties.insert("vmId".into(), settled.guid("machine").into());
        properties.insert("timeCreated".into(), settled.created.to_string().into());
    }
}

/// Custom data and passwords are never given back.
fn complete_profile(profile: &mut Map<String, Value>) {
    profile.shift_remove("customData");
    profile.shift_remove("adminPassword");
    default(profile, "allowExtensionOperations", true);
    default(profile, "requireGuestProvisionSignal", true);
    default(profile, "secrets", json!([]));
}
