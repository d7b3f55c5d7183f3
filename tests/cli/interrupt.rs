//! Ctrl-C once finishes the step, saves and says so; twice leaves at once.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use crate::support::Scene;

/// A scene with a deployed target and a full source.
fn ready() -> Scene {
    let scene = Scene::new();
    scene.site(true);
    scene.done(&["up", "local", "--mock", "--yes"]);
    scene
}

fn interrupt(child: &Child) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, Signal::INT).unwrap();
}

fn ended(child: &mut Child) -> i32 {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap_or(-1);
        }
        assert!(began.elapsed() < Duration::from_secs(30), "it did not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_mirror_that_has_caught_up_ends_well_when_interrupted() {
    let scene = ready();
    let mut mirror = scene.spawn(&["mirror", "local", "run", "--mock"]);
    let lag = || {
        scene
            .done(&["mirror", "local", "status", "--mock", "--output", "json"])
            .json()["lag"]
            .as_u64()
    };
    let began = Instant::now();
    while lag() != Some(0) {
        assert!(began.elapsed() < Duration::from_mins(1), "it never caught up");
    }
    interrupt(&mirror);
    assert_eq!(ended(&mut mirror), 0);
    assert_eq!(lag(), Some(0));
}

#[test]
fn a_verification_that_is_interrupted_has_no_verdict_and_exits_with_8() {
    let scene = ready();
    scene.done(&["mirror", "local", "run", "--until", "caught-up", "--mock"]);
    let mut verify = scene.command(&["verify", "local", "--mock"]);
    let mut verify = verify
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The first line is said before the comparison begins, which takes a while.
    let mut words = BufReader::new(verify.stderr.take().unwrap());
    words.read_line(&mut String::new()).unwrap();
    interrupt(&verify);
    assert_eq!(ended(&mut verify), 8);
    let mut rest = String::new();
    words.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("hint: run `landfall verify ENV` again"), "{rest}");
}

#[test]
fn interrupted_twice_it_leaves_at_once() {
    let scene = ready();
    // Nobody answers at port 1, so the step cannot end by itself for ten seconds.
    let mut mirror = scene.spawn(&[
        "mirror",
        "local",
        "run",
        "--mock",
        "--set",
        "source.bootstrap=127.0.0.1:1",
    ]);
    std::thread::sleep(Duration::from_millis(1500));
    interrupt(&mirror);
    std::thread::sleep(Duration::from_millis(300));
    interrupt(&mirror);
    assert_eq!(ended(&mut mirror), 130);
}
