//! The emulator as a laboratory: faults, clock, strictness and the log of requests, from the command line.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::Scene;

#[test]
fn what_makes_no_sense_is_refused_with_what_is_wrong() {
    let scene = Scene::new();
    scene.write(
        "cut.json",
        "[\n  \"GET *: 503\",\n  {\"effect\": {\"kind\": \"explode\"}}\n]",
    );
    let cases: [(&[&str], &[&str]); 9] = [
        (
            &["--fault", "GET *: explode"],
            &["`GET *: explode`", "no effect `explode`", "hint:"],
        ),
        (&["--fault", "*: 503 times=often"], &["`times` is `often`"]),
        (&["--faults", "absent.json"], &["absent.json"]),
        (
            &["--faults", "cut.json"],
            &["cut.json", "line 3", "unknown variant `explode`"],
        ),
        (&["--clock", "slow"], &["`--clock slow`", "`x60`"]),
        (
            &["--clock", "real", "--latency", "clusters=25m"],
            &["--latency Microsoft.HDInsight/clusters=25m"],
        ),
        (
            &["--clock", "real", "--latency", "A/b=25"],
            &["`25` of `--latency` is no time"],
        ),
        (&["--clock", "fast", "--latency", "A/b=25m"], &["--clock x60"]),
        (&["--answer-latency", "fast"], &["`fast` of `--answer-latency`"]),
    ];
    for (arguments, texts) in cases {
        for command in ["serve", "up"] {
            scene
                .run(&[&["mock", command], arguments].concat())
                .fails(2, texts);
        }
    }
    scene
        .run(&["mock", "serve", "--listen", "0.0.0.0:0"])
        .fails(2, &["`0.0.0.0:0` is not a loopback address", "--allow-remote"]);
    scene
        .run(&["mock", "serve", "--log", "absent/folder/log"])
        .fails(2, &["request log `absent/folder/log`", "--log"]);
    assert!(
        !scene.path(".landfall/mock/site.json").exists(),
        "no site was left behind"
    );
}

#[test]
fn a_strict_site_with_faults_is_deployed_to_all_the_same_and_tells_what_happened() {
    let scene = Scene::new();
    let script = json!({"seed": 7, "faults": [
        {"match": {"method": "PUT", "path": "/deploymentStacks/"}, "effect": {"kind": "respond", "status": 429, "retry_after": 1}},
    ]});
    scene.write("faults.json", &script.to_string());
    let laboratory = [
        "--faults",
        "faults.json",
        "--fault",
        "GET */deployments/*: 503 nth=2",
        "--strict",
        "--clock",
        "x60",
    ];
    let latency = [
        "--latency",
        "Microsoft.EventHub/namespaces=30s",
        "--answer-latency",
        "1ms",
        "--log",
        "requests.jsonl",
    ];
    let up = ["mock", "up", "--embedded"];
    scene.done(&[&up[..], &laboratory, &latency].concat());
    scene
        .run(&["mock", "up", "--embedded", "--strict"])
        .fails(2, &["runs already", "landfall mock down"]);
    scene.done(&["up", "local", "--mock", "--yes"]);
    scene.done(&["plan", "local", "--mock", "--exit-code"]);

    let (_, faults) = scene.arm_answer("GET", "/landfall/faults", &Value::Null);
    assert_eq!(
        (
            &faults["seed"],
            &faults["value"][0]["struck"],
            &faults["value"][1]["struck"]
        ),
        (&json!(7), &json!(1), &json!(1))
    );
    let shown = scene.done(&[
        "mock",
        "requests",
        "--path",
        "/deploymentStacks/",
        "--method",
        "PUT",
    ]);
    assert!(
        shown
            .stdout
            .lines()
            .any(|line| line.contains("429") && line.contains("respond")),
        "{}",
        shown.stdout
    );
    assert!(
        shown.stdout.lines().any(|line| line.contains("201")),
        "{}",
        shown.stdout
    );
    let listed = scene
        .done(&["mock", "requests", "--output", "json", "--last", "3"])
        .json();
    assert_eq!(listed["requests"].as_array().unwrap().len(), 3, "{listed}");
    let written = scene.read("requests.jsonl");
    assert!(written.lines().count() > 10);
    let token = scene.read(".landfall/mock/token");
    assert!(!written.contains(token.trim()));

    let group = listed["requests"][0]["path"]
        .as_str()
        .unwrap()
        .split("/providers/")
        .next()
        .unwrap()
        .to_owned();
    let unknown = format!(
        "{}/providers/Acme.Vaults/boxes/b?api-version=2024-01-01",
        group.split("/deployments").next().unwrap()
    );
    let (status, refused) = scene.arm_answer("PUT", &unknown, &json!({"location": "westeurope"}));
    assert_eq!(
        (status, &refused["error"]["code"]),
        (404, &json!("InvalidResourceNamespace"))
    );
}

#[test]
fn an_address_of_the_status_that_expires_does_not_stop_a_deployment() {
    let scene = Scene::new();
    let expired = "GET */deploymentStackOperationStatus/*: InvalidOperationStatusSignature times=always";
    scene.done(&[
        "mock",
        "up",
        "--embedded",
        "--fault",
        expired,
        "--fault",
        "PUT /deploymentStacks/: not-yet=1",
    ]);
    scene.done(&["up", "local", "--mock", "--yes"]);
    let struck = scene
        .done(&[
            "mock",
            "requests",
            "--path",
            "deploymentStackOperationStatus",
            "--output",
            "json",
        ])
        .json();
    assert_eq!(
        struck["requests"].as_array().unwrap().last().unwrap()["fault"],
        "respond",
        "{struck}"
    );
}

#[test]
fn without_a_site_there_are_no_requests_to_show() {
    let scene = Scene::new();
    scene
        .run(&["mock", "requests"])
        .fails(2, &["no mock site runs", "landfall mock up"]);
}

#[test]
fn other_machines_are_listened_to_when_that_is_said() {
    let scene = Scene::new();
    let mut serving = scene
        .command(&["mock", "serve", "--listen", "0.0.0.0:0", "--allow-remote"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(serving.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    serving.kill().unwrap();
    serving.wait().unwrap();
    let site: Value = serde_json::from_str(&line).unwrap();
    assert!(
        site["arm"].as_str().unwrap().starts_with("http://127.0.0.1:"),
        "{site}"
    );
}
