//! A graph as Mermaid, which GitHub and Azure DevOps draw.

use std::fmt::Write as _;

use super::{note, short_type, title};
use crate::deploy::{Graph, Tone};

/// The classes of nodes with their looks, which read on a light and on a dark ground.
const CLASSES: [(Tone, &str, &str); 4] = [
    (Tone::New, "new", "stroke:#2da44e,stroke-width:2px"),
    (Tone::Changed, "changed", "stroke:#bf8700,stroke-width:2px"),
    (Tone::Gone, "gone", "stroke:#cf222e,stroke-width:2px"),
    (Tone::Doubtful, "doubtful", "stroke:#8250df,stroke-dasharray:4"),
];

/// The whole text, one statement a line.
pub fn drawn(graph: &Graph) -> String {
    let mut text = format!(
        "---\ntitle: \"{}\"\n---\nflowchart TD\n",
        title(graph).replace(['"', '\\', '\n'], " ")
    );
    for (place, node) in graph.nodes.iter().enumerate() {
        let lines = [short_type(node).to_owned(), node.name.clone(), note(node)];
        let lines: Vec<String> = lines
            .iter()
            .filter(|line| !line.is_empty())
            .map(|line| escaped(line))
            .collect();
        let _ = writeln!(text, "    n{place}[\"{}\"]", lines.join("<br/>"));
    }
    for edge in &graph.edges {
        let arrow = if edge.critical { "==>" } else { "-->" };
        let _ = writeln!(text, "    n{} {arrow} n{}", edge.from, edge.to);
    }
    for (tone, class, look) in CLASSES {
        let of_tone = |place: &usize| graph.nodes[*place].tone == tone;
        classed(&mut text, graph, class, look, of_tone);
    }
    let critical = |place: &usize| graph.nodes[*place].critical;
    classed(
        &mut text,
        graph,
        "critical",
        "stroke:#8250df,stroke-width:4px",
        critical,
    );
    text
}

fn classed(text: &mut String, graph: &Graph, class: &str, look: &str, is_it: impl Fn(&usize) -> bool) {
    let of_class: Vec<String> = (0..graph.nodes.len())
        .filter(is_it)
        .map(|place| format!("n{place}"))
        .collect();
    if !of_class.is_empty() {
        let _ = writeln!(
            text,
            "    classDef {class} {look}\n    class {} {class}",
            of_class.join(",")
        );
    }
}

/// Text that cannot end its label, nor be read as markup.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for letter in text.chars() {
        match letter {
            '"' => safe.push_str("#quot;"),
            '#' => safe.push_str("#35;"),
            '&' => safe.push_str("#amp;"),
            '<' => safe.push_str("#lt;"),
            '>' => safe.push_str("#gt;"),
            '`' => safe.push_str("#96;"),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}
