//! What `Microsoft.Resources` keeps: deployment scripts, template specs, tags.

use serde_json::{Map, Value, json};

use super::{Provider, Settled, accept, plain, seconds};

pub const TABLE: &[Provider] = &[
    Provider {
        resource_type: "Microsoft.Resources/deploymentScripts",
        takes: seconds(60),
        tracked: true,
        check: accept,
        complete: complete_script,
    },
    plain("Microsoft.Resources/templateSpecs", None, true),
    plain("Microsoft.Resources/templateSpecs/versions", None, true),
    plain("Microsoft.Resources/tags", None, false),
    plain("Microsoft.Resources/resourceGroups", None, false),
    // Run by the emulator itself; the row is for whoever asks what the provider offers.
    plain("Microsoft.Resources/deployments", None, false),
];

/// Nothing is run, so nobody can know what the script would have put out: its outputs are empty.
fn complete_script(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let Some(properties) = document
        .entry("properties")
        .or_insert_with(|| json!({}))
        .as_object_mut()
    else {
        return;
    };
    if !settled.done {
        return;
    }
    properties.insert(
        "status".into(),
        json!({
            "containerInstanceId": "",
            "storageAccountId": "",
            "startTime": settled.created.to_string(),
            "endTime": settled.now.to_string(),
        }),
    );
    properties.insert("outputs".into(), json!({}));
}
