//! `landfall mirror ENV topics`: what the target lacks before records can flow.

use serde::Serialize;

use crate::cli::clusters;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::world::World;
use crate::config::Environment;
use crate::mirror::topics::{self, Action, PlannedTopic, TopicPlan};
use crate::ui::table::table;

/// The plan, and the lines that an environment lacks where a deployment makes the topics.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    plan: &'a TopicPlan,
    overrides: Option<String>,
}

pub async fn run(session: &Session<'_>, environment: &Environment, world: &World) -> Result<Exit, Failure> {
    let flow = clusters::flow(session, environment, world).await?;
    let plan = topics::plan(&flow).await?;
    let overrides = topics::overrides(&plan);
    let blocked = plan.blocked().next().is_some();
    let text = text(&plan, overrides.as_deref());
    let shown = Shown {
        plan: &plan,
        overrides,
    };
    session.ui.result(!blocked, &shown, &text);
    Ok(if blocked { Exit::Configuration } else { Exit::Done })
}

fn text(plan: &TopicPlan, overrides: Option<&str>) -> String {
    let mut parts = Vec::new();
    let rows: Vec<_> = plan
        .topics
        .iter()
        .filter(|topic| topic.action != Action::Keep)
        .map(row)
        .collect();
    if rows.is_empty() {
        parts.push(format!("{} topics are as they must be", plan.topics.len()));
    } else {
        parts.push(table(
            &["topic", "source", "target", "", "settings"],
            &rows,
            &[1, 2],
        ));
    }
    let left_out = plan.topics.iter().flat_map(|topic| {
        let line = |one: &topics::LeftOut| {
            format!(
                "  {}: {}={} stays behind: {}",
                topic.name, one.setting, one.value, one.reason
            )
        };
        topic.left_out.iter().map(line)
    });
    let left_out: Vec<String> = left_out.collect();
    if !left_out.is_empty() {
        parts.push(format!("Not carried over:\n{}", left_out.join("\n")));
    }
    if let Some(lines) = overrides {
        parts.push(format!("Add to the environment, then `landfall up`:\n{lines}"));
    }
    parts.extend(plan.notes.iter().cloned());
    parts.join("\n\n")
}

fn row(topic: &PlannedTopic) -> Vec<String> {
    let action = match topic.action {
        Action::Keep => String::new(),
        Action::Create { partitions } => format!("create with {partitions} partitions"),
        Action::Grow { partitions } => format!("grow to {partitions} partitions"),
        Action::Set => "change settings".to_owned(),
        Action::Blocked { by } => format!("blocked: {by}"),
    };
    let settings = topic
        .settings
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    vec![
        topic.name.clone(),
        topic.source_partitions.to_string(),
        topic
            .target_partitions
            .map_or_else(|| "-".to_owned(), |count| count.to_string()),
        action,
        settings.collect::<Vec<_>>().join(" "),
    ]
}
