//! Groups, topics and access from the command line, on a site that is kept up.

use landfall::kafka::{AddressBook, Cluster, Committed, Credentials, TopicPartition};

use crate::support::Scene;

/// Commits as the group `billing`, which has no member, on the source of the site.
fn stand(scene: &Scene, offset: i64) {
    let record = scene.site_record();
    let bootstrap = record["source"].as_str().unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let source = Cluster::new(&bootstrap, Credentials::default(), &AddressBook::default());
        let committed = Committed {
            offset,
            metadata: String::new(),
        };
        let offsets = [(TopicPartition::new("airports", 0), committed)].into();
        source.commit_offsets("billing", offsets).await.unwrap();
    });
}

#[test]
fn groups_are_shown_then_written_after_a_plan() {
    let scene = Scene::new();
    scene.edit(
        "environments/local/environment.yaml",
        "\ntarget:",
        "\ngroups: { include: [billing] }\naccess:\n  principals:\n    User:orders: 00000000-0000-0000-0000-000000000001\ntarget:",
    );
    scene.site(true);
    stand(&scene, 1000);
    let up = scene.done(&["up", "local", "--mock", "--yes"]);
    // Roles are asked of a source that has no access lists here: that is said, and nothing is given.
    assert!(up.stderr.contains("has no access lists"), "{}", up.stderr);

    let topics = scene.done(&["mirror", "local", "topics", "--mock"]);
    assert!(
        topics.stdout.contains("topics are as they must be"),
        "{}",
        topics.stdout
    );

    // Before the mirror has begun there is no place for the group.
    let before = scene.run(&["mirror", "local", "groups", "--mock", "--output", "json"]);
    assert_eq!(before.code, 4, "{}", before.stderr);
    assert_eq!(
        before.json()["groups"][0]["partitions"][0]["reason"],
        "not-mirrored"
    );

    scene.done(&["mirror", "local", "run", "--until", "caught-up", "--mock"]);
    let found = scene.done(&["mirror", "local", "groups", "--mock"]);
    assert!(
        found.stdout.contains("billing") && found.stdout.contains("not written yet"),
        "{}",
        found.stdout
    );

    let refused = scene.run(&["mirror", "local", "groups", "--sync", "--mock"]);
    refused.fails(2, &["wants to be confirmed", "--yes"]);
    let written = scene
        .done(&[
            "mirror", "local", "groups", "--sync", "--yes", "--mock", "--output", "json",
        ])
        .json();
    assert_eq!(written["written_groups"][0], "billing");
    assert_eq!(written["plan"]["writes"][0]["to"], 1000);
    let again = scene
        .done(&["mirror", "local", "groups", "--mock", "--output", "json"])
        .json();
    assert_eq!(again["groups"][0]["partitions"][0]["committed"], 1000);
    assert_eq!(again["totals"]["ready"], 1);

    let access = scene.done(&["mirror", "local", "access", "--mock"]);
    assert!(access.stdout.contains("no access lists"), "{}", access.stdout);
    let refused = scene.run(&["mirror", "local", "access", "--apply", "--yes", "--mock"]);
    refused.fails(2, &["its deployment gives the roles", "access.principals"]);
}
