//! `Microsoft.StreamAnalytics`: jobs, and what belongs to one.
//!
//! Source: the 2020-03-01 contract; what its examples read back when a job says no more than its name.

use serde_json::{Map, Value, json};

use super::{Provider, Settled, accept, default, plain, seconds};

pub const TABLE: &[Provider] = &[
    Provider {
        resource_type: "Microsoft.StreamAnalytics/streamingjobs",
        takes: seconds(10),
        tracked: true,
        check: accept,
        complete: complete_job,
    },
    plain("Microsoft.StreamAnalytics/streamingjobs/inputs", None, false),
    plain("Microsoft.StreamAnalytics/streamingjobs/outputs", None, false),
    plain(
        "Microsoft.StreamAnalytics/streamingjobs/transformations",
        None,
        false,
    ),
    plain("Microsoft.StreamAnalytics/streamingjobs/functions", None, false),
];

/// A job keeps its state when it is written again; nobody but `start` and `stop` changes it.
fn complete_job(settled: &Settled<'_>, document: &mut Map<String, Value>) {
    let Some(properties) = document
        .entry("properties")
        .or_insert_with(|| json!({}))
        .as_object_mut()
    else {
        return;
    };
    let before = |name: &str| settled.before.and_then(|before| before["properties"].get(name));
    let state = before("jobState").cloned().unwrap_or_else(|| "Created".into());
    properties.insert("jobState".into(), state);
    properties.insert("jobId".into(), settled.guid("job").into());
    properties.insert("createdDate".into(), settled.created.to_string().into());
    properties.insert("lastOutputEventTime".into(), Value::Null);
    for name in ["outputStartMode", "outputStartTime"] {
        if let Some(value) = before(name) {
            default(properties, name, value.clone());
        }
    }
    default(properties, "sku", json!({"name": "Standard"}));
    default(properties, "eventsOutOfOrderPolicy", "Adjust");
    default(properties, "eventsOutOfOrderMaxDelayInSeconds", 0);
    default(properties, "eventsLateArrivalMaxDelayInSeconds", 5);
    default(properties, "outputErrorPolicy", "Stop");
    default(properties, "dataLocale", "en-US");
    default(properties, "compatibilityLevel", "1.0");
}
