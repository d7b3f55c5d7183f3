//! What a person or a program reads: events and results, printed here and nowhere else.
//!
//! Results go to standard output, everything else to standard error. With `--output json` a query prints one document,
//! and long work prints its events as lines of which the last one is the result.

mod human;
mod json;
mod lane;
pub mod live;
mod screen;
pub mod table;

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use lane::Answer;
use serde::Serialize;

use crate::run::{Event, Sink};

/// Who reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// A person.
    #[default]
    Human,
    /// A program.
    Json,
    /// A person who reads a pull request; `plan` and `status` alone
    Markdown,
}

/// How a command reports: one document at the end, or lines while it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Query,
    LongWork,
}

/// Decides once who reads and how much.
pub struct Ui {
    output: Output,
    kind: Kind,
    command: &'static str,
    quiet: bool,
    human: human::Human,
    screen: Mutex<screen::Screen>,
    /// Whose share of the output this is, where several environments run at once.
    lane: Option<lane::Lane>,
}

impl Ui {
    /// `verbose` turns bars off, so that they never tangle with the log.
    pub fn new(output: Output, kind: Kind, command: &'static str, quiet: bool, verbose: bool) -> Arc<Self> {
        let bars = std::io::stderr().is_terminal() && !verbose && !quiet && output == Output::Human;
        Arc::new(Self {
            output,
            kind,
            command,
            quiet,
            human: human::Human::new(bars),
            screen: Mutex::default(),
            lane: None,
        })
    }

    /// Who reads.
    pub fn output(&self) -> Output {
        self.output
    }

    /// Prints the result of the command: `value` as JSON, or `text` for a person.
    pub fn result(&self, ok: bool, value: &impl Serialize, text: &str) {
        self.human.clear();
        if let Some(lane) = &self.lane {
            return lane.keep(ok, value, text);
        }
        match self.output {
            Output::Json => print_line(&json::result(self.command, ok, value)),
            Output::Human | Output::Markdown => {
                let text = text.trim_end_matches('\n');
                if !text.is_empty() {
                    print_line(text);
                }
            }
        }
    }

    /// Whether what is watched is drawn as a block again and again, and not as lines.
    pub fn redraws(&self) -> bool {
        self.output == Output::Human && screen::redraws()
    }

    /// Draws the block that `frame` makes for the terminal as it is now, over the one before.
    pub fn draw(&self, frame: impl FnOnce(live::Size) -> Vec<live::Line>) {
        let mut screen = self.screen();
        if !screen.is_drawn() {
            // The redrawn line of a step would stand beside the block.
            self.human.clear();
        }
        screen.draw(&frame(screen::size()));
    }

    /// Leaves the block as it was drawn last.
    pub fn leave_block(&self) {
        self.screen().leave();
    }

    /// Prints a part of the result while it is watched: an object with its kind as a JSON line, or text for a person.
    pub fn part(&self, kind: &str, value: &impl Serialize, text: impl FnOnce() -> String) {
        match self.output {
            Output::Json => print_line(&json::part(kind, value)),
            Output::Human | Output::Markdown => print_line(text().trim_end_matches('\n')),
        }
    }

    fn screen(&self) -> MutexGuard<'_, screen::Screen> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints one JSON object as a line of its own, whoever reads.
    pub fn line(&self, value: &impl Serialize) {
        print_line(&serde_json::to_string(value).unwrap_or_default());
    }

    /// Prints text as it is, whoever reads.
    pub fn text(&self, text: &str) {
        print_line(text.trim_end_matches('\n'));
    }

    /// Shows a person what the next question is about; standard output stays for the result.
    pub fn text_to_person(&self, text: &str) {
        self.human.clear();
        say(text);
    }

    /// Says what went wrong, on standard error, and as the last line of JSON output.
    pub fn failure(&self, failure: &Failed<'_>) {
        self.leave_block();
        self.human.clear();
        match &self.lane {
            Some(lane) => lane.keep_failure(failure),
            None if self.output == Output::Json => print_line(&json::failure(self.command, failure)),
            None => {}
        }
        say(&self.human.in_lane(&human::failure(failure)));
    }

    /// Asks a question that is answered with one line; `None` when nobody can answer, or several would ask at once.
    pub fn ask(&self, question: &str) -> Option<String> {
        if self.lane.is_some() || self.output != Output::Human || !std::io::stdin().is_terminal() {
            return None;
        }
        self.human.clear();
        let mut error = anstream::stderr();
        let _ = write!(error, "{question} ");
        let _ = error.flush();
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).ok()?;
        Some(answer.trim().to_owned())
    }
}

impl Sink for Ui {
    fn emit(&self, event: Event) {
        self.screen().clear();
        match (self.output, self.kind) {
            (Output::Json, Kind::LongWork) => {
                let lane = self.lane.as_ref().map(|lane| lane.name.as_str());
                print_line(&json::event(lane, &event));
            }
            (Output::Json, Kind::Query) => {}
            (Output::Human | Output::Markdown, _)
                if self.quiet && !matches!(event, Event::Warning { .. }) => {}
            (Output::Human | Output::Markdown, _) => self.human.emit(&event),
        }
    }
}

/// A failed command, as `cli` hands it over to be shown.
#[derive(Debug, Serialize)]
pub struct Failed<'a> {
    pub message: &'a str,
    pub causes: &'a [String],
    pub hints: &'a [String],
    pub exit: u8,
}

/// A closed pipe is the reader's choice, not an error.
fn print_line(text: &str) {
    let mut out = anstream::stdout();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

fn say(text: &str) {
    let _ = writeln!(anstream::stderr(), "{}", text.trim_end_matches('\n'));
}
