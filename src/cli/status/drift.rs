//! `landfall status --drift` in words.

use std::fmt::Write as _;

use crate::cli::deploy::delta_lines;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::world::World;
use crate::cli::{mirror, secrets, workers};
use crate::config::Environment;
use crate::deploy::{self, Against, Drift, DriftState};

/// Compares what was deployed, additions and roles included, with what is there.
pub async fn look(session: &Session<'_>, environment: &Environment, world: &World) -> Result<Drift, Failure> {
    let bundle = workers::bundle(session, environment).await?;
    let bundle = mirror::access::with_roles(session, environment, world, bundle).await?;
    let bundle = secrets::into_bundle(session, &world.client, environment, bundle).await?;
    let baseline = session.baseline(environment);
    let stop = &session.stop;
    Ok(deploy::drift(&world.client, environment, &bundle, &baseline, stop).await?)
}

/// What drifted, resource by resource and property by property.
pub fn text(drift: &Drift) -> String {
    let mut text = format!("drift       {}\n", summary(drift));
    for one in &drift.resources {
        let _ = writeln!(text, "{} {}  {}", mark(one.state), one.resource_type, one.name);
        for line in delta_lines(&one.properties) {
            let _ = writeln!(text, "    {line}");
        }
        if let Some(reason) = &one.reason {
            let _ = writeln!(text, "    {reason}");
        }
    }
    text
}

/// The same for a pull request.
pub fn markdown(drift: &Drift) -> String {
    let mut text = format!("\n### Drift: {}\n", summary(drift));
    if !drift.resources.is_empty() {
        text.push_str("\n| State | Type | Name | Property | Deployed | There |\n| --- | --- | --- | --- | --- | --- |\n");
    }
    for one in &drift.resources {
        let start = format!(
            "| {} | {} | {} |",
            word(one.state),
            one.resource_type,
            cell(&one.name)
        );
        if one.properties.is_empty() {
            let reason = cell(one.reason.as_deref().unwrap_or_default());
            let _ = writeln!(text, "{start} {reason} | | |");
        }
        for property in &one.properties {
            let _ = writeln!(
                text,
                "{start} {} | {} | {} |",
                cell(&property.path),
                cell(&property.before.to_string()),
                cell(&property.after.to_string())
            );
        }
    }
    text
}

fn summary(drift: &Drift) -> String {
    let count = |state| drift.resources.iter().filter(|one| one.state == state).count();
    let counts = [
        (count(DriftState::Changed), "changed"),
        (count(DriftState::Missing), "missing"),
        (count(DriftState::Unread), "not readable"),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let found = match (drift.against, told.is_empty()) {
        (Against::Nothing, _) => return "nothing is deployed".to_owned(),
        (_, true) => "none".to_owned(),
        (_, false) => told.join(", "),
    };
    let against = match (drift.against, drift.since) {
        (Against::Baseline, Some(since)) => format!("since the deployment at {since:.0}"),
        _ => "by what-if: there is no baseline of what is deployed, so Azure's noise is among it".to_owned(),
    };
    let unknown = if drift.unknown.is_empty() {
        String::new()
    } else {
        format!("; no baseline of {}", drift.unknown.join(", "))
    };
    format!("{found} of {} resources {against}{unknown}", drift.compared)
}

fn mark(state: DriftState) -> char {
    match state {
        DriftState::Changed => '~',
        DriftState::Missing => '-',
        DriftState::Unread => '?',
    }
}

fn word(state: DriftState) -> &'static str {
    match state {
        DriftState::Changed => "changed",
        DriftState::Missing => "missing",
        DriftState::Unread => "not readable",
    }
}

/// Text that cannot end its cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\r', '\n'], " ")
}
