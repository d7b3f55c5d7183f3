//! A site comes, is found again, and goes without a trace.

use std::time::{Duration, Instant};

use landfall::kafka::{Committed, KafkaError, TopicPartition};

use crate::engine::{self, docker, labelled};
use crate::site::{Site, wait};

#[test]
fn a_second_up_finds_the_same_and_down_leaves_nothing_behind() {
    if !engine::asked() {
        return;
    }
    let site = Site::up(&[]);
    let key = site.key();
    let (containers, networks) = labelled(&key);
    assert_eq!((containers.len(), networks.len()), (3, 1));

    // A person stopped one by hand: a second `up` starts it, with its records.
    let source = site.container("-source-1");
    site.done(&["mock", "load"]);
    let before = wait(site.source().topics()).unwrap();
    docker(&["stop", &source]);
    site.done(&["mock", "up"]);
    assert_eq!(labelled(&key), (containers.clone(), networks));
    assert_eq!(wait(site.source().topics()).unwrap(), before);
    assert!(!before.is_empty());

    let other = site.run(&["mock", "up", "--brokers", "3"]);
    other.fails(
        2,
        &[
            "1 brokers a side",
            "3 brokers a side",
            "hint: end it with `landfall mock down`",
        ],
    );
    let embedded = site.run(&["mock", "up", "--embedded"]);
    embedded.fails(2, &["a mock site runs in containers"]);

    let volumes = volumes_of(&containers);
    let down = site.done(&["mock", "down", "--output", "json"]).json();
    assert_eq!((&down["containers"], &down["networks"]), (&3.into(), &1.into()));
    assert_eq!(labelled(&key), (Vec::new(), Vec::new()));
    let left = docker(&["volume", "ls", "--quiet"]);
    assert!(
        volumes
            .iter()
            .all(|volume| !left.lines().any(|line| line == volume)),
        "{left}"
    );
    for secret in ["source.password", "admin.password", "containers.json"] {
        assert!(
            !site
                .scene
                .path(&format!(".landfall/mock/docker/{secret}"))
                .exists()
        );
    }
    let nothing = site.done(&["mock", "down"]);
    assert!(nothing.stdout.contains("no mock site runs"), "{}", nothing.stdout);
}

#[test]
fn containers_whose_process_was_killed_are_found_by_up_and_by_down() {
    if !engine::asked() {
        return;
    }
    let site = Site::up(&[]);
    let key = site.key();
    let (containers, _) = labelled(&key);
    let kill = |pid: &str| {
        std::process::Command::new("kill")
            .args(["-9", pid])
            .status()
            .unwrap()
    };
    kill(&site.scene.site_record()["pid"].to_string());
    site.done(&["mock", "up", "--docker"]);
    assert_eq!(labelled(&key).0, containers);

    kill(&site.scene.site_record()["pid"].to_string());
    let down = site.done(&["mock", "down", "--output", "json"]).json();
    assert_eq!((&down["stopped"], &down["containers"]), (&true.into(), &3.into()));
    assert_eq!(labelled(&key), (Vec::new(), Vec::new()));
}

#[test]
fn three_brokers_keep_three_copies_and_outlive_one_of_them() {
    if !engine::asked() {
        return;
    }
    let site = Site::up(&["brokers: 3"]);
    assert_eq!(labelled(&site.key()).0.len(), 7);
    assert_eq!(wait(site.source().brokers()).unwrap(), 3);
    site.done(&["mock", "load"]);
    let first = site.container("-source-1");
    let (done, described) = engine::exec(
        &first,
        &[
            "/opt/kafka/bin/kafka-topics.sh",
            "--bootstrap-server",
            &format!("{first}:19092"),
            "--describe",
            "--topic",
            "airports",
        ],
    );
    assert!(done && described.contains("ReplicationFactor: 3"), "{described}");
    // Many groups, so that each broker coordinates some of them; one client, which has learned where.
    let source = site.source();
    let place = TopicPartition::new("airports", 0);
    let groups: Vec<String> = (0..12).map(|number| format!("group-{number}")).collect();
    for (number, group) in (0..).zip(&groups) {
        let committed = Committed {
            offset: number,
            metadata: format!("of {group}"),
        };
        let commits = [(place.clone(), committed)].into();
        wait(source.commit_offsets(group, commits)).unwrap();
    }
    engine::kill(&site.container("-source-3"));
    assert!(wait(site.source().topics()).unwrap().len() >= 3);
    for (number, group) in (0..).zip(&groups) {
        // A new coordinator shows what lies below its high watermark, which may be behind by the last commits until the
        // lost broker has left the replicas in sync.
        let began = Instant::now();
        let committed = loop {
            let mut found = answered(|| wait(source.group_offsets(group, std::slice::from_ref(&place))));
            match found.remove(&place) {
                Some(committed) => break committed,
                None => assert!(
                    began.elapsed() < Duration::from_mins(2),
                    "{group} lost its commit"
                ),
            }
            std::thread::sleep(Duration::from_millis(500));
        };
        let text = format!("of {group}");
        assert_eq!((committed.offset, committed.metadata), (number, text), "{group}");
    }
    let described = answered(|| wait(source.describe_groups(&groups)));
    assert!(
        described.iter().all(|group| group.state == "Empty"),
        "{described:?}"
    );
}

/// The answer to a question for which the brokers that are left first have to agree on a new coordinator.
fn answered<T>(ask: impl Fn() -> Result<T, KafkaError>) -> T {
    let began = Instant::now();
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(error) => assert!(began.elapsed() < Duration::from_mins(2), "{error:?}"),
        }
    }
}

fn volumes_of(containers: &[String]) -> Vec<String> {
    let format = "{{range .Mounts}}{{.Name}}\n{{end}}";
    let listed = containers
        .iter()
        .map(|one| docker(&["inspect", "--format", format, one]));
    let text: String = listed.collect::<Vec<_>>().join("\n");
    text.lines()
        .filter(|line| !line.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}
