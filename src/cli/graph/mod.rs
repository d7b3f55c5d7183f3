//! `--graph FILE`: resources and what they wait for, as Mermaid or SVG by the file's ending.

mod layout;
mod mermaid;
mod svg;

use camino::{Utf8Path, Utf8PathBuf};

use super::exit::Exit;
use super::failure::Failure;
use crate::deploy::{Graph, Node};
use crate::model::units::short_time;
use crate::ui::Output;

/// Where a graph is drawn, and how.
pub enum Place {
    /// Mermaid on standard output, in the place of the text; behind it, fenced, in a pull request's.
    Output {
        fenced: bool,
    },
    Mermaid(Utf8PathBuf),
    Svg(Utf8PathBuf),
}

impl Place {
    /// What was typed, before anything is asked of Azure.
    pub fn of(typed: Option<&Utf8Path>, output: Output) -> Result<Option<Self>, Failure> {
        let Some(file) = typed else { return Ok(None) };
        let place = match (file.as_str(), file.extension()) {
            ("-", _) if output == Output::Json => {
                return Err(
                    Failure::usage("standard output holds either the graph or one JSON document")
                        .hint("name a file: `--graph graph.mmd`, or leave out `--output json`"),
                );
            }
            ("-", _) => Self::Output {
                fenced: output == Output::Markdown,
            },
            (_, Some("mmd" | "mermaid")) => Self::Mermaid(file.to_owned()),
            (_, Some("svg")) => Self::Svg(file.to_owned()),
            _ => {
                return Err(
                    Failure::usage(format!("no graph can be drawn into `{file}`")).hint(
                        "name a file that ends in `.mmd` (Mermaid) or `.svg`, or `-` for standard output",
                    ),
                );
            }
        };
        Ok(Some(place))
    }

    /// Draws `graph`; gives back what is printed, which is `text` unless the graph goes there.
    pub fn draw(&self, graph: &Graph, text: String) -> Result<String, Failure> {
        match self {
            Self::Output { fenced: false } => Ok(mermaid::drawn(graph)),
            Self::Output { fenced: true } => {
                Ok(format!("{text}\n```mermaid\n{}```\n", mermaid::drawn(graph)))
            }
            Self::Mermaid(file) => write(file, &mermaid::drawn(graph)).map(|()| text),
            Self::Svg(file) => write(file, &svg::drawn(graph)).map(|()| text),
        }
    }
}

fn write(file: &Utf8Path, drawn: &str) -> Result<(), Failure> {
    let folder = file.parent().filter(|folder| !folder.as_str().is_empty());
    let made = folder.map_or(Ok(()), fs_err::create_dir_all);
    made.and_then(|()| fs_err::write(file, drawn)).map_err(|error| {
        Failure::of(Exit::Usage, &error).hint("name a file in a folder that can be written to")
    })
}

/// A type without what all of Azure's types begin with.
fn short_type(node: &Node) -> &str {
    let whole = node.resource_type.as_str();
    whole.strip_prefix("Microsoft.").unwrap_or(whole)
}

/// The change or state, and how long it took.
fn note(node: &Node) -> String {
    let seconds = node.seconds.map(|seconds| short_time(time(seconds)));
    let words = [Some(node.note.clone()).filter(|note| !note.is_empty()), seconds];
    words.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The title, with the length of the critical path where it is known.
fn title(graph: &Graph) -> String {
    match graph.seconds {
        Some(seconds) => format!("{}: critical path {}", graph.title, short_time(time(seconds))),
        None => graph.title.clone(),
    }
}

fn time(seconds: f64) -> std::time::Duration {
    std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests;
