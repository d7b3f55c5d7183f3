//! A plan, a removal and their results in words.

use std::fmt::Write as _;

use serde_json::Value;

use crate::deploy::{
    Change, ChangeKind, DestroyPlan, Destroyed, Plan, Preview, PropertyChange, PropertyChangeKind, Verdict,
};

/// A plan is read in a terminal of this width.
const WIDTH: usize = 80;
/// Longer values are cut.
const VALUE_WIDTH: usize = 60;

/// What would change, resource by resource and property by property; what stays is counted.
pub fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    for check in plan
        .checks
        .iter()
        .filter(|check| check.verdict != Verdict::Passed)
    {
        let word = match check.verdict {
            Verdict::Failed => "failed ",
            Verdict::Blocked => "blocked",
            Verdict::Warning | Verdict::Passed => "warning",
        };
        let line = format!("{word}  {}: {}", check.name, check.detail);
        text.push_str(&wrapped(&line, "         "));
    }
    for reminder in &plan.reminders {
        let line = format!("note     {} ({})", reminder.text, reminder.source);
        text.push_str(&wrapped(&line, "         "));
    }
    for change in &plan.changes {
        describe(&mut text, change);
    }
    for step in plan.steps.iter().filter(|_| !plan.is_empty()) {
        text.push_str(&wrapped(&format!("then     {step}"), "         "));
    }
    if !plan.revealed.is_empty() {
        text.push_str("suppressed, for it was so right after the last deployment:\n");
    }
    for change in &plan.revealed {
        describe(&mut text, change);
    }
    if plan.preview == Preview::Template && !plan.changes.is_empty() {
        let line =
            "foreseen from the template: Azure cannot preview what has no resource group or provider yet";
        text.push_str(&wrapped(line, "  "));
    }
    let _ = write!(text, "{}", plan_line(plan));
    text
}

/// The words of `line` in lines of at most [`WIDTH`] characters, the later ones indented; a longer word stays whole,
/// so that it can be copied.
fn wrapped(line: &str, indent: &str) -> String {
    let mut lines = String::new();
    let mut room = WIDTH;
    for (number, word) in line.split(' ').enumerate() {
        let length = word.chars().count();
        if number == 0 {
            room = room.saturating_sub(length);
        } else if length < room {
            lines.push(' ');
            room -= length + 1;
        } else {
            let _ = write!(lines, "\n{indent}");
            room = WIDTH.saturating_sub(indent.len() + length);
        }
        lines.push_str(word);
    }
    lines.push('\n');
    lines
}

/// The counts on one line.
pub fn plan_line(plan: &Plan) -> String {
    format!("{}{}", plan.counts, noise(plan))
}

fn noise(plan: &Plan) -> String {
    let mut words = Vec::new();
    if plan.noise > 0 {
        words.push(format!("{} properties without effect left out", plan.noise));
    }
    if plan.suppressed > 0 {
        words.push(format!("{} suppressed", plan.suppressed));
    }
    if words.is_empty() {
        return String::new();
    }
    format!(" ({})", words.join(", "))
}

/// The sign of a change; `None` for what stays.
pub fn mark(change: &Change) -> Option<char> {
    match change.kind {
        ChangeKind::Create => Some('+'),
        ChangeKind::Modify => Some('~'),
        ChangeKind::Delete => Some('-'),
        ChangeKind::Detach => Some('<'),
        ChangeKind::Unsupported => Some('?'),
        ChangeKind::NoChange | ChangeKind::Ignore => None,
    }
}

fn describe(text: &mut String, change: &Change) {
    let Some(mark) = mark(change) else { return };
    let _ = writeln!(text, "{mark} {}  {}", change.resource_type, change.name);
    for line in delta_lines(&change.delta) {
        let _ = writeln!(text, "    {line}");
    }
    if let Some(reason) = &change.reason {
        text.push_str(&wrapped(&format!("    {reason}"), "    "));
    }
}

/// Each property with what it was and would be.
pub fn delta_lines(properties: &[PropertyChange]) -> impl Iterator<Item = String> {
    properties.iter().map(delta)
}

/// A property on one line where it fits; else each value has a line of its own.
fn delta(property: &PropertyChange) -> String {
    let PropertyChange { path, kind, .. } = property;
    let (before, after) = (short(&property.before), short(&property.after));
    let line = match kind {
        PropertyChangeKind::Create => format!("+ {path}: {after}"),
        PropertyChangeKind::Delete => format!("- {path}: {before}"),
        PropertyChangeKind::Modify => format!("~ {path}: {before} -> {after}"),
    };
    if line.chars().count() + 4 <= WIDTH {
        return line;
    }
    let gone = format!("\n        - {before}");
    let come = format!("\n        + {after}");
    match kind {
        PropertyChangeKind::Create => format!("+ {path}:{come}"),
        PropertyChangeKind::Delete => format!("- {path}:{gone}"),
        PropertyChangeKind::Modify => format!("~ {path}:{gone}{come}"),
    }
}

/// The lines of a diff in which each property is gone, come, or both.
pub fn property_lines(change: &Change) -> Vec<String> {
    let mut lines = Vec::new();
    for PropertyChange {
        path,
        kind,
        before,
        after,
    } in &change.delta
    {
        if *kind != PropertyChangeKind::Create {
            lines.push(format!("- {path}: {}", short(before)));
        }
        if *kind != PropertyChangeKind::Delete {
            lines.push(format!("+ {path}: {}", short(after)));
        }
    }
    lines.extend(change.reason.iter().map(|reason| format!("! {reason}")));
    lines
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= VALUE_WIDTH {
        return text;
    }
    text.chars().take(VALUE_WIDTH).chain(['…']).collect()
}

/// What `down` would take away.
pub fn removal(plan: &DestroyPlan) -> String {
    let mut text = String::new();
    for resource in &plan.resources {
        let _ = writeln!(text, "- {}  {}", resource.resource_type, resource.name);
    }
    if plan.deletes_group {
        let _ = writeln!(
            text,
            "- resource group {}, if nothing else is in it",
            plan.resource_group
        );
    }
    if !plan.deletes_group && !plan.deployments.is_empty() {
        let _ = writeln!(text, "- the records of deployments: {}", plan.deployments.len());
    }
    for kept in &plan.kept {
        let _ = writeln!(text, "  stays, for it was there before: {kept}");
    }
    text
}

/// What `down` took away.
pub fn removed(destroyed: &Destroyed) -> String {
    let group = if destroyed.group {
        ", and the resource group"
    } else {
        ""
    };
    format!("{} resources removed{group}", destroyed.resources.len())
}
