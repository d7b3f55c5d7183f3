//! A mirror's status in words: a table, a line, a frame of a watch.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::MOST_ROWS;
use crate::mirror::progress::{Alarm, AlarmKind, TopicStatus};
use crate::mirror::{PartitionState, PartitionStatus, Status};
use crate::model::units::{binary_size, grouped, short_time};
use crate::ui::live::{self, Column, Line, Row, Size, Tone};

/// A table that nothing has to fit.
const WIDE: usize = 10_000;

const COLUMNS: [Column; 9] = [
    column("topic", false, 0),
    column("partition", true, 0),
    column("position", true, 4),
    column("end", true, 5),
    column("lag", true, 0),
    column("bytes (est.)", true, 3),
    column("records/s", true, 2),
    column("left", true, 1),
    column("state", false, 0),
];

const fn column(title: &'static str, right: bool, gives_way: u8) -> Column {
    Column {
        title,
        right,
        gives_way,
    }
}

/// What changes from look to look: of the partitions only those that are not caught up.
#[derive(Serialize)]
pub struct Moving<'a> {
    flow: &'a str,
    lag: u64,
    estimated_bytes_behind: Option<u64>,
    records_per_second: Option<f64>,
    source_records_per_second: Option<f64>,
    eta_seconds: Option<f64>,
    caught_up: bool,
    possibly_lost: u64,
    partition_count: usize,
    alarms: &'a [Alarm],
    topics: &'a [TopicStatus],
    /// The partitions that are not caught up.
    partitions: Vec<&'a PartitionStatus>,
}

impl<'a> Moving<'a> {
    pub fn of(status: &'a Status) -> Self {
        let moving = |partition: &&PartitionStatus| partition.state != PartitionState::CaughtUp;
        Self {
            flow: &status.flow,
            lag: status.lag.0,
            estimated_bytes_behind: status.speed.estimated_bytes_behind,
            records_per_second: status.speed.records_per_second,
            source_records_per_second: status.speed.source_records_per_second,
            eta_seconds: status.speed.eta_seconds,
            caught_up: status.caught_up,
            possibly_lost: status.possibly_lost,
            partition_count: status.partitions.len(),
            alarms: &status.alarms,
            topics: &status.topics,
            partitions: status.partitions.iter().filter(moving).collect(),
        }
    }
}

/// A row for each partition, in their order, or the worst first when there are too many to read.
pub fn text(status: &Status) -> String {
    let partitions = &status.partitions;
    let few = partitions.len() <= MOST_ROWS;
    let size = Size {
        columns: WIDE,
        rows: partitions.len().min(MOST_ROWS) + 3,
    };
    let rank = |partition: &PartitionStatus| {
        if few {
            (PartitionState::CaughtUp, 0)
        } else {
            rank(partition)
        }
    };
    let lines = live::frame(size, &[], &COLUMNS, partitions, rank, row);
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(text, "{}", line.text);
    }
    let _ = writeln!(text, "\n{}", line(status));
    for alarm in &status.alarms {
        let _ = writeln!(text, "alarm: {alarm}");
    }
    text
}

/// The sums in one line.
pub fn line(status: &Status) -> String {
    let mut text = format!("{} records behind", status.lag);
    if let Some(bytes) = status.speed.estimated_bytes_behind.filter(|bytes| *bytes > 0) {
        let _ = write!(text, ", about {}", binary_size(bytes));
    }
    let waiting = status
        .partitions
        .iter()
        .filter(|partition| partition.state != PartitionState::CaughtUp)
        .count();
    let count = grouped(status.partitions.len() as u64);
    let _ = match waiting {
        0 => write!(text, ", {count} partitions caught up"),
        waiting => write!(text, " in {} of {count} partitions", grouped(waiting as u64)),
    };
    if let Some(rate) = status.speed.records_per_second {
        let _ = write!(text, " · {} records/s", rounded(rate));
    }
    if let Some(rate) = status.speed.source_records_per_second.filter(|rate| *rate >= 0.5) {
        let _ = write!(text, " · {} arrive", rounded(rate));
    }
    if status.lag.0 > 0
        && let Some(left) = left(status.speed.eta_seconds)
    {
        let _ = write!(text, " · {left} left");
    }
    text
}

/// What a terminal of this size shows of it.
pub fn frame(size: Size, status: &Status, silent: Option<&str>) -> Vec<Line> {
    let tone = if status.caught_up { Tone::Good } else { Tone::Plain };
    let mut head = vec![Line::new(tone, format!("{} · {}", status.flow, line(status)))];
    if let Some(reason) = silent {
        head.push(Line::new(Tone::Bad, format!("no answer: {reason}")));
    }
    head.extend(status.alarms.iter().map(|alarm| {
        let tone = match alarm.kind {
            AlarmKind::PartitionsAdded => Tone::Careful,
            _ => Tone::Bad,
        };
        Line::new(tone, alarm.text.as_str())
    }));
    live::frame(size, &head, &COLUMNS, &status.partitions, rank, row)
}

/// The worst state first, the largest lag first.
fn rank(partition: &PartitionStatus) -> (PartitionState, u64) {
    let state = match partition.state {
        // A partition that has not begun is no worse than one that is behind as far.
        PartitionState::NotStarted => PartitionState::Behind,
        state => state,
    };
    (state, partition.lag.0)
}

fn row(partition: &PartitionStatus) -> Row {
    let dash = || "-".to_owned();
    let speed = &partition.speed;
    let waits = partition.lag.0 > 0;
    let state = match partition.markers {
        0 => partition.state.to_string(),
        1 => format!("{}, 1 marker", partition.state),
        markers => format!("{}, {} markers", partition.state, grouped(markers)),
    };
    Row {
        cells: vec![
            partition.topic.clone(),
            partition.partition.to_string(),
            partition
                .position
                .map_or_else(dash, |position| position.to_string()),
            partition.end.to_string(),
            partition.lag.to_string(),
            speed.estimated_bytes_behind.map_or_else(dash, binary_size),
            speed.records_per_second.map_or_else(dash, rounded),
            left(speed.eta_seconds.filter(|_| waits)).unwrap_or_else(dash),
            state,
        ],
        tone: tone(partition.state),
    }
}

fn tone(state: PartitionState) -> Tone {
    match state {
        PartitionState::CaughtUp => Tone::Faint,
        PartitionState::Behind | PartitionState::NotStarted => Tone::Plain,
        PartitionState::Stalled => Tone::Careful,
        PartitionState::PossiblyLost | PartitionState::Reset => Tone::Bad,
    }
}

/// A time for people; one beyond a year says nothing.
fn left(seconds: Option<f64>) -> Option<String> {
    let seconds = seconds.filter(|seconds| (0.0..31_536_000.0).contains(seconds))?;
    Some(short_time(Duration::from_secs_f64(seconds)))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate shown without decimals"
)]
fn rounded(rate: f64) -> String {
    grouped(rate.max(0.0).round() as u64)
}
