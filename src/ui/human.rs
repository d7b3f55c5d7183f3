//! Events as lines for a person: a step a line with its time, one redrawn line for what runs now.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use owo_colors::OwoColorize;

use super::Failed;
use crate::model::units::{binary_size, grouped, short_time};
use crate::run::{Event, MirrorProgress, ResourceState};

/// Where the times of steps begin, in characters.
const TIME_COLUMN: usize = 64;
/// In a pipe a long step says how far it is this often.
const PIPE_INTERVAL: Duration = Duration::from_secs(5);

pub struct Human {
    bars: Option<MultiProgress>,
    bar: Option<ProgressBar>,
    /// Before every line, where several environments run at once.
    lane: String,
    last_line: Mutex<Option<Instant>>,
}

impl Human {
    pub fn new(bars: bool) -> Self {
        Self::of(bars.then(MultiProgress::new), String::new())
    }

    /// Lines of one environment among several, with a redrawn line of its own.
    pub fn lane(&self, name: &str, width: usize) -> Self {
        Self::of(self.bars.clone(), format!("{name:width$}  "))
    }

    fn of(bars: Option<MultiProgress>, lane: String) -> Self {
        let bar = bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{prefix}  {spinner} {wide_msg}") {
                bar.set_style(style.tick_chars("·•●• "));
            }
            bar.with_prefix(lane.clone())
        });
        Self {
            bars,
            bar,
            lane,
            last_line: Mutex::new(None),
        }
    }

    /// The same text with its lane before every line.
    pub fn in_lane(&self, text: &str) -> String {
        if self.lane.is_empty() {
            return text.to_owned();
        }
        let lines = text.lines().filter(|line| !line.is_empty());
        let lines = lines.map(|line| format!("{}{line}\n", self.lane.bold()));
        lines.collect()
    }

    /// Takes the redrawn line away, so that what follows stands alone.
    pub fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    pub fn emit(&self, event: &Event) {
        match event {
            Event::StepStarted { title, .. } => {
                *self.last_line.lock().unwrap_or_else(PoisonError::into_inner) = None;
                self.now(title);
            }
            Event::Progress {
                done, total, unit, ..
            } => self.moving(&progress(*done, *total, unit)),
            Event::Mirror(progress) => self.moving(&mirror(progress)),
            Event::Resource {
                state: ResourceState::Started,
                resource_type,
                name,
                ..
            } => {
                self.now(&format!("{} {name}", short_type(resource_type)));
            }
            // Whose lane it is says the lane.
            Event::Header { target, location, .. } if !self.lane.is_empty() => {
                self.print(&format!("{target} · {location}"));
            }
            other => {
                if let Some(text) = line(other, TIME_COLUMN.saturating_sub(self.lane.chars().count())) {
                    self.print(&text);
                }
            }
        }
    }

    /// Shows what runs now, where a line can be redrawn.
    fn now(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.reset();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar.set_message(text.to_owned());
        }
    }

    /// Shows how far it is: redrawn, or in a pipe a line now and then.
    fn moving(&self, text: &str) {
        if self.bar.is_some() {
            return self.now(text);
        }
        let mut last = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|at| at.elapsed() >= PIPE_INTERVAL) {
            let first = last.is_none();
            *last = Some(Instant::now());
            if !first {
                self.print(&format!("    {text}"));
            }
        }
    }

    fn print(&self, text: &str) {
        let text = self.in_lane(text);
        let write = || {
            let _ = writeln!(anstream::stderr(), "{}", text.trim_end_matches('\n'));
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

/// `column` is where the times of steps begin.
fn line(event: &Event, column: usize) -> Option<String> {
    Some(match event {
        Event::Header {
            environment,
            target,
            location,
        } => {
            format!("{} · {target} · {location}", environment.bold())
        }
        Event::StepFinished {
            title, seconds, note, ..
        } => {
            let text = note
                .as_ref()
                .map_or_else(|| title.clone(), |note| format!("{title}: {note}"));
            step(&"✓".green().to_string(), &text, *seconds, column)
        }
        Event::StepFailed { title, seconds, .. } => step(&"✗".red().to_string(), title, *seconds, column),
        Event::Resource {
            resource_type,
            name,
            state,
            seconds,
            message,
            ..
        } => resource(resource_type, name, *state, *seconds, message.as_deref()),
        Event::Warning { text } => format!("  {} {text}", "warning:".yellow()),
        Event::Note { text } => format!("    {text}"),
        _ => return None,
    })
}

fn step(mark: &str, text: &str, seconds: f64, column: usize) -> String {
    let time = short_time(Duration::from_secs_f64(seconds.max(0.0)));
    let width = text.chars().count();
    let gap = column.saturating_sub(width).max(2);
    format!("  {mark} {text}{:gap$}{}", "", time.dimmed())
}

fn resource(
    resource_type: &str,
    name: &str,
    state: ResourceState,
    seconds: Option<f64>,
    message: Option<&str>,
) -> String {
    let (mark, word) = match state {
        ResourceState::Failed => ("✗".red().to_string(), "failed"),
        ResourceState::Deleted => ("-".yellow().to_string(), "deleted"),
        ResourceState::Started | ResourceState::Succeeded => ("+".green().to_string(), ""),
    };
    let mut text = format!("    {mark} {} {name}", short_type(resource_type));
    if !word.is_empty() {
        let _ = write!(text, " {word}");
    }
    if let Some(message) = message {
        let _ = write!(text, ": {message}");
    }
    if let Some(seconds) = seconds.filter(|seconds| *seconds >= 1.0) {
        let _ = write!(
            text,
            "  {}",
            short_time(Duration::from_secs_f64(seconds)).dimmed()
        );
    }
    text
}

/// `Microsoft.EventHub/namespaces/eventhubs` reads as `EventHub/namespaces/eventhubs`.
fn short_type(resource_type: &str) -> &str {
    resource_type.strip_prefix("Microsoft.").unwrap_or(resource_type)
}

fn progress(done: u64, total: Option<u64>, unit: &str) -> String {
    match total {
        Some(total) => format!("{} of {} {unit}", grouped(done), grouped(total)),
        None => format!("{} {unit}", grouped(done)),
    }
}

fn mirror(progress: &MirrorProgress) -> String {
    let eta = progress.eta_seconds.map_or_else(String::new, |seconds| {
        format!(
            " · {} left",
            short_time(Duration::from_secs_f64(seconds.clamp(0.0, 1e9)))
        )
    });
    format!(
        "{} records copied · {} behind · {} records/s · {}/s{eta}",
        grouped(progress.records),
        progress.lag,
        grouped(whole(progress.records_per_second)),
        binary_size(whole(progress.bytes_per_second)),
    )
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate shown without decimals"
)]
fn whole(rate: f64) -> u64 {
    rate.max(0.0).round() as u64
}

/// The error, its causes, and what to do about it.
pub fn failure(failed: &Failed<'_>) -> String {
    let mut text = format!("{} {}\n", "error:".red().bold(), failed.message);
    for cause in failed.causes {
        let _ = writeln!(text, "  caused by: {cause}");
    }
    if !failed.hints.is_empty() {
        text.push('\n');
    }
    for hint in failed.hints {
        let _ = writeln!(text, "{} {hint}", "hint:".cyan());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::units::Lag;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_step_is_a_line_with_its_time_at_the_right() {
        let text = step("✓", "Preview: 4 to create", 6.1, TIME_COLUMN);
        assert_eq!(
            plain(&text),
            format!("  ✓ Preview: 4 to create{}6.1 s", " ".repeat(44))
        );
    }

    #[test]
    fn the_mirror_says_how_far_and_how_fast() {
        let now = MirrorProgress {
            records: 12_000,
            records_per_second: 1500.4,
            bytes_per_second: 150_040.0,
            lag: Lag(3000),
            eta_seconds: Some(2.0),
            ..MirrorProgress::default()
        };
        assert_eq!(
            mirror(&now),
            "12,000 records copied · 3,000 behind · 1,500 records/s · 146.5 KiB/s · 2.0 s left"
        );
    }

    #[test]
    fn a_failure_ends_with_what_to_do() {
        let failed = Failed {
            message: "cannot reach the source",
            causes: &["no answer from a:9092 within 10 s".into()],
            hints: &["check the address".into()],
            exit: 6,
        };
        assert_eq!(
            plain(&failure(&failed)),
            "error: cannot reach the source\n  caused by: no answer from a:9092 within 10 s\n\nhint: check the address\n"
        );
    }
}
