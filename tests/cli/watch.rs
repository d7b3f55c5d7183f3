//! `landfall mirror ENV status`: once, watched in a pipe, watched on a terminal.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use krafka::admin::{CreateTopicsOptions, DeleteTopicsOptions, NewTopic};
use rustix::process::{Pid, Signal};
use serde_json::Value;

use crate::support::{Scene, ran};

const COPY: [&str; 6] = ["mirror", "local", "run", "--until", "caught-up", "--mock"];

fn ready() -> Scene {
    let scene = Scene::new();
    scene.site(true);
    scene.done(&["up", "local", "--mock", "--yes"]);
    scene
}

/// Deletes a topic of the source and makes another one of the same name.
fn make_anew(scene: &Scene, topic: &str) {
    let record = scene.site_record();
    let bootstrap = record["source"].as_str().unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let admin = krafka::Kafka::builder(bootstrap).connect().await.unwrap().admin();
        let deleted = admin
            .delete_topics([topic], DeleteTopicsOptions::default())
            .await
            .unwrap();
        deleted[topic].as_ref().unwrap();
        let new = NewTopic::new(topic, 1, 1).unwrap();
        let made = admin
            .create_topics([new], CreateTopicsOptions::default())
            .await
            .unwrap();
        made[topic].as_ref().unwrap();
    });
}

#[test]
fn one_look_tells_lag_size_and_state_and_a_topic_made_anew_exits_with_4() {
    let scene = ready();
    let before = scene
        .done(&["mirror", "local", "status", "--mock", "--output", "json"])
        .json();
    assert!(before["lag"].as_u64().unwrap() > 75_000, "{before}");
    assert!(
        before["estimated_bytes_behind"].as_u64().unwrap() > 1_000_000,
        "{before}"
    );
    assert_eq!(before["caught_up"], false);
    assert_eq!(before["partitions"][0]["state"], "not-started");
    scene.done(&COPY);
    let text = scene.done(&["mirror", "local", "status", "--mock"]).stdout;
    assert!(
        text.contains("0 records behind, 19 partitions caught up"),
        "{text}"
    );

    make_anew(&scene, "airports");
    let ran = scene.run(&["mirror", "local", "status", "--mock", "--output", "json"]);
    let status = ran.json();
    assert_eq!(ran.code, 4, "{status}");
    assert_eq!(
        (&status["ok"], &status["caught_up"]),
        (&false.into(), &false.into())
    );
    assert_eq!(status["alarms"][0]["kind"], "recreated");
    assert_eq!(status["alarms"][0]["topic"], "airports");
    scene.run(&COPY).fails(
        7,
        &["`airports` was made anew: its id was `", "--begin-anew TOPIC"],
    );
    scene
        .run(&[&COPY[..], &["--begin-anew", "airport"]].concat())
        .fails(2, &["the environment does not select the topic `airport`"]);
    let ended = scene.run(&["mirror", "local", "status", "--mock", "--until", "caught-up"]);
    assert_eq!(ended.code, 4, "it can never catch up: {}", ended.stderr);
}

#[test]
fn a_watch_in_a_pipe_is_lines_and_ends_once_the_mirror_has_caught_up() {
    let scene = ready();
    let watch = |output: &str| {
        let arguments = [
            "mirror",
            "local",
            "status",
            "--mock",
            "--until",
            "caught-up",
            "--interval",
            "200ms",
        ];
        let mut watch = scene.command(&[&arguments[..], &["--output", output]].concat());
        let mut watch = watch
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
        let mut said = vec![lines.next().unwrap().unwrap()];
        if output == "human" {
            scene.done(&COPY);
        }
        said.extend(lines.map(Result::unwrap));
        assert!(watch.wait().unwrap().success(), "{said:?}");
        said
    };
    let said = watch("human");
    assert!(
        said[0].contains(" in 19 of 19 partitions") || said[0].contains("records behind in"),
        "{said:?}"
    );
    assert!(
        said.last()
            .unwrap()
            .starts_with("0 records behind, 19 partitions caught up"),
        "{said:?}"
    );
    assert!(
        !said.join("").contains('\u{1b}'),
        "a pipe gets no control characters"
    );

    let said: Vec<Value> = watch("json")
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last = said.last().unwrap();
    assert_eq!((&last["kind"], &last["ok"]), (&"result".into(), &true.into()));
    assert_eq!(last["partitions"].as_array().unwrap().len(), 19);
    let moving = &said[said.len() - 2];
    assert_eq!(
        (&moving["kind"], &moving["lag"]),
        (&"mirror-status".into(), &0.into())
    );
    assert_eq!(
        moving["partitions"],
        Value::Array(Vec::new()),
        "what is caught up is not repeated"
    );
}

#[test]
fn a_watch_that_is_interrupted_ends_well() {
    let scene = ready();
    let mut watch = scene.command(&[
        "mirror",
        "local",
        "status",
        "--mock",
        "--watch",
        "--interval",
        "200ms",
    ]);
    let mut watch = watch
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    lines.next().unwrap().unwrap();
    let pid = Pid::from_raw(i32::try_from(watch.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, Signal::INT).unwrap();
    let began = Instant::now();
    assert!(watch.wait().unwrap().success());
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_watch_on_a_terminal_draws_one_block_over_the_other() {
    let scene = ready();
    scene.done(&COPY);
    let watch = format!(
        "{} mirror local status --mock --watch --interval 200ms",
        env!("CARGO_BIN_EXE_landfall")
    );
    // `script` gives the program a terminal; `timeout` interrupts it.
    let mut script = std::process::Command::new("script");
    script
        .current_dir(scene.path(""))
        .args([
            "-qec",
            &format!("stty cols 60 rows 10; exec timeout --foreground -s INT 4 {watch}"),
            "/dev/null",
        ])
        .env("NO_COLOR", "1")
        .env("TERM", "xterm")
        .stdin(Stdio::null());
    let ran = ran(&mut script);
    assert!(
        ran.stdout.contains("\u{1b}[9A\r"),
        "the block of 9 rows is drawn over: {:?}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("\u{1b}[3"), "no colours: {:?}", ran.stdout);
    let shown = anstream::adapter::strip_str(&ran.stdout).to_string();
    for row in shown.split(['\r', '\n']).filter(|row| !row.contains("warning:")) {
        assert!(row.chars().count() <= 60, "{row:?}");
    }
    assert!(ran.stdout.contains("… and 13 more"), "{:?}", ran.stdout);
}

#[test]
fn an_interval_that_cannot_be_meant_is_refused() {
    let scene = Scene::new();
    let ran = scene.run(&["mirror", "local", "status", "--watch", "--interval", "1ms"]);
    ran.fails(2, &["write a time of at least 100ms"]);
}
