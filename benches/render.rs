//! Renders one environment as a whole process, many times: median time and peak memory.
//!
//! `cargo bench --bench render`. The yardstick in the same run is the smallest process this machine can start (`true`),
//! so that the table shows what rendering costs beyond starting a program.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench fails by panicking, and prints its table"
)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

const ROUNDS: usize = 40;

/// One run: wall time and peak memory in bytes.
fn once(program: &str, arguments: &[&str]) -> (Duration, u64) {
    let began = Instant::now();
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let used = child.wait4().expect("the program ends");
    assert!(used.status.success(), "{program} {arguments:?} failed");
    (began.elapsed(), used.rusage.maxrss)
}

fn median(mut values: Vec<Duration>) -> Duration {
    values.sort();
    values[values.len() / 2]
}

fn main() {
    let landfall = env!("CARGO_BIN_EXE_landfall");
    let (mut rendering, mut starting, mut memory) = (Vec::new(), Vec::new(), 0);
    for round in 0..=ROUNDS {
        let (time, peak) = once(landfall, &["render", "local", "--format", "all"]);
        let (empty, _) = once("true", &[]);
        // The first round fills the file cache.
        if round > 0 {
            rendering.push(time);
            starting.push(empty);
            memory = memory.max(peak);
        }
    }
    let (rendering, starting) = (median(rendering), median(starting));
    println!("| what | median | peak memory |\n| --- | ---: | ---: |");
    println!(
        "| `landfall render local --format all` | {:.1} ms | {} MiB |",
        ms(rendering),
        memory >> 20
    );
    println!("| `true` | {:.1} ms | |", ms(starting));
    println!("| ratio | {:.1} | |", ms(rendering) / ms(starting));
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
