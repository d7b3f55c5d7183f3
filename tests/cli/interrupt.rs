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

/// An `up` whose hub is never finished, interrupted while Azure is at it.
fn interrupted_up(scene: &Scene, on_interrupt: &str) -> (i32, String) {
    let stuck = serde_json::json!({ "value": [
        { "match": { "path": "eventhubs/airports" }, "effect": { "kind": "stuck" } }
    ] });
    assert_eq!(scene.arm("PUT", "/landfall/faults", &stuck), 200);
    let up = ["up", "local", "--mock", "--yes", "--on-interrupt", on_interrupt];
    let mut child = scene.command(&up).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let began = |line: &std::io::Result<String>| {
        line.as_ref()
            .is_ok_and(|line| line.contains("namespaces landfall-local"))
    };
    assert!(
        lines.by_ref().any(|line| began(&line)),
        "the deployment did not begin"
    );
    interrupt(&child);
    let code = ended(&mut child);
    let said: Vec<String> = lines.map_while(Result::ok).collect();
    (code, said.join("\n"))
}

#[test]
fn a_deployment_is_left_running_or_called_off_as_was_said() {
    let scene = Scene::new();
    scene.site(false);
    let (code, said) = interrupted_up(&scene, "leave");
    assert_eq!(code, 8, "{said}");
    assert!(
        said.contains("runs on in resource group") && said.contains("landfall up ENV"),
        "{said}"
    );

    let (code, said) = interrupted_up(&scene, "cancel");
    assert_eq!(code, 8, "{said}");
    assert!(said.contains("was called off and ended as"), "{said}");
    assert_eq!(
        scene.arm("PUT", "/landfall/faults", &serde_json::json!({ "value": [] })),
        200
    );
    scene.done(&["up", "local", "--mock", "--yes"]);
    scene.done(&["down", "local", "--mock", "--yes"]);
}
