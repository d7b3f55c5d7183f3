//! One environment, ten and fifty deployed by one process, while the emulator's time dominates.

use super::median;
use super::scene::{SECONDS, Scene};

/// How many at once.
const SIZES: [usize; 3] = [1, 10, 50];

struct Measured {
    seconds: f64,
    peak_mib: f64,
    requests: f64,
    throttled: f64,
}

pub async fn table(rounds: usize) {
    println!("| environments | seconds | of one | peak memory | requests | of them 429 |");
    println!("|---:|---:|---:|---:|---:|---:|");
    let mut one = None;
    for size in SIZES {
        let mut rows = Vec::new();
        for _ in 0..rounds {
            let row = measured(size).await;
            eprintln!("{size} at once: {:.1} s", row.seconds);
            rows.push(row);
        }
        let of = |value: &dyn Fn(&Measured) -> f64| median(rows.iter().map(value).collect());
        let seconds = of(&|row| row.seconds);
        let one = *one.get_or_insert(seconds);
        println!(
            "| {size} | {seconds:.1} | {:.2} | {:.0} MiB | {:.0} | {:.0} |",
            seconds / one,
            of(&|row| row.peak_mib),
            of(&|row| row.requests),
            of(&|row| row.throttled),
        );
    }
    println!("\nA namespace takes {SECONDS} s.");
}

async fn measured(size: usize) -> Measured {
    let names: Vec<String> = (0..size).map(|number| format!("e{number:02}")).collect();
    let scene = Scene::new(&names);
    scene.site("real");
    let ran = scene.landfall(&["up", "--all", "--mock", "--yes", "--no-baseline"]);
    let requests = scene.arm().requests().await;
    let throttled = requests.iter().filter(|request| request.status == Some(429));
    Measured {
        seconds: ran.seconds,
        peak_mib: ran.peak_mib,
        requests: requests.len() as f64,
        throttled: throttled.count() as f64,
    }
}
