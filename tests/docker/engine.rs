//! The `docker` command, as a test and its faults use it.

use std::process::Command;

/// Whether the person asked for these tests. A test begins with `if !engine::asked() { return; }`.
pub fn asked() -> bool {
    if std::env::var("LANDFALL_TEST_DOCKER").is_ok_and(|value| value == "1") {
        return true;
    }
    println!("not run: set LANDFALL_TEST_DOCKER=1 where a Docker engine answers");
    false
}

/// The image with Apache Kafka.
pub fn image() -> String {
    std::env::var("LANDFALL_TEST_KAFKA_IMAGE").unwrap_or_else(|_| "landfall-kafka:dev".to_owned())
}

/// Runs `docker` and returns what it printed; fails when it fails.
#[track_caller]
pub fn docker(arguments: &[&str]) -> String {
    let (done, text) = try_docker(arguments);
    assert!(done, "docker {arguments:?}\n{text}");
    text
}

/// Runs `docker`; whether it succeeded, and both of its streams.
pub fn try_docker(arguments: &[&str]) -> (bool, String) {
    let output = Command::new("docker")
        .args(arguments)
        .output()
        .expect("docker runs");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).trim().to_owned(),
    )
}

/// Ends a container at once, as a crash would.
pub fn kill(container: &str) {
    docker(&["kill", container]);
}

/// Starts a container that ended, with what it had on its disk.
pub fn start(container: &str) {
    docker(&["start", container]);
}

/// Asks a container to end, and starts it again.
pub fn restart(container: &str) {
    docker(&["restart", "--time", "10", container]);
}

/// Lets nothing more out of `container` to `other`; the published ports of both go on.
pub fn cut(container: &str, other: &str) {
    route(container, "add", other);
}

/// Undoes [`cut`].
pub fn heal(container: &str, other: &str) {
    route(container, "del", other);
}

fn route(container: &str, change: &str, other: &str) {
    let process = docker(&["inspect", "--format", "{{.State.Pid}}", container]);
    let address = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    let address = docker(&["inspect", "--format", address, other]);
    let ended = Command::new("nsenter")
        .args([
            "--target",
            &process,
            "--net",
            "ip",
            "route",
            change,
            "blackhole",
            &address,
        ])
        .status()
        .expect("nsenter runs");
    assert!(ended.success(), "cannot {change} a route to {other}");
}

/// Runs a command inside a container; whether it succeeded, and what it said.
pub fn exec(container: &str, command: &[&str]) -> (bool, String) {
    try_docker(&[&["exec", container], command].concat())
}

/// The ends of the logs of every container that runs: what a failure far from here leaves to read.
pub fn everybodys_last_words() -> String {
    let logs = |name: &str| format!("{name}:\n{}\n", try_docker(&["logs", "--tail", "60", name]).1);
    docker(&["ps", "--all", "--format", "{{.Names}}"])
        .lines()
        .map(logs)
        .collect()
}

/// What carries the label of a site: containers, running or not, and networks.
pub fn labelled(key: &str) -> (Vec<String>, Vec<String>) {
    let filter = format!("label=landfall.site={key}");
    let lines = |text: String| text.lines().map(ToOwned::to_owned).collect::<Vec<_>>();
    (
        lines(docker(&[
            "ps",
            "--all",
            "--quiet",
            "--no-trunc",
            "--filter",
            &filter,
        ])),
        lines(docker(&["network", "ls", "--quiet", "--filter", &filter])),
    )
}
