//! What a program and a person read.

use serde_json::Value;

use crate::support::Scene;

#[test]
fn long_work_prints_json_lines_and_the_last_is_the_result() {
    let scene = Scene::new();
    let ran = scene.done(&["up", "local", "--mock", "--yes", "--output", "json"]);
    let lines: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.len() > 3, "{}", ran.stdout);
    assert!(
        lines
            .iter()
            .all(|line| line["schema"] == 1 && line["kind"].is_string())
    );
    assert_eq!(lines.last().unwrap()["kind"], "result");
    assert_eq!(lines.last().unwrap()["ok"], true);
    assert!(
        lines
            .iter()
            .any(|line| line["kind"] == "resource" && line["state"] == "succeeded")
    );
}

#[test]
fn a_query_prints_one_json_document() {
    let scene = Scene::new();
    for arguments in [
        &["plan", "local", "--mock"][..],
        &["status", "local", "--mock"],
        &["render", "local"],
        &["doctor", "--mock"],
    ] {
        let all: Vec<&str> = arguments.iter().copied().chain(["--output", "json"]).collect();
        let ran = scene.run(&all);
        let document: Value = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{all:?}: {error}\n{}", ran.stdout));
        assert_eq!(document["kind"], "result");
        assert_eq!(document["command"], arguments[0]);
    }
}

#[test]
fn a_failure_is_a_json_result_too() {
    let scene = Scene::new();
    let ran = scene.run(&["plan", "nowhere", "--mock", "--output", "json"]);
    assert_eq!(ran.code, 3);
    let result = ran.json();
    assert_eq!(result["ok"], false);
    assert_eq!(result["error"]["exit"], 3);
    assert!(result["error"]["message"].as_str().unwrap().contains("nowhere"));
}

#[test]
fn a_pipe_gets_neither_colour_nor_bars() {
    let scene = Scene::new();
    let ran = scene.done(&["up", "local", "--mock", "--yes"]);
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text:?}");
    }
    assert!(ran.stderr.contains('✓'), "{}", ran.stderr);
    let quiet = scene.done(&["up", "local", "--mock", "--yes", "--quiet"]);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn the_schema_is_what_the_environments_name() {
    let scene = Scene::new();
    let printed: Value = serde_json::from_str(&scene.done(&["schema"]).stdout).unwrap();
    let shipped: Value = serde_json::from_str(&scene.read("environments/environment.schema.json")).unwrap();
    assert_eq!(printed, shipped);
    for environment in ["local", "example-event-hubs"] {
        let text = scene.read(&format!("environments/{environment}/environment.yaml"));
        assert!(
            text.starts_with("# yaml-language-server: $schema=../environment.schema.json\n"),
            "{text}"
        );
    }
}

#[test]
fn completions_and_the_manual_name_every_command() {
    let scene = Scene::new();
    for text in [
        scene.done(&["completions", "bash"]).stdout,
        scene.done(&["man"]).stdout,
    ] {
        for command in ["render", "plan", "up", "verify", "demo"] {
            assert!(text.contains(command), "{command}");
        }
    }
}

#[test]
fn doctor_names_its_checks() {
    let scene = Scene::new();
    let ran = scene.done(&["doctor", "--mock"]);
    for check in [
        "librdkafka",
        "state folder",
        "environments",
        "templates",
        "sign-in",
    ] {
        assert!(ran.stdout.contains(check), "no `{check}` in\n{}", ran.stdout);
    }
}
