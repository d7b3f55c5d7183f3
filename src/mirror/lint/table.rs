//! docs/lint.md from the rules.

use std::fmt::Write as _;

use super::finding::Severity;
use super::rules;

/// The page's text, from the heading of the table on.
pub fn table() -> String {
    let mut text = String::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Advice] {
        let rules: Vec<_> = rules::all()
            .into_iter()
            .filter(|rule| rule.severity == severity)
            .collect();
        let _ = writeln!(text, "## {} ({})\n", heading(severity), rules.len());
        let _ = writeln!(
            text,
            "| id | the trap | why it matters | what to do | source |\n|---|---|---|---|---|"
        );
        for rule in rules {
            let cells = [rule.trap, rule.reason, rule.fix, rule.source].map(|cell| cell.replace('|', "\\|"));
            let _ = writeln!(text, "| `{}` | {} |", rule.id, cells.join(" | "));
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn heading(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Errors",
        Severity::Warning => "Warnings",
        Severity::Advice => "Advice",
    }
}
