//! A worker booted from what `landfall render` writes: the files that cloud-init carries, byte for byte, in a container.
//!
//! What stands between a container and a machine is replaced and nothing else: the download of the archive (a copy of the
//! image's own Kafka), systemd, and the metadata service (a worker without secrets asks for none).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::engine::{asked, docker, exec, image, try_docker};
use crate::support::Scene;

const PATIENCE: Duration = Duration::from_mins(3);

/// One broker, known to its network as `broker`, started from properties of its own.
pub const BROKER: &str = r"
set -eu
cat > /tmp/server.properties <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:9093
controller.listener.names=CONTROLLER
listeners=CLIENT://0.0.0.0:9092,CONTROLLER://localhost:9093
advertised.listeners=CLIENT://broker:9092
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENT
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.dirs=/tmp/kafka
EOF
export LOG_DIR=/tmp/logs KAFKA_HEAP_OPTS=-Xmx256m
/opt/kafka/bin/kafka-storage.sh format --cluster-id AAAAAAAAAAAAAAAAAAAAAA --config /tmp/server.properties
exec /opt/kafka/bin/kafka-server-start.sh /tmp/server.properties
";

/// What a machine does in its first minutes, with the archive from the image instead of the network.
const BOOT: &str = r#"
set -eu
tar -czf /srv/kafka.tgz -C /opt kafka
rm -rf /opt/kafka
printf '#!/bin/sh\nfor last; do :; done\nwhile [ "$1" != --output ]; do shift; done\ncp "${last#file://}" "$2"\n' > /usr/local/bin/curl
chmod +x /usr/local/bin/curl
sum=$(sha512sum /srv/kafka.tgz | cut -d ' ' -f 1)
sed -i "s|^KAFKA_URL=.*|KAFKA_URL='file:///srv/kafka.tgz'|; s|^KAFKA_SHA512=.*|KAFKA_SHA512='$sum'|" /etc/landfall/worker.env
/usr/local/lib/landfall/install-kafka
/usr/local/lib/landfall/install-kafka
# What fetch-secrets writes for a worker without secrets: Kafka does not start without the file that it may read.
install --owner kafka --mode 0600 /dev/null /etc/landfall/secrets.properties
mkdir -p /run/landfall /var/log/landfall
chown kafka /run/landfall /var/log/landfall
exec setpriv --reuid kafka --regid kafka --clear-groups /usr/local/lib/landfall/start-worker
"#;

/// Containers and a network that end with the test.
pub struct Site {
    pub name: String,
}

impl Site {
    pub fn new(purpose: &str) -> Self {
        let name = format!("{purpose}-{}", std::process::id());
        docker(&["network", "create", &name]);
        Self { name }
    }

    pub fn container(&self, role: &str) -> String {
        format!("{}-{role}", self.name)
    }

    /// Starts `script` in the image as root; `role` is the container's name in the network.
    pub fn run(&self, role: &str, more: &[&str], script: &str) {
        let (name, image) = (self.container(role), image());
        let begin = ["run", "--detach", "--user", "0", "--name", &name];
        let network = ["--network", &self.name, "--network-alias", role];
        docker(&[&begin[..], &network, more, &[&image, "bash", "-c", script]].concat());
    }

    /// Where a port of a container answers on this machine.
    pub fn published(&self, role: &str, port: &str) -> String {
        let address = docker(&["port", &self.container(role), port]);
        address.lines().next().unwrap().to_owned()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for role in ["worker", "broker"] {
            if std::thread::panicking() {
                let (_, log) = try_docker(&["logs", "--tail", "40", &self.container(role)]);
                println!("--- {role}\n{log}");
            }
            try_docker(&["rm", "--force", "--volumes", &self.container(role)]);
        }
        try_docker(&["network", "rm", &self.name]);
    }
}

