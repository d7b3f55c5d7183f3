//! A status for a pull request.

use std::fmt::Write as _;

use super::{MirrorLine, Status, drift};

/// Where clients connect, how far the mirror is, and every resource with its state.
pub fn status(status: &Status) -> String {
    let deployed = &status.deployed;
    let mut text = format!("## Status of `{}`\n\n", deployed.environment);
    let Some(deployment) = &deployed.deployment else {
        text.push_str("Nothing is deployed.\n");
        text.extend(status.drift.as_ref().map(drift::markdown));
        return text;
    };
    let _ = writeln!(text, "- deployment `{}`: {}", deployment.name, deployment.state);
    let _ = writeln!(
        text,
        "- group `{}`, subscription `{}`",
        deployed.resource_group, deployed.subscription
    );
    if let Some(connect) = &status.connect {
        let _ = writeln!(
            text,
            "- bootstrap `{}` ({})",
            connect.bootstrap, connect.security_protocol
        );
    }
    match &status.mirror {
        Some(MirrorLine::Lag(lag)) => {
            let _ = writeln!(text, "- mirror: {lag} records behind");
        }
        Some(MirrorLine::Unknown(reason)) => {
            let _ = writeln!(text, "- mirror: not measured, {reason}");
        }
        None => {}
    }
    if !deployed.resources.is_empty() {
        text.push_str("\n| Type | Name | State |\n| --- | --- | --- |\n");
    }
    for resource in &deployed.resources {
        let state = resource.state.as_deref().unwrap_or_default();
        let _ = writeln!(
            text,
            "| {} | {} | {state} |",
            resource.resource_type, resource.name
        );
    }
    text.extend(status.drift.as_ref().map(drift::markdown));
    text
}
