//! The mock site in containers, where there is no Docker: what a person is told, and what happens instead.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Ran, Scene, ran};

/// Runs with a `docker` command that is this script, or with none at all.
fn with_docker(scene: &Scene, script: Option<&str>, arguments: &[&str]) -> Ran {
    let folder = scene.path("bin");
    std::fs::create_dir_all(&folder).unwrap();
    if let Some(script) = script {
        let file = folder.join("docker");
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
    }
    ran(scene.command(arguments).env("PATH", &folder))
}

const NO_ENGINE: &str =
    "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1";
const NO_IMAGE: &str = "case $1 in version) echo 27.0;; pull) echo 'Error response from daemon: no such host' >&2; exit 1;; \
image) exit 1;; esac";

#[test]
fn without_docker_the_site_is_embedded() {
    let scene = Scene::new();
    let up = with_docker(&scene, None, &["mock", "up", "--output", "json"]);
    assert_eq!(up.code, 0, "{}", up.stderr);
    assert!(
        up.json()["connect"].is_null() && up.json()["arm"].is_string(),
        "{}",
        up.stdout
    );
    let no_engine = Scene::new();
    let up = with_docker(&no_engine, Some(NO_ENGINE), &["mock", "up", "--output", "json"]);
    assert!(
        up.json()["connect"].is_null() && up.json()["arm"].is_string(),
        "{}",
        up.stderr
    );
}

#[test]
fn up_obeys_the_flag_and_the_variable_that_every_command_has() {
    // An engine that answers, and has no image: whoever wants containers fails.
    let scene = Scene::new();
    let up = with_docker(&scene, Some(NO_IMAGE), &["mock", "up"]);
    up.fails(2, &["the image `apache/kafka:"]);
    let up = with_docker(
        &scene,
        Some(NO_IMAGE),
        &["mock", "up", "--mock=embedded", "--output", "json"],
    );
    assert!(up.json()["connect"].is_null(), "{}", up.stdout);
    let again = with_docker(&scene, Some(NO_IMAGE), &["mock", "up", "--mock=docker"]);
    again.fails(2, &["with its brokers in one process"]);
    scene.done(&["mock", "down"]);
    let variable = scene
        .command(&["mock", "up"])
        .env("PATH", scene.path("bin"))
        .env("LANDFALL_MOCK", "embedded")
        .output();
    assert!(variable.unwrap().status.success());
    let typed = with_docker(
        &scene,
        Some(NO_ENGINE),
        &["mock", "up", "--mock=embedded", "--brokers", "3"],
    );
    typed.fails(2, &["with its brokers in one process"]);
}

#[test]
fn whoever_asks_for_containers_is_told_what_is_missing() {
    let scene = Scene::new();
    let none = with_docker(&scene, None, &["mock", "up", "--docker"]);
    none.fails(
        2,
        &[
            "cannot run the program `docker`",
            "hint: install Docker",
            "--mock=embedded",
        ],
    );
    let silent = with_docker(&scene, Some(NO_ENGINE), &["mock", "up", "--brokers", "3"]);
    silent.fails(
        2,
        &["no Docker engine answers", "Cannot connect", "--mock=embedded"],
    );
    let image = with_docker(&scene, Some(NO_IMAGE), &["up", "local", "--mock=docker", "--yes"]);
    image.fails(
        2,
        &["the image `apache/kafka:", "no such host", "mock.kafka-image"],
    );
    assert!(!scene.path(".landfall/mock/site.json").exists());
}

#[test]
fn wrong_wishes_are_refused_before_anything_starts() {
    let scene = Scene::new();
    scene
        .run(&["mock", "up", "--brokers", "2"])
        .fails(2, &["1 or 3 brokers on each side, and 2 are asked for"]);
    scene
        .run(&["mock", "up", "--kafka-image", "--privileged"])
        .fails(2, &["unexpected argument '--privileged'"]);
    scene
        .run(&["mock", "up", "--kafka-image=-v"])
        .fails(2, &["`-v` is not the name of an image"]);
    scene
        .run(&["mock", "up", "--embedded", "--brokers", "3"])
        .fails(2, &["cannot be used with"]);
    scene
        .run(&["mock", "up", "--docker", "--set", "mock.brokers=2"])
        .fails(3, &["`mock.brokers` is 2; a side has 1 or 3 brokers"]);
}

#[test]
fn an_embedded_site_is_not_taken_for_containers() {
    let scene = Scene::new();
    scene.site(false);
    let plan = scene.run(&["plan", "local", "--mock=docker"]);
    plan.fails(
        2,
        &[
            "a mock site runs with its brokers in one process",
            "landfall mock down",
        ],
    );
    scene
        .run(&["mock", "up", "--docker"])
        .fails(2, &["a mock site runs with its brokers in one process"]);
    scene.done(&["plan", "local", "--mock=embedded"]);
    scene.done(&["mock", "up"]);
}