/// Writes the files of cloud-init below `root`, with the target where the deployment puts it.
fn unpack(cloud_init: &str, target: &str, root: &Path) -> usize {
    use std::os::unix::fs::PermissionsExt;
    let value: Value = serde_saphyr::from_str(&cloud_init.replace("@TARGET_BOOTSTRAP@", target)).unwrap();
    let files = value["write_files"].as_array().unwrap();
    for file in files {
        let path = root.join(file["path"].as_str().unwrap().trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, file["content"].as_str().unwrap()).unwrap();
        let mode = file["permissions"].as_str().unwrap_or("0644");
        let mode = u32::from_str_radix(mode, 8).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    files.len()
}

/// The body of a GET, once the worker answers.
fn get(address: &str, path: &str) -> Value {
    let started = Instant::now();
    loop {
        if let Some(body) = try_get(address, path) {
            return body;
        }
        assert!(started.elapsed() < PATIENCE, "no answer from {address}{path}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn try_get(address: &str, path: &str) -> Option<Value> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: worker\r\nAccept: application/json\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    head.contains(" 200 ").then(|| serde_json::from_str(body).ok())?
}

#[test]
fn a_worker_boots_from_the_rendered_bytes_and_answers() {
    if !asked() {
        return;
    }
    let scene = Scene::new();
    let rendered = [
        "render",
        "local",
        "--out",
        "out",
        "--set",
        "mirror.engine=connect",
        "--set",
        "target.security.protocol=PLAINTEXT",
        "--set",
        "mirror.parameters.heap=256m",
    ];
    scene.done(&rendered);
    let root = scene.path("root");
    let files = unpack(&scene.read("out/mirror/cloud-init.yaml"), "broker:9092", &root);
    assert!(files >= 8, "{files} files");

    let site = Site::new("workers");
    let (broker, worker) = (site.container("broker"), site.container("worker"));
    let kafka = image();
    let network = ["--network", &site.name];
    site.run("broker", &[], BROKER);
    docker(
        &[
            &[
                "create",
                "--name",
                &worker,
                "--user",
                "0",
                "--publish",
                "127.0.0.1::8083",
            ],
            &network[..],
            &[&kafka, "bash", "-c", BOOT],
        ]
        .concat(),
    );
    for top in ["etc", "usr"] {
        docker(&[
            "cp",
            &format!("{}/.", root.join(top).display()),
            &format!("{worker}:/{top}"),
        ]);
    }
    docker(&["start", &worker]);
    let address = &site.published("worker", "8083/tcp");

    let info = get(address, "/");
    assert!(
        info["version"].as_str().is_some_and(|version| version >= "4"),
        "{info}"
    );
    let plugins = get(address, "/connector-plugins");
    let classes: Vec<&str> = plugins
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["class"].as_str())
        .collect();
    for class in [
        "MirrorSourceConnector",
        "MirrorCheckpointConnector",
        "MirrorHeartbeatConnector",
    ] {
        let full = format!("org.apache.kafka.connect.mirror.{class}");
        assert!(classes.contains(&full.as_str()), "{classes:?}");
    }
    // The herd is complete: the topics that the wiring names are there, and the worker leads its group.
    assert_eq!(get(address, "/connectors"), serde_json::json!([]));
    let (_, topics) = exec(
        &broker,
        &[
            "/opt/kafka/bin/kafka-topics.sh",
            "--bootstrap-server",
            "broker:9092",
            "--list",
        ],
    );
    for topic in [
        "mm2-configs.source.internal",
        "mm2-offsets.source.internal",
        "mm2-status.source.internal",
    ] {
        assert!(topics.contains(topic), "{topics}");
    }
    // What only the machine knows: its own address, and whose process it is.
    let (_, own) = exec(&worker, &["hostname", "-I"]);
    let (_, properties) = exec(&worker, &["cat", "/run/landfall/worker.properties"]);
    assert!(
        properties.contains(&format!("rest.advertised.host.name={}", own.trim())),
        "{properties}"
    );
    let (_, owner) = exec(
        &worker,
        &["stat", "-c", "%U %a", "/run/landfall/worker.properties"],
    );
    assert_eq!(owner, "kafka 600");
    let (_, process) = exec(
        &worker,
        &[
            "sh",
            "-c",
            "tr '\\0' ' ' < /proc/1/cmdline; awk '/^Uid/ { print $2 }' /proc/1/status; id -u kafka",
        ],
    );
    assert!(process.contains("-Xmx256m"), "{process}");
    let ids: Vec<&str> = process.lines().rev().take(2).collect();
    assert!(process.contains(ids[0]) && ids[1].ends_with(ids[0]), "{process}");
}
