//! What a watch of ten thousand partitions costs at each look, beside writing all of its rows out.
//!
//! `cargo bench --bench watch`. A look is: taking in positions and watermarks, judging every partition, and laying out the
//! frame of a terminal of 24 lines.
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use landfall::kafka::{Topic, TopicPartition};
use landfall::mirror::progress::{Look, Pace, Remembered, Seen, Tracker};
use landfall::mirror::{Position, Status};
use landfall::ui::live::{Column, Row, Size, Tone, USUAL, frame};

const TOPICS: i32 = 100;
const PARTITIONS: i32 = 100;
const ROUNDS: u32 = 50;

const COLUMNS: [Column; 3] = [
    Column {
        title: "topic",
        right: false,
        gives_way: 0,
    },
    Column {
        title: "partition",
        right: true,
        gives_way: 0,
    },
    Column {
        title: "lag",
        right: true,
        gives_way: 0,
    },
];

fn look(round: u32) -> Look {
    let topics: Vec<_> = (0..TOPICS)
        .map(|number| Topic {
            name: format!("topic-{number}"),
            partitions: PARTITIONS,
        })
        .collect();
    let seen = |place: TopicPartition| {
        let position = i64::from(round) * 100 + i64::from(place.partition);
        let seen = Seen {
            position: Some(Position::at(position)),
            start: 0,
            end: 1_000_000,
            log_end: 1_000_000,
        };
        (place, seen)
    };
    Look {
        at: Duration::from_secs(2) * round,
        partitions: topics.iter().flat_map(Topic::each_partition).map(seen).collect(),
        topics,
        ids: BTreeMap::new(),
    }
}

fn draw(status: &Status, size: Size) -> usize {
    let row = |partition: &landfall::mirror::PartitionStatus| Row {
        cells: vec![
            partition.topic.clone(),
            partition.partition.to_string(),
            partition.lag.to_string(),
        ],
        tone: Tone::Plain,
    };
    let lines = frame(
        size,
        &[],
        &COLUMNS,
        &status.partitions,
        |partition| partition.lag,
        row,
    );
    lines.len()
}

fn main() {
    let mut tracker = Tracker::new(
        Pace::of(Duration::from_secs(2), Duration::from_secs(5)),
        Remembered::default(),
    );
    let all = Size {
        columns: 80,
        rows: 20_000,
    };
    let [mut taking, mut judging, mut drawing, mut drawing_all] = [Duration::ZERO; 4];
    let time = |sum: &mut Duration, work: &mut dyn FnMut()| {
        let began = Instant::now();
        work();
        *sum += began.elapsed();
    };
    for round in 0..ROUNDS {
        let mut seen = Some(look(round));
        time(&mut taking, &mut || tracker.look(seen.take().unwrap_or_default()));
        let mut status = None;
        time(&mut judging, &mut || status = Some(tracker.status("bench", None)));
        let Some(status) = status else { continue };
        time(&mut drawing, &mut || {
            black_box(draw(&status, USUAL));
        });
        time(&mut drawing_all, &mut || {
            black_box(draw(&status, all));
        });
    }
    println!("| 10,000 partitions, at each look | time |\n| --- | ---: |");
    for (what, sum) in [
        ("taking in positions and watermarks", taking),
        ("judging every partition", judging),
        ("a frame of 24 lines", drawing),
        ("all rows, for comparison", drawing_all),
    ] {
        println!("| {what} | {:.2} ms |", (sum / ROUNDS).as_secs_f64() * 1000.0);
    }
}
