//! The counters of an emulator in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::world::World;

/// What the format calls itself. Source: Prometheus, exposition formats, version 0.0.4.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All counters of `world`.
pub fn text(world: &World) -> String {
    let counts = world.requests.counts();
    let mut text = String::new();
    let requests = counts
        .requests
        .iter()
        .map(|((method, status), count)| (format!("method=\"{method}\",status=\"{status}\""), *count));
    family(
        &mut text,
        "requests_total",
        "counter",
        "Requests by method and class of status; none was never answered.",
        requests,
    );
    let throttled = [(String::new(), counts.throttled)];
    family(
        &mut text,
        "throttled_requests_total",
        "counter",
        "Requests answered with 429.",
        throttled,
    );
    let writes = [(String::new(), world.writes)];
    family(
        &mut text,
        "state_writes_total",
        "counter",
        "Writes of the state file; changes made at the same time share one.",
        writes,
    );
    let struck = world.faults.totals().iter();
    let struck = struck.map(|(kind, count)| (label("effect", kind), *count));
    family(
        &mut text,
        "faults_struck_total",
        "counter",
        "Faults that struck, by effect.",
        struck,
    );
    let states = world.state.deployments.values().map(|one| one.state.as_str());
    family(
        &mut text,
        "deployments",
        "gauge",
        "Deployments by state.",
        counted("state", states),
    );
    let types = world
        .state
        .resources
        .values()
        .map(|one| one.resource_type.as_str());
    family(
        &mut text,
        "resources",
        "gauge",
        "Resources by type.",
        counted("type", types),
    );
    text
}

fn counted<'a>(name: &str, values: impl Iterator<Item = &'a str>) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(value, count)| (label(name, value), count))
        .collect()
}

fn label(name: &str, value: &str) -> String {
    let value = value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("{name}=\"{value}\"")
}

fn family(
    text: &mut String,
    name: &str,
    kind: &str,
    help: &str,
    samples: impl IntoIterator<Item = (String, u64)>,
) {
    let _ = write!(
        text,
        "# HELP landfall_arm_{name} {help}\n# TYPE landfall_arm_{name} {kind}\n"
    );
    for (labels, value) in samples {
        let labels = if labels.is_empty() {
            labels
        } else {
            format!("{{{labels}}}")
        };
        let _ = writeln!(text, "landfall_arm_{name}{labels} {value}");
    }
}
