//! A mirror killed at random moments loses nothing and duplicates no more than it says.

use std::time::Duration;

use landfall::kafka::{AddressBook, Cluster, Credentials, TopicPartition};
use landfall::model::selection::Selection;

use crate::support::Scene;

/// How often the mirror is killed.
const KILLS: usize = 20;
/// How often the shipped records are loaded, so that a copy takes some seconds.
const LOADS: usize = 5;
/// The largest produce request, in bytes, and a record of the data set at its smallest: what one batch can hold.
const BATCH_BYTES: u64 = 1_000_000;
const SMALLEST_RECORD_BYTES: u64 = 40;

#[test]
fn twenty_kills_in_mid_copy_lose_nothing() {
    let scene = Scene::new();
    scene.site(false);
    scene.done(&["up", "local", "--mock", "--yes"]);
    let mut total = 0;
    let mut load = || {
        let loaded = scene.done(&["mock", "load", "--output", "json"]).json();
        total += loaded["records"].as_u64().unwrap();
        total
    };
    let mut in_source = (0..LOADS).map(|_| load()).last().unwrap();

    let seed = seed();
    println!("seed {seed}: replay with LANDFALL_TEST_SEED={seed}");
    let (mut random, mut in_mid_copy) = (seed, 0);
    for round in 0..KILLS {
        let before = arrived(&scene);
        let commit = if round % 2 == 0 {
            "mirror.commit-interval=100ms"
        } else {
            "mirror.commit-interval=5s"
        };
        let mut mirror = scene.spawn(&["mirror", "local", "run", "--mock", "--set", commit]);
        // From the first record on, a random while longer: the kill falls into the copy.
        let began = std::time::Instant::now();
        while arrived(&scene) == before && began.elapsed() < Duration::from_secs(10) {}
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_millis((random >> 33) % 120));
        mirror.kill().unwrap();
        mirror.wait().unwrap();
        let after = arrived(&scene);
        println!("round {round}: {before} -> {after} of {in_source}");
        in_mid_copy += usize::from(after > before && after < in_source);
        if in_source.saturating_sub(after) < in_source / 4 {
            in_source = load();
        }
    }
    assert!(
        in_mid_copy >= KILLS * 3 / 4,
        "only {in_mid_copy} kills fell into the copy"
    );

    let copied = scene
        .done(&[
            "mirror",
            "local",
            "run",
            "--until",
            "caught-up",
            "--mock",
            "--output",
            "json",
        ])
        .json();
    let ran = scene.run(&["verify", "local", "--mock", "--output", "json"]);
    let verdict = ran.json();
    println!(
        "{KILLS} kills, {in_mid_copy} in mid-copy: {} records, {} found again, {} lost, {} duplicated",
        verdict["records"], copied["skipped_already_there"], verdict["missing"], verdict["duplicated"]
    );
    assert_eq!(verdict["records"], in_source, "{verdict}");
    for kind in ["missing", "altered", "reordered", "extra"] {
        assert_eq!(verdict[kind], 0, "{kind}: {verdict}");
    }
    // One batch on the way to the one broker, at every kill.
    let bound = KILLS as u64 * BATCH_BYTES / SMALLEST_RECORD_BYTES;
    assert!(verdict["duplicated"].as_u64().unwrap() <= bound, "{verdict}");
}

/// How many records the target holds.
fn arrived(scene: &Scene) -> u64 {
    let target = scene.site_record()["target"].as_str().unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let cluster = Cluster::new(&target, Credentials::default(), &AddressBook::default());
        let topics = cluster.selected_topics(&Selection::of("*")).await.unwrap();
        let places: Vec<TopicPartition> = topics
            .iter()
            .flat_map(landfall::kafka::Topic::each_partition)
            .collect();
        let ends = cluster.ends(&places).await.unwrap();
        ends.values().map(|end| u64::try_from(*end).unwrap()).sum()
    })
}

fn seed() -> u64 {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    std::env::var("LANDFALL_TEST_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(u64::from(now.subsec_nanos()))
}
