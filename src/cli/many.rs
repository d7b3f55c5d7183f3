//! One command for several environments: side by side, one failing does not stop the others, one summary at the end.

use std::fmt::Write as _;

use futures_util::future::join_all;
use serde::Serialize;
use serde_json::Value;

use super::args::Environments;
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::config;
use crate::mock::background;
use crate::mock::place::Place;
use crate::ui::table::table;
use crate::ui::{Answer, Output};

/// What one environment came to.
#[derive(Serialize)]
struct Part {
    environment: String,
    ok: bool,
    exit: u8,
    #[serde(flatten)]
    value: Value,
}

#[derive(Serialize)]
struct Parts {
    environments: Vec<Part>,
}

/// The environments that `named` means, each once.
pub fn names(session: &Session<'_>, named: &Environments) -> Result<Vec<String>, Failure> {
    let mut names = if named.all {
        let all = config::list(&session.global.environments)?;
        all.iter().map(ToString::to_string).collect()
    } else {
        named.names.clone()
    };
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    if names.is_empty() {
        return Err(Failure::no_environments(session.global.environments.as_str()));
    }
    Ok(names)
}

/// Refuses an option that names a file, which holds what one environment came to.
pub fn is_of_one(names: &[String], option: &str, given: bool) -> Result<(), Failure> {
    if given && names.len() > 1 {
        return Err(Failure::of_one(option));
    }
    Ok(())
}

/// Does `work` for each of `names`: one alone as ever, several side by side. The exit code says the worst.
pub async fn each(
    session: &Session<'_>,
    names: &[String],
    work: impl AsyncFn(&Session<'_>, &str) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    if let [name] = names {
        return work(session, name).await;
    }
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let lanes: Vec<(&str, Session<'_>)> = names
        .iter()
        .map(|name| (name.as_str(), session.lane(name, width)))
        .collect();
    let one = async |name: &str, lane: &Session<'_>| match work(lane, name).await {
        Ok(exit) => exit,
        Err(failure) => {
            lane.ui.failure(&failure.shown());
            failure.exit
        }
    };
    let exits = if one_after_the_other(session)? {
        let mut exits = Vec::new();
        for (name, lane) in &lanes {
            exits.push(one(name, lane).await);
        }
        exits
    } else {
        join_all(lanes.iter().map(|(name, lane)| one(name, lane))).await
    };
    let ended: Vec<(&str, Exit, Answer)> = lanes
        .iter()
        .zip(exits)
        .map(|((name, lane), exit)| (*name, exit, lane.ui.answer()))
        .collect();
    let worst = ended
        .iter()
        .map(|(_, exit, _)| *exit)
        .max_by_key(|exit| exit.severity());
    let text = match session.ui.output() {
        Output::Markdown => markdown(&ended),
        Output::Human | Output::Json => text(&ended),
    };
    let parts = ended.into_iter().map(|(name, exit, answer)| Part {
        environment: name.to_owned(),
        ok: answer.ok,
        exit: exit as u8,
        value: answer.value,
    });
    let parts = Parts {
        environments: parts.collect(),
    };
    session
        .ui
        .result(parts.environments.iter().all(|part| part.ok), &parts, &text);
    Ok(worst.unwrap_or(Exit::Done))
}

/// A site of a command's own belongs to one environment at a time.
fn one_after_the_other(session: &Session<'_>) -> Result<bool, Failure> {
    let place = Place::of(&session.global.state);
    Ok(session.global.mock.is_some() && background::find(&place)?.is_none())
}

/// Each environment's own result, then a line for each.
fn text(ended: &[(&str, Exit, Answer)]) -> String {
    let mut text = String::new();
    for (name, _, answer) in ended.iter().filter(|(_, _, answer)| !answer.text.is_empty()) {
        let _ = writeln!(text, "{name}\n{}\n", indented(&answer.text));
    }
    let row = |(name, exit, _): &(&str, Exit, Answer)| vec![(*name).to_owned(), exit.outcome().to_owned()];
    let rows: Vec<Vec<String>> = ended.iter().map(row).collect();
    text.push_str(&table(&["environment", "outcome"], &rows, &[]));
    text
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("  {line}")
            }
        })
        .collect();
    lines.join("\n")
}

fn markdown(ended: &[(&str, Exit, Answer)]) -> String {
    let mut text = "| Environment | Outcome |\n| --- | --- |\n".to_owned();
    for (name, exit, _) in ended {
        let _ = writeln!(text, "| `{name}` | {} |", exit.outcome());
    }
    for (_, _, answer) in ended.iter().filter(|(_, _, answer)| !answer.text.is_empty()) {
        let _ = writeln!(text, "\n{}", answer.text);
    }
    text
}
