//! A plan, a removal and their results in words.

use std::fmt::Write as _;

use serde_json::Value;

use crate::deploy::{
    Change, ChangeKind, DestroyPlan, Destroyed, Plan, Preview, PropertyChange, PropertyChangeKind, Verdict,
};

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
        let _ = writeln!(text, "{word}  {}: {}", check.name, check.detail);
    }
    for change in &plan.changes {
        describe(&mut text, change);
    }
    if plan.preview == Preview::Template && !plan.changes.is_empty() {
        let _ = writeln!(
            text,
            "foreseen from the template: Azure cannot preview what has no resource group or provider yet"
        );
    }
    let _ = write!(text, "{}", plan_line(plan));
    text
}

/// The counts on one line.
pub fn plan_line(plan: &Plan) -> String {
    format!("{}{}", plan.counts, noise(plan))
}

fn noise(plan: &Plan) -> String {
    if plan.noise == 0 {
        String::new()
    } else {
        format!(" ({} properties without effect left out)", plan.noise)
    }
}

fn describe(text: &mut String, change: &Change) {
    let mark = match change.kind {
        ChangeKind::Create => '+',
        ChangeKind::Modify => '~',
        ChangeKind::Delete => '-',
        ChangeKind::Detach => '<',
        ChangeKind::Unsupported => '?',
        ChangeKind::NoChange | ChangeKind::Ignore => return,
    };
    let _ = writeln!(text, "{mark} {}  {}", change.resource_type, change.name);
    for property in &change.delta {
        let _ = writeln!(text, "    {}", delta(property));
    }
    if let Some(reason) = &change.reason {
        let _ = writeln!(text, "    {reason}");
    }
}

fn delta(property: &PropertyChange) -> String {
    let PropertyChange {
        path,
        kind,
        before,
        after,
    } = property;
    match kind {
        PropertyChangeKind::Create => format!("+ {path}: {}", short(after)),
        PropertyChangeKind::Delete => format!("- {path}: {}", short(before)),
        PropertyChangeKind::Modify => format!("~ {path}: {} -> {}", short(before), short(after)),
    }
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
