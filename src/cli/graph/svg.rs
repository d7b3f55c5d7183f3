//! A graph as an SVG that stands alone and reads on a light and on a dark ground.

use std::fmt::Write as _;

use super::{layout, note, short_type, title};
use crate::deploy::{Graph, Node, Tone};

/// All lengths are in pixels.
const BOX: (usize, usize) = (264, 70);
const GAP: (usize, usize) = (24, 56);
const MARGIN: usize = 24;
const TITLE: usize = 40;
/// Letters that fit into a box; a longer text is cut, and whole in the title of its node.
const LETTERS: usize = 28;
/// The same for the smaller letters of the type and the note.
const SMALL_LETTERS: usize = 34;
/// As wide as a letter of the title at most.
const TITLE_LETTER: usize = 10;

const STYLE: &str = "\
text{font-family:ui-sans-serif,system-ui,'Segoe UI',Helvetica,Arial,sans-serif;font-size:12px;fill:#1f2328}
.ground{fill:#ffffff}.heading{font-size:16px;font-weight:600}
.box{fill:#f6f8fa;stroke:#8c959f}.type,.note{fill:#59636e;font-size:11px}.name{font-weight:600}
.edge{fill:none;stroke:#8c959f;stroke-width:1.5}.tip{fill:#8c959f}
.new{fill:#2da44e}.changed{fill:#bf8700}.gone{fill:#cf222e}.kept{fill:#8c959f}.doubtful{fill:#218bff}
.box.critical{stroke:#8250df;stroke-width:2.5}.edge.critical{stroke:#8250df;stroke-width:3}.tip.critical{fill:#8250df}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.ground{fill:#0d1117}.box{fill:#161b22;stroke:#6e7681}
.type,.note{fill:#9198a1}.edge{stroke:#6e7681}.tip{fill:#6e7681}
.box.critical{stroke:#ab7df8}.edge.critical{stroke:#ab7df8}.tip.critical{fill:#ab7df8}}";

/// The whole document.
pub fn drawn(graph: &Graph) -> String {
    let rows = layout::rows(graph);
    let row_width = |nodes: usize| nodes * BOX.0 + nodes.saturating_sub(1) * GAP.0;
    let heading = title(graph);
    let widest = rows
        .iter()
        .map(|row| row_width(row.len()))
        .max()
        .unwrap_or_default();
    let inner = widest.max(heading.chars().count() * TITLE_LETTER);
    let (width, height) = (
        inner + 2 * MARGIN,
        TITLE + rows.len() * BOX.1 + rows.len().saturating_sub(1) * GAP.1 + 2 * MARGIN,
    );
    let mut places = vec![(0, 0); graph.nodes.len()];
    for (number, row) in rows.iter().enumerate() {
        let left = MARGIN + (inner - row_width(row.len())) / 2;
        for (column, node) in row.iter().enumerate() {
            let top = MARGIN + TITLE + number * (BOX.1 + GAP.1);
            places[*node] = (left + column * (BOX.0 + GAP.0), top);
        }
    }
    let heading = escaped(&heading);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\">\n<title>{heading}</title>\n<style>{STYLE}</style>\n\
         <rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n\
         <text class=\"heading\" x=\"{MARGIN}\" y=\"{}\">{heading}</text>\n",
        MARGIN + 16
    );
    // The critical path is drawn last, over the others.
    for critical in [false, true] {
        for edge in graph.edges.iter().filter(|edge| edge.critical == critical) {
            line(&mut text, places[edge.from], places[edge.to], critical);
        }
    }
    for (node, place) in graph.nodes.iter().zip(places) {
        boxed(&mut text, node, place);
    }
    text.push_str("</svg>\n");
    text
}

/// A curve from the bottom of one box to the top of another, with a tip.
fn line(text: &mut String, from: (usize, usize), to: (usize, usize), critical: bool) {
    let class = if critical { " critical" } else { "" };
    let (x, y) = (from.0 + BOX.0 / 2, from.1 + BOX.1);
    let (end, top) = (to.0 + BOX.0 / 2, to.1);
    let (bottom, bend) = (top.saturating_sub(7), GAP.1 / 2);
    let _ = writeln!(
        text,
        "<path class=\"edge{class}\" d=\"M{x} {y}C{x} {} {end} {} {end} {bottom}\"/>\
         <path class=\"tip{class}\" d=\"M{} {}h10l-5 8z\"/>",
        y + bend,
        bottom.saturating_sub(bend),
        end.saturating_sub(5),
        top.saturating_sub(8)
    );
}

fn boxed(text: &mut String, node: &Node, (x, y): (usize, usize)) {
    let critical = if node.critical { " critical" } else { "" };
    let tone = match node.tone {
        Tone::New => "new",
        Tone::Changed => "changed",
        Tone::Gone => "gone",
        Tone::Kept => "kept",
        Tone::Doubtful => "doubtful",
    };
    let note = note(node);
    let whole = [node.resource_type.as_str(), &node.name, &note];
    let whole: Vec<&str> = whole.into_iter().filter(|line| !line.is_empty()).collect();
    let _ = writeln!(
        text,
        "<g><title>{}</title><rect class=\"box{critical}\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"6\"/>\
         <rect class=\"{tone}\" x=\"{}\" y=\"{}\" width=\"4\" height=\"{}\" rx=\"2\"/>",
        escaped(&whole.join("\n")),
        BOX.0,
        BOX.1,
        x + 8,
        y + 10,
        BOX.1 - 20
    );
    // The end of a type tells more than its beginning.
    let lines = [
        ("type", from_the_end(short_type(node), SMALL_LETTERS), 22),
        ("name", from_the_end(&node.name, LETTERS), 40),
        ("note", from_the_end(&note, SMALL_LETTERS), 58),
    ];
    for (class, line, down) in lines {
        let _ = writeln!(
            text,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
            x + 22,
            y + down,
            escaped(&line)
        );
    }
    text.push_str("</g>\n");
}

fn from_the_end(text: &str, room: usize) -> String {
    let letters = text.chars().count();
    if letters <= room {
        return text.to_owned();
    }
    std::iter::once('…')
        .chain(text.chars().skip(letters + 1 - room))
        .collect()
}

fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push('\n'),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}
