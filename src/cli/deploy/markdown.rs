//! A plan for a pull request: counts, a table, and each resource's change folded away.

use std::fmt::Write as _;

use super::text::{mark, property_lines};
use crate::deploy::{Change, ChangeKind, Plan, Preview, Verdict};

/// What a pull request shows of a plan.
pub fn plan(plan: &Plan) -> String {
    let mut text = format!("## Plan of `{}`: {}\n\n", plan.environment, plan.counts);
    let _ = writeln!(
        text,
        "`{}` in `{}` ({}), subscription `{}`",
        plan.target, plan.resource_group, plan.location, plan.subscription
    );
    checks(&mut text, plan);
    let changes: Vec<&Change> = plan
        .changes
        .iter()
        .filter(|change| mark(change).is_some())
        .collect();
    if !changes.is_empty() {
        table(&mut text, &changes);
        for change in changes {
            details(&mut text, change);
        }
    }
    told(&mut text, plan);
    if plan.preview == Preview::Template && !plan.changes.is_empty() {
        text.push_str(
            "\nForeseen from the template: Azure cannot preview what has no resource group or provider yet.\n",
        );
    }
    if plan.suppressed > 0 {
        let _ = writeln!(
            text,
            "\n{} suppressed: they were so right after the last deployment.",
            plan.suppressed
        );
    }
    for change in &plan.revealed {
        details(&mut text, change);
    }
    if plan.noise > 0 {
        let _ = writeln!(text, "\n{} suppressed: properties without effect.", plan.noise);
    }
    text
}

/// What comes after the deployment, and what to know before.
fn told(text: &mut String, plan: &Plan) {
    if !plan.is_empty() && !plan.steps.is_empty() {
        text.push_str("\nThen, where it is not done yet:\n\n");
        for step in &plan.steps {
            let _ = writeln!(text, "- {step}");
        }
    }
    for reminder in &plan.reminders {
        let _ = writeln!(text, "\n> {} ([source]({}))", reminder.text, reminder.source);
    }
}

fn checks(text: &mut String, plan: &Plan) {
    let told: Vec<_> = plan
        .checks
        .iter()
        .filter(|check| check.verdict != Verdict::Passed)
        .collect();
    if told.is_empty() {
        return;
    }
    text.push_str("\n| Check | Verdict | |\n| --- | --- | --- |\n");
    for check in told {
        let verdict = match check.verdict {
            Verdict::Failed => "**failed**",
            Verdict::Blocked => "**blocked**",
            Verdict::Warning | Verdict::Passed => "warning",
        };
        let _ = writeln!(
            text,
            "| {} | {verdict} | {} |",
            cell(&check.name),
            cell(&check.detail)
        );
    }
}

fn table(text: &mut String, changes: &[&Change]) {
    text.push_str("\n| Change | Type | Name |\n| --- | --- | --- |\n");
    for change in changes {
        let (kind, name) = (word(change.kind), cell(&change.name));
        let _ = writeln!(text, "| {kind} | {} | {name} |", cell(&change.resource_type));
    }
}

/// GitHub colours lines of a diff by their first character, so a changed property is one line gone and one come.
fn details(text: &mut String, change: &Change) {
    let lines = property_lines(change);
    if lines.is_empty() {
        return;
    }
    let title = format!("{} {}", change.resource_type, change.name);
    let _ = writeln!(
        text,
        "\n<details>\n<summary>{} {}</summary>\n\n```diff\n{}\n```\n\n</details>",
        word(change.kind),
        title.replace('<', "&lt;"),
        lines.join("\n").replace("```", "` ` `")
    );
}

fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Create => "create",
        ChangeKind::Modify => "change",
        ChangeKind::Delete => "delete",
        ChangeKind::Detach => "leave unmanaged",
        ChangeKind::Unsupported => "not foreseeable",
        ChangeKind::NoChange | ChangeKind::Ignore => "none",
    }
}

/// Text that cannot end its cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\r', '\n'], " ")
}
