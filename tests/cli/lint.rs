//! `landfall mirror lint`, as somebody with a file of their own uses it.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::{Ran, Scene};

/// A scene with the fixtures of the linter in it.
fn scene() -> Scene {
    let scene = Scene::new();
    for name in [
        "hubs-tutorial.properties",
        "good-dedicated.properties",
        "both-ways-default.properties",
    ] {
        let text = std::fs::read_to_string(format!("tests/fixtures/mirrormaker2/{name}")).unwrap();
        scene.write(name, &text);
    }
    scene
}

fn lint(scene: &Scene, arguments: &[&str]) -> Ran {
    scene.run(&[&["mirror", "lint"], arguments].concat())
}

#[test]
fn a_file_is_linted_without_an_environment_and_errors_fail() {
    let ran = lint(&scene(), &["--file", "hubs-tutorial.properties"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    for text in [
        "hubs-tutorial.properties\n",
        "error  acl-sync-refused",
        "fix: set `source->destination.sync.topic.acls.enabled` to `false`",
        "source: MirrorSourceConnector",
        "2 errors, ",
    ] {
        assert!(ran.stdout.contains(text), "no `{text}` in\n{}", ran.stdout);
    }
    let long = ran.stdout.lines().find(|line| line.chars().count() > 100);
    assert_eq!(long, None);
}

#[test]
fn warnings_fail_only_when_they_are_to() {
    let scene = scene();
    scene.edit(
        "both-ways-default.properties",
        "B->A.enabled = true",
        "B->A.enabled = false",
    );
    assert_eq!(lint(&scene, &["--file", "both-ways-default.properties"]).code, 0);
    assert_eq!(
        lint(&scene, &["--file", "both-ways-default.properties", "--strict"]).code,
        4
    );
    let clean = lint(&scene, &["--file", "good-dedicated.properties", "--strict"]);
    assert_eq!((clean.code, clean.stdout.trim()), (0, "no findings"));
}

#[test]
fn a_program_gets_every_finding_with_its_place() {
    let ran = lint(
        &scene(),
        &["--file", "hubs-tutorial.properties", "--output", "json"],
    );
    let report = ran.json();
    assert_eq!(
        (ran.code, report["command"].as_str(), report["ok"].as_bool()),
        (4, Some("mirror lint"), Some(false))
    );
    let findings = report["findings"].as_array().unwrap();
    let left = findings
        .iter()
        .find(|finding| finding["id"] == "placeholder-left")
        .unwrap();
    assert_eq!(
        (left["severity"].as_str(), left["at"]["line"].as_u64()),
        (Some("warning"), Some(3))
    );
    assert_eq!(left["at"]["key"], "source.bootstrap.servers");
    assert!(
        ["found", "reason", "fix", "source"]
            .iter()
            .all(|field| left[field].as_str().is_some_and(|text| !text.is_empty()))
    );
    let count = findings
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .count();
    assert_eq!(report["errors"], count);
}

#[test]
fn what_no_file_says_is_told_by_options() {
    let scene = scene();
    let ids = |arguments: &[&str]| {
        lint(
            &scene,
            &[&["--file", "good-dedicated.properties"], arguments].concat(),
        )
        .stdout
    };
    assert!(ids(&["--brokers", "1"]).contains("replicas-above-brokers"));
    assert!(ids(&["--connect-version", "3.5.1"]).contains("version-too-old"));
    lint(
        &scene,
        &["--file", "good-dedicated.properties", "--connect-version", "new"],
    )
    .fails(3, &["`new`", "version"]);
}

#[test]
fn standard_input_is_a_file_too() {
    let scene = scene();
    let mut child = scene
        .command(&["mirror", "lint", "--file", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"clusters = a, b\na->b.enabled = true\ntasks.max = x\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(4));
    assert!(
        text.starts_with("standard input\n") && text.contains("value-refused"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_linted_is_refused_with_a_way_out() {
    let scene = scene();
    scene.write("notes.txt", "just=notes\n");
    std::fs::write(scene.path("binary"), [0_u8, 1, 2, 255]).unwrap();
    std::fs::write(scene.path("empty"), "").unwrap();
    lint(&scene, &["--file", "notes.txt"]).fails(3, &["`notes.txt`", "clusters", "hint: "]);
    lint(&scene, &["--file", "binary"]).fails(3, &["`binary` is no text"]);
    lint(&scene, &["--file", "empty"]).fails(3, &["empty"]);
    lint(&scene, &["--file", "nowhere"]).fails(3, &["nowhere"]);
    lint(&scene, &[]).fails(2, &["--file"]);
    scene
        .run(&["mirror", "local", "lint", "--file", "empty"])
        .fails(2, &["--file"]);
    scene.run(&["mirror", "status"]).fails(2, &["environment"]);
}

#[test]
fn the_shipped_environments_have_no_errors() {
    let scene = Scene::new();
    for name in ["local", "example-event-hubs"] {
        let ran = scene.done(&["mirror", name, "lint"]);
        assert!(!ran.stdout.contains("  error  "), "{}", ran.stdout);
    }
}

/// Whatever the target, the tier and the security: what Landfall sends to Connect walks into none of the traps.
#[test]
fn our_own_wiring_has_neither_errors_nor_warnings() {
    let scene = Scene::new();
    let scram = [
        "--set",
        "source.security.protocol=SASL_SSL",
        "--set",
        "source.security.mechanism=SCRAM-SHA-512",
        "--set",
        "source.security.username=mirror",
        "--set",
        "source.security.password.env=SOURCE_PASSWORD",
    ];
    let on_source = ["--set", "mirror.connect.offset-syncs=source"];
    for more in [&[][..], &scram, &on_source] {
        for name in ["local", "example-event-hubs"] {
            let ran = scene.run(
                &[
                    &[
                        "mirror",
                        name,
                        "lint",
                        "--set",
                        "mirror.engine=connect",
                        "--output",
                        "json",
                    ],
                    more,
                ]
                .concat(),
            );
            let report = ran.json();
            let bad: Vec<_> = report["findings"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|finding| finding["severity"] != "advice" && finding["id"] != "topics-not-declared")
                .collect();
            assert!(bad.is_empty(), "{name} {more:?}: {bad:#?}");
        }
    }
}

#[test]
fn an_environment_is_linted_against_its_target_without_a_network() {
    let scene = Scene::new();
    scene.edit(
        "environments/local/environment.yaml",
        "partitions: 12",
        "partitions: 48",
    );
    scene.edit(
        "environments/local/environment.yaml",
        "[flights, airports",
        "[flights, \"bag*\", airports",
    );
    let ran = scene.run(&["mirror", "local", "lint"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    for text in ["limit-passed", "48 partitions", "topics-not-declared", "`bag*`"] {
        assert!(ran.stdout.contains(text), "no `{text}` in\n{}", ran.stdout);
    }
}

#[test]
fn an_environment_without_a_source_is_told_so() {
    let scene = Scene::new();
    let source = "source:\n  bootstrap: source.landfall.internal:9092\n  security: { protocol: PLAINTEXT }\n";
    scene.edit("environments/local/environment.yaml", source, "");
    let ran = scene.run(&["mirror", "local", "lint", "--set", "mirror.engine=connect"]);
    assert!(
        ran.code == 0 && ran.stdout.contains("no-source"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
}
