//! What a person is told when the containers do not come up, and what is left of the attempt: nothing.

use crate::engine::{self, docker};
use crate::site::Site;

#[test]
fn a_broker_that_cannot_start_is_shown_with_its_last_words() {
    if !engine::asked() {
        return;
    }
    let site = Site::none(&[]);
    let (name, image) = ("landfall-test-broken", "landfall-test-broken:1");
    let spoil =
        "printf '#!/bin/sh\\necho the disk is on fire\\nexit 3\\n' >/opt/kafka/bin/kafka-server-start.sh";
    docker(&[
        "run",
        "--name",
        name,
        "--user",
        "0",
        "--entrypoint",
        "sh",
        &engine::image(),
        "-c",
        spoil,
    ]);
    docker(&["commit", name, image]);
    docker(&["rm", name]);
    let ours = ["network", "ls", "--quiet", "--filter", "label=landfall.site"];
    let before = docker(&ours);
    let up = site.run(&["mock", "up", "--docker", "--kafka-image", image]);
    docker(&["image", "rm", image]);
    up.fails(
        2,
        &["ended with code 3", "the disk is on fire", "hint:", "--embedded"],
    );
    let left = docker(&["ps", "--all", "--quiet", "--filter", &format!("ancestor={image}")]);
    assert_eq!(left, "");
    assert_eq!(docker(&ours), before);
}

#[test]
fn an_image_that_cannot_be_had_is_named_with_the_ways_out() {
    if !engine::asked() {
        return;
    }
    let site = Site::none(&[]);
    let up = site.run(&[
        "mock",
        "up",
        "--docker",
        "--kafka-image",
        "127.0.0.1:1/kafka:none",
    ]);
    up.fails(
        2,
        &[
            "the image `127.0.0.1:1/kafka:none` is not on this machine",
            "mock.kafka-image",
            "--embedded",
        ],
    );
}
